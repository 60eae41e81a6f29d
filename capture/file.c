#include "capture/file.h"

#include "capture/link.h"

#include <inttypes.h>
#include <string.h>

static const struct file_format *const formats[] = {&file_pcap, &file_pcapng, &file_snoop};

#define FORMATS (sizeof formats / sizeof *formats)

/* What captures are packed with elsewhere, by the first octets, and the program that unpacks it on the way. */
static const struct packing {
	uint8_t magic[4], len;
	const char *name, *unpack;
} packings[] = {
	{{0xfd, '7', 'z', 'X'}, 4, "xz", "xz -dc"},
	{{'B', 'Z', 'h'}, 3, "bzip2", "bzip2 -dc"},
	{{0x04, 0x22, 0x4d, 0x18}, 4, "lz4", "lz4 -dc"},
	{{'P', 'K', 0x03, 0x04}, 4, "zip", "unzip -p"},
};

static const struct packing *packing_of(const uint8_t *p)
{
	for (size_t i = 0; i < sizeof packings / sizeof *packings; i++)
		if (!memcmp(p, packings[i].magic, packings[i].len))
			return &packings[i];
	return NULL;
}

static int no_capture(const struct file *f, struct error *error)
{
	const uint8_t *p = f->stream.data + f->stream.at;
	if (f->stream.failed)
		return error_set(error, ERROR_USAGE, "%s: %s: get the file again", f->path, f->stream.failed);
	if (stream_left(&f->stream) < 4)
		return error_set(error, ERROR_USAGE, "%s: is no capture file: only %zu bytes long", f->path,
				 stream_left(&f->stream));
	const struct packing *packing = packing_of(p);
	if (packing)
		return error_set(error, ERROR_USAGE, "%s: is packed with %s: unpack it on the way, %s FILE | … -r -",
				 f->path, packing->name, packing->unpack);
	return error_set(error, ERROR_USAGE,
			 "%s: is no capture file (it begins with %02x %02x %02x %02x): give a pcap, pcapng or "
			 "snoop file, plain, gzip or zstd",
			 f->path, p[0], p[1], p[2], p[3]);
}

static const struct file_format *format_of(struct file *f)
{
	if (!stream_need(&f->stream, 4))
		return NULL;
	for (size_t i = 0; i < FORMATS; i++)
		if (formats[i]->match(f->stream.data + f->stream.at))
			return formats[i];
	return NULL;
}

int file_open(struct file *f, const char *path, uint16_t index, struct error *error)
{
	memset(f, 0, sizeof *f);
	const char *slash = strrchr(path, '/');
	f->path = strcmp(path, "-") ? path : "standard input";
	f->name = !strcmp(path, "-") ? "stdin" : slash ? slash + 1 : path;
	f->index = index;
	int rc = stream_open(&f->stream, path, error);
	if (rc)
		return rc;
	f->format = format_of(f);
	rc = f->format ? f->format->open(f, error) : no_capture(f, error);
	if (rc)
		file_close(f);
	return rc;
}

void file_close(struct file *f)
{
	if (f->format && f->format->close)
		f->format->close(f);
	stream_close(&f->stream);
	f->format = NULL;
}

void file_refill(struct file *f)
{
	switch (stream_fill(&f->stream)) {
	case STREAM_MORE:
		f->state = FILE_FRAMES;
		return;
	case STREAM_WAIT:
		f->state = FILE_REFILL;
		return;
	case STREAM_FAILED:
		file_damaged(f, f->stream.failed);
		return;
	case STREAM_END:
		break;
	}
	if (stream_left(&f->stream) || f->skip)
		file_damaged(f, "the file is cut in the middle of a record");
	else
		f->state = FILE_END;
}

void file_damaged(struct file *f, const char *what)
{
	f->state = FILE_DAMAGED;
	error_set(&f->damage, ERROR_DAMAGED,
		  "%s: damaged at byte %" PRIu64 ", after packet %" PRIu64
		  ": %s; the packets before it were read: get the file again for the rest",
		  f->path, stream_offset(&f->stream), f->number, what);
}

int file_unknown_link(const struct file *f, uint32_t number, struct error *error)
{
	char list[384];
	return error_set(error, ERROR_USAGE, "%s: link type %" PRIu32 " is not supported; these are: %s", f->path,
			 number, link_list(list, sizeof list));
}
