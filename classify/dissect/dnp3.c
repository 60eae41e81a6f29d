/* DNP3 (IEEE 1815): service, and the device attributes (object group 0) of an outstation's answer that fits one
 * fragment. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT           20000
#define HEADER_BYTES   10
#define BLOCK_BYTES    16
#define FRAGMENT_BYTES 250
#define ATTRIBUTES     64
#define MESSAGES       2000

enum { FROM_MASTER = 0x80, RESPONSE = 129, UNSOLICITED = 130, VISIBLE_STRING = 1 };

struct dnp3 {
	uint16_t messages;
};

/* Octets of a frame whose user data has so many: blocks of 16 with two octets of checksum each. */
static size_t frame_bytes(uint8_t length)
{
	size_t data = length - 5u;
	return HEADER_BYTES + data + (data + BLOCK_BYTES - 1) / BLOCK_BYTES * 2;
}

/* Checksum of the link layer (4.3.3.5). */
static uint16_t checksum(const uint8_t *p, size_t n)
{
	uint16_t crc = 0;
	while (n--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (uint16_t)(crc >> 1 ^ 0xa6bc) : crc >> 1;
	}
	return (uint16_t)~crc;
}

static int header(struct cursor c, uint8_t *length, uint8_t *control)
{
	size_t have = cursor_left(&c);
	const uint8_t *begin = c.at;
	if ((have > 0 && c.at[0] != 5) || (have > 1 && c.at[1] != 0x64) || (have > 2 && c.at[2] < 5))
		return -1;
	if (have < HEADER_BYTES)
		return 0;
	cursor_skip(&c, 2);
	*length = cursor_u8(&c);
	*control = cursor_u8(&c);
	cursor_skip(&c, 4);
	return cursor_le16(&c) == checksum(begin, 8) ? 1 : -1;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_MAYBE;
	for (int d = 0; d < 2; d++) {
		uint8_t length, control;
		int r = header(in->first[d], &length, &control);
		if (r < 0)
			return PROBE_NO;
		if (r)
			best = PROBE_YES;
	}
	return best;
}

/* The user data of a frame without its checksums. */
static size_t user_data(struct cursor c, uint8_t *out, size_t size)
{
	size_t n = 0;
	while (cursor_left(&c) > 2) {
		size_t block = cursor_left(&c) - 2 < BLOCK_BYTES ? cursor_left(&c) - 2 : BLOCK_BYTES;
		const uint8_t *p = cursor_bytes(&c, block);
		if (checksum(p, block) != cursor_le16(&c) || n + block > size)
			return 0;
		memcpy(out + n, p, block);
		n += block;
	}
	return n;
}

static const char *attribute(uint8_t variation)
{
	switch (variation) {
	case 242:
		return "firmware";
	case 243:
		return "hardware";
	case 248:
		return "serial";
	case 250:
		return "model";
	case 252:
		return "vendor";
	default:
		return NULL;
	}
}

/* Objects of group 0 with one index: type, length, value each. */
static void attributes(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	for (unsigned i = 0; i < ATTRIBUTES && cursor_left(&c) > 7 && cursor_u8(&c) == 0; i++) {
		uint8_t variation = cursor_u8(&c), qualifier = cursor_u8(&c);
		if (qualifier > 1)
			break;
		cursor_skip(&c, qualifier ? 4 : 2);
		uint8_t type = cursor_u8(&c);
		struct cursor value = cursor_sub(&c, cursor_u8(&c));
		if (!cursor_ok(&c))
			break;
		if (type != VISIBLE_STRING)
			continue;
		if (attribute(variation))
			wire_label(&t, attribute(variation), value);
		else if (variation == 247)
			text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, value, 64);
	}
	wire_yield(x, FIELD_DNP3_DEVICE, &t);
}

/* Transport (first and last in one), application control, function, indications, objects. */
static void fragment(struct dissection *x, struct cursor c)
{
	uint8_t transport = cursor_u8(&c), control = cursor_u8(&c), function = cursor_u8(&c);
	cursor_skip(&c, 2);
	if ((transport & 0xc0) == 0xc0 && (control & 0xc0) == 0xc0 && function == RESPONSE && cursor_ok(&c))
		attributes(x, c);
}

/* Who is the outstation the direction bit tells, not who connected. */
static void frame(struct dissection *x, uint8_t control, struct cursor c)
{
	uint8_t data[FRAGMENT_BYTES];
	if (control & FROM_MASTER) {
		dissection_server(x, (enum flow_direction) !x->direction);
		return;
	}
	dissection_server(x, x->direction);
	if (x->flow->dport == PORT ? x->direction == FLOW_REVERSE : true)
		dissection_service(x);
	cursor_skip(&c, HEADER_BYTES);
	size_t n = user_data(c, data, sizeof data);
	if (n)
		fragment(x, cursor_init(data, n));
}

/* Of the frame that begins here, as wire_next() takes it. */
static int64_t length_of(struct cursor c, uint8_t *control)
{
	uint8_t length;
	int r = header(c, &length, control);
	return r > 0 ? (int64_t)frame_bytes(length) : r;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct dnp3 *s = x->state;
	struct cursor message;
	uint8_t control;
	while (wire_next(x, c, length_of(*c, &control), &s->messages, MESSAGES, &message))
		frame(x, control, message);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct cursor message;
	uint8_t length, control;
	if (header(*c, &length, &control) > 0 && wire_message(x, c, frame_bytes(length), &message))
		frame(x, control, message);
}

const struct dissector dissector_dnp3 = {
	.name = "dnp3",
	.application = "dnp",
	.transports = TRANSPORT_TCP | TRANSPORT_UDP,
	.ports = {PORT},
	.state_bytes = sizeof(struct dnp3),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
