/* MGCP (RFC 3435): the service. A gateway answers with the number of the question. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

struct mgcp {
	uint64_t asked[2]; /* number of the command that direction sent last; 0: none */
};

/* "AUEP 1201 aaln/1@gw1 MGCP 1.0" gives its number; 0 when it is none. */
static uint64_t command(struct cursor c)
{
	static const char *const verbs[] = {"EPCF", "CRCX", "MDCX", "DLCX", "RQNT", "NTFY", "AUEP", "AUCX", "RSIP"};
	struct cursor line;
	uint64_t number;
	if (!cursor_line(&c, &line))
		line = c;
	struct cursor verb = text_word(&line), id = text_word(&line);
	text_word(&line);
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (text_is(verb, verbs[i]) && text_number(id, &number) && text_starts(line, "MGCP "))
			return number;
	return 0;
}

static enum probe probe(const struct probe_input *in)
{
	for (int d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return command(in->first[d]) ? PROBE_YES : PROBE_NO;
	return PROBE_MAYBE;
}

/* "200 1201 OK" */
static void datagram(struct dissection *x, struct cursor *c)
{
	struct mgcp *s = x->state;
	uint64_t number = command(*c), code;
	if (number) {
		s->asked[x->direction] = number;
		return;
	}
	struct cursor word = text_word(c), id = text_word(c);
	if (cursor_left(&id) && (id.end[-1] == '\r' || id.end[-1] == '\n'))
		id = text_trim(id);
	if (text_number(word, &code) && code >= 100 && code < 1000 && text_number(id, &number) && number &&
	    number == s->asked[!x->direction])
		wire_served(x);
}

const struct dissector dissector_mgcp = {
	.name = "mgcp",
	.application = "mgcp-gateway",
	.transports = TRANSPORT_UDP,
	.ports = {2427, 2727},
	.state_bytes = sizeof(struct mgcp),
	.probe = probe,
	.datagram = datagram,
};
