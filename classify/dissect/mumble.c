/* Mumble's question for the list of servers, over UDP: twelve octets without a type, answered with the server's
 * version. */
#include "classify/dissect/wire.h"

#define ASK_BYTES    12 /* a type of 0, an identifier */
#define ANSWER_BYTES 24 /* a version, the identifier, users, the most of them, bandwidth */

/* Little to go by: lengths and a zero, and so only at the usual port. */
static enum probe probe(const struct probe_input *in)
{
	struct cursor ask = in->first[0], answer = in->first[1];
	if (in->dport != 64738 || (cursor_left(&ask) && (cursor_left(&ask) != ASK_BYTES || cursor_u32(&ask))))
		return PROBE_NO;
	if (cursor_left(&answer) && (cursor_left(&answer) != ANSWER_BYTES || cursor_u8(&answer) || !cursor_u8(&answer)))
		return PROBE_NO;
	return cursor_left(&ask) || cursor_left(&in->first[1]) ? PROBE_YES : PROBE_MAYBE;
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct wire_text t = {.len = 0};
	if (!dissection_from_server(x) || cursor_left(c) != ANSWER_BYTES)
		return;
	cursor_skip(c, 1);
	unsigned major = cursor_u8(c), minor = cursor_u8(c), patch = cursor_u8(c);
	dissection_service(x);
	wire_text_format(&t, "Mumble %u.%u.%u", major, minor, patch);
	wire_yield(x, FIELD_DAEMON_GREETING, &t);
	dissection_done_both(x);
}

const struct dissector dissector_mumble = {
	.name = "mumble",
	.application = "mumble",
	.transports = TRANSPORT_UDP,
	.ports = {64738},
	.probe = probe,
	.datagram = datagram,
};
