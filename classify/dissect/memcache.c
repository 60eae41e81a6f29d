/* Memcached: the version from "version" and "stats" of the text protocol, and of the binary one. */
#include "classify/dissect/text_talk.h"
#include "classify/dissect/wire.h"

#define LINES         200
#define BINARY_HEADER 24

enum { ASKED = 0x80, ANSWERED = 0x81, VERSION = 0x0b };
enum form { UNKNOWN, TEXT, BINARY };

struct memcache {
	struct text_talk talk;
	uint8_t form[2]; /* enum form: what its first octet was */
	uint16_t lines[2];
	bool version;
};

static enum probe words(struct cursor first, const char *const *list, size_t n)
{
	enum probe best = PROBE_NO;
	for (size_t i = 0; i < n; i++)
		best = text_either(best, text_probe(first, list[i]));
	return best;
}

/* Magic, operation, and a data type that is always 0. */
static enum probe binary(struct cursor f, uint8_t magic)
{
	if (cursor_left(&f) && *f.at != magic)
		return PROBE_NO;
	if (cursor_left(&f) < BINARY_HEADER)
		return PROBE_MAYBE;
	return f.at[1] <= 0x28 && !f.at[5] ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	static const char *const asks[] = {"stats\r\n", "stats ", "version\r\n", "get ",    "gets ",
					   "mg ",       "set ",   "add ",        "delete ", "verbosity"};
	static const char *const answers[] = {"STAT ",   "VERSION 1.",     "STORED\r\n",  "VALUE ",
					      "END\r\n", "NOT_STORED\r\n", "DELETED\r\n", "NOT_FOUND\r\n"};
	const struct cursor *c = in->first;
	enum probe client = cursor_left(&c[0]) ? text_either(words(c[0], asks, sizeof asks / sizeof *asks),
							     text_port(in, 11211) ? binary(c[0], ASKED) : PROBE_NO)
					       : PROBE_MAYBE;
	enum probe server = cursor_left(&c[1]) ? text_either(words(c[1], answers, sizeof answers / sizeof *answers),
							     text_port(in, 11211) ? binary(c[1], ANSWERED) : PROBE_NO)
					       : PROBE_MAYBE;
	return client < server ? client : server;
}

static void tell(struct dissection *x, struct memcache *s, struct cursor version)
{
	struct wire_text t = {.len = 0};
	s->version = true;
	wire_label(&t, "product", cursor_init("memcached", 9));
	wire_label(&t, "version", text_trim(version));
	wire_yield(x, FIELD_MEMCACHE_VERSION, &t);
}

static void client_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct memcache *s = x->state;
	if (++s->lines[x->direction] > LINES)
		dissection_done(x);
}

static void server_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct memcache *s = x->state;
	dissection_service(x);
	if (!s->version && (text_take(&line, "VERSION ") || text_take(&line, "STAT version ")))
		tell(x, s, line);
	if (s->version || ++s->lines[x->direction] > LINES)
		dissection_done_both(x);
}

static void binary_stream(struct dissection *x, struct cursor *c)
{
	struct memcache *s = x->state;
	struct cursor whole;
	while (!x->done[x->direction] && cursor_left(c) >= BINARY_HEADER) {
		struct cursor p = *c;
		uint8_t magic = cursor_u8(&p), operation = cursor_u8(&p);
		cursor_skip(&p, 6);
		uint32_t len = cursor_u32(&p);
		if ((magic & 0xfe) != ASKED || ++s->lines[x->direction] > LINES) {
			dissection_done(x);
			return;
		}
		if (!wire_message(x, c, (uint64_t)len + BINARY_HEADER, &whole)) {
			s->lines[x->direction]--;
			return;
		}
		if (dissection_from_server(x))
			dissection_service(x);
		cursor_skip(&whole, cursor_left(&whole) ? BINARY_HEADER : 0);
		if (magic == ANSWERED && operation == VERSION && !s->version)
			tell(x, s, whole);
	}
}

static void stream(struct dissection *x, struct cursor *c)
{
	static const struct text_grammar grammar = {NULL, server_line, client_line};
	struct memcache *s = x->state;
	uint8_t *form = &s->form[x->direction];
	if (*form == UNKNOWN && cursor_left(c))
		*form = (cursor_peek(c, 0) & 0xfe) == ASKED ? BINARY : TEXT;
	if (*form == BINARY)
		binary_stream(x, c);
	else
		text_talk(x, c, &grammar);
}

const struct dissector dissector_memcache = {
	.name = "memcache",
	.application = "memcache",
	.transports = TRANSPORT_TCP,
	.ports = {11211},
	.state_bytes = sizeof(struct memcache),
	.probe = probe,
	.stream = stream,
};
