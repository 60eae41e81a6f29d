/* pcapng (draft-ietf-opsawg-pcapng): several sections, each in its own byte order, several interfaces with
 * their own link type, resolution and offset; enhanced, simple and the obsolete packet blocks. Other blocks are
 * stepped over, whatever their length. */
#include "capture/file.h"

#include "capture/link.h"
#include "core/time.h"

#include <stdlib.h>

#define INTERFACES_MAX   1024
#define BYTE_ORDER_MAGIC 0x1a2b3c4du

enum block {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2,
	BLOCK_SIMPLE = 3,
	BLOCK_ENHANCED = 6,
};

enum option {
	OPTION_END = 0,
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14,
};

struct interface {
	uint16_t number; /* LINKTYPE_ */
	uint16_t link;   /* enum link */
	uint32_t snaplen;
	uint8_t resolution; /* if_tsresol */
	uint64_t offset_ns; /* if_tsoffset, modulo 2^64 */
};

struct pcapng {
	uint64_t last_ns;
	uint32_t interfaces;
	struct interface interface[INTERFACES_MAX];
};

/* What a block is, its body without the framing. */
struct body {
	uint32_t type;
	struct cursor at;
	bool swapped;
};

static inline uint32_t word(const uint8_t *p, bool swapped)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return swapped ? __builtin_bswap32(v) : v;
}

/* Fields are in the section's order: read as big-endian, swapped when the section is little-endian. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define BIG(b) (!(b)->swapped)
#else
#define BIG(b) ((b)->swapped)
#endif

static uint32_t u32(struct body *b)
{
	return BIG(b) ? cursor_u32(&b->at) : cursor_le32(&b->at);
}

static uint16_t u16(struct body *b)
{
	return BIG(b) ? cursor_u16(&b->at) : cursor_le16(&b->at);
}

static bool match(const uint8_t magic[4])
{
	return word(magic, false) == BLOCK_SECTION;
}

__extension__ typedef __int128 wide;

/* Ticks of an interface as nanoseconds, those of its own time. */
static wide scale(const struct interface *i, uint64_t ticks)
{
	unsigned n = i->resolution & 0x7f;
	if (i->resolution & 0x80)
		return n > 63 ? 0 : (wide)ticks * (wide)NS_PER_SECOND >> n;
	wide ns = ticks;
	for (; n < 9; n++)
		ns *= 10;
	for (; n > 9 && ns; n--)
		ns /= 10;
	return ns;
}

/* Nanoseconds since 1970; a time before that, or so far away that nobody can mean it (2262), is that of the packet
 * before. */
static uint64_t time_of(const struct interface *i, uint64_t ticks, uint64_t before_ns)
{
	wide ns = scale(i, ticks) + (int64_t)i->offset_ns;
	return ns < 0 || ns > INT64_MAX ? before_ns : (uint64_t)ns;
}

static const char *interface_options(struct body *b, struct interface *i)
{
	while (cursor_left(&b->at) >= 4) {
		uint16_t code = u16(b), len = u16(b);
		if (code == OPTION_END)
			break;
		struct body value = {b->type, cursor_sub(&b->at, len), b->swapped};
		if (code == OPTION_TSRESOL)
			i->resolution = cursor_u8(&value.at);
		if (code == OPTION_TSOFFSET) {
			uint64_t first = u32(&value), second = u32(&value);
			i->offset_ns = (BIG(b) ? first << 32 | second : second << 32 | first) * NS_PER_SECOND;
		}
		if (!cursor_ok(&value.at))
			return "an interface option is longer than its block";
		cursor_skip(&b->at, -(unsigned)len & 3);
	}
	return NULL;
}

static const char *interface_block(struct pcapng *ng, struct body *b)
{
	if (ng->interfaces == INTERFACES_MAX)
		return "a section has more than 1024 interfaces";
	struct interface *i = &ng->interface[ng->interfaces];
	*i = (struct interface){.number = u16(b), .resolution = 6};
	i->link = (uint16_t)link_of(i->number);
	cursor_skip(&b->at, 2);
	i->snaplen = u32(b);
	if (!cursor_ok(&b->at))
		return "an interface block is too short";
	const char *wrong = interface_options(b, i);
	if (!wrong)
		ng->interfaces++;
	return wrong;
}

