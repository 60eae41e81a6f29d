/* IMAP (RFC 9051, RFC 2971): greeting, capabilities, what both sides call themselves in ID, who logs in. Ends when
 * a mailbox is opened: from there on it is mail. */
#include "classify/dissect/sasl.h"
#include "classify/dissect/text_talk.h"

#define TAG_BYTES   32
#define VALUE_BYTES 1024

struct imap {
	struct text_talk talk; /* tls: asked for with `tag` */
	bool greeted;
	bool user_comes; /* LOGIN {n}: the name is the client's next line */
	uint8_t sasl, tag_len;
	uint8_t tag[TAG_BYTES];
};

static enum probe server_probe(struct cursor first)
{
	enum probe best = text_either(text_probe(first, "* OK"), text_probe(first, "* PREAUTH"));
	return text_either(best, text_probe(first, "* BYE"));
}

static bool opens_mailbox(struct cursor command)
{
	return text_is(command, "SELECT") || text_is(command, "EXAMINE") || text_is(command, "FETCH") ||
	       text_is(command, "APPEND") || text_is(command, "IDLE");
}

/* A tag and one of the commands that may come first. */
static enum probe client_probe(struct cursor first)
{
	static const char *const words[] = {"CAPABILITY", "LOGIN ", "AUTHENTICATE ", "STARTTLS", "ID (", "ID NIL"};
	struct cursor line;
	if (cursor_left(&first) && (*first.at <= ' ' || *first.at > '~'))
		return PROBE_NO;
	if (!cursor_line(&first, &line))
		return cursor_left(&first) < 128 ? PROBE_MAYBE : PROBE_NO;
	struct cursor tag = text_word(&line);
	if (!cursor_left(&tag) || cursor_left(&tag) > TAG_BYTES)
		return PROBE_NO;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_starts(line, words[i]))
			return PROBE_YES;
	return PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe server = PROBE_NO;
	for (int d = 0; d < 2; d++)
		server = text_either(server, cursor_left(&in->first[d]) ? server_probe(in->first[d]) : PROBE_NO);
	if (server != PROBE_NO || cursor_left(&in->first[1]))
		return server;
	enum probe client = client_probe(in->first[0]);
	return client == PROBE_YES && !text_port(in, 143) ? PROBE_MAYBE : client;
}

/* An atom or a quoted string. */
static struct cursor word(struct cursor *text)
{
	struct cursor quoted;
	if (cursor_peek(text, 0) != '"')
		return text_word(text);
	text->at++;
	return text_before(text, '"', &quoted) ? quoted : *text;
}

/* The size of a literal that begins behind the line: {n} or {n+}; 0 when none does. */
static uint64_t literal(struct cursor line)
{
	const uint8_t *open = NULL;
	uint64_t n = 0;
	if (cursor_left(&line) < 3 || line.end[-1] != '}')
		return 0;
	for (const uint8_t *p = line.at; p < line.end; p++)
		if (*p == '{')
			open = p;
	if (!open)
		return 0;
	struct cursor digits = {open + 1, line.end - 1, false};
	if (cursor_left(&digits) && digits.end[-1] == '+')
		digits.end--;
	return text_number(digits, &n) ? n : 0;
}

static void login(struct dissection *x, struct imap *s, struct cursor rest)
{
	if (cursor_peek(&rest, 0) == '{')
		s->user_comes = true;
	else
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, word(&rest), 128);
}

/* The list of ID: what stands between the parentheses. */
static void identity(struct dissection *x, enum field field, struct cursor rest)
{
	struct cursor before;
	if (!text_before(&rest, '(', &before))
		return;
	if (cursor_left(&rest) && rest.end[-1] == ')')
		rest.end--;
	text_yield(x, field, SUBJECT_SENDER, rest, VALUE_BYTES);
}

static void command(struct dissection *x, struct imap *s, struct cursor line)
{
	struct cursor tag = text_word(&line), name = text_word(&line);
	if (text_is(name, "LOGIN"))
		login(x, s, line);
	else if (text_is(name, "AUTHENTICATE"))
		s->sasl = (uint8_t)sasl_begin(x, line);
	else if (text_is(name, "ID"))
		identity(x, FIELD_IMAP_CLIENT_ID, line);
	else if (text_is(name, "STARTTLS") && cursor_left(&tag) <= TAG_BYTES) {
		s->talk.tls = true;
		s->tag_len = (uint8_t)cursor_left(&tag);
		memcpy(s->tag, tag.at, s->tag_len);
	} else if (opens_mailbox(name))
		dissection_done_both(x);
}

static void client_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct imap *s = x->state;
	if (s->user_comes) {
		s->user_comes = false;
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, text_word(&line), 128);
	} else if (s->sasl != SASL_NONE)
		s->sasl = (uint8_t)sasl_line(x, (enum sasl)s->sasl, line);
	else
		command(x, s, line);
}

static void capability(struct dissection *x, struct cursor text)
{
	struct cursor list;
	if (text_before(&text, ']', &list))
		text = list;
	text_yield(x, FIELD_IMAP_CAPABILITY, SUBJECT_SENDER, text, VALUE_BYTES);
}

static void greeting(struct dissection *x, struct imap *s, struct cursor line, struct cursor whole)
{
	s->greeted = true;
	dissection_service(x);
	text_word(&line);
	text_yield(x, FIELD_IMAP_BANNER, SUBJECT_SENDER, whole, 512);
	if (text_take(&line, "[CAPABILITY "))
		capability(x, line);
}

static void untagged(struct dissection *x, struct imap *s, struct cursor line, struct cursor whole)
{
	if (!s->greeted && (text_starts(line, "OK") || text_starts(line, "PREAUTH") || text_starts(line, "BYE")))
		greeting(x, s, line, whole);
	else if (text_take(&line, "CAPABILITY "))
		capability(x, line);
	else if (text_take(&line, "ID "))
		identity(x, FIELD_IMAP_ID, line);
}

static void tagged(struct dissection *x, struct imap *s, struct cursor line)
{
	struct cursor tag = text_word(&line);
	dissection_service(x);
	s->greeted = true;
	s->sasl = SASL_NONE;
	s->user_comes = false;
	if (!s->talk.tls || cursor_left(&tag) != s->tag_len || memcmp(tag.at, s->tag, s->tag_len))
		return;
	s->talk.tls = false;
	if (text_starts(line, "OK"))
		text_starttls(x);
}

static void server_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct imap *s = x->state;
	uint64_t octets = literal(line);
	const struct cursor whole = line;
	if (text_take(&line, "* "))
		untagged(x, s, line, whole);
	else if (text_take(&line, "+ "))
		sasl_challenge(x, line);
	else if (cursor_left(&line) && cursor_peek(&line, 0) != '+')
		tagged(x, s, line);
	text_pass(x, behind, octets); /* a literal is octets, not lines */
}

static bool by_server(struct cursor line)
{
	return text_starts(line, "* ");
}

static void stream(struct dissection *x, struct cursor *c)
{
	static const struct text_grammar grammar = {by_server, server_line, client_line};
	text_talk(x, c, &grammar);
}

const struct dissector dissector_imap = {
	.name = "imap",
	.application = "imap",
	.transports = TRANSPORT_TCP,
	.ports = {143},
	.state_bytes = sizeof(struct imap),
	.probe = probe,
	.stream = stream,
};
