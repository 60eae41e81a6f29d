/* Identification (RFC 1413): whose connection it is, as the host it comes from says. */
#include "classify/dissect/text.h"

/* "6193, 23" */
static bool is_pair(struct cursor line)
{
	struct cursor first;
	uint64_t a, b;
	return text_before(&line, ',', &first) && text_number(text_trim(first), &a) &&
	       text_number(text_trim(line), &b) && a < 65536 && b < 65536;
}

/* "6193, 23 : USERID : UNIX : stjohns", or "… : ERROR : NO-USER" */
static bool answer(struct cursor line, struct cursor *system, struct cursor *user)
{
	struct cursor pair, kind;
	if (!text_before(&line, ':', &pair) || !is_pair(text_trim(pair)) || !text_before(&line, ':', &kind))
		return false;
	kind = text_trim(kind);
	*user = (struct cursor){NULL, NULL, false};
	if (text_is(kind, "ERROR"))
		return true;
	if (!text_is(kind, "USERID") || !text_before(&line, ':', system))
		return false;
	*user = text_trim(line);
	return true;
}

static enum probe probe(const struct probe_input *in)
{
	bool overlong = false;
	struct cursor c = in->first[0], line;
	uint8_t first = cursor_peek(&c, 0);
	if (!text_port(in, 113) || (cursor_left(&c) && (first < '0' || first > '9')))
		return PROBE_NO;
	if (!text_line(&overlong, &c, &line))
		return cursor_left(&c) > 64 ? PROBE_NO : PROBE_MAYBE;
	return is_pair(text_trim(line)) ? PROBE_YES : PROBE_NO;
}

static void stream(struct dissection *x, struct cursor *c)
{
	bool overlong = false;
	struct cursor line, system, user;
	if (!text_line(&overlong, c, &line)) {
		if (cursor_left(c) > TEXT_LINE_BYTES)
			dissection_done(x);
		return;
	}
	dissection_done(x);
	if (!dissection_from_server(x) || !answer(line, &system, &user))
		return;
	dissection_service(x);
	if (cursor_left(&user) && !text_starts(text_trim(system), "OTHER"))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, user, 128);
}

const struct dissector dissector_ident = {
	.name = "ident",
	.application = "auth",
	.transports = TRANSPORT_TCP,
	.ports = {113},
	.probe = probe,
	.stream = stream,
};