static const char *section_block(struct pcapng *ng, struct body *b)
{
	cursor_skip(&b->at, 4);
	uint16_t major = u16(b);
	ng->interfaces = 0;
	if (!cursor_ok(&b->at))
		return "a section header is too short";
	return major == 1 ? NULL : "a section is of an unknown pcapng version";
}

/* The head of a packet block: which interface, when, how long. */
static const char *packet_block(struct pcapng *ng, struct body *b, struct frame *frame)
{
	uint32_t id = b->type == BLOCK_ENHANCED ? u32(b) : b->type == BLOCK_PACKET ? u16(b) : 0;
	if (b->type == BLOCK_PACKET)
		cursor_skip(&b->at, 2);
	if (id >= ng->interfaces)
		return "a packet names an interface that was not described";
	const struct interface *i = &ng->interface[id];
	if (b->type == BLOCK_SIMPLE) {
		frame->wirelen = frame->caplen = u32(b);
		if (i->snaplen && frame->caplen > i->snaplen)
			frame->caplen = i->snaplen;
		/* the captured length is not written down: what is there, is there */
		if (frame->caplen > cursor_left(&b->at))
			frame->caplen = (uint32_t)cursor_left(&b->at);
		frame->time_ns = ng->last_ns;
	} else {
		uint64_t high = u32(b);
		ng->last_ns = frame->time_ns = time_of(i, high << 32 | u32(b), ng->last_ns);
		frame->caplen = u32(b);
		frame->wirelen = u32(b);
	}
	if (frame->wirelen < frame->caplen)
		frame->wirelen = frame->caplen;
	if (frame->caplen > FILE_FRAME_BYTES)
		return "a record claims more than 262144 octets";
	frame->data = cursor_bytes(&b->at, frame->caplen);
	frame->link = i->link;
	frame->part = FRAME_ALL;
	return cursor_ok(&b->at) ? NULL : "a packet is longer than its block";
}

enum found { FOUND_BLOCK, FOUND_NOTHING };

/* Looks at the block that begins at `p`: its byte order (a section header brings its own), type and length.
 * FOUND_NOTHING when too little of it is there to say. */
static enum found look(const uint8_t *p, size_t left, bool *swapped, uint32_t *type, uint32_t *length,
		       const char **wrong)
{
	if (left < 12)
		return FOUND_NOTHING;
	if (word(p, false) == BLOCK_SECTION) {
		uint32_t magic = word(p + 8, false);
		*swapped = magic == __builtin_bswap32(BYTE_ORDER_MAGIC);
		if (magic != BYTE_ORDER_MAGIC && !*swapped)
			*wrong = "a section header has no byte order mark";
	}
	*type = word(p, *swapped);
	*length = word(p + 4, *swapped);
	if (*length < 12 || *length & 3)
		*wrong = "a block has an impossible length";
	return FOUND_BLOCK;
}

static bool is_packet(uint32_t type)
{
	return type == BLOCK_ENHANCED || type == BLOCK_SIMPLE || type == BLOCK_PACKET;
}

/* Steps over what can be of a block too long for the buffer. True when it is over. */
static bool skip(struct file *f)
{
	uint64_t left = stream_left(&f->stream), n = f->skip < left ? f->skip : left;
	f->stream.at += n;
	f->skip -= n;
	return !f->skip;
}

