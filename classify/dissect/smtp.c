/* SMTP (RFC 5321) and message submission (RFC 6409): what the server says of itself, what the client calls itself,
 * who logs in, and which program wrote a mail that is handed in by the machine that wrote it. */
#include "classify/dissect/sasl.h"
#include "classify/dissect/text_talk.h"

#define BANNER_BYTES 512
#define EHLO_LINES   40
#define NAME_BYTES   64 /* of the name the client gives itself, as far as it is compared */

enum mode {
	COMMANDS,
	ANNOUNCED, /* DATA was said, the server's answer not seen yet */
	MAIL_HEADER,
	MAIL_BODY,
	CHUNK, /* lines of a header that comes in counted octets (RFC 3030) */
};

struct smtp {
	struct text_talk talk;
	bool greeted, greeting; /* greeting: lines of the first reply are coming */
	bool ehlo, relayed;     /* relayed: the mail at hand came from elsewhere */
	bool in_body;           /* the header of a mail that comes in chunks was read */
	bool trace;             /* lines of the first Received field of a mail are coming */
	bool traced;            /* it was seen */
	uint8_t mode, sasl, ehlo_lines;
	uint64_t chunk;          /* octets of it to come */
	char name[NAME_BYTES];   /* what the client called itself */
	char domain[NAME_BYTES]; /* of the server's name in its greeting; "" when it has none, or a longer one */
};

extern const struct dissector dissector_smtp;

static bool client_word(struct cursor first)
{
	return text_starts(first, "EHLO ") || text_starts(first, "HELO ") || text_starts(first, "LHLO ");
}

static enum probe client_probe(const struct probe_input *in, struct cursor client)
{
	if (client_word(client) || text_starts(client, "MAIL FROM:"))
		return PROBE_YES;
	return cursor_left(&client) < 10 ? PROBE_MAYBE : PROBE_NO;
}

/* "220" is a greeting of FTP too: words first, then what the client says, then ports. */
static enum probe server_probe(const struct probe_input *in, struct cursor first, struct cursor client)
{
	struct cursor line;
	struct text_reply r;
	enum probe p =
		text_either(text_probe(first, "220"), text_either(text_probe(first, "554"), text_probe(first, "421")));
	if (p != PROBE_YES)
		return p;
	if (!cursor_line(&first, &line))
		return cursor_left(&first) < TEXT_LINE_BYTES ? PROBE_MAYBE : PROBE_NO;
	if (!text_reply(line, &r))
		return PROBE_NO;
	if (text_has(line, "SMTP") || client_word(client))
		return PROBE_YES;
	if (text_has(line, "FTP") || cursor_left(&client) >= 5)
		return PROBE_NO;
	return text_usual_port(in, &dissector_smtp) ? PROBE_YES : PROBE_MAYBE;
}

static enum probe probe(const struct probe_input *in)
{
	return text_talk_probe(in, server_probe, client_probe);
}

static void hello(struct dissection *x, struct smtp *s, struct cursor argument)
{
	struct cursor name;
	s->ehlo = true;
	s->talk.tls = false;
	argument = text_word(&argument);
	size_t len = cursor_left(&argument) < NAME_BYTES ? cursor_left(&argument) : 0;
	memcpy(s->name, argument.at, len);
	s->name[len] = 0;
	/* Who gives the domain that the server's name is in has no name of its own there (GNU Mailutils does so). */
	bool of_domain = s->domain[0] && text_is(argument, s->domain);
	if (!of_domain && text_host(argument, &name) && !text_starts(name, "localhost"))
		text_yield(x, FIELD_SMTP_HELO_NAME, SUBJECT_SENDER, name, 253);
}

/* Received "from" another machine. A mail of the machine itself has "by" or a remark there, or was handed from one
 * program to another over the loopback. */
static bool elsewhere(struct cursor received)
{
	return text_starts(received, "from ") && !text_has(received, "[127.0.0.1]") && !text_has(received, "[::1]") &&
	       !text_has(received, "[IPv6:::1]");
}

