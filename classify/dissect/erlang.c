/* The distribution of Erlang (RabbitMQ, ejabberd, CouchDB, VerneMQ in a cluster): both nodes say "name@host" when they
 * shake hands. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

enum { OLD = 'n', NEW = 'N', STATUS = 's', MOST_NAME = 255, MESSAGES = 3 };

struct erlang {
	uint8_t messages[2];
};

/* A name or a challenge; the numbers before the name differ. returns false when it is neither. */
static bool take_name(struct cursor c, bool challenge, struct cursor *node)
{
	uint8_t tag = cursor_u8(&c);
	if (tag == OLD) {
		uint16_t version = cursor_u16(&c);
		cursor_skip(&c, challenge ? 8 : 4);
		*node = c;
		if (!cursor_ok(&c) || version > 6)
			return false;
	} else if (tag == NEW) {
		cursor_skip(&c, challenge ? 16 : 12);
		*node = cursor_sub(&c, cursor_u16(&c));
	} else
		return false;
	return cursor_ok(node) && cursor_left(node) > 2 && cursor_left(node) <= MOST_NAME &&
	       memchr(node->at, '@', cursor_left(node));
}

static enum probe probe(const struct probe_input *in)
{
	struct cursor c = in->first[0], node;
	if (!cursor_left(&in->first[0]) && cursor_left(&in->first[1]))
		return PROBE_NO; /* who connects speaks first */
	if (cursor_left(&c) < 3)
		return cursor_peek(&c, 0) > 1 ? PROBE_NO : PROBE_MAYBE;
	uint16_t len = cursor_u16(&c);
	uint8_t tag = cursor_peek(&c, 0);
	if (len < 10 || len > MOST_NAME + 32 || (tag != OLD && tag != NEW))
		return PROBE_NO;
	if (cursor_left(&c) < len)
		return PROBE_MAYBE;
	c.end = c.at + len;
	return take_name(c, false, &node) ? PROBE_YES : PROBE_NO;
}

/* Names of nodes are those of what runs in them. */
static const struct program {
	const char *node, *product;
} programs[] = {
	{"rabbit", "RabbitMQ"}, {"ejabberd", "ejabberd"}, {"couchdb", "CouchDB"},       {"VerneMQ", "VerneMQ"},
	{"emqx", "EMQX"},       {"riak", "Riak"},         {"mongooseim", "MongooseIM"},
};

static void tell(struct dissection *x, struct cursor node)
{
	struct cursor name, host;
	struct wire_text t = {.len = 0};
	if (!text_before(&node, '@', &name))
		return;
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		if (text_is(name, programs[i].node))
			wire_label(&t, "product", wire_literal(programs[i].product));
	wire_label(&t, "node", name);
	wire_yield(x, dissection_from_server(x) ? FIELD_ERLANG_SERVER : FIELD_ERLANG_CLIENT, &t);
	if (text_host(node, &host) && text_own_name(host))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 128);
}

static void message(struct dissection *x, struct cursor c)
{
	struct cursor node;
	bool server = dissection_from_server(x);
	if (server && cursor_peek(&c, 0) == STATUS)
		dissection_service(x);
	if (!take_name(c, server, &node))
		return;
	tell(x, node);
	dissection_done(x);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct erlang *s = x->state;
	struct cursor whole;
	while (!x->done[x->direction] && cursor_left(c) >= 2) {
		struct cursor p = *c;
		if (s->messages[x->direction] >= MESSAGES) {
			dissection_done(x);
			return;
		}
		if (!wire_message(x, c, 2 + (uint64_t)cursor_u16(&p), &whole))
			return;
		s->messages[x->direction]++;
		cursor_skip(&whole, 2);
		message(x, whole);
	}
}

const struct dissector dissector_erlang = {
	.name = "erlang",
	.application = "erlang-distribution",
	.transports = TRANSPORT_TCP,
	.ports = {25672},
	.state_bytes = sizeof(struct erlang),
	.probe = probe,
	.stream = stream,
};
