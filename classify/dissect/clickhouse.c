/* ClickHouse's own protocol: both ends begin with a hello that names program and version. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

enum { HELLO = 0, EXCEPTION = 2, MOST_NAME = 96 };

/* Seven bits an octet, the lowest first. */
static uint64_t number(struct cursor *c)
{
	uint64_t n = 0;
	for (unsigned shift = 0; shift < 35; shift += 7) {
		uint8_t octet = cursor_u8(c);
		n |= (uint64_t)(octet & 0x7f) << shift;
		if (!(octet & 0x80))
			return n;
	}
	cursor_fail(c);
	return 0;
}

static struct cursor text_of(struct cursor *c)
{
	return cursor_sub(c, (size_t)number(c));
}

/* Kind, and a name that has the product's in it: which of both ends has it first nobody can mistake. */
static enum probe side(struct cursor c, const char *name)
{
	if (!cursor_left(&c))
		return PROBE_MAYBE;
	if (cursor_u8(&c) != HELLO)
		return PROBE_NO;
	if (!cursor_left(&c))
		return PROBE_MAYBE;
	size_t len = cursor_u8(&c);
	if (len < strlen(name) || len > MOST_NAME)
		return PROBE_NO;
	if (cursor_left(&c) < len)
		return PROBE_MAYBE;
	return text_has(cursor_sub(&c, len), name) ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe client = side(in->first[0], "lickhouse"), server = side(in->first[1], "ClickHouse");
	if (cursor_left(&in->first[0]) && client == PROBE_NO)
		return PROBE_NO;
	if (cursor_left(&in->first[1]) && cursor_peek(&in->first[1], 0) == EXCEPTION)
		return client;
	return cursor_left(&in->first[1]) ? server : client;
}

static bool greeting(struct dissection *x, struct cursor *c)
{
	struct cursor p = *c;
	struct wire_text t = {.len = 0};
	bool server = dissection_from_server(x);
	cursor_skip(&p, 1);
	struct cursor name = text_of(&p);
	uint64_t major = number(&p), minor = number(&p), revision = number(&p);
	(void)revision;
	struct cursor first = text_of(&p), second = text_of(&p);
	uint64_t patch = server ? number(&p) : 0;
	if (!cursor_ok(&p))
		return false;
	wire_label(&t, "product", name);
	if (major > 999 || minor > 999 || patch > 9999)
		major = 0;
	if (server && major)
		wire_label_format(&t, "version", "%u.%u.%u", (unsigned)major, (unsigned)minor, (unsigned)patch);
	else if (major)
		wire_label_format(&t, "version", "%u.%u", (unsigned)major, (unsigned)minor);
	wire_yield(x, server ? FIELD_CLICKHOUSE_SERVER : FIELD_CLICKHOUSE_CLIENT, &t);
	/* a server's time zone and how it is called; a client's database and user */
	if (!server)
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, second, 64);
	(void)first;
	return true;
}

static void stream(struct dissection *x, struct cursor *c)
{
	uint8_t kind = cursor_peek(c, 0);
	if (dissection_from_server(x) && (kind == HELLO || kind == EXCEPTION))
		dissection_service(x);
	if (kind != HELLO) {
		dissection_done(x);
		return;
	}
	if (greeting(x, c) || cursor_left(c) > 1024)
		dissection_done(x);
}

const struct dissector dissector_clickhouse = {
	.name = "clickhouse",
	.application = "clickhouse",
	.transports = TRANSPORT_TCP,
	.ports = {9000},
	.probe = probe,
	.stream = stream,
};
