/* NTP (RFC 5905) and its control messages (RFC 9327): who serves time, and what it says of itself when asked. */
#include "classify/dissect/wire.h"

#define CONTROL_HEADER_BYTES 12
#define TIME_MESSAGE_BYTES   48

enum { MODE_SERVER = 4, MODE_CONTROL = 6 };
#define CONTROL_RESPONSE 0x80
#define CONTROL_ERROR    0x40
#define OPERATION_READ   2

static void tell_variables(struct dissection *x, struct cursor c)
{
	cursor_skip(&c, 1);
	uint8_t operation = cursor_u8(&c);
	cursor_skip(&c, 2 + 2);
	uint16_t association = cursor_u16(&c), offset = cursor_u16(&c), count = cursor_u16(&c);
	if (!cursor_ok(&c) || !(operation & CONTROL_RESPONSE))
		return;
	wire_served(x);
	/* association 0 is the server itself; a later part of a long answer has lost its beginning */
	if ((operation & CONTROL_ERROR) || (operation & 0x1f) != OPERATION_READ || association || offset)
		return;
	struct cursor text = wire_trim(cursor_sub_cut(&c, count));
	dissection_yield(x, FIELD_NTP_READVAR, SUBJECT_SENDER, text.at, cursor_left(&text));
}

static void datagram(struct dissection *x, struct cursor *c)
{
	uint8_t mode = cursor_peek(c, 0) & 7;
	if (mode == MODE_CONTROL)
		tell_variables(x, *c);
	else if (mode == MODE_SERVER && cursor_left(c) >= TIME_MESSAGE_BYTES && wire_sender_port(x) == 123)
		wire_served(x);
}

static bool fits(const struct cursor *c)
{
	uint8_t version = cursor_peek(c, 0) >> 3 & 7, mode = cursor_peek(c, 0) & 7;
	if (version < 1 || version > 4 || !mode)
		return false;
	return cursor_left(c) >= (mode >= MODE_CONTROL ? 8 : TIME_MESSAGE_BYTES);
}

static enum probe probe(const struct probe_input *in)
{
	if (in->sport != 123 && in->dport != 123)
		return PROBE_NO;
	for (unsigned d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return fits(&in->first[d]) ? PROBE_YES : PROBE_NO;
	return PROBE_MAYBE;
}

const struct dissector ntp_dissector = {
	.name = "ntp",
	.application = "ntp",
	.transports = TRANSPORT_UDP,
	.ports = {123},
	.probe = probe,
	.datagram = datagram,
};