/* A whole block lies at `p`: acts on it. True when it gave a frame. */
static bool act(struct file *f, const uint8_t *p, uint32_t type, uint32_t length, struct frame *frame,
		const char **wrong)
{
	if (word(p + length - 4, f->swapped) != length) {
		*wrong = "a block's two lengths differ";
		return false;
	}
	struct body b = {type, cursor_init(p + 8, length - 12), f->swapped};
	if (is_packet(type)) {
		*wrong = packet_block(f->ng, &b, frame);
		return !*wrong;
	}
	if (type == BLOCK_SECTION)
		*wrong = section_block(f->ng, &b);
	else if (type == BLOCK_INTERFACE)
		*wrong = interface_block(f->ng, &b);
	return false;
}

static uint32_t take(struct file *f, struct frame *frames, uint32_t room)
{
	struct stream *s = &f->stream;
	uint32_t n = 0;
	f->state = FILE_FRAMES;
	while (n < room) {
		uint32_t type, length;
		const char *wrong = NULL;
		f->state = FILE_REFILL;
		if (f->skip && !skip(f))
			break;
		const uint8_t *p = s->data + s->at;
		if (look(p, stream_left(s), &f->swapped, &type, &length, &wrong) == FOUND_NOTHING)
			break;
		if (!wrong && length > stream_left(s)) {
			if (length <= STREAM_RECORD_BYTES)
				break;
			if (!is_packet(type)) {
				f->skip = length;
				continue;
			}
			wrong = "a packet block is longer than any packet";
		}
		f->state = FILE_FRAMES;
		if (!wrong && act(f, p, type, length, &frames[n], &wrong)) {
			frames[n].number = ++f->number;
			frames[n].source = f->index;
			n++;
		}
		if (wrong) {
			file_damaged(f, wrong);
			break;
		}
		s->at += length;
	}
	return n;
}

/* Walks the blocks that lie whole in the buffer, without taking them, and describes interfaces; so that link
 * types are known before the first packet is read. */
static void survey(const struct file *f, struct pcapng *ng)
{
	const struct stream *s = &f->stream;
	bool swapped = false;
	uint32_t type, length;
	const char *wrong = NULL;
	for (size_t at = s->at; look(s->data + at, s->end - at, &swapped, &type, &length, &wrong) == FOUND_BLOCK;
	     at += length) {
		if (wrong || length > s->end - at)
			return;
		struct body b = {type, cursor_init(s->data + at + 8, length - 12), swapped};
		if (type == BLOCK_INTERFACE && interface_block(ng, &b))
			return;
	}
}

/* Refuses a file in whose beginning every interface is of an unknown kind. */
static int open_pcapng(struct file *f, struct error *error)
{
	const char *wrong = NULL;
	uint32_t type, length;
	if (!stream_need(&f->stream, 28))
		return error_set(error, ERROR_USAGE, "%s: is cut inside its section header: get the file again",
				 f->path);
	look(f->stream.data + f->stream.at, stream_left(&f->stream), &f->swapped, &type, &length, &wrong);
	if (wrong)
		return error_set(error, ERROR_USAGE, "%s: is no usable pcapng file: %s", f->path, wrong);
	f->ng = calloc(1, sizeof *f->ng);
	if (!f->ng)
		return error_set(error, ERROR_FAILED, "%s: out of memory", f->path);
	if (!f->stream.pipe)
		(void)stream_fill(&f->stream);
	survey(f, f->ng);
	uint32_t known = 0;
	for (uint32_t i = 0; i < f->ng->interfaces; i++)
		known += f->ng->interface[i].link != LINK_UNKNOWN;
	if (f->ng->interfaces && !known)
		return file_unknown_link(f, f->ng->interface[0].number, error);
	return 0;
}

static void close_pcapng(struct file *f)
{
	free(f->ng);
}

static int links(const struct file *f, int (*each)(enum link link, void *to), void *to)
{
	int rc = 0;
	for (uint32_t i = 0; i < f->ng->interfaces && !rc; i++)
		if (f->ng->interface[i].link != LINK_UNKNOWN)
			rc = each((enum link)f->ng->interface[i].link, to);
	return rc;
}

const struct file_format file_pcapng = {
	.name = "pcapng",
	.match = match,
	.open = open_pcapng,
	.take = take,
	.close = close_pcapng,
	.links = links,
};
