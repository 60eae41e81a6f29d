/* Stratum, by which miners ask a pool for work: lines of JSON. The miner names itself when it subscribes
 * ("mining.subscribe", its first parameter) or logs in ("agent"). */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define LINES 8

struct stratum {
	uint8_t lines[2];
	bool overlong[2];
};

static bool asks(struct cursor line)
{
	static const char *const methods[] = {"\"mining.subscribe\"", "\"mining.authorize\"", "\"mining.configure\"",
					      "\"eth_submitLogin\"", "\"eth_login\""};
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (text_has(line, methods[i]))
			return true;
	return text_has(line, "\"login\"") && text_has(line, "\"agent\"") && text_has(line, "\"pass\"");
}

static enum probe probe(const struct probe_input *in)
{
	struct cursor client = in->first[0], line;
	bool overlong = false;
	if (cursor_left(&in->first[1]) && (!cursor_left(&client) || in->first[1].at[0] != '{'))
		return PROBE_NO;
	if (!cursor_left(&client))
		return PROBE_MAYBE;
	if (client.at[0] != '{')
		return PROBE_NO;
	if (!text_line(&overlong, &client, &line))
		return asks(client) ? PROBE_YES : PROBE_MAYBE;
	return asks(line) ? PROBE_YES : PROBE_NO;
}

/* The first text behind "params":[, a list of one for most. */
static bool parameter(struct cursor line, struct cursor *value)
{
	struct cursor before;
	static const char key[] = "\"params\"";
	const uint8_t *at = cursor_left(&line) ? memmem(line.at, cursor_left(&line), key, sizeof key - 1) : NULL;
	if (!at)
		return false;
	line.at = at + sizeof key - 1;
	if (!text_before(&line, '[', &before) || !text_before(&line, '"', &before) || cursor_left(&before) > 1)
		return false;
	return text_before(&line, '"', value);
}

static void client(struct dissection *x, struct cursor line)
{
	struct cursor agent;
	if (text_has(line, "\"mining.subscribe\"") ? parameter(line, &agent) : text_json(line, "agent", &agent))
		text_yield(x, FIELD_STRATUM_CLIENT, SUBJECT_SENDER, agent, 128);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct stratum *s = x->state;
	struct cursor line;
	while (!x->done[x->direction] && text_line(&s->overlong[x->direction], c, &line)) {
		if (dissection_from_server(x)) {
			dissection_service(x);
			dissection_done(x);
			return;
		}
		client(x, line);
		if (++s->lines[x->direction] >= LINES)
			dissection_done(x);
	}
}

const struct dissector dissector_stratum = {
	.name = "stratum",
	.application = "stratum",
	.transports = TRANSPORT_TCP,
	.ports = {3333, 4444, 14444},
	.state_bytes = sizeof(struct stratum),
	.probe = probe,
	.stream = stream,
};
