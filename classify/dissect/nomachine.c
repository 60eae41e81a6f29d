/* NoMachine (NX 4 and later): a line of each side with its version, client first, then TLS. */
#include "classify/dissect/text.h"

#define LINE_BYTES 40

struct nomachine {
	bool said[2];
};

static enum probe greeting(struct cursor f, const char *word)
{
	struct cursor line, window = f;
	enum probe p = text_probe(f, word);
	if (p != PROBE_YES)
		return p;
	if (cursor_left(&window) > LINE_BYTES)
		window.end = window.at + LINE_BYTES;
	if (!cursor_line(&window, &line))
		return cursor_left(&f) >= LINE_BYTES ? PROBE_NO : PROBE_MAYBE;
	uint8_t digit = cursor_peek(&line, strlen(word));
	return digit >= '0' && digit <= '9' ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe client = cursor_left(&in->first[0]) ? greeting(in->first[0], "NXSH-") : PROBE_MAYBE;
	enum probe server = cursor_left(&in->first[1]) ? greeting(in->first[1], "NXD-") : PROBE_MAYBE;
	return client < server ? client : server;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct nomachine *n = x->state;
	struct cursor line;
	if (n->said[x->direction] || !cursor_line(c, &line))
		return;
	n->said[x->direction] = true;
	if (dissection_from_server(x)) {
		dissection_service(x);
		text_yield(x, FIELD_NOMACHINE_SERVER, SUBJECT_SENDER, line, LINE_BYTES);
	} else {
		text_yield(x, FIELD_NOMACHINE_CLIENT, SUBJECT_SENDER, line, LINE_BYTES);
	}
	if (n->said[0] && n->said[1])
		text_starttls(x);
}

const struct dissector dissector_nomachine = {
	.name = "nomachine",
	.application = "nx",
	.transports = TRANSPORT_TCP,
	.ports = {4000},
	.state_bytes = sizeof(struct nomachine),
	.probe = probe,
	.stream = stream,
};
