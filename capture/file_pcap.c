/* Classic pcap (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds, and the old Linux variant
 * with eight more octets in each record header. */
#include "capture/file.h"

#include "capture/link.h"
#include "core/time.h"

#define HEADER_BYTES 24

/* The magic numbers as read in the file's own byte order. */
static const struct magic {
	uint32_t value;
	uint16_t record_bytes;
	uint32_t fraction_ns;
} magics[] = {
	{0xa1b2c3d4, 16, 1000},
	{0xa1b23c4d, 16, 1},
	{0xa1b2cd34, 24, 1000},
};

#define MAGICS (sizeof magics / sizeof *magics)

static inline uint32_t load(const uint8_t *p, bool swapped)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return swapped ? __builtin_bswap32(v) : v;
}

static const struct magic *find(const uint8_t *p, bool *swapped)
{
	for (int s = 0; s < 2; s++)
		for (size_t i = 0; i < MAGICS; i++)
			if (load(p, s) == magics[i].value) {
				*swapped = s;
				return &magics[i];
			}
	return NULL;
}

static bool match(const uint8_t magic[4])
{
	bool swapped;
	return find(magic, &swapped) != NULL;
}

static int open_pcap(struct file *f, struct error *error)
{
	struct stream *s = &f->stream;
	if (!stream_need(s, HEADER_BYTES))
		return error_set(error, ERROR_USAGE, "%s: is cut inside its file header: get the file again", f->path);
	const uint8_t *p = s->data + s->at;
	const struct magic *m = find(p, &f->swapped);
	f->record_bytes = m->record_bytes;
	f->fraction_ns = m->fraction_ns;
	/* the upper half of the word tells of a frame check sequence, not of the link */
	uint32_t number = load(p + 20, f->swapped) & 0xffff;
	f->link = link_of(number);
	if (f->link == LINK_UNKNOWN)
		return file_unknown_link(f, number, error);
	s->at += HEADER_BYTES;
	return 0;
}

/* One record header; data and the rest of the frame from it. Inlined twice, so that the byte order costs
 * nothing in the loop. */
static inline uint32_t take_order(struct file *f, struct frame *frames, uint32_t room, bool swapped)
{
	struct stream *s = &f->stream;
	const uint8_t *p = s->data + s->at, *end = s->data + s->end;
	const uint32_t head = f->record_bytes, fraction = f->fraction_ns;
	uint64_t number = f->number;
	uint32_t n = 0;
	f->state = FILE_FRAMES;
	while (n < room) {
		size_t left = (size_t)(end - p);
		uint32_t caplen = left >= head ? load(p + 8, swapped) : 0;
		if (left < head || caplen > left - head) {
			f->state = caplen > FILE_FRAME_BYTES ? FILE_DAMAGED : FILE_REFILL;
			break;
		}
		if (caplen > FILE_FRAME_BYTES) {
			f->state = FILE_DAMAGED;
			break;
		}
		uint32_t wirelen = load(p + 12, swapped);
		struct frame *frame = &frames[n++];
		frame->data = p + head;
		frame->caplen = caplen;
		frame->wirelen = wirelen > caplen ? wirelen : caplen;
		frame->time_ns = load(p, swapped) * NS_PER_SECOND + (uint64_t)load(p + 4, swapped) * fraction;
		frame->number = ++number;
		frame->source = f->index;
		frame->link = f->link;
		frame->part = FRAME_ALL;
		p += head + caplen;
	}
	s->at = (size_t)(p - s->data);
	f->number = number;
	return n;
}

static uint32_t take(struct file *f, struct frame *frames, uint32_t room)
{
	uint32_t n = f->swapped ? take_order(f, frames, room, true) : take_order(f, frames, room, false);
	if (f->state == FILE_DAMAGED)
		file_damaged(f, "a record claims more than 262144 octets");
	return n;
}

static int links(const struct file *f, int (*each)(enum link link, void *to), void *to)
{
	return each((enum link)f->link, to);
}

const struct file_format file_pcap = {
	.name = "pcap",
	.match = match,
	.open = open_pcap,
	.take = take,
	.links = links,
};
