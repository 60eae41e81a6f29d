/* XDMCP (X11R5 and later): a display manager that is willing tells its host's name and a line about its state. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT 177

enum { WILLING = 5, LAST_OPERATION = 13 };

static bool head(struct cursor *c, uint16_t *operation)
{
	uint16_t version = cursor_u16(c);
	*operation = cursor_u16(c);
	uint16_t len = cursor_u16(c);
	return version == 1 && *operation && *operation <= LAST_OPERATION && cursor_ok(c) && len == cursor_left(c);
}

static enum probe probe(const struct probe_input *in)
{
	uint16_t operation;
	for (int d = 0; d < 2; d++) {
		struct cursor c = in->first[d];
		if (cursor_left(&c))
			return text_port(in, PORT) && head(&c, &operation) ? PROBE_YES : PROBE_NO;
	}
	return PROBE_MAYBE;
}

static void datagram(struct dissection *x, struct cursor *c)
{
	uint16_t operation;
	if (!head(c, &operation) || wire_sender_port(x) != PORT)
		return;
	wire_served(x);
	if (operation != WILLING)
		return;
	cursor_skip(c, cursor_u16(c)); /* a way of authentication */
	struct cursor name = cursor_sub(c, cursor_u16(c)), state = cursor_sub(c, cursor_u16(c)), host;
	if (!cursor_ok(c))
		return;
	if (text_host(name, &host) && text_own_name(host))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 128);
	text_yield(x, FIELD_XDMCP_STATUS, SUBJECT_SENDER, state, 128);
}

const struct dissector dissector_xdmcp = {
	.name = "xdmcp",
	.application = "xdmcp",
	.transports = TRANSPORT_UDP,
	.ports = {PORT},
	.probe = probe,
	.datagram = datagram,
};
