/* Git's own transport: what both sides call themselves ("agent=git/2.39.2") among the capabilities of the first lines.
 */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define LINES     12
#define LINE_MOST 4096

struct git {
	uint16_t lines[2];
};

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A line with its length before it, four hexadecimal digits that count themselves. */
static int length(struct cursor c, uint32_t *len)
{
	*len = 0;
	for (size_t i = 0; i < 4; i++) {
		if (i >= cursor_left(&c))
			return 0;
		int v = digit(c.at[i]);
		if (v < 0)
			return -1;
		*len = *len << 4 | (uint32_t)v;
	}
	return 1;
}

static enum probe client_probe(struct cursor f)
{
	static const char *const words[] = {"git-upload-pack /", "git-receive-pack /", "git-upload-archive /"};
	uint32_t len;
	enum probe best = PROBE_NO;
	int r = length(f, &len);
	if (r <= 0)
		return r ? PROBE_NO : PROBE_MAYBE;
	f.at += 4;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		best = text_either(best, text_probe(f, words[i]));
	return best;
}

static enum probe probe(const struct probe_input *in)
{
	uint32_t len;
	int server = length(in->first[1], &len);
	enum probe client = client_probe(in->first[0]);
	if (server < 0 || client == PROBE_NO)
		return PROBE_NO;
	return server ? client : PROBE_MAYBE;
}

static void line(struct dissection *x, struct cursor c)
{
	for (; cursor_left(&c) > 6; c.at++) {
		if (!text_take(&c, "agent="))
			continue;
		struct cursor agent = {c.at, c.at, false};
		while (agent.end<c.end && * agent.end> ' ' && *agent.end <= '~')
			agent.end++;
		text_yield(x, dissection_from_server(x) ? FIELD_GIT_SERVER : FIELD_GIT_CLIENT, SUBJECT_SENDER, agent,
			   64);
		dissection_done(x);
		return;
	}
}

/* Of the line that begins here, as wire_next() takes it; what only divides has four. */
static int64_t line_bytes(struct cursor c)
{
	uint32_t len;
	int r = length(c, &len);
	return r < 0 || len > LINE_MOST ? -1 : !r ? 0 : len < 4 ? 4 : (int64_t)len;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct git *s = x->state;
	struct cursor whole;
	while (wire_next(x, c, line_bytes(*c), &s->lines[x->direction], LINES, &whole)) {
		if (dissection_from_server(x))
			dissection_service(x);
		line(x, whole);
	}
}

const struct dissector dissector_git = {
	.name = "git",
	.application = "git",
	.transports = TRANSPORT_TCP,
	.ports = {9418},
	.state_bytes = sizeof(struct git),
	.probe = probe,
	.stream = stream,
};
