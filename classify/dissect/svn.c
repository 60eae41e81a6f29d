/* Subversion's own protocol: what the client calls itself in its answer to the greeting. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define FIRST_BYTES 4096

static enum probe probe(const struct probe_input *in)
{
	enum probe server = text_probe(in->first[1], "( success ( ");
	if (cursor_left(&in->first[0]) && text_probe(in->first[0], "( 2 ( ") == PROBE_NO)
		return PROBE_NO;
	return server;
}

/* "( 2 ( capabilities ) 19:svn://host/project 30:SVN/1.14.2 (x86_64-pc-linux-gnu) ( ) ) ": a text has its length
 * before. */
static void client(struct dissection *x, struct cursor c)
{
	struct cursor before;
	for (struct cursor p = c; text_before(&p, ':', &before);) {
		uint64_t n = 0;
		const uint8_t *digits = before.end;
		while (digits > before.at && digits[-1] >= '0' && digits[-1] <= '9')
			digits--;
		if (!text_number((struct cursor){digits, before.end, false}, &n) || n > cursor_left(&p))
			continue;
		struct cursor value = cursor_sub(&p, (size_t)n);
		if (text_starts(value, "SVN/"))
			text_yield(x, FIELD_SVN_CLIENT, SUBJECT_SENDER, value, 128);
	}
}

static void stream(struct dissection *x, struct cursor *c)
{
	if (dissection_from_server(x)) {
		dissection_service(x);
		dissection_done(x);
		return;
	}
	/* the answer ends with its outermost parenthesis */
	struct cursor first = text_first(*c, FIRST_BYTES);
	int depth = 0;
	for (const uint8_t *p = first.at; p < first.end; p++) {
		depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
		if (depth)
			continue;
		client(x, (struct cursor){c->at, p, false});
		dissection_done(x);
		return;
	}
	if (cursor_left(c) >= FIRST_BYTES)
		dissection_done(x);
}

const struct dissector dissector_svn = {
	.name = "svn",
	.application = "svn",
	.transports = TRANSPORT_TCP,
	.ports = {3690},
	.probe = probe,
	.stream = stream,
};
