/* What protocols made of lines have in common: taking lines that may never end, comparing words, replies with
 * three digits, names of hosts, base64.
 *
 * A slice of text is a cursor: it borrows from the payload and is as short-lived as that. Nothing is kept here
 * and nothing is allocated; any thread. All comparing of letters is that of ASCII, whatever the locale.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_TEXT_H
#define ONLOOKER_CLASSIFY_DISSECT_TEXT_H

#include "classify/dissect.h"

/* Longest line that is read whole; of a longer one the beginning is given and the rest dropped. */
#define TEXT_LINE_BYTES 4096

/* Takes a line without its end. `overlong` is the direction's own, false at first: set while the rest of a line
 * that was too long is being dropped. Where the octets were cut into packets makes no difference.
 * returns  true and the line; false when more octets are needed (nothing is consumed of a line begun)
 */
bool text_line(bool *overlong, struct cursor *c, struct cursor *line);

/* The first octets of a slice, `most` at the most. What waits for an end that must come within a bound looks no
 * further: whether more came at once may make no difference. */
static inline struct cursor text_first(struct cursor text, size_t most)
{
	if (cursor_left(&text) > most)
		text.end = text.at + most;
	return text;
}

/* The slice without blanks, tabs, CR, LF and NUL at both ends. */
struct cursor text_trim(struct cursor text);

/* True when the slice begins with the word (letters in either case). */
bool text_starts(struct cursor text, const char *word);

/* True when the slice is the word (letters in either case). */
bool text_is(struct cursor text, const char *word);

/* True when the word occurs anywhere (letters in either case). */
bool text_has(struct cursor text, const char *word);

/* Steps over the word if the slice begins with it. */
bool text_take(struct cursor *text, const char *word);

/* The octets up to the next blank or tab; these and the blanks behind them are stepped over. May be empty. */
struct cursor text_word(struct cursor *text);

/* The octets before the first `mark`, which is stepped over; false, with nothing done, when there is none. */
bool text_before(struct cursor *text, char mark, struct cursor *before);

/* A decimal number that fills the slice; false when it is none or needs more than 18 digits. */
bool text_number(struct cursor text, uint64_t *number);

/* The text behind "key": in JSON at hand, wherever it stands: what is between the next two quotes, escapes left as they
 * are; false when there is none. */
bool text_json(struct cursor json, const char *key, struct cursor *value);

/* "Name: value" as name and trimmed value; false when there is no colon. */
bool text_header(struct cursor line, struct cursor *name, struct cursor *value);

/* A reply of SMTP, FTP, NNTP: three digits, then blank, '-' or nothing, then text. */
struct text_reply {
	unsigned code;
	bool more; /* '-': further lines belong to this reply */
	struct cursor text;
};
bool text_reply(struct cursor line, struct text_reply *reply);
bool text_is_reply(struct cursor line);

/* The host of "user@host:port" (any part may be missing): true when it is a name that can be asserted, false when
 * it is an address, empty, or holds what no name holds. */
bool text_host(struct cursor authority, struct cursor *host);

/* True when the name tells one host from others: not what every host calls itself before it is told its name. */
bool text_own_name(struct cursor name);

/* Decodes base64 (RFC 4648, padding optional) up to the first octet that is none.
 * returns  octets written to out, at most size */
size_t text_base64(struct cursor text, uint8_t *out, size_t size);

/* Yields a slice, trimmed and cut to `most` octets. */
void text_yield(struct dissection *x, enum field field, enum subject subject, struct cursor value, size_t most);

/* The user of an HTTP-like Authorization value: Basic or Digest (RFC 7617, RFC 7616; SIP and RTSP use them too).
 * Never the password. Yields FIELD_USER_NAME about the sender. */
void text_authorization(struct dissection *x, struct cursor value);

/* Lets `octets` pass that are no text: those at hand are stepped over, the others need not be shown. */
void text_pass(struct dissection *x, struct cursor *c, uint64_t octets);

/* How a beginning compares with a word: PROBE_YES it starts with it, PROBE_MAYBE it could when more comes. */
enum probe text_probe_rest(struct cursor first, const char *word);

static inline enum probe text_probe(struct cursor first, const char *word)
{
	if (first.at != first.end && *first.at != (uint8_t)*word && *word)
		return PROBE_NO; /* mostly */
	return text_probe_rest(first, word);
}

/* The better of two answers. */
static inline enum probe text_either(enum probe a, enum probe b)
{
	return a > b ? a : b;
}

/* What the beginnings of both ends give together, client's first: PROBE_NO when either is another protocol's. Where one
 * end is enough to tell, the better of the two; else the lesser: both must speak it. */
static inline enum probe text_sides(enum probe client, enum probe server, bool one_is_enough)
{
	if (client == PROBE_NO || server == PROBE_NO)
		return PROBE_NO;
	return (client > server) == one_is_enough ? client : server;
}

/* The port the flow's server listens on, as far as known. */
uint16_t text_server_port(const struct dissection *x);

/* True when either port of the flow is `port`: a hint. */
static inline bool text_port(const struct probe_input *in, uint16_t port)
{
	return in->sport == port || in->dport == port;
}

/* True when one of the row's usual ports is in use. */
bool text_usual_port(const struct probe_input *in, const struct dissector *dissector);

/* The rest of both directions is TLS: hands over, or ends when there is no TLS dissector. The name of the service
 * stays what it is. */
void text_starttls(struct dissection *x);

/* A record of TLS's handshake begins here; MAYBE: as far as there are octets. */
enum probe text_tls_begins(struct cursor c);

/* Hands over to TLS where its handshake begins: the agreement on it may have been made by octets nobody saw, or in the
 * other direction alone. True when it did. */
bool text_turned_to_tls(struct dissection *x, struct cursor c);

#endif
