/* IAX2 (RFC 5456), Asterisk's own: who calls or registers. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT       4569
#define HEAD_BYTES 12
#define ELEMENTS   32

enum { CONTROL = 6, NEW = 1, REGISTER = 13, LAST_SUBCLASS = 40 };
enum { USER_NAME = 6 };

/* A full frame: both bits of numbers, times; the kind, which at first is that of the protocol's own control. */
static bool head(struct cursor *c, uint8_t *subclass)
{
	uint16_t source = cursor_u16(c);
	cursor_skip(c, 8);
	uint8_t kind = cursor_u8(c);
	*subclass = cursor_u8(c);
	return cursor_ok(c) && source >> 15 && kind == CONTROL && *subclass && *subclass <= LAST_SUBCLASS;
}

static enum probe probe(const struct probe_input *in)
{
	uint8_t subclass;
	for (int d = 0; d < 2; d++) {
		struct cursor c = in->first[d];
		if (cursor_left(&c))
			return text_port(in, PORT) && head(&c, &subclass) ? PROBE_YES : PROBE_NO;
	}
	return PROBE_MAYBE;
}

static void datagram(struct dissection *x, struct cursor *c)
{
	uint8_t subclass;
	if (!head(c, &subclass))
		return;
	if (x->direction == FLOW_REVERSE && wire_sender_port(x) == PORT)
		wire_served(x);
	if (subclass != NEW && subclass != REGISTER)
		return;
	for (unsigned i = 0; i < ELEMENTS && cursor_left(c) >= 2; i++) {
		uint8_t element = cursor_u8(c);
		struct cursor value = cursor_sub_cut(c, cursor_u8(c));
		if (element == USER_NAME)
			text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, value, 128);
	}
}

const struct dissector dissector_iax = {
	.name = "iax",
	.application = "iax",
	.transports = TRANSPORT_UDP,
	.ports = {PORT},
	.probe = probe,
	.datagram = datagram,
};
