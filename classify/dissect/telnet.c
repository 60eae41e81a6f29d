/* Telnet (RFC 854): what a server shows until it asks for a name or the user types, with negotiation taken out,
 * and the name that is typed at the first prompt. What comes after is a terminal session and not looked at. */
#include "classify/dissect/text.h"

#define TEXT_BYTES 320
#define NAME_BYTES 64
#define NEGOTIATED 400 /* commands after which it is no opening any more */

enum command { SE = 240, SB = 250, WILL = 251, WONT = 252, DO = 253, DONT = 254, IAC = 255 };

/* Where in a command the direction's next octet stands. */
enum within { TEXT, COMMAND, OPTION, SUB, SUB_COMMAND };

struct telnet {
	uint8_t within[2];
	uint8_t name_len;
	uint16_t text_len, commands;
	bool told, prompted;
	uint8_t name[NAME_BYTES];
	uint8_t text[TEXT_BYTES];
};
_Static_assert(sizeof(struct telnet) <= DISSECT_STATE_BYTES, "the state of Telnet fits");

static enum probe negotiation(struct cursor first)
{
	size_t left = cursor_left(&first);
	if (!left)
		return PROBE_MAYBE;
	uint8_t command = cursor_peek(&first, 1);
	if (cursor_peek(&first, 0) != IAC || (left > 1 && (command < SB || command == IAC)))
		return PROBE_NO;
	if (left < 3)
		return PROBE_MAYBE;
	return cursor_peek(&first, 2) < 64 || cursor_peek(&first, 2) == 255 ? PROBE_YES : PROBE_NO;
}

/* Text that is a greeting of another protocol, on whatever port it is. */
static bool other_greeting(struct cursor first)
{
	static const char *const words[] = {"SSH-", "HTTP/", "RFB ", "220", "+OK", "* OK", "@RSYNCD"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_probe(first, words[i]) == PROBE_YES)
			return true;
	return false;
}

static bool readable(struct cursor first)
{
	if (other_greeting(first))
		return false;
	for (; first.at < first.end; first.at++)
		if (*first.at < ' ' && *first.at != '\r' && *first.at != '\n' && *first.at != '\t' && *first.at != 27 &&
		    *first.at != 0)
			return false;
	return true;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_NO;
	for (int d = 0; d < 2; d++)
		best = text_either(best, cursor_left(&in->first[d]) ? negotiation(in->first[d]) : PROBE_NO);
	if (best != PROBE_NO)
		return best;
	struct cursor server = in->first[1];
	if (in->dport != 23 || cursor_left(&in->first[0]))
		return PROBE_NO;
	if (cursor_left(&server) < 8)
		return readable(server) ? PROBE_MAYBE : PROBE_NO;
	return readable(server) ? PROBE_YES : PROBE_NO;
}

/* The opening is complete: what was shown is the banner. */
static void tell(struct dissection *x, struct telnet *t)
{
	if (t->told)
		return;
	t->told = true;
	text_yield(x, FIELD_TELNET_BANNER, dissection_from_server(x) ? SUBJECT_SENDER : SUBJECT_RECEIVER,
		   cursor_init(t->text, t->text_len), TEXT_BYTES);
}

/* The text ends with such a question. */
static bool asks(const struct telnet *t, const char *question)
{
	size_t n = strlen(question);
	return t->text_len >= n && text_is(cursor_init(t->text + t->text_len - n, n), question);
}

static void shown(struct dissection *x, struct telnet *t, uint8_t octet)
{
	if (t->told)
		return;
	if (t->text_len < TEXT_BYTES)
		t->text[t->text_len++] = octet;
	dissection_service(x);
	t->prompted = asks(t, "login:") || asks(t, "username:") || asks(t, "user name:") || asks(t, "user:");
	if (t->prompted || asks(t, "password:") || t->text_len == TEXT_BYTES)
		tell(x, t);
	if (t->told && !t->prompted)
		dissection_done_both(x);
}

static void typed(struct dissection *x, struct telnet *t, uint8_t octet)
{
	tell(x, t);
	if (!t->prompted) {
		dissection_done_both(x);
		return;
	}
	if (octet == '\r' || octet == '\n') {
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, cursor_init(t->name, t->name_len), NAME_BYTES);
		dissection_done_both(x);
	} else if ((octet == 8 || octet == 127) && t->name_len)
		t->name_len--;
	else if (octet >= ' ' && octet != 127 && t->name_len < NAME_BYTES)
		t->name[t->name_len++] = octet;
}

/* True when the octet is text, not negotiation. */
static bool strip(uint8_t *within, uint8_t octet)
{
	switch (*within) {
	case TEXT:
		*within = octet == IAC ? COMMAND : TEXT;
		return octet != IAC;
	case COMMAND:
		*within = octet == SB ? SUB : octet >= WILL && octet <= DONT ? OPTION : TEXT;
		return octet == IAC;
	case OPTION:
		*within = TEXT;
		return false;
	case SUB:
		*within = octet == IAC ? SUB_COMMAND : SUB;
		return false;
	default:
		*within = octet == SE ? TEXT : SUB;
		return false;
	}
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct telnet *t = x->state;
	while (!x->done[x->direction] && cursor_left(c)) {
		uint8_t octet = cursor_u8(c);
		bool text = strip(&t->within[x->direction], octet);
		if (!text && ++t->commands > NEGOTIATED * 3) {
			tell(x, t);
			dissection_done_both(x);
		} else if (text && dissection_from_server(x))
			shown(x, t, octet);
		else if (text)
			typed(x, t, octet);
	}
}

const struct dissector dissector_telnet = {
	.name = "telnet",
	.application = "telnet",
	.transports = TRANSPORT_TCP,
	.ports = {23, 2323},
	.state_bytes = sizeof(struct telnet),
	.probe = probe,
	.stream = stream,
};
