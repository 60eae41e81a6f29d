/* Diameter (RFC 6733): what both ends call themselves when they exchange capabilities. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEAD_BYTES 20
#define PAIRS      64
#define MESSAGES   8

enum { CAPABILITIES = 257 };
enum { ORIGIN_HOST = 264, VENDOR_ID = 266, FIRMWARE = 267, PRODUCT = 269 };
enum { FLAG_REQUEST = 0x80, FLAG_VENDOR = 0x80, FLAGS_RESERVED = 0x0f };

struct diameter {
	uint16_t messages[2];
};

/* Version, length, flags, command (3, 4.1 of the RFC): the length is of fours, and commands go up to 2^24. */
static enum probe side(struct cursor c)
{
	if (cursor_left(&c) < 8)
		return cursor_left(&c) && cursor_peek(&c, 0) != 1 ? PROBE_NO : PROBE_MAYBE;
	uint8_t version = cursor_u8(&c);
	uint32_t len = cursor_u24(&c);
	uint8_t flags = cursor_u8(&c);
	uint32_t command = cursor_u24(&c);
	bool known = command == CAPABILITIES || (command >= 258 && command <= 330) || command >= 8388600;
	return version == 1 && len >= HEAD_BYTES && len < 65536 && len % 4 == 0 && !(flags & FLAGS_RESERVED) && known
		       ? PROBE_YES
		       : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	/* little to go by, so both ends must speak it, or the port be its own */
	return text_sides(side(in->first[0]), side(in->first[1]), text_port(in, 3868));
}

static void firmware(struct wire_text *t, struct cursor value)
{
	uint32_t n = cursor_u32(&value);
	if (cursor_ok(&value) && n)
		wire_label_format(t, "version", "%u", n);
}

static void capabilities(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	struct cursor host = {NULL, NULL, false};
	for (unsigned i = 0; i < PAIRS && cursor_left(&c) >= 8; i++) {
		uint32_t code = cursor_u32(&c);
		uint8_t flags = cursor_u8(&c);
		uint32_t len = cursor_u24(&c), head = flags & FLAG_VENDOR ? 12 : 8;
		cursor_skip(&c, head - 8);
		if (len < head)
			break;
		struct cursor value = cursor_sub_cut(&c, len - head);
		cursor_sub_cut(&c, (4 - len % 4) % 4);
		if (flags & FLAG_VENDOR)
			continue;
		if (code == ORIGIN_HOST && text_host(value, &host))
			text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 128);
		else if (code == PRODUCT)
			wire_label(&t, "product", value);
		else if (code == FIRMWARE)
			firmware(&t, value);
	}
	wire_yield(x, dissection_from_server(x) ? FIELD_DIAMETER_SERVER : FIELD_DIAMETER_CLIENT, &t);
}

static void message(struct dissection *x, struct cursor c)
{
	cursor_skip(&c, 4);
	uint8_t flags = cursor_u8(&c);
	uint32_t command = cursor_u24(&c);
	cursor_skip(&c, HEAD_BYTES - 8);
	if (!cursor_ok(&c))
		return;
	if (dissection_from_server(x) && !(flags & FLAG_REQUEST))
		dissection_service(x);
	if (command == CAPABILITIES)
		capabilities(x, c);
}

/* Of the message that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c)
{
	if (cursor_left(&c) < 4)
		return 0;
	uint8_t version = cursor_u8(&c);
	uint32_t len = cursor_u24(&c);
	return version == 1 && len >= HEAD_BYTES ? (int64_t)len : -1;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct diameter *s = x->state;
	struct cursor whole;
	while (wire_next(x, c, length(*c), &s->messages[x->direction], MESSAGES, &whole))
		message(x, whole);
}

/* SCTP keeps messages apart. */
static void datagram(struct dissection *x, struct cursor *c)
{
	struct diameter *s = x->state;
	if (cursor_peek(c, 0) != 1 || s->messages[x->direction]++ >= MESSAGES)
		dissection_done(x);
	else
		message(x, *c);
}

const struct dissector dissector_diameter = {
	.name = "diameter",
	.application = "diameter",
	.transports = TRANSPORT_TCP | TRANSPORT_SCTP,
	.ports = {3868},
	.state_bytes = sizeof(struct diameter),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
