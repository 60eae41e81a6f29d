/* IRC (RFC 2812): the server's version from its welcome (002, 004, 351), clients from their answers to CTCP VERSION;
 * TLS behind STARTTLS. */
#include "classify/dissect/text_talk.h"
#include "classify/dissect/wire.h"

#define LINES 400 /* of a direction: who welcomes does so at once, who is asked soon after */

struct irc {
	struct text_talk talk;
	uint16_t lines[2];
	bool version;
};

static enum probe client_probe(struct cursor f)
{
	static const char *const words[] = {"NICK ",   "USER ",         "PASS ",   "CAP LS",
					    "CAP REQ", "AUTHENTICATE ", "STARTTLS"};
	enum probe best = PROBE_NO;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		best = text_either(best, text_probe(f, words[i]));
	return best;
}

static enum probe server_probe(struct cursor f)
{
	static const char *const bare[] = {"NOTICE AUTH ", "NOTICE * ", "ERROR :", "PING :"};
	static const char *const named[] = {"NOTICE ", "CAP ", "001 ", "020 ", "670 ", "ERROR ", "PING ", "4"};
	struct cursor line, window = f;
	enum probe best = PROBE_NO;
	for (size_t i = 0; i < sizeof bare / sizeof *bare; i++)
		best = text_either(best, text_probe(f, bare[i]));
	if (best != PROBE_NO || (cursor_left(&f) && *f.at != ':'))
		return best;
	if (cursor_left(&window) > 512)
		window.end = window.at + 512;
	if (!cursor_line(&window, &line))
		return cursor_left(&f) > 512 ? PROBE_NO : PROBE_MAYBE;
	text_word(&line);
	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		best = text_either(best, text_probe(line, named[i]));
	return best;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe client = cursor_left(&in->first[0]) ? client_probe(in->first[0]) : PROBE_MAYBE;
	enum probe server = cursor_left(&in->first[1]) ? server_probe(in->first[1]) : PROBE_MAYBE;
	return client < server ? client : server;
}

static bool enough(struct dissection *x, struct irc *s)
{
	if (++s->lines[x->direction] <= LINES)
		return false;
	dissection_done(x);
	return true;
}

static void version(struct dissection *x, struct irc *s, struct cursor text)
{
	if (s->version || !cursor_left(&text))
		return;
	s->version = true;
	text_yield(x, FIELD_IRC_SERVER, SUBJECT_SENDER, text, 128);
}

/* ":server 002 nick :Your host is server, running version X", ":server 004 nick server X …". */
static void server_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct irc *s = x->state;
	struct cursor before;
	dissection_service(x);
	if (enough(x, s) || cursor_peek(&line, 0) != ':')
		return;
	text_word(&line);
	struct cursor code = text_word(&line);
	if (text_is(code, "002")) {
		static const char mark[] = "running version ";
		for (; cursor_left(&line) > sizeof mark; line.at++)
			if (text_take(&line, mark)) {
				version(x, s, text_before(&line, ' ', &before) ? before : line);
				return;
			}
	} else if (text_is(code, "004")) {
		text_word(&line);
		text_word(&line);
		version(x, s, text_word(&line));
	} else if (text_is(code, "670")) { /* what STARTTLS is answered with */
		text_starttls(x);
	}
}

/* "QUIT :WeeChat 3.8": what some programs leave with unless their user says otherwise; of others' words none are told.
 */
static void farewell(struct dissection *x, struct cursor words)
{
	static const char *const programs[] = {"WeeChat ", "KVIrc ", "HexChat ", "Konversation "};
	text_take(&words, ":");
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		if (text_starts(words, programs[i]))
			text_yield(x, FIELD_IRC_CLIENT, SUBJECT_SENDER, words, 64);
}

/* "NOTICE nick :^AVERSION mIRC v7.1^A" */
static void client_line(struct dissection *x, struct cursor line, struct cursor *behind)
{
	struct cursor mark, reply;
	if (enough(x, x->state))
		return;
	if (text_take(&line, "QUIT ")) {
		farewell(x, line);
		return;
	}
	if (!text_take(&line, "NOTICE ") || !text_before(&line, 1, &mark))
		return;
	if (text_take(&line, "VERSION ") && text_before(&line, 1, &reply))
		text_yield(x, FIELD_IRC_CLIENT, SUBJECT_SENDER, reply, 128);
}

static void stream(struct dissection *x, struct cursor *c)
{
	static const struct text_grammar grammar = {NULL, server_line, client_line};
	text_talk(x, c, &grammar);
}

const struct dissector dissector_irc = {
	.name = "irc",
	.application = "irc",
	.transports = TRANSPORT_TCP,
	.ports = {6667, 6665, 6666, 6668, 6669, 7000},
	.state_bytes = sizeof(struct irc),
	.probe = probe,
	.stream = stream,
	.gap = text_talk_gap,
};
