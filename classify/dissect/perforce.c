/* Perforce: messages of named values, behind a head of five octets that checks itself. Clients name program, version,
 * user and host; a server its version when it is asked for information. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEAD_BYTES  5
#define MOST_VALUES 96
#define MESSAGES    12

struct perforce {
	char program[48];
	uint8_t messages[2];
};

/* The four octets of the length, added without carry, stand before them. */
static enum probe side(struct cursor c)
{
	if (!cursor_left(&c) || cursor_left(&c) < HEAD_BYTES + 2)
		return PROBE_MAYBE;
	uint8_t check = cursor_u8(&c);
	const uint8_t *p = c.at;
	uint32_t len = cursor_le32(&c);
	bool key = (*c.at >= 'a' && *c.at <= 'z') || (!*c.at && len < 0x1000);
	return (p[0] ^ p[1] ^ p[2] ^ p[3]) == check && len > 8 && len < 0x100000 && key ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe a = side(in->first[0]), b = side(in->first[1]);
	/* one octet checks another in one of 256 flows: both ends must do it, or the port be its own */
	if (a == PROBE_NO || b == PROBE_NO)
		return PROBE_NO;
	return text_port(in, 1666) ? text_either(a, b) : a < b ? a : b;
}

/* A name up to its NUL, a length, so many octets and a NUL. */
static bool next_value(struct cursor *c, struct cursor *name, struct cursor *value)
{
	if (!text_before(c, 0, name))
		return false;
	*value = cursor_sub(c, cursor_le32(c));
	return !cursor_u8(c) && cursor_ok(c);
}

/* "P4D/LINUX26X86_64/2018.1/1660568 (2018/05/22)"; a client's "2019.2/LINUX26X86_64/1829876" has its program apart. */
static void tell(struct dissection *x, enum field field, struct cursor program, struct cursor text)
{
	struct wire_text t = {.len = 0};
	struct cursor part, platform = {NULL, NULL, false}, version = platform;
	for (unsigned i = 0; i < 4 && cursor_left(&text); i++) {
		if (!text_before(&text, '/', &part)) {
			part = text;
			text.at = text.end;
		}
		bool digit = cursor_peek(&part, 0) >= '0' && cursor_peek(&part, 0) <= '9';
		if (!i && !digit)
			program = part;
		else if (digit && !cursor_left(&version))
			version = text_word(&part);
		else if (!digit && !cursor_left(&platform))
			platform = part;
	}
	wire_label(&t, "product", program);
	wire_label(&t, "vendor", wire_literal("Perforce"));
	wire_label(&t, "version", version);
	wire_label(&t, "platform", platform);
	if (cursor_left(&program) && cursor_left(&version))
		wire_yield(x, field, &t);
}

static void client_value(struct dissection *x, struct perforce *s, struct cursor name, struct cursor value)
{
	struct cursor host;
	if (text_is(name, "prog"))
		wire_keep(s->program, sizeof s->program, value);
	else if (text_is(name, "version"))
		tell(x, FIELD_PERFORCE_CLIENT, cursor_init(s->program, strlen(s->program)), value);
	else if (text_is(name, "user"))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, value, 64);
	else if (text_is(name, "host") && text_host(value, &host) && text_own_name(host))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 128);
}

static void message(struct dissection *x, struct perforce *s, struct cursor c)
{
	struct cursor name, value;
	bool server = dissection_from_server(x);
	cursor_skip(&c, HEAD_BYTES);
	if (server)
		dissection_service(x);
	for (unsigned i = 0; i < MOST_VALUES && next_value(&c, &name, &value); i++) {
		if (!server)
			client_value(x, s, name, value);
		else if (text_is(name, "serverVersion"))
			tell(x, FIELD_PERFORCE_SERVER, (struct cursor){NULL, NULL, false}, value);
	}
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct perforce *s = x->state;
	struct cursor whole;
	while (!x->done[x->direction] && cursor_left(c) >= HEAD_BYTES + 2) {
		struct cursor p = *c;
		if (side(p) != PROBE_YES || s->messages[x->direction] >= MESSAGES) {
			dissection_done(x);
			return;
		}
		cursor_skip(&p, 1);
		if (!wire_message(x, c, HEAD_BYTES + (uint64_t)cursor_le32(&p), &whole))
			return;
		s->messages[x->direction]++;
		message(x, s, whole);
	}
}

const struct dissector dissector_perforce = {
	.name = "perforce",
	.application = "perforce",
	.transports = TRANSPORT_TCP,
	.ports = {1666},
	.state_bytes = sizeof(struct perforce),
	.probe = probe,
	.stream = stream,
};
