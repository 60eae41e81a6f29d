/* NNTP (RFC 3977, 4642, 4643): greeting and who logs in. */
#include "classify/dissect/text_talk.h"

struct nntp {
	struct text_talk talk; /* tls: STARTTLS was the command before the reply that comes */
	bool greeted;
};

static bool usual(const struct probe_input *in)
{
	return text_port(in, 119) || text_port(in, 433);
}

static enum probe probe(const struct probe_input *in)
{
	struct cursor first = in->first[1], line;
	enum probe p = text_either(text_probe(first, "200 "), text_probe(first, "201 "));
	if (!cursor_left(&first))
		return cursor_left(&in->first[0]) && !usual(in) ? PROBE_NO : PROBE_MAYBE;
	if (p != PROBE_YES || !cursor_line(&first, &line))
		return p == PROBE_NO || cursor_left(&first) > 512 ? PROBE_NO : PROBE_MAYBE;
	bool news = text_has(line, "NNTP") || text_has(line, "InterNetNews") || text_has(line, "news");
	return news || usual(in) ? PROBE_YES : PROBE_NO;
}

static void client_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct nntp *s = x->state;
	if (text_take(&line, "AUTHINFO USER "))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, line, 128);
	else if (text_is(line, "STARTTLS"))
		s->talk.tls = true;
	else if (text_starts(line, "ARTICLE") || text_starts(line, "POST") || text_starts(line, "IHAVE") ||
		 text_starts(line, "XOVER") || text_starts(line, "OVER") || text_starts(line, "BODY"))
		dissection_done_both(x); /* news from here on */
}

static void server_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct nntp *s = x->state;
	struct text_reply r;
	if (!text_reply(line, &r))
		return;
	dissection_service(x);
	if (!s->greeted && (r.code == 200 || r.code == 201))
		text_yield(x, FIELD_NNTP_BANNER, SUBJECT_SENDER, r.text, 512);
	s->greeted = true;
	if (s->talk.tls && r.code == 382)
		text_starttls(x);
	s->talk.tls = false;
}

static void stream(struct dissection *x, struct cursor *c)
{
	static const struct text_grammar grammar = {NULL, server_line, client_line};
	text_talk(x, c, &grammar);
}

const struct dissector dissector_nntp = {
	.name = "nntp",
	.application = "nntp",
	.transports = TRANSPORT_TCP,
	.ports = {119, 433},
	.state_bytes = sizeof(struct nntp),
	.probe = probe,
	.stream = stream,
};