static void begin_mail(struct smtp *s)
{
	s->relayed = s->trace = s->traced = false;
}

/* "by HOST (Product 1.0)": who put the first Received field there, if that is who hands the mail in by the name it
 * gave. */
static void trace(struct dissection *x, struct smtp *s, struct cursor line)
{
	while (cursor_left(&line)) {
		struct cursor word = text_word(&line);
		line = text_trim(line);
		if (!text_is(word, "by"))
			continue;
		word = text_word(&line);
		line = text_trim(line);
		s->trace = false;
		if (s->name[0] && text_is(word, s->name))
			text_yield(x, FIELD_SMTP_TRACE, SUBJECT_SENDER, line, 160);
		return;
	}
}

static void mail_field(struct dissection *x, struct smtp *s, struct cursor line)
{
	struct cursor name, value;
	uint8_t first = cursor_peek(&line, 0);
	if (first == ' ' || first == '\t') { /* the field goes on (RFC 5322 2.2.3) */
		if (s->trace)
			trace(x, s, text_trim(line));
		return;
	}
	s->trace = false;
	if (!text_header(line, &name, &value))
		return;
	if (text_is(name, "Received")) {
		s->relayed |= elsewhere(value);
		s->trace = !s->traced;
		s->traced = true;
		if (s->trace)
			trace(x, s, value);
	} else if (!s->relayed && (text_is(name, "X-Mailer") || text_is(name, "User-Agent")))
		text_yield(x, FIELD_SMTP_MAILER, SUBJECT_SENDER, value, 256);
}

static void mail(struct dissection *x, struct smtp *s, struct cursor line)
{
	if (text_is(line, "."))
		s->mode = COMMANDS;
	else if (s->mode == MAIL_HEADER && cursor_left(&line))
		mail_field(x, s, line);
	else
		s->mode = MAIL_BODY;
}

static void begin_chunk(struct dissection *x, struct smtp *s, struct cursor argument, struct cursor *behind)
{
	uint64_t octets;
	if (!text_number(text_word(&argument), &octets))
		return;
	if (s->in_body || !octets) {
		text_pass(x, behind, octets);
		return;
	}
	s->mode = CHUNK;
	s->chunk = octets;
}

static void command(struct dissection *x, struct smtp *s, struct cursor line, struct cursor *behind)
{
	if (text_take(&line, "EHLO ") || text_take(&line, "HELO ") || text_take(&line, "LHLO "))
		hello(x, s, line);
	else if (text_take(&line, "AUTH "))
		s->sasl = (uint8_t)sasl_begin(x, line);
	else if (text_is(line, "STARTTLS"))
		s->talk.tls = true;
	else if (text_is(line, "DATA"))
		s->mode = ANNOUNCED;
	else if (text_starts(line, "MAIL FROM:")) {
		s->in_body = false;
		begin_mail(s);
	} else if (text_take(&line, "BDAT "))
		begin_chunk(x, s, line, behind);
}

/* A line of which the chunk has the first octets; what stands behind those is a command again. */
static void chunk_end(struct dissection *x, struct smtp *s, struct cursor line, struct cursor *behind)
{
	size_t len = cursor_left(&line);
	s->mode = COMMANDS;
	line.at += s->chunk < len ? (size_t)s->chunk : len;
	s->chunk = 0;
	if (cursor_left(&line))
		command(x, s, line, behind);
}

static void chunk_line(struct dissection *x, struct smtp *s, struct cursor line, struct cursor *behind)
{
	size_t taken = (size_t)(behind->at - line.at);
	if (taken > s->chunk) {
		chunk_end(x, s, line, behind);
		return;
	}
	s->chunk -= taken;
	if (cursor_left(&line) && !s->talk.overlong[x->direction]) {
		mail_field(x, s, line);
	} else { /* the header's end, or a line that no header has */
		s->in_body = true;
		s->talk.overlong[x->direction] = false;
		text_pass(x, behind, s->chunk);
		s->chunk = 0;
	}
	if (!s->chunk)
		s->mode = COMMANDS;
}

