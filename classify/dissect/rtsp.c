/* RTSP (RFC 2326, RFC 7826): what players and cameras call themselves, who logs in. Ends where media begin. */
#include "classify/dissect/message.h"
#include "classify/dissect/text.h"

#define INTERLEAVED '$'

struct rtsp {
	uint16_t messages;
};

static const char *const methods[] = {"OPTIONS ",       "DESCRIBE ",      "ANNOUNCE ", "SETUP ",
				      "PLAY ",          "PAUSE ",         "TEARDOWN ", "RECORD ",
				      "GET_PARAMETER ", "SET_PARAMETER ", "REDIRECT "};

static enum probe message_probe(struct cursor first)
{
	struct cursor line;
	enum probe best = PROBE_NO, response = text_probe(first, "RTSP/");
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		best = text_either(best, text_probe(first, methods[i]));
	if (response != PROBE_NO || best != PROBE_YES)
		return text_either(response, best);
	if (!cursor_line(&first, &line))
		return cursor_left(&first) < 2048 ? PROBE_MAYBE : PROBE_NO;
	return text_has(line, " RTSP/") ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_NO;
	for (int d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			best = text_either(best, message_probe(in->first[d]));
	return best;
}

static void message(struct dissection *x, const struct message *m)
{
	bool answer = text_starts(m->start, "RTSP/");
	struct cursor fields = m->fields, value;
	dissection_server(x, answer ? x->direction : (enum flow_direction) !x->direction);
	if (answer)
		dissection_service(x);
	if (message_field(&fields, answer ? "server" : "user-agent", NULL, &value))
		text_yield(x, answer ? FIELD_RTSP_SERVER : FIELD_RTSP_USER_AGENT, SUBJECT_SENDER, value, 256);
	fields = m->fields;
	if (!answer && message_field(&fields, "authorization", NULL, &value))
		text_authorization(x, value);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct rtsp *s = x->state;
	struct message m;
	while (!x->done[x->direction] && cursor_left(c)) {
		int taken = cursor_peek(c, 0) == INTERLEAVED ? -1 : message_take(c, &m);
		if (taken < 0 || (taken > 0 && message_probe(m.start) == PROBE_NO) || s->messages > 1000)
			dissection_done(x);
		if (taken <= 0 || x->done[x->direction])
			return;
		s->messages++;
		message(x, &m);
		text_pass(x, c, m.body);
	}
}

const struct dissector dissector_rtsp = {
	.name = "rtsp",
	.application = "rtsp",
	.transports = TRANSPORT_TCP,
	.ports = {554, 8554, 7070},
	.state_bytes = sizeof(struct rtsp),
	.probe = probe,
	.stream = stream,
};
