/* How HTTP's messages begin, and how that is told from what other protocols say: the probe, and the line of a request.
 */
#include "classify/dissect/http.h"

#include "classify/dissect/text.h"

/* Methods no other protocol shares, and (from OPTIONS) those that SIP, RTSP or SSDP use as well: there the version
 * at the end of the line decides. */
static const char *const methods[] = {
	"GET ",
	"POST ",
	"HEAD ",
	"PUT ",
	"DELETE ",
	"CONNECT ",
	"TRACE ",
	"PATCH ",
	"PROPFIND ",
	"PROPPATCH ",
	"MKCOL ",
	"COPY ",
	"MOVE ",
	"LOCK ",
	"UNLOCK ",
	"SEARCH ",
	"REPORT ",
	"MKACTIVITY ",
	"MKCALENDAR ",
	"CHECKOUT ",
	"MERGE ",
	"BPROPFIND ",
	"BPROPPATCH ",
	"BCOPY ",
	"BMOVE ",
	"POLL ",
	"SUBSCRIBE ",
	"UNSUBSCRIBE ",
	"NOTIFY ",
	"OPTIONS ",
	"VERSION-CONTROL ",
	"ACL ",
	"BIND ",
	"PURGE ",
	"RPC_IN_DATA ",
	"RPC_OUT_DATA ",
	"CCM_POST ",
	"BITS_POST ",
	"SOURCE ",
	"QUERY ",
};

static enum probe method(struct cursor first)
{
	enum probe best = PROBE_NO;
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		best = text_either(best, text_probe(first, methods[i]));
	return best;
}

/* The version at the end of a request line. */
static bool versioned(struct cursor line)
{
	struct cursor l = text_trim(line);
	if (cursor_left(&l) < 9)
		return false;
	l.at = l.end - 9;
	return text_starts(l, " HTTP/1.");
}

/* A request without a version, as HTTP/0.9 has it and as broken clients send: the answer must tell. */
static bool unversioned(struct cursor line)
{
	return (text_starts(line, "GET /") || text_starts(line, "POST /") || text_starts(line, "HEAD /")) &&
	       !text_has(line, " RTSP/") && !text_has(line, " SIP/");
}

/* What only HTTP puts behind a request. */
static bool field_follows(struct cursor rest)
{
	static const char *const names[] = {"host", "user-agent", "connection", "accept"};
	struct cursor line, name, v;
	if (!cursor_line(&rest, &line) || !text_header(line, &name, &v))
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (text_is(name, names[i]))
			return true;
	return false;
}

/* Any word in capitals may be a method where the rest of the line says HTTP. */
static bool token(struct cursor verb)
{
	size_t n = cursor_left(&verb);
	for (; verb.at < verb.end; verb.at++)
		if ((*verb.at < 'A' || *verb.at > 'Z') && *verb.at != '_' && *verb.at != '-')
			return false;
	return n > 0 && n < 32;
}

/* A method that is not in the table: only a whole line can tell. */
static enum probe other_request(struct cursor first)
{
	struct cursor line;
	if (cursor_line(&first, &line))
		return token(text_word(&line)) && versioned(line) ? PROBE_YES : PROBE_NO;
	size_t left = cursor_left(&first);
	return left < 512 && (!left || token(text_word(&first))) ? PROBE_MAYBE : PROBE_NO;
}

static enum probe request_probe(struct cursor first)
{
	struct cursor line;
	if (method(first) != PROBE_YES)
		return other_request(first);
	if (cursor_line(&first, &line)) {
		bool sure = versioned(line) || (unversioned(line) && field_follows(first));
		return sure ? PROBE_YES : unversioned(line) ? PROBE_MAYBE : PROBE_NO;
	}
	/* A long target of one of the methods that only HTTP has need not be waited for. */
	return cursor_left(&first) > 512 && cursor_peek(&first, 0) != 'O' ? PROBE_YES : PROBE_MAYBE;
}

static enum probe response_probe(struct cursor first)
{
	return text_either(text_probe(first, "HTTP/1."), text_probe(first, "ICY 200"));
}

enum probe http_probe(const struct probe_input *in)
{
	enum probe best = PROBE_NO;
	bool against = false;
	/* A server that answers so speaks HTTP, whatever it was asked. */
	if (text_probe(in->first[1], "HTTP/1.") == PROBE_YES)
		return PROBE_YES;
	for (int d = 0; d < 2; d++) {
		enum probe p = text_either(request_probe(in->first[d]), response_probe(in->first[d]));
		against |= p == PROBE_NO && !in->mid_stream;
		best = text_either(best, p);
	}
	return against ? PROBE_NO : best;
}

bool http_is_request(struct cursor line, bool overlong, uint8_t *minor)
{
	bool exact = versioned(line), whole = exact || unversioned(line) || (overlong && method(line) == PROBE_YES);
	*minor = exact ? text_trim(line).end[-1] - '0' : 0;
	return whole && token(text_word(&line));
}
