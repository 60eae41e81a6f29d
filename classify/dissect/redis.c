/* Redis and its kin (RESP): what INFO and HELLO answer of the server, what clients call themselves. */
#include "classify/dissect/text_talk.h"
#include "classify/dissect/wire.h"

#define LINES 600 /* of a direction; programs introduce themselves early */

enum expects { NOTHING, INFO, HELLO, SET_INFO, LIBRARY_NAME, LIBRARY_VERSION, USER };

struct redis {
	struct text_talk talk;
	uint16_t lines[2];
	uint8_t command;  /* enum expects: the one whose answer comes */
	uint8_t argument; /* enum expects: what the client's next word is */
	uint8_t next;     /* of HELLO's answer: 1 the version is the next word, 2 its length was read */
	bool said;
	char library[40], os[64], version[24], product[12];
};

static enum probe words(struct cursor first, const char *const *list, size_t n)
{
	enum probe best = PROBE_NO;
	for (size_t i = 0; i < n; i++)
		best = text_either(best, text_probe(first, list[i]));
	return best;
}

/* "*2\r\n$4\r\n…": an array of strings. */
static enum probe client_probe(struct cursor f)
{
	uint64_t n;
	struct cursor line;
	if (cursor_left(&f) && *f.at != '*')
		return PROBE_NO;
	if (!cursor_line(&f, &line))
		return cursor_left(&f) < 8 ? PROBE_MAYBE : PROBE_NO;
	if (!cursor_left(&line))
		return PROBE_NO;
	line.at++;
	return text_number(line, &n) && n ? text_probe(f, "$") : PROBE_NO;
}

static enum probe server_probe(struct cursor f)
{
	static const char *const answers[] = {"+OK\r\n",  "+PONG\r\n", "-NOAUTH", "-WRONGPASS", "-ERR ", "-DENIED",
					      "-LOADING", "$",         "*",       ":",          "%",     "+QUEUED"};
	return words(f, answers, sizeof answers / sizeof *answers);
}

static enum probe probe(const struct probe_input *in)
{
	enum probe client = cursor_left(&in->first[0]) ? client_probe(in->first[0]) : PROBE_MAYBE;
	enum probe server = cursor_left(&in->first[1]) ? server_probe(in->first[1]) : PROBE_MAYBE;
	return client < server ? client : server;
}

static void library(struct dissection *x, struct redis *s, struct cursor version)
{
	struct wire_text t = {.len = 0};
	wire_label(&t, "product", wire_literal(s->library));
	if (!t.len)
		return;
	wire_label(&t, "version", version);
	wire_yield(x, FIELD_REDIS_CLIENT, &t);
}

static void argument(struct dissection *x, struct redis *s, struct cursor line)
{
	uint8_t is = s->argument;
	s->argument = NOTHING;
	if (is == LIBRARY_NAME)
		wire_keep(s->library, sizeof s->library, line);
	else if (is == LIBRARY_VERSION)
		library(x, s, line);
	else if (is == SET_INFO && text_is(line, "LIB-NAME"))
		s->argument = LIBRARY_NAME;
	else if (is == SET_INFO && text_is(line, "LIB-VER"))
		s->argument = LIBRARY_VERSION;
}

static void client_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct redis *s = x->state;
	if (++s->lines[x->direction] > LINES) {
		dissection_done(x);
		return;
	}
	uint8_t mark = cursor_peek(&line, 0);
	if (mark == '*' || mark == '$')
		return;
	if (s->argument != NOTHING) {
		argument(x, s, line);
		return;
	}
	struct cursor command = text_word(&line);
	if (text_is(command, "INFO"))
		s->command = INFO;
	else if (text_is(command, "HELLO"))
		s->command = HELLO;
	else if (text_is(command, "SETINFO"))
		s->argument = SET_INFO;
}

static void tell(struct dissection *x, struct redis *s)
{
	struct wire_text t = {.len = 0};
	if (!*s->version)
		return;
	s->said = true;
	wire_label(&t, "product", wire_literal(*s->product ? s->product : "Redis"));
	wire_label(&t, "version", wire_literal(s->version));
	wire_label(&t, "os", wire_literal(s->os));
	wire_yield(x, FIELD_REDIS_SERVER, &t);
	*s->version = 0;
}

/* "name:value" of the section on the server, up to the next section. The kin keep redis_version as what they are
 * compatible with. */
static void info(struct dissection *x, struct redis *s, struct cursor line)
{
	static const struct {
		const char *key, *product;
	} kin[] = {{"valkey_version:", "Valkey"}, {"dragonfly_version:", "Dragonfly"}, {"kvrocks_version:", "Kvrocks"}};
	if ((!cursor_left(&line) || cursor_peek(&line, 0) == '#') && *s->version) {
		s->command = NOTHING;
		tell(x, s);
		return;
	}
	for (size_t i = 0; i < sizeof kin / sizeof *kin; i++)
		if (text_take(&line, kin[i].key)) {
			wire_keep(s->product, sizeof s->product, wire_literal(kin[i].product));
			wire_keep(s->version, sizeof s->version, text_trim(line));
		}
	if (text_take(&line, "redis_version:") && !*s->product)
		wire_keep(s->version, sizeof s->version, text_trim(line));
	else if (text_take(&line, "os:"))
		wire_keep(s->os, sizeof s->os, text_trim(line));
	else if (text_take(&line, "executable:") && text_has(line, "keydb"))
		wire_keep(s->product, sizeof s->product, wire_literal("KeyDB"));
}

/* "$7", "version", "$6", "7.0.15". */
static void hello(struct dissection *x, struct redis *s, struct cursor line)
{
	if (text_is(line, "version"))
		s->next = 1;
	else if (s->next == 1)
		s->next = cursor_peek(&line, 0) == '$' ? 2 : 0;
	else if (s->next == 2) {
		s->next = 0;
		s->command = NOTHING;
		wire_keep(s->version, sizeof s->version, text_trim(line));
		tell(x, s);
	} else if (text_is(line, "valkey"))
		wire_keep(s->product, sizeof s->product, wire_literal("Valkey"));
}

static void server_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct redis *s = x->state;
	dissection_service(x);
	if (++s->lines[x->direction] > LINES)
		dissection_done(x);
	else if (s->command == INFO)
		info(x, s, line);
	else if (s->command == HELLO)
		hello(x, s, line);
}

static void stream(struct dissection *x, struct cursor *c)
{
	static const struct text_grammar grammar = {NULL, server_line, client_line};
	text_talk(x, c, &grammar);
}

const struct dissector dissector_redis = {
	.name = "redis",
	.application = "redis",
	.transports = TRANSPORT_TCP,
	.ports = {6379},
	.state_bytes = sizeof(struct redis),
	.probe = probe,
	.stream = stream,
	.gap = text_talk_gap,
};
