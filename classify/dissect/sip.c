/* SIP (RFC 3261) over UDP and TCP: what user agents and servers call themselves, and whose they are. What a proxy
 * passes on tells nothing of the proxy: requests with more than one Via are not the sender's own. */
#include "classify/dissect/message.h"
#include "classify/dissect/text.h"

#define MESSAGES 2000

struct sip {
	uint16_t messages;
	bool oriented;
};

static const char *const methods[] = {
	"INVITE ", "REGISTER ", "OPTIONS ", "ACK ",   "BYE ",    "CANCEL ", "SUBSCRIBE ",
	"NOTIFY ", "MESSAGE ",  "INFO ",    "PRACK ", "UPDATE ", "REFER ",  "PUBLISH ",
};

static enum probe message_probe(struct cursor first)
{
	struct cursor line;
	enum probe best = PROBE_NO, response = text_probe(first, "SIP/2.0 ");
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		best = text_either(best, text_probe(first, methods[i]));
	if (response != PROBE_NO || best != PROBE_YES)
		return text_either(response, best);
	if (!cursor_line(&first, &line))
		return PROBE_MAYBE;
	line = text_trim(line);
	if (cursor_left(&line) < 12)
		return PROBE_NO;
	line.at = line.end - 8;
	return text_is(line, " SIP/2.0") ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_NO;
	for (int d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			best = text_either(best, message_probe(in->first[d]));
	return best == PROBE_MAYBE && in->transport == TRANSPORT_UDP ? PROBE_NO : best;
}

static bool has_two(struct cursor fields)
{
	struct cursor value;
	unsigned n = 0;
	while (n < 2 && message_field(&fields, "via", "v", &value))
		n += text_has(value, ",") ? 2 : 1;
	return n >= 2;
}

static void first_field(struct dissection *x, struct cursor fields, const char *name, enum field field)
{
	struct cursor value;
	if (message_field(&fields, name, NULL, &value))
		text_yield(x, field, SUBJECT_SENDER, value, 256);
}

/* A program that calls itself nothing may be known by how it writes the tags it makes: SIPp, by default, as
 * "8SIPpTag001" (its scenarios' [pid]SIPpTag[call_number]). */
static void tag(struct dissection *x, struct cursor fields, const char *name, const char *brief, enum field field)
{
	struct cursor value;
	if (message_field(&fields, name, brief, &value) && text_has(value, "SIPpTag"))
		dissection_yield(x, field, SUBJECT_SENDER, "SIPp", 4);
}

static bool said(struct cursor fields, const char *name)
{
	struct cursor value;
	return message_field(&fields, name, NULL, &value);
}

/* The user of "Name <sip:user@host>;tag=x". */
static void from(struct dissection *x, struct cursor fields)
{
	struct cursor value, user;
	if (!message_field(&fields, "from", "f", &value))
		return;
	for (; cursor_left(&value); value.at++) {
		struct cursor v = value;
		if (!text_take(&v, "sip:") && !text_take(&v, "sips:"))
			continue;
		struct cursor password;
		if (!text_before(&v, '@', &user) || text_has(user, ">") || text_has(user, ";"))
			return;
		struct cursor whole = user;
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, text_before(&whole, ':', &password) ? password : user,
			   128);
		return;
	}
}

static void request(struct dissection *x, struct sip *s, const struct message *m)
{
	struct cursor fields = m->fields, value;
	if (!s->oriented)
		dissection_server(x, (enum flow_direction) !x->direction);
	s->oriented = true;
	if (has_two(m->fields))
		return;
	first_field(x, m->fields, "user-agent", FIELD_SIP_USER_AGENT);
	if (!said(m->fields, "user-agent"))
		tag(x, m->fields, "from", "f", FIELD_SIP_USER_AGENT);
	if (text_starts(m->start, "REGISTER ") || text_starts(m->start, "INVITE ") ||
	    text_starts(m->start, "SUBSCRIBE ") || text_starts(m->start, "PUBLISH "))
		from(x, m->fields);
	if (message_field(&fields, "authorization", NULL, &value))
		text_authorization(x, value);
}

static void response(struct dissection *x, struct sip *s, const struct message *m)
{
	if (!s->oriented)
		dissection_server(x, x->direction);
	s->oriented = true;
	if (dissection_from_server(x))
		dissection_service(x);
	first_field(x, m->fields, "server", FIELD_SIP_SERVER);
	first_field(x, m->fields, "user-agent", FIELD_SIP_SERVER);
	if (!said(m->fields, "server") && !said(m->fields, "user-agent") && !has_two(m->fields))
		tag(x, m->fields, "to", "t", FIELD_SIP_SERVER);
}

static void message(struct dissection *x, const struct message *m)
{
	struct sip *s = x->state;
	if (++s->messages > MESSAGES)
		dissection_done_both(x);
	else if (text_starts(m->start, "SIP/2.0 "))
		response(x, s, m);
	else
		request(x, s, m);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct message m = {0};
	if (message_probe(*c) != PROBE_YES)
		return;
	if (message_take(c, &m) <= 0) {
		/* Cut before the empty line: the fields that are there are good. */
		if (!cursor_line(c, &m.start))
			return;
		m.fields = *c;
	}
	message(x, &m);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct message m;
	while (!x->done[x->direction] && cursor_left(c)) {
		int taken = message_take(c, &m);
		if (taken < 0 || (taken > 0 && message_probe(m.start) == PROBE_NO))
			dissection_done(x);
		if (taken <= 0 || x->done[x->direction])
			return;
		message(x, &m);
		text_pass(x, c, m.body);
	}
}

const struct dissector dissector_sip = {
	.name = "sip",
	.application = "sip",
	.transports = TRANSPORT_TCP | TRANSPORT_UDP,
	.ports = {5060},
	.state_bytes = sizeof(struct sip),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
