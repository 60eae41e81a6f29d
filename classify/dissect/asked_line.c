/* Protocols in which a client asks with a line and is answered with text: finger (RFC 1288), WHOIS (RFC 3912). Text
 * tells little, so the port must be theirs, and the answer must have come. */
#include "classify/dissect/text.h"

#define PORT_WHOIS   43
#define PORT_FINGER  79
#define MOST_ASKED   512 /* octets of a line that asks */
#define ENOUGH_PROSE 16  /* octets of an answer in text; or a line of it */

/* A line of text, which may be empty. */
static enum probe line(struct cursor f)
{
	for (const uint8_t *p = f.at; p < f.end && p < f.at + MOST_ASKED; p++)
		if (*p == '\n')
			return PROBE_YES;
		else if ((*p < ' ' && *p != '\r' && *p != '\t') || *p == 0x7f)
			return PROBE_NO;
	return cursor_left(&f) < MOST_ASKED ? PROBE_MAYBE : PROBE_NO;
}

/* Text of some lines, in whatever character set. A short answer is one line that is not empty. */
static enum probe prose(struct cursor f)
{
	size_t n = cursor_left(&f) < ENOUGH_PROSE ? cursor_left(&f) : ENOUGH_PROSE;
	bool words = false;
	for (size_t i = 0; i < n; i++) {
		if ((f.at[i] < ' ' && f.at[i] != '\r' && f.at[i] != '\n' && f.at[i] != '\t') || f.at[i] == 0x7f)
			return PROBE_NO;
		if (f.at[i] == '\n' && words)
			return PROBE_YES;
		words |= f.at[i] > ' ';
	}
	return n < ENOUGH_PROSE ? PROBE_MAYBE : PROBE_YES;
}

static enum probe probe(const struct probe_input *in)
{
	if (in->dport != PORT_WHOIS && in->dport != PORT_FINGER)
		return PROBE_NO;
	enum probe client = line(in->first[0]), server = prose(in->first[1]);
	return client < server ? client : server;
}

/* Nothing is consumed: the first octets are shown again with more behind them, until they tell. */
static void stream(struct dissection *x, struct cursor *c)
{
	if (!dissection_from_server(x)) {
		if (line(*c) == PROBE_NO)
			dissection_fail(x);
		return;
	}
	enum probe p = prose(*c);
	if (p == PROBE_NO)
		dissection_fail(x);
	if (p != PROBE_YES)
		return;
	x->application = text_server_port(x) == PORT_WHOIS ? "nicname" : "finger";
	dissection_service(x);
	dissection_done_both(x);
}

const struct dissector dissector_asked_line = {
	.name = "asked-line",
	.application = "",
	.transports = TRANSPORT_TCP,
	.ports = {PORT_WHOIS, PORT_FINGER},
	.probe = probe,
	.stream = stream,
};
