/* Minecraft: a handshake that leads to a question for the status; the answer is JSON with the server's version. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HOST_MOST 255

enum { STATUS = 1, TRANSFER = 3 };

/* Seven bits an octet, least first. */
static uint32_t number(struct cursor *c)
{
	uint32_t value = 0;
	for (unsigned shift = 0; shift < 35; shift += 7) {
		uint8_t octet = cursor_u8(c);
		value |= (uint32_t)(octet & 0x7f) << shift;
		if (!(octet & 0x80))
			return value;
	}
	cursor_fail(c);
	return 0;
}

/* Length, 0, version of the protocol, the host as it was called, port, what is wanted. */
static enum probe handshake(struct cursor c)
{
	struct cursor whole = c;
	uint32_t len = number(&c);
	if (!cursor_left(&c))
		return cursor_left(&whole) > 2 ? PROBE_NO : PROBE_MAYBE;
	const uint8_t *begin = c.at;
	if (cursor_u8(&c) || len < 7 || len > HOST_MOST + 12)
		return PROBE_NO;
	number(&c);
	uint32_t host = number(&c);
	if (!cursor_left(&c))
		return PROBE_MAYBE;
	if (!cursor_ok(&c) || !host || host > HOST_MOST || len != (size_t)(c.at - begin) + host + 3)
		return PROBE_NO;
	cursor_skip(&c, host + 2);
	uint8_t wanted = cursor_u8(&c);
	if (!cursor_ok(&c))
		return PROBE_MAYBE;
	return wanted >= STATUS && wanted <= TRANSFER ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	if (!cursor_left(&in->first[0]))
		return cursor_left(&in->first[1]) ? PROBE_NO : PROBE_MAYBE;
	return handshake(in->first[0]);
}

/* {"version":{"name":"Paper 1.20.4","protocol":765},…} */
static void status(struct dissection *x, struct cursor json)
{
	struct wire_text t = {.len = 0};
	struct cursor name;
	static const char key[] = "\"version\"";
	const uint8_t *at = cursor_left(&json) ? memmem(json.at, cursor_left(&json), key, sizeof key - 1) : NULL;
	if (!at || json.at[0] != '{')
		return;
	dissection_service(x);
	json.at = at;
	if (text_json(json, "name", &name))
		wire_label(&t, "edition", name);
	wire_yield(x, FIELD_GAME_SERVER, &t);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct cursor p = *c, whole;
	uint32_t len = number(&p);
	if (!dissection_from_server(x)) {
		dissection_done(x);
		return;
	}
	if (!cursor_ok(&p)) {
		if (cursor_left(c) > 5)
			dissection_done(x);
		return;
	}
	size_t head = (size_t)(p.at - c->at);
	if (!wire_message(x, c, (uint64_t)len + head, &whole))
		return;
	dissection_done(x);
	cursor_skip(&whole, cursor_left(&whole) ? head : 0);
	if (cursor_left(&whole) && !cursor_u8(&whole)) {
		number(&whole);
		status(x, whole);
	}
}

const struct dissector dissector_minecraft = {
	.name = "minecraft",
	.application = "minecraft",
	.transports = TRANSPORT_TCP,
	.ports = {25565},
	.probe = probe,
	.stream = stream,
};
