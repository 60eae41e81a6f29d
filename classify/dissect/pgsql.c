/* PostgreSQL, protocol 3: the user and program of the startup message, the server's version from its parameters. A
 * connection that turns to TLS is handed over. */
#include "classify/dissect/text.h"

#define PACKET_BYTES 8192
#define PARAMETERS   40

enum request { STARTUP = 196608, CANCEL = 80877102, SSL = 80877103, GSS = 80877104 };

struct pgsql {
	bool started; /* the startup message was seen */
	bool asked;   /* TLS (or GSS) was asked for: one octet answers */
	bool tls;     /* what was asked for is TLS */
	uint8_t messages;
};

static enum probe probe(const struct probe_input *in)
{
	struct cursor c = in->first[0];
	size_t left = cursor_left(&c);
	if (!left)
		return cursor_left(&in->first[1]) ? PROBE_NO : PROBE_MAYBE;
	if (left < 8)
		return cursor_peek(&c, 0) ? PROBE_NO : PROBE_MAYBE;
	uint32_t len = cursor_u32(&c), code = cursor_u32(&c);
	if (code == SSL || code == GSS)
		return len == 8 ? PROBE_YES : PROBE_NO;
	if (code == CANCEL)
		return len == 16 ? PROBE_YES : PROBE_NO;
	if (code >> 16 != 3 || len < 9 || len > PACKET_BYTES)
		return PROBE_NO;
	/* names of parameters, in any order */
	uint8_t letter = cursor_peek(&c, 0);
	return !cursor_left(&c) ? PROBE_MAYBE : (letter | 0x20) >= 'a' && (letter | 0x20) <= 'z' ? PROBE_YES : PROBE_NO;
}

static void startup(struct dissection *x, struct cursor c)
{
	struct cursor name, value;
	for (int i = 0; i < PARAMETERS && text_before(&c, 0, &name) && text_before(&c, 0, &value); i++)
		if (text_is(name, "user"))
			text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, value, 128);
		else if (text_is(name, "application_name"))
			text_yield(x, FIELD_PGSQL_CLIENT, SUBJECT_SENDER, value, 128);
}

static bool client(struct dissection *x, struct pgsql *s, struct cursor *c)
{
	struct cursor p = *c;
	if (s->asked && cursor_peek(&p, 0) == 0x16) {
		text_starttls(x);
		return false;
	}
	if (cursor_left(&p) < 8)
		return false;
	uint32_t len = cursor_u32(&p), code = cursor_u32(&p);
	if (len < 8 || len > PACKET_BYTES || s->started) {
		dissection_done(x);
		return false;
	}
	if (cursor_left(&p) < len - 8)
		return false;
	struct cursor body = cursor_sub(&p, len - 8);
	*c = p;
	s->asked = code == SSL || code == GSS;
	s->tls = code == SSL;
	s->started = code >> 16 == 3;
	if (s->started)
		startup(x, body);
	else if (!s->asked)
		dissection_done_both(x);
	return true;
}

/* The one octet that answers the wish for TLS. */
static void answer(struct dissection *x, struct pgsql *s, uint8_t a)
{
	s->asked = false;
	dissection_service(x);
	if (a == 'S' && s->tls)
		text_starttls(x);
	else if (a != 'N')
		dissection_done_both(x);
}

static void parameter(struct dissection *x, struct cursor body)
{
	struct cursor name, value;
	if (text_before(&body, 0, &name) && text_before(&body, 0, &value) && text_is(name, "server_version"))
		text_yield(x, FIELD_PGSQL_VERSION, SUBJECT_SENDER, value, 128);
}

static bool server(struct dissection *x, struct pgsql *s, struct cursor *c)
{
	struct cursor p = *c;
	if (s->asked) {
		answer(x, s, cursor_u8(c));
		return true;
	}
	if (cursor_left(&p) < 5)
		return false;
	uint8_t type = cursor_u8(&p);
	uint32_t len = cursor_u32(&p);
	bool known = type == 'R' || type == 'S' || type == 'K' || type == 'E' || type == 'N' || type == 'v';
	if (!known || len < 4 || len > PACKET_BYTES || ++s->messages > 100) {
		dissection_done_both(x); /* ReadyForQuery, or what is none of it */
		return false;
	}
	if (cursor_left(&p) < len - 4) {
		s->messages--;
		return false;
	}
	struct cursor body = cursor_sub(&p, len - 4);
	*c = p;
	dissection_service(x);
	if (type == 'S')
		parameter(x, body);
	return true;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct pgsql *s = x->state;
	while (!x->next && !x->done[x->direction] && cursor_left(c))
		if (!(dissection_from_server(x) ? server(x, s, c) : client(x, s, c)))
			return;
}

const struct dissector dissector_pgsql = {
	.name = "pgsql",
	.application = "postgresql",
	.transports = TRANSPORT_TCP,
	.ports = {5432},
	.state_bytes = sizeof(struct pgsql),
	.probe = probe,
	.stream = stream,
};
