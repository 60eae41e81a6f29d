/* ManageSieve (RFC 5804): what the server calls itself, who logs in, STARTTLS. */
#include "classify/dissect/sasl.h"
#include "classify/dissect/text_talk.h"

struct sieve {
	struct text_talk talk; /* tls: STARTTLS was the command before the answer that comes */
	uint8_t lines;
	uint8_t sasl;
};

/* The server begins; its greeting is capabilities in quotes, one a line, the first the implementation's as a rule. */
static enum probe probe(const struct probe_input *in)
{
	static const char *const words[] = {"\"IMPLEMENTATION\" ", "\"SIEVE\" ", "\"SASL\" "};
	enum probe best = PROBE_NO;
	if (cursor_left(&in->first[0]) && !cursor_left(&in->first[1]))
		return PROBE_NO;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		best = text_either(best, text_probe(in->first[1], words[i]));
	return best;
}

static struct cursor quoted(struct cursor text)
{
	struct cursor before, value;
	return text_before(&text, '"', &before) && text_before(&text, '"', &value) ? value : cursor_init(NULL, 0);
}

static void server_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct sieve *s = x->state;
	dissection_service(x);
	if (++s->lines > 100)
		dissection_done_both(x);
	else if (text_take(&line, "\"IMPLEMENTATION\" "))
		text_yield(x, FIELD_SIEVE_IMPLEMENTATION, SUBJECT_SENDER, quoted(line), 128);
	else if (text_starts(line, "OK") && s->talk.tls)
		text_starttls(x);
	else if (text_starts(line, "OK") || text_starts(line, "NO") || text_starts(line, "BYE")) {
		s->talk.tls = false;
		s->sasl = SASL_NONE;
	}
}

/* AUTHENTICATE "PLAIN" "base64": without the quotes it is as elsewhere. */
static void login(struct dissection *x, struct sieve *s, struct cursor line)
{
	char plain[512];
	size_t n = 0;
	for (; line.at < line.end && n < sizeof plain; line.at++)
		if (*line.at != '"')
			plain[n++] = (char)*line.at;
	s->sasl = (uint8_t)sasl_begin(x, cursor_init(plain, n));
}

static void client_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct sieve *s = x->state;
	if (s->sasl != SASL_NONE) {
		struct cursor value = cursor_peek(&line, 0) == '"' ? quoted(line) : line;
		if (cursor_peek(&line, 0) != '{')
			s->sasl = (uint8_t)sasl_line(x, (enum sasl)s->sasl, value);
	} else if (text_take(&line, "AUTHENTICATE "))
		login(x, s, line);
	else if (text_starts(line, "STARTTLS"))
		s->talk.tls = true;
	else if (text_starts(line, "PUTSCRIPT") || text_starts(line, "GETSCRIPT"))
		dissection_done_both(x);
}

static void stream(struct dissection *x, struct cursor *c)
{
	static const struct text_grammar grammar = {NULL, server_line, client_line};
	text_talk(x, c, &grammar);
}

const struct dissector dissector_sieve = {
	.name = "sieve",
	.application = "sieve",
	.transports = TRANSPORT_TCP,
	.ports = {4190},
	.state_bytes = sizeof(struct sieve),
	.probe = probe,
	.stream = stream,
};
