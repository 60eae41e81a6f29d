/* STOMP 1.0 to 1.2: the broker's "server" header, the user who connects. */
#include "classify/dissect/text_talk.h"

#define LINES 40

struct stomp {
	struct text_talk talk;
	uint16_t lines[2];
	bool connecting[2]; /* headers of CONNECT or CONNECTED are coming */
};

static enum probe probe(const struct probe_input *in)
{
	enum probe client = text_either(text_probe(in->first[0], "CONNECT\n"), text_probe(in->first[0], "CONNECT\r\n"));
	client = text_either(client, text_probe(in->first[0], "STOMP\n"));
	enum probe server = text_either(text_probe(in->first[1], "CONNECTED"), text_probe(in->first[1], "ERROR\n"));
	client = cursor_left(&in->first[0]) ? client : PROBE_MAYBE;
	server = cursor_left(&in->first[1]) ? server : PROBE_MAYBE;
	return client < server ? client : server;
}

static bool enough(struct dissection *x, struct stomp *s)
{
	if (++s->lines[x->direction] <= LINES)
		return false;
	dissection_done(x);
	return true;
}

static void server_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct stomp *s = x->state;
	bool *connecting = &s->connecting[x->direction];
	if (enough(x, s))
		return;
	if (text_is(line, "CONNECTED")) {
		*connecting = true;
		dissection_service(x);
	} else if (*connecting && text_take(&line, "server:"))
		text_yield(x, FIELD_STOMP_SERVER, SUBJECT_SENDER, line, 128);
	else if (!cursor_left(&line))
		*connecting = false;
}

static void client_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct stomp *s = x->state;
	bool *connecting = &s->connecting[x->direction];
	if (enough(x, s))
		return;
	if (text_is(line, "CONNECT") || text_is(line, "STOMP"))
		*connecting = true;
	else if (*connecting && text_take(&line, "login:"))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, line, 128);
	else if (!cursor_left(&line))
		*connecting = false;
}

static void stream(struct dissection *x, struct cursor *c)
{
	static const struct text_grammar grammar = {NULL, server_line, client_line};
	text_talk(x, c, &grammar);
}

const struct dissector dissector_stomp = {
	.name = "stomp",
	.application = "stomp",
	.transports = TRANSPORT_TCP,
	.ports = {61613},
	.state_bytes = sizeof(struct stomp),
	.probe = probe,
	.stream = stream,
};
