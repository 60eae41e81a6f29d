/* WireGuard: the service. Handshakes have one size each: initiation 148 octets, response 92. */
#include "classify/dissect/wire.h"

enum { INITIATION = 1, RESPONSE = 2 };

static uint8_t handshake(struct cursor c)
{
	size_t whole = cursor_left(&c);
	uint32_t kind = cursor_le32(&c);
	return (kind == INITIATION && whole == 148) || (kind == RESPONSE && whole == 92) ? (uint8_t)kind : 0;
}

static enum probe probe(const struct probe_input *in)
{
	for (int d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return handshake(in->first[d]) ? PROBE_YES : PROBE_NO;
	return PROBE_MAYBE;
}

struct wireguard {
	uint32_t asked; /* the initiator's index, which the response repeats */
};

static void datagram(struct dissection *x, struct cursor *c)
{
	struct wireguard *s = x->state;
	uint8_t kind = handshake(*c);
	cursor_skip(c, kind == RESPONSE ? 8 : 4);
	uint32_t index = cursor_le32(c);
	if (kind == INITIATION)
		s->asked = index;
	else if (kind == RESPONSE && index == s->asked) {
		wire_served(x);
		dissection_done_both(x);
	}
}

const struct dissector dissector_wireguard = {
	.name = "wireguard",
	.application = "wireguard",
	.transports = TRANSPORT_UDP,
	.ports = {51820},
	.state_bytes = sizeof(struct wireguard),
	.probe = probe,
	.datagram = datagram,
};
