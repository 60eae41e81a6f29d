/* POP3 (RFC 1939, 2449, 2595): greeting, who logs in, what the server calls itself. */
#include "classify/dissect/sasl.h"
#include "classify/dissect/text_talk.h"

#define CAPA_LINES 40

struct pop3 {
	struct text_talk talk; /* tls: STLS was the command before the reply that comes */
	bool greeted;
	bool asked; /* a command was seen: what comes next is its reply, not the greeting */
	bool capa;  /* CAPA was said and its list is not over */
	uint8_t sasl, capa_lines;
};

static enum probe client_probe(struct cursor first)
{
	static const char *const words[] = {"USER ", "CAPA", "APOP ", "AUTH", "STLS", "QUIT", "NOOP"};
	enum probe best = PROBE_NO;
	uint8_t mechanism = cursor_peek(&first, 5);
	if (text_starts(first, "AUTH ") && mechanism >= 'a' && mechanism <= 'z')
		return PROBE_NO; /* mechanisms have capitals (RFC 4422): this is a password of Redis */
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		best = text_either(best, text_probe(first, words[i]));
	return best;
}

/* "+OK" is not POP3's alone (Redis): on another port the client must agree. */
static enum probe probe(const struct probe_input *in)
{
	for (int d = 0; d < 2; d++) {
		enum probe server = text_probe(in->first[d], "+OK");
		if (server != PROBE_YES || !cursor_left(&in->first[d]))
			continue;
		if (!cursor_left(&in->first[!d]))
			return text_port(in, 110) || text_port(in, 995) ? PROBE_YES : PROBE_MAYBE;
		return client_probe(in->first[!d]);
	}
	if (cursor_left(&in->first[1]))
		return text_probe(in->first[1], "+OK");
	/* USER is the word of FTP and IRC too. */
	enum probe client = client_probe(in->first[0]);
	return client == PROBE_YES && !text_port(in, 110) ? PROBE_MAYBE : client;
}

static void client_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct pop3 *s = x->state;
	s->asked = true;
	if (s->sasl != SASL_NONE) {
		s->sasl = (uint8_t)sasl_line(x, (enum sasl)s->sasl, line);
		return;
	}
	s->capa |= text_is(line, "CAPA"); /* and more behind it: commands may come without waiting (RFC 2449 6.6) */
	s->talk.tls = text_is(line, "STLS");
	if (text_take(&line, "USER ") || text_take(&line, "APOP "))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, text_word(&line), 128);
	else if (text_take(&line, "AUTH ") && cursor_left(&line))
		s->sasl = (uint8_t)sasl_begin(x, line);
	else if (text_starts(line, "RETR ") || text_starts(line, "LIST") || text_starts(line, "UIDL"))
		dissection_done_both(x); /* from here on it is mail */
}

/* The connection's begin was seen, so its first line is the greeting. */
static bool seen_whole(const struct dissection *x)
{
	return x->flow->side[FLOW_FORWARD].tcp_first & TCP_SYN;
}

static void server_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct pop3 *s = x->state;
	bool ok = text_take(&line, "+OK");
	if (!ok && s->sasl != SASL_NONE && text_take(&line, "+ "))
		sasl_challenge(x, line);
	if (ok && !s->greeted) {
		dissection_service(x);
		if (!s->asked || seen_whole(x)) /* some do not even wait for the greeting */
			text_yield(x, FIELD_POP3_BANNER, SUBJECT_SENDER, line, 512);
	} else if (ok && s->talk.tls)
		text_starttls(x);
	else if (s->capa && text_take(&line, "IMPLEMENTATION "))
		text_yield(x, FIELD_POP3_IMPLEMENTATION, SUBJECT_SENDER, line, 256);
	else if (s->capa && (text_is(line, ".") || ++s->capa_lines > CAPA_LINES))
		s->capa = false;
	if (ok || text_starts(line, "-ERR")) {
		s->greeted = true;
		s->sasl = SASL_NONE;
		s->talk.tls = false;
	}
}

static bool by_server(struct cursor line)
{
	return text_starts(line, "+OK") || text_starts(line, "-ERR");
}

static void stream(struct dissection *x, struct cursor *c)
{
	static const struct text_grammar grammar = {by_server, server_line, client_line};
	text_talk(x, c, &grammar);
}

const struct dissector dissector_pop3 = {
	.name = "pop3",
	.application = "pop3",
	.transports = TRANSPORT_TCP,
	.ports = {110},
	.state_bytes = sizeof(struct pop3),
	.probe = probe,
	.stream = stream,
};
