/* The remote commands of BSD (rlogin: RFC 1282; rsh, rexec): who logs in, as the client writes it first. A NUL from the
 * server lets it in. */
#include "classify/dissect/text.h"

#define FIRST_BYTES 512

enum { EXEC = 512, LOGIN = 513, SHELL = 514 };

static bool printable(struct cursor text)
{
	for (; text.at < text.end; text.at++)
		if (*text.at < 0x20 || *text.at > 0x7e)
			return false;
	return true;
}

/* The port for what goes wrong: digits, or nothing. */
static bool is_port(struct cursor text)
{
	uint64_t n;
	return !cursor_left(&text) || (text_number(text, &n) && n < 65536);
}

/* Texts with a NUL behind each: rlogin begins with an empty one, the others with a port.
 * returns  1 and the user, with all of them stepped over; 0 when more is needed, -1 when it is none */
static int user_of(struct cursor *c, uint16_t port, struct cursor *user)
{
	struct cursor text;
	unsigned wanted = port == LOGIN ? 4 : port == SHELL ? 4 : 3;
	bool full = cursor_left(c) >= FIRST_BYTES;
	*c = text_first(*c, FIRST_BYTES);
	for (unsigned i = 0; i < wanted; i++) {
		if (!text_before(c, 0, &text))
			return full || !printable(*c) ? -1 : 0;
		bool first = port == LOGIN ? !cursor_left(&text) : is_port(text);
		if (i ? !cursor_left(&text) || !printable(text) : !first)
			return -1;
		if (i == 1)
			*user = text;
	}
	return 1;
}

static enum probe probe(const struct probe_input *in)
{
	struct cursor user, first = in->first[0];
	if (in->dport < EXEC || in->dport > SHELL)
		return PROBE_NO;
	if (cursor_left(&in->first[1]) && *in->first[1].at)
		return PROBE_NO;
	if (!cursor_left(&first))
		return PROBE_MAYBE;
	int found = user_of(&first, in->dport, &user);
	if (found > 0 && in->dport == LOGIN && cursor_left(&first))
		return PROBE_NO; /* the server speaks next */
	return found < 0 ? PROBE_NO : found ? PROBE_YES : PROBE_MAYBE;
}

static void client(struct dissection *x, struct cursor *c)
{
	struct cursor user, rest = *c;
	int found = user_of(&rest, text_server_port(x), &user);
	if (found > 0)
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, user, 64);
	if (found)
		dissection_done(x);
}

static void stream(struct dissection *x, struct cursor *c)
{
	uint16_t port = text_server_port(x);
	x->application = port == LOGIN ? "login" : port == SHELL ? "shell" : "exec";
	if (!dissection_from_server(x)) {
		client(x, c);
		return;
	}
	if (cursor_peek(c, 0) == 0)
		dissection_service(x);
	dissection_done(x);
}

const struct dissector rlogin_dissector = {
	.name = "rlogin",
	.application = "login",
	.transports = TRANSPORT_TCP,
	.ports = {EXEC, LOGIN, SHELL},
	.probe = probe,
	.stream = stream,
};
