/* RTMP (Adobe, 2012): after a handshake of fixed length players name themselves in their first command ("flashVer"),
 * and servers in its answer ("fmsVer"). Commands are in AMF 0, in chunks. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HANDSHAKE_BYTES 1536
#define MOST_BYTES      4096 /* of commands; what they do not tell the rest will not */

enum { VERSION = 3, TEXT = 2 };

struct rtmp {
	bool shaken[2];
};

/* Version; time; then zeros, or the version of who shakes hands. */
static enum probe side(struct cursor c)
{
	if (!cursor_left(&c))
		return PROBE_MAYBE;
	if (cursor_peek(&c, 0) != VERSION)
		return PROBE_NO;
	if (cursor_left(&c) < 1 + HANDSHAKE_BYTES)
		return PROBE_MAYBE;
	return PROBE_YES;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe a = side(in->first[0]), b = side(in->first[1]);
	if (a == PROBE_NO || b == PROBE_NO)
		return PROBE_NO;
	return text_port(in, 1935) ? text_either(a, b) : a < b ? a : b;
}

/* A text behind the name of its property; what a chunk's head cuts in two is left alone. */
static bool property(struct cursor c, const char *name, struct cursor *value)
{
	size_t n = strlen(name);
	for (; cursor_left(&c) > n + 3; c.at++) {
		if (memcmp(c.at, name, n) || c.at[n] != TEXT)
			continue;
		cursor_skip(&c, n + 1);
		*value = cursor_sub(&c, cursor_u16(&c));
		if (!cursor_ok(&c))
			return false;
		for (const uint8_t *p = value->at; p < value->end; p++)
			if (*p < ' ' || *p > '~')
				return false;
		return cursor_left(value) > 0 && cursor_left(value) < 64;
	}
	return false;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct rtmp *s = x->state;
	bool server = dissection_from_server(x);
	struct cursor value;
	if (!s->shaken[x->direction]) {
		if (cursor_left(c) < 1 + HANDSHAKE_BYTES)
			return;
		if (cursor_peek(c, 0) != VERSION) {
			dissection_fail(x);
			return;
		}
		cursor_skip(c, 1 + HANDSHAKE_BYTES);
		dissection_skip(x, HANDSHAKE_BYTES); /* the other's, given back */
		s->shaken[x->direction] = true;
		if (server)
			dissection_service(x);
		return;
	}
	if (property(*c, server ? "fmsVer" : "flashVer", &value)) {
		text_yield(x, server ? FIELD_RTMP_SERVER : FIELD_RTMP_CLIENT, SUBJECT_SENDER, value, 64);
		dissection_done(x);
	} else if (cursor_left(c) > MOST_BYTES)
		dissection_done(x);
}

const struct dissector dissector_rtmp = {
	.name = "rtmp",
	.application = "rtmp",
	.transports = TRANSPORT_TCP,
	.ports = {1935},
	.state_bytes = sizeof(struct rtmp),
	.probe = probe,
	.stream = stream,
};
