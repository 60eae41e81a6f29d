/* NATS: the server's INFO and the client's CONNECT, JSON behind a word; STARTTLS where both agree. */
#include "classify/dissect/text_talk.h"
#include "classify/dissect/wire.h"

#define LINES 40

struct nats {
	struct text_talk talk;
	uint16_t lines[2];
};

/* The server greets, but there are clients that do not wait. */
static enum probe probe(const struct probe_input *in)
{
	struct cursor client = in->first[0], server = in->first[1];
	if (!cursor_left(&client) || cursor_left(&server))
		return text_probe(server, "INFO {");
	enum probe hasty = text_either(text_probe(client, "CONNECT {"), text_probe(client, "PING\r\n"));
	return hasty == PROBE_NO ? PROBE_NO : PROBE_MAYBE;
}

static void label(struct wire_text *t, const char *as, struct cursor json, const char *key)
{
	struct cursor value;
	if (text_json(json, key, &value))
		wire_label(t, as, value);
}

static bool enough(struct dissection *x)
{
	struct nats *s = x->state;
	if (++s->lines[x->direction] <= LINES)
		return false;
	dissection_done(x);
	return true;
}

static void server_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct nats *s = x->state;
	struct wire_text t = {.len = 0};
	struct cursor name;
	if (enough(x) || !text_take(&line, "INFO "))
		return;
	dissection_service(x);
	s->talk.tls = text_has(line, "\"tls_required\":true") || text_has(line, "\"tls_available\":true");
	wire_label(&t, "product", cursor_init("NATS Server", 11));
	label(&t, "version", line, "version");
	label(&t, "go", line, "go");
	if (text_json(line, "server_name", &name))
		wire_label(&t, "name", name);
	if (t.len > sizeof "product=NATS Server")
		wire_yield(x, FIELD_NATS_SERVER, &t);
}

static void client_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct wire_text t = {.len = 0};
	struct cursor language, user;
	if (enough(x) || !text_take(&line, "CONNECT "))
		return;
	if (text_json(line, "user", &user))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, user, 128);
	if (!text_json(line, "lang", &language))
		return;
	wire_label(&t, "language", language);
	label(&t, "version", line, "version");
	label(&t, "name", line, "name");
	wire_yield(x, FIELD_NATS_CLIENT, &t);
}

static void stream(struct dissection *x, struct cursor *c)
{
	static const struct text_grammar grammar = {NULL, server_line, client_line};
	text_talk(x, c, &grammar);
}

const struct dissector dissector_nats = {
	.name = "nats",
	.application = "nats",
	.transports = TRANSPORT_TCP,
	.ports = {4222},
	.state_bytes = sizeof(struct nats),
	.probe = probe,
	.stream = stream,
};
