/* SMPP, by which programs hand short messages to a carrier: the system that binds. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEAD_BYTES 16
#define RESPONSE   0x80000000u

enum { BIND_RECEIVER = 1, BIND_TRANSMITTER = 2, BIND_TRANSCEIVER = 9 };

static enum probe side(struct cursor c, uint32_t bit)
{
	/* of the length all but the last octet is zero */
	if (cursor_peek(&c, 0) || cursor_peek(&c, 1) || cursor_peek(&c, 2))
		return PROBE_NO;
	if (cursor_left(&c) < HEAD_BYTES)
		return PROBE_MAYBE;
	uint32_t len = cursor_u32(&c), kind = cursor_u32(&c), status = cursor_u32(&c), number = cursor_u32(&c);
	uint32_t bind = kind & ~RESPONSE;
	bool known = bind == BIND_RECEIVER || bind == BIND_TRANSMITTER || bind == BIND_TRANSCEIVER;
	return known && (kind & RESPONSE) == bit && len >= HEAD_BYTES && len < 256 && (bit || !status) &&
			       number < 0x10000
		       ? PROBE_YES
		       : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	return text_sides(side(in->first[0], 0), side(in->first[1], RESPONSE), false);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct cursor p = *c, whole, system;
	if (cursor_left(c) < 4 || !wire_message(x, c, cursor_u32(&p), &whole))
		return;
	dissection_done(x);
	cursor_skip(&whole, HEAD_BYTES);
	if (dissection_from_server(x))
		dissection_service(x);
	else if (text_before(&whole, 0, &system))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, system, 16);
}

const struct dissector dissector_smpp = {
	.name = "smpp",
	.application = "smpp",
	.transports = TRANSPORT_TCP,
	.ports = {2775},
	.probe = probe,
	.stream = stream,
};