/* After DATA, with the answer not seen: a refused client goes on with commands. */
static bool goes_on(struct cursor line)
{
	static const char *const words[] = {
		"RSET", "QUIT", "MAIL FROM:", "RCPT TO:", "NOOP", "EHLO ", "HELO ", "AUTH "};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_starts(line, words[i]))
			return true;
	return false;
}

static void client_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct smtp *s = x->state;
	if (s->mode == CHUNK) {
		chunk_line(x, s, line, behind);
		return;
	}
	/* No answer of SASL looks like a command: one was refused, or accepted, unseen. */
	if (s->sasl != SASL_NONE && goes_on(line))
		s->sasl = SASL_NONE;
	if (s->sasl != SASL_NONE) {
		s->sasl = (uint8_t)sasl_line(x, (enum sasl)s->sasl, line);
		return;
	}
	if (s->mode == ANNOUNCED) {
		s->mode = goes_on(line) ? COMMANDS : MAIL_HEADER;
		begin_mail(s);
	}
	if (s->mode == COMMANDS)
		command(x, s, line, behind);
	else
		mail(x, s, line);
}

static void keep_domain(struct smtp *s, struct cursor text)
{
	struct cursor host = text_word(&text), label;
	if (!text_host(host, &host) || !text_before(&host, '.', &label) || cursor_left(&host) >= NAME_BYTES)
		return;
	memcpy(s->domain, host.at, cursor_left(&host));
	s->domain[cursor_left(&host)] = 0;
}

static void greeting(struct dissection *x, struct smtp *s, const struct text_reply *r)
{
	if (!s->greeting) {
		dissection_service(x);
		text_yield(x, FIELD_SMTP_BANNER, SUBJECT_SENDER, r->text, BANNER_BYTES);
		keep_domain(s, r->text);
	}
	s->greeting = r->more;
	s->greeted = !r->more;
}

static void server_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct smtp *s = x->state;
	struct text_reply r;
	if (!text_reply(line, &r))
		return;
	if (!s->greeted && (s->greeting || r.code == 220 || r.code == 554 || r.code == 421)) {
		greeting(x, s, &r);
		return;
	}
	s->greeted = true;
	dissection_service(x);
	if (s->ehlo && r.code == 250 && s->ehlo_lines++ < EHLO_LINES)
		text_yield(x, FIELD_SMTP_EHLO, SUBJECT_SENDER, r.text, 256);
	if (r.more)
		return;
	s->ehlo = false;
	s->ehlo_lines = 0;
	if (r.code == 334)
		sasl_challenge(x, r.text);
	else
		s->sasl = SASL_NONE;
	if (s->mode == ANNOUNCED && r.code != 250) {
		s->mode = r.code == 354 ? MAIL_HEADER : COMMANDS;
		begin_mail(s);
	}
	if (s->talk.tls && r.code == 220)
		text_starttls(x);
	s->talk.tls = s->talk.tls && r.code == 250;
}

static void stream(struct dissection *x, struct cursor *c)
{
	static const struct text_grammar grammar = {text_is_reply, server_line, client_line};
	text_talk(x, c, &grammar);
}

static void gap(struct dissection *x, uint64_t octets)
{
	struct smtp *s = x->state;
	text_talk_gap(x, octets);
	if (dissection_from_server(x))
		return;
	s->sasl = SASL_NONE;
	if (s->mode != CHUNK)
		return;
	s->mode = COMMANDS; /* the next command is found as any line is */
	s->chunk = 0;
}

const struct dissector dissector_smtp = {
	.name = "smtp",
	.application = "smtp",
	.transports = TRANSPORT_TCP,
	.ports = {25, 587, 2525, 465, 24, 10025},
	.state_bytes = sizeof(struct smtp),
	.probe = probe,
	.stream = stream,
	.gap = gap,
};
