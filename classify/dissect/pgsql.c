/* PostgreSQL, protocol 3: the user and program of the startup message, the server's version from its parameters. A
 * connection that turns to TLS is handed over. */
#include "classify/dissect/text.h"

#define PORT         5432
#define PACKET_BYTES 8192
#define PARAMETERS   40

enum request { STARTUP = 196608, CANCEL = 80877102, SSL = 80877103, GSS = 80877104 };

struct pgsql {
	bool started; /* the startup message was seen */
	bool asked;   /* TLS (or GSS) was asked for: one octet answers */
	bool tls;     /* what was asked for is TLS */
	uint8_t messages;
};

/* Authentication asked for or done, of a kind there is (protocol 3, "Message Formats"), or a refusal. */
static enum probe server_message(struct cursor c)
{
	if (cursor_left(&c) < 9)
		return PROBE_MAYBE;
	uint8_t type = cursor_u8(&c);
	uint32_t len = cursor_u32(&c), kind = cursor_u32(&c);
	if (type == 'R')
		return len >= 8 && len < 512 && kind < 13 ? PROBE_YES : PROBE_NO;
	/* "SFATAL", "VFATAL": fields of a letter and a text */
	return type == 'E' && len >= 12 && len < PACKET_BYTES && kind >> 24 == 'S' && (kind >> 16 & 0xff) >= 'A'
		       ? PROBE_YES
		       : PROBE_NO;
}

/* What a server says whose client was not seen: the octet that answers the wish for TLS may come first. */
static enum probe server_probe(const struct probe_input *in)
{
	struct cursor c = in->first[1];
	uint8_t first = cursor_peek(&c, 0), second = cursor_peek(&c, 1);
	size_t left = cursor_left(&c);
	if (left && first != 'R' && first != 'E' && first != 'S' && first != 'N')
		return PROBE_NO;
	if (!text_port(in, PORT) || left < 2)
		return text_port(in, PORT) ? PROBE_MAYBE : PROBE_NO;
	if (first == 'N' && (second == 'R' || second == 'E'))
		cursor_skip(&c, 1);
	if (first == 'S') {
		cursor_skip(&c, 1);
		return text_tls_begins(c);
	}
	return server_message(c);
}

static enum probe probe(const struct probe_input *in)
{
	struct cursor c = in->first[0];
	size_t left = cursor_left(&c);
	if (!left)
		return cursor_left(&in->first[1]) ? server_probe(in) : PROBE_MAYBE;
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

/* The same octet, of a server whose client was not seen. */
static bool unasked(struct dissection *x, const struct pgsql *s, struct cursor *c)
{
	struct cursor p = *c;
	if (s->started || s->messages || cursor_left(&p) < 4)
		return false;
	uint8_t first = cursor_u8(&p), second = cursor_peek(&p, 0);
	if (first == 'S' && text_turned_to_tls(x, p))
		dissection_service(x);
	else if (first != 'N' || (second != 'R' && second != 'E'))
		return false;
	*c = p;
	return true;
}

static bool server(struct dissection *x, struct pgsql *s, struct cursor *c)
{
	if (s->asked) {
		answer(x, s, cursor_u8(c));
		return true;
	}
	if (unasked(x, s, c))
		return true;
	struct cursor p = *c;
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
	.ports = {PORT},
	.state_bytes = sizeof(struct pgsql),
	.probe = probe,
	.stream = stream,
};
