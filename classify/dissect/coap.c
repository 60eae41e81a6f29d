/* CoAP (RFC 7252): the service. A message is short of marks, so that it must be whole: options that fill it to the
 * payload marker or the end. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT         5683
#define MOST_OPTIONS 32

enum { CLASS_REQUEST = 0, CLASS_SUCCESS = 2, CLASS_SERVER_ERROR = 5 };

/* One option's delta or length: a nibble that may go on in one or two octets (3.1). */
static uint32_t extended(struct cursor *c, uint8_t nibble)
{
	if (nibble == 13)
		return cursor_u8(c) + 13u;
	if (nibble == 14)
		return cursor_u16(c) + 269u;
	return nibble;
}

static bool options(struct cursor c)
{
	for (unsigned i = 0; i < MOST_OPTIONS && cursor_left(&c); i++) {
		uint8_t octet = cursor_u8(&c);
		if (octet == 0xff)
			return cursor_left(&c) > 0;
		if (octet >> 4 == 15 || (octet & 15) == 15)
			return false;
		uint32_t delta = extended(&c, octet >> 4), len = extended(&c, octet & 15);
		cursor_skip(&c, len);
		if (!cursor_ok(&c) || delta > 2500)
			return false;
	}
	return !cursor_left(&c);
}

/* The code's class; -1 when this is no message. */
static int message(struct cursor c)
{
	uint8_t begin = cursor_u8(&c), code = cursor_u8(&c);
	cursor_skip(&c, 2u + (begin & 15));
	int class = code >> 5;
	bool lawful = begin >> 6 == 1 && (begin & 15) <= 8 && (class == CLASS_REQUEST || (class >= 2 && class <= 5)) &&
		      (class != CLASS_REQUEST || (code && code <= 7)) && (code & 31) <= 31;
	return cursor_ok(&c) && lawful && options(c) ? class : -1;
}

static enum probe probe(const struct probe_input *in)
{
	if (!text_port(in, PORT))
		return PROBE_NO;
	for (int d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return message(in->first[d]) >= 0 ? PROBE_YES : PROBE_NO;
	return PROBE_MAYBE;
}

static void datagram(struct dissection *x, struct cursor *c)
{
	int class = message(*c);
	if (class >= CLASS_SUCCESS && class <= CLASS_SERVER_ERROR && wire_sender_port(x) == PORT)
		wire_served(x);
}

const struct dissector dissector_coap = {
	.name = "coap",
	.application = "coap",
	.transports = TRANSPORT_UDP,
	.ports = {PORT},
	.probe = probe,
	.datagram = datagram,
};
