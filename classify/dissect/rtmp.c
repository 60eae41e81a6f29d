/* RTMP (Adobe, 2012): after a handshake of fixed length players name themselves in their first command ("flashVer"),
 * and servers in its answer ("fmsVer"). Commands are in AMF 0, in chunks. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HANDSHAKE_BYTES 1536
#define MOST_BYTES      4096u /* of commands; what they do not tell the rest will not */
#define TEXT_BYTES      64

enum { VERSION = 3, TEXT = 2 };
enum found { NOT_YET, NOT_HERE, FOUND };

struct rtmp {
	bool shaken[2];
	uint16_t looked[2]; /* octets of commands, each once however they come */
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

static bool is_printable(struct cursor text)
{
	for (; text.at < text.end; text.at++)
		if (*text.at < ' ' || *text.at > '~')
			return false;
	return true;
}

/* The text behind the name of a property, type and length between them; what a chunk's head cuts in two is left alone.
 */
static enum found text_behind(struct cursor c, size_t name_len, struct cursor *value)
{
	cursor_skip(&c, name_len + 1);
	size_t len = cursor_u16(&c);
	if (!len || len >= TEXT_BYTES)
		return NOT_HERE;
	if (cursor_left(&c) < len)
		return NOT_YET;
	*value = cursor_sub(&c, len);
	return is_printable(*value) ? FOUND : NOT_HERE;
}

/* Takes what stands before the name: it is not looked at again. */
static enum found property(struct cursor *c, uint16_t *looked, const char *name, struct cursor *value)
{
	size_t n = strlen(name);
	for (; cursor_left(c) >= n + 3 && *looked < MOST_BYTES; cursor_skip(c, 1), ++*looked)
		if (!memcmp(c->at, name, n) && c->at[n] == TEXT)
			return text_behind(*c, n, value);
	return *looked < MOST_BYTES ? NOT_YET : NOT_HERE;
}

/* What the other sent, given back, is left out. */
static bool shake(struct dissection *x, struct rtmp *s, struct cursor *c)
{
	if (cursor_left(c) < 1 + HANDSHAKE_BYTES)
		return false;
	if (cursor_peek(c, 0) != VERSION) {
		dissection_fail(x);
		return false;
	}
	cursor_skip(c, 1 + HANDSHAKE_BYTES);
	dissection_skip(x, HANDSHAKE_BYTES);
	if (dissection_from_server(x))
		dissection_service(x);
	return s->shaken[x->direction] = true;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct rtmp *s = x->state;
	bool server = dissection_from_server(x);
	struct cursor value;
	if (!s->shaken[x->direction]) {
		shake(x, s, c);
		return;
	}
	enum found found = property(c, &s->looked[x->direction], server ? "fmsVer" : "flashVer", &value);
	if (found == FOUND)
		text_yield(x, server ? FIELD_RTMP_SERVER : FIELD_RTMP_CLIENT, SUBJECT_SENDER, value, TEXT_BYTES);
	if (found != NOT_YET)
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
