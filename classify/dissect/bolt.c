/* Bolt, as Neo4j and Memgraph speak it: who greets whom (user_agent, server) in maps of PackStream. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HANDSHAKE_BYTES 20
#define CHUNKS          8

struct bolt {
	uint8_t chunks[2];
	bool shaken[2];
};

static enum probe probe(const struct probe_input *in)
{
	static const uint8_t magic[4] = {0x60, 0x60, 0xb0, 0x17};
	struct cursor c = in->first[0];
	if (!cursor_left(&in->first[0]) && cursor_left(&in->first[1]))
		return PROBE_NO; /* who connects speaks first */
	size_t n = cursor_left(&c) < 4 ? cursor_left(&c) : 4;
	if (n && memcmp(c.at, magic, n))
		return PROBE_NO;
	return n < 4 ? PROBE_MAYBE : PROBE_YES;
}

/* A text: its length in the marker, or in the one or two octets behind it. */
static struct cursor text_of(struct cursor *c)
{
	uint8_t marker = cursor_u8(c);
	if ((marker & 0xf0) == 0x80)
		return cursor_sub(c, marker & 15);
	if (marker == 0xd0)
		return cursor_sub(c, cursor_u8(c));
	if (marker == 0xd1)
		return cursor_sub(c, cursor_u16(c));
	return (struct cursor){NULL, NULL, false};
}

/* The text behind a key, wherever it stands in the message. */
static bool value_of(struct cursor c, const char *key, struct cursor *value)
{
	size_t n = strlen(key);
	for (; cursor_left(&c) > n + 1; c.at++) {
		if (*c.at != (0x80 | n) || memcmp(c.at + 1, key, n))
			continue;
		cursor_skip(&c, n + 1);
		*value = text_of(&c);
		return cursor_ok(&c) && cursor_left(value) > 0;
	}
	return false;
}

/* "neo4j-python/5.8.0 Python/3.11", "Neo4j/4.4.12": what comes first. */
static void tell(struct dissection *x, enum field field, struct cursor text)
{
	struct wire_text t = {.len = 0};
	struct cursor whole = text, first = text_word(&text), product;
	if (text_has(whole, "memgraph")) /* which says that it is compatible to a version of Neo4j */
		wire_label(&t, "product", wire_literal("Memgraph"));
	else if (text_before(&first, '/', &product)) {
		wire_label(&t, "product", product);
		if (cursor_peek(&first, 0) == 'v')
			cursor_skip(&first, 1);
		wire_label(&t, "version", first);
	} else
		wire_label(&t, "product", first);
	wire_yield(x, field, &t);
	dissection_done(x);
}

static void chunk(struct dissection *x, struct cursor c)
{
	struct cursor value;
	bool server = dissection_from_server(x);
	if (value_of(c, server ? "server" : "user_agent", &value))
		tell(x, server ? FIELD_BOLT_SERVER : FIELD_BOLT_CLIENT, value);
}

/* The version that was agreed upon is no version of the server. */
static bool shake(struct dissection *x, struct bolt *s, struct cursor *c)
{
	bool server = dissection_from_server(x);
	size_t n = server ? 4 : HANDSHAKE_BYTES;
	if (cursor_left(c) < n)
		return false;
	if (server) {
		if (c->at[0] || c->at[3] > 16) {
			dissection_fail(x);
			return false;
		}
		dissection_service(x);
	}
	cursor_skip(c, n);
	return s->shaken[x->direction] = true;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct bolt *s = x->state;
	struct cursor whole;
	if (!s->shaken[x->direction] && !shake(x, s, c))
		return;
	while (!x->done[x->direction] && cursor_left(c) >= 2) {
		struct cursor p = *c;
		if (s->chunks[x->direction] >= CHUNKS) {
			dissection_done(x);
			return;
		}
		if (!wire_message(x, c, 2 + (uint64_t)cursor_u16(&p), &whole))
			return;
		s->chunks[x->direction]++;
		cursor_skip(&whole, 2);
		chunk(x, whole);
	}
}

const struct dissector dissector_bolt = {
	.name = "bolt",
	.application = "bolt",
	.transports = TRANSPORT_TCP,
	.ports = {7687},
	.state_bytes = sizeof(struct bolt),
	.probe = probe,
	.stream = stream,
};
