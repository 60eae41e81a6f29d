/* Gopher (RFC 1436): a client asks with a line, and is answered with a menu, whose lines have a form of their own, or
 * with text, which tells nothing. Gophernicus signs menus and errors, and says what it is in caps.txt. */
#include "classify/dissect/text.h"

#define PORT         70
#define MOST_ASKED   512  /* octets of a line that asks */
#define ANSWER_BYTES 8192 /* of an answer, in which a server must have signed it */
#define SIGNED_BYTES 128

struct gopher {
	uint16_t seen; /* octets of the answer */
	bool told;     /* that it is Gopher */
	bool overlong;
};

/* A selector: a line of text, perhaps empty. */
static enum probe selector(struct cursor f)
{
	struct cursor line, first = text_first(f, MOST_ASKED);
	for (const uint8_t *p = first.at; p < first.end && *p != '\n'; p++)
		if ((*p < ' ' && *p != '\r' && *p != '\t') || *p == 0x7f)
			return PROBE_NO;
	if (!cursor_line(&first, &line))
		return cursor_left(&f) < MOST_ASKED ? PROBE_MAYBE : PROBE_NO;
	return text_has(line, " HTTP/") ? PROBE_NO : PROBE_YES;
}

/* "1Files<tab>/files<tab>host.example<tab>70", and perhaps more behind another tab. */
static bool is_item(struct cursor line)
{
	struct cursor part;
	uint64_t port;
	uint8_t type = cursor_u8(&line);
	if (type <= ' ' || type > '~')
		return false;
	for (int i = 0; i < 3; i++)
		if (!text_before(&line, '\t', &part))
			return false;
	if (!text_before(&line, '\t', &part))
		part = line;
	return text_number(text_trim(part), &port) && port < 65536;
}

static enum probe probe(const struct probe_input *in)
{
	if (in->dport != PORT)
		return PROBE_NO;
	return selector(in->first[0]);
}

/* "i   Gophered by Gophernicus/3.1.1 on Debian/12 x86_64<tab>…", "ServerSoftware=Gophernicus". */
static bool is_signed(struct cursor line, struct cursor *words)
{
	struct cursor before;
	if (text_before(&line, '\t', &before))
		line = before;
	if (cursor_peek(&line, 0) == 'i')
		line.at++;
	*words = text_trim(line);
	return text_starts(*words, "Gophered by ") || text_starts(*words, "ServerSoftware=");
}

static void answer_line(struct dissection *x, struct gopher *g, struct cursor line)
{
	struct cursor words;
	bool tells = is_signed(line, &words);
	if (!tells && (g->told || !is_item(line)))
		return;
	if (!g->told)
		dissection_service(x);
	g->told = true;
	if (tells)
		text_yield(x, FIELD_DAEMON_GREETING, SUBJECT_SENDER, words, SIGNED_BYTES);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct gopher *g = x->state;
	struct cursor line;
	if (!dissection_from_server(x)) {
		enum probe p = selector(*c);
		if (p == PROBE_NO)
			dissection_fail(x);
		else if (p == PROBE_YES)
			dissection_done(x);
		return;
	}
	while (!x->done[x->direction] && text_line(&g->overlong, c, &line)) {
		answer_line(x, g, line);
		g->seen += (uint16_t)(cursor_left(&line) + 1);
		if (g->seen >= ANSWER_BYTES)
			dissection_done(x);
	}
}

const struct dissector dissector_gopher = {
	.name = "gopher",
	.application = "gopher",
	.transports = TRANSPORT_TCP,
	.ports = {PORT},
	.state_bytes = sizeof(struct gopher),
	.probe = probe,
	.stream = stream,
};
