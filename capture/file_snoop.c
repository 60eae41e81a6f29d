/* Snoop, the capture file of Solaris (RFC 1761), version 2: big-endian, each record padded to four octets. */
#include "capture/file.h"

#include "capture/link.h"
#include "core/time.h"

#include <string.h>

#define HEADER_BYTES 16
#define RECORD_BYTES 24

/* Data link types of RFC 1761 that have a LINK_ here, as the numbers link_of() knows. */
static uint32_t link_number(uint32_t snoop)
{
	return snoop == 4 ? 1 : UINT32_MAX; /* 4: Ethernet */
}

static bool match(const uint8_t magic[4])
{
	return !memcmp(magic, "snoo", 4);
}

static int open_snoop(struct file *f, struct error *error)
{
	struct stream *s = &f->stream;
	if (!stream_need(s, HEADER_BYTES) || memcmp(s->data + s->at, "snoop\0\0\0", 8))
		return error_set(error, ERROR_USAGE, "%s: is cut inside its snoop file header: get the file again",
				 f->path);
	struct cursor c = cursor_init(s->data + s->at + 8, 8);
	uint32_t version = cursor_u32(&c), number = cursor_u32(&c);
	if (version != 2)
		return error_set(error, ERROR_USAGE, "%s: is snoop version %u; only version 2 is read (RFC 1761)",
				 f->path, version);
	f->link = link_of(link_number(number));
	if (f->link == LINK_UNKNOWN)
		return file_unknown_link(f, number, error);
	s->at += HEADER_BYTES;
	return 0;
}

/* One record. False when the next is not whole in the buffer, or cannot be. */
static bool take_one(struct file *f, struct frame *frame)
{
	struct stream *s = &f->stream;
	struct cursor c = cursor_init(s->data + s->at, s->end - s->at);
	uint32_t wirelen = cursor_u32(&c), caplen = cursor_u32(&c), record = cursor_u32(&c);
	cursor_skip(&c, 4); /* drops so far */
	uint64_t seconds = cursor_u32(&c), micros = cursor_u32(&c);
	if (!cursor_ok(&c)) {
		f->state = FILE_REFILL;
		return false;
	}
	if (caplen > FILE_FRAME_BYTES || record < RECORD_BYTES + caplen || record > RECORD_BYTES + caplen + 64) {
		f->state = FILE_DAMAGED;
		return false;
	}
	if (s->end - s->at < record) {
		f->state = FILE_REFILL;
		return false;
	}
	*frame = (struct frame){
		.data = c.at,
		.caplen = caplen,
		.wirelen = wirelen > caplen ? wirelen : caplen,
		.time_ns = seconds * NS_PER_SECOND + micros * 1000,
		.number = ++f->number,
		.source = f->index,
		.link = f->link,
	};
	s->at += record;
	return true;
}

static uint32_t take(struct file *f, struct frame *frames, uint32_t room)
{
	uint32_t n = 0;
	f->state = FILE_FRAMES;
	while (n < room && take_one(f, &frames[n]))
		n++;
	if (f->state == FILE_DAMAGED)
		file_damaged(f, "a record contradicts its own lengths");
	return n;
}

static int links(const struct file *f, int (*each)(enum link link, void *to), void *to)
{
	return each((enum link)f->link, to);
}

const struct file_format file_snoop = {
	.name = "snoop",
	.match = match,
	.open = open_snoop,
	.take = take,
	.links = links,
};
