/* FTP control connections (RFC 959, 2428, 4217): banner, user, SYST, CLNT, and on which ports files are going to come.
 */
#include "classify/dissect/text_talk.h"

#define BANNER_BYTES 512

struct ftp {
	struct text_talk talk; /* tls: AUTH was the command before the reply that comes */
	bool greeted, greeting;
	bool syst; /* so was SYST */
};

extern const struct dissector dissector_ftp;

static bool client_word(struct cursor first)
{
	static const char *const words[] = {"USER ", "AUTH TLS", "AUTH SSL", "FEAT", "OPTS ", "SYST", "CLNT ", "HOST "};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_starts(first, words[i]))
			return true;
	return false;
}

/* Without the server, USER is POP3's and IRC's as well. */
static enum probe client_probe(const struct probe_input *in, struct cursor client)
{
	if (client_word(client))
		return text_port(in, 21) ? PROBE_YES : PROBE_MAYBE;
	return cursor_left(&client) < 8 ? PROBE_MAYBE : PROBE_NO;
}

/* "220" is a greeting of SMTP too: words first, then what the client says, then ports. */
static enum probe server_probe(const struct probe_input *in, struct cursor first, struct cursor client)
{
	struct cursor line;
	enum probe p = text_either(text_probe(first, "220"), text_probe(first, "421"));
	if (p == PROBE_YES && cursor_left(&first) > 3 && first.at[3] != ' ' && first.at[3] != '-')
		return PROBE_NO;
	if (p != PROBE_YES)
		return p;
	if (!cursor_line(&first, &line))
		return cursor_left(&first) < TEXT_LINE_BYTES ? PROBE_MAYBE : PROBE_NO;
	if (text_has(line, "SMTP"))
		return PROBE_NO;
	if (text_has(line, "FTP") || client_word(client))
		return PROBE_YES;
	if (cursor_left(&client) >= 8)
		return PROBE_NO;
	return text_usual_port(in, &dissector_ftp) ? PROBE_YES : PROBE_MAYBE;
}

static enum probe probe(const struct probe_input *in)
{
	return text_talk_probe(in, server_probe, client_probe);
}

/* "h1,h2,h3,h4,p1,p2", wherever it begins: the port; 0 when it is none. */
static uint16_t octets_port(struct cursor text)
{
	uint64_t number[6];
	while (text.at < text.end && (*text.at < '0' || *text.at > '9'))
		text.at++;
	for (int i = 0; i < 6; i++) {
		struct cursor digits = text;
		while (text.at < text.end && *text.at >= '0' && *text.at <= '9')
			text.at++;
		digits.end = text.at;
		if (!text_number(digits, &number[i]) || number[i] > 255)
			return 0;
		if (i < 5 && cursor_u8(&text) != ',')
			return 0;
	}
	return (uint16_t)(number[4] << 8 | number[5]);
}

/* "|||port|", "|2|address|port|": what stands behind so many marks. */
static uint16_t extended_port(struct cursor text, int marks)
{
	struct cursor part;
	uint64_t port;
	char mark = (char)cursor_peek(&text, 0);
	for (int i = 0; i < marks; i++)
		if (!text_before(&text, mark, &part))
			return 0;
	if (!text_before(&text, mark, &part) || !text_number(part, &port) || port > UINT16_MAX)
		return 0;
	return (uint16_t)port;
}

/* Whoever sends the line is going to listen there. The address it gives is not asked: translators change it. */
static void expect(struct dissection *x, uint16_t port)
{
	dissection_expect(x, port, "ftp-data");
}

/* 227 and 229 give a place in parentheses, 227 sometimes without. */
static void passive(struct dissection *x, const struct text_reply *r)
{
	struct cursor text = r->text, before;
	bool inside = text_before(&text, '(', &before);
	if (r->code == 227)
		expect(x, octets_port(text));
	else if (inside)
		expect(x, extended_port(text, 3));
}

static void client_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct ftp *s = x->state;
	if (text_take(&line, "USER "))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, line, 128);
	else if (text_take(&line, "CLNT "))
		text_yield(x, FIELD_FTP_CLIENT, SUBJECT_SENDER, line, 256);
	else if (text_is(text_trim(line), "SYST"))
		s->syst = true;
	else if (text_take(&line, "PORT "))
		expect(x, octets_port(line));
	else if (text_take(&line, "EPRT "))
		expect(x, extended_port(line, 3));
	else if (text_starts(line, "AUTH TLS") || text_starts(line, "AUTH SSL"))
		s->talk.tls = true;
}

static bool worded(struct cursor text)
{
	for (; text.at < text.end; text.at++)
		if (*text.at >= 'A')
			return true;
	return false;
}

/* The first line of a greeting is the banner; of a long one the last may name the server where the first is
 * decoration. */
static void greeting(struct dissection *x, struct ftp *s, const struct text_reply *r)
{
	dissection_service(x);
	if (!s->greeting || (!r->more && worded(r->text)))
		text_yield(x, FIELD_FTP_BANNER, SUBJECT_SENDER, r->text, BANNER_BYTES);
	s->greeting = r->more;
	s->greeted = !r->more;
}

static void server_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct ftp *s = x->state;
	struct text_reply r;
	if (!text_reply(line, &r))
		return;
	if (!s->greeted && (r.code == 220 || r.code == 421)) {
		greeting(x, s, &r);
		return;
	}
	if (s->greeting && !s->greeted)
		return; /* a line within the greeting that looks like another reply */
	s->greeted = true;
	dissection_service(x);
	if (r.more)
		return;
	if (s->syst && r.code == 215)
		text_yield(x, FIELD_FTP_SYST, SUBJECT_SENDER, r.text, 256);
	if (r.code == 227 || r.code == 229)
		passive(x, &r);
	if (s->talk.tls && (r.code == 234 || r.code == 334)) /* RFC 4217; and what servers said before it */
		text_starttls(x);
	s->syst = s->syst && r.code != 215;
	s->talk.tls = false;
}

static void stream(struct dissection *x, struct cursor *c)
{
	static const struct text_grammar grammar = {text_is_reply, server_line, client_line};
	text_talk(x, c, &grammar);
}

const struct dissector dissector_ftp = {
	.name = "ftp",
	.application = "ftp",
	.transports = TRANSPORT_TCP,
	.ports = {21, 2121},
	.state_bytes = sizeof(struct ftp),
	.probe = probe,
	.stream = stream,
	.gap = text_talk_gap,
};
