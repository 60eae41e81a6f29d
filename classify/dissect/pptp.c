/* PPTP (RFC 2637): host name, vendor and firmware of both ends from the start of the control connection. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEADER_BYTES 12
#define COOKIE       0x1a2b3c4du
#define START_BYTES  156

enum { START_REQUEST = 1, START_REPLY = 2 };

static int header(struct cursor c, uint16_t *type)
{
	size_t have = cursor_left(&c);
	uint16_t len = cursor_u16(&c), kind = cursor_u16(&c);
	uint32_t cookie = cursor_u32(&c);
	*type = cursor_u16(&c);
	if ((have >= 2 && len != START_BYTES) || (have >= 4 && kind != 1) || (have >= 8 && cookie != COOKIE))
		return -1;
	if (have < HEADER_BYTES)
		return 0;
	return *type == START_REQUEST || *type == START_REPLY ? 1 : -1;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_MAYBE;
	for (int d = 0; d < 2; d++) {
		uint16_t type;
		int r = header(in->first[d], &type);
		if (r < 0)
			return PROBE_NO;
		if (r)
			best = PROBE_YES;
	}
	return best;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct wire_text t = {.len = 0};
	struct cursor p, name;
	uint16_t type;
	int r = header(*c, &type);
	if (r < 0)
		dissection_done(x);
	if (r <= 0 || !wire_message(x, c, START_BYTES, &p))
		return;
	dissection_done(x);
	if (type == START_REPLY)
		wire_served(x);
	cursor_skip(&p, HEADER_BYTES + 14);
	uint16_t firmware = cursor_u16(&p);
	struct cursor host = wire_trim(cursor_sub(&p, 64)), vendor = wire_trim(cursor_sub(&p, 64));
	if (!cursor_ok(&p))
		return;
	if (text_host(host, &name) && !text_is(name, "local"))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, name, 64);
	wire_label(&t, "vendor", vendor);
	if (firmware && t.len)
		wire_label_format(&t, "revision", "%04x", firmware);
	if (t.len)
		wire_label(&t, "role", wire_literal(type == START_REPLY ? "server" : "client"));
	wire_yield(x, FIELD_TUNNEL_PEER, &t);
}

const struct dissector dissector_pptp = {
	.name = "pptp",
	.application = "pptp",
	.transports = TRANSPORT_TCP,
	.ports = {1723},
	.probe = probe,
	.stream = stream,
};
