/* Bitcoin and the coins that came of it: the user agent (BIP 14) in the version message, by which a connection begins.
 */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEAD_BYTES 24
#define AGENT_AT   (HEAD_BYTES + 80) /* version, services, time, two addresses, a number */
#define MOST_BYTES 512

static enum probe side(struct cursor c)
{
	static const char command[12] = "version";
	if (!c.at || cursor_left(&c) < 4)
		return PROBE_MAYBE;
	cursor_skip(&c, 4); /* of which coin and network */
	size_t n = cursor_left(&c) < sizeof command ? cursor_left(&c) : sizeof command;
	for (size_t i = 0; i < n; i++)
		if (cursor_peek(&c, i) != (uint8_t)command[i])
			return PROBE_NO;
	return n == sizeof command ? PROBE_YES : PROBE_MAYBE;
}

static enum probe probe(const struct probe_input *in)
{
	/* printable octets are another protocol's: no coin begins so */
	for (int d = 0; d < 2; d++) {
		uint8_t first = cursor_peek(&in->first[d], 0);
		if (cursor_left(&in->first[d]) && first >= 0x20 && first < 0x7f)
			return PROBE_NO;
	}
	return text_sides(side(in->first[0]), side(in->first[1]), true);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct cursor p = *c, whole;
	if (cursor_left(c) < HEAD_BYTES)
		return;
	cursor_skip(&p, 16);
	uint32_t len = cursor_le32(&p);
	if (side(*c) != PROBE_YES || len > MOST_BYTES) {
		dissection_done(x);
		return;
	}
	if (!wire_message(x, c, (uint64_t)len + HEAD_BYTES, &whole))
		return;
	dissection_done(x);
	bool server = dissection_from_server(x);
	if (server)
		dissection_service(x);
	cursor_skip(&whole, AGENT_AT);
	struct cursor agent = cursor_sub(&whole, cursor_u8(&whole));
	if (cursor_ok(&agent))
		text_yield(x, server ? FIELD_BITCOIN_SERVER : FIELD_BITCOIN_CLIENT, SUBJECT_SENDER, agent, 128);
}

const struct dissector dissector_bitcoin = {
	.name = "bitcoin",
	.application = "bitcoin",
	.transports = TRANSPORT_TCP,
	.ports = {8333, 18333, 9333},
	.probe = probe,
	.stream = stream,
};
