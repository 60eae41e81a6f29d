#include "classify/fingerprint/browser.h"

#include <string.h>
#include <strings.h>

/* The fields whose order tells engines apart. */
enum name { HOST, AGENT, ACCEPT, LANGUAGE, ENCODING, CONNECTION, NAMES };

struct written {
	uint8_t at[NAMES]; /* which field it is, from 1 on; 0: it is not there */
	uint8_t fields, minor;
	bool cut;   /* more may follow */
	bool small; /* what no page can write is in small letters: nor does any browser */
	bool te;
	struct cursor encoding, connection; /* the values, empty when they are not known */
};

/* ---- what the user agent claims ---- */

static bool has(struct cursor text, const char *word)
{
	return memmem(text.at, cursor_left(&text), word, strlen(word)) != NULL;
}

static bool begins(struct cursor text, const char *word)
{
	size_t n = strlen(word);
	return cursor_left(&text) >= n && !memcmp(text.at, word, n);
}

/* Programs that ask like a browser and say what they are: where they can be read about, or by a word; and Android's
 * question whether the Internet is there, the same on every such device. */
static bool says_program(struct cursor agent)
{
	static const char *const words[] = {"http://", "https://", "bot",        "Bot",       "spider",
					    "Spider",  "crawl",    "Crawl",      "zgrab",     "Nikto",
					    "Nmap",    "Electron", "PowerShell", "PhantomJS", "Chrome/60.0.3112.32 "};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (has(agent, words[i]))
			return true;
	return has(agent, "(compatible;") && !has(agent, "MSIE ");
}

/* The first versions of Chrome asked through the system's own stack. */
static bool first_chrome(struct cursor agent)
{
	const uint8_t *found = memmem(agent.at, cursor_left(&agent), "Chrome/", 7);
	struct cursor version = cursor_init(found, found ? (size_t)(agent.end - found) : 0);
	return found && cursor_peek(&version, 8) == '.';
}

enum browser_engine browser_claimed(struct cursor agent)
{
	if (!begins(agent, "Mozilla/") || says_program(agent))
		return BROWSER_NONE;
	if (has(agent, "MSIE ") || has(agent, "Trident/") || has(agent, "Edge/"))
		return BROWSER_TRIDENT;
	if (has(agent, "Chrome/"))
		return first_chrome(agent) ? BROWSER_NONE : BROWSER_BLINK;
	if (has(agent, "AppleWebKit/"))
		return has(agent, "(Macintosh") || has(agent, "(iP") ? BROWSER_SAFARI : BROWSER_WEBKIT;
	return has(agent, "Gecko/") && has(agent, "rv:") ? BROWSER_GECKO : BROWSER_NONE;
}

/* ---- how it was written ---- */

static bool is(struct cursor name, const char *word)
{
	size_t n = strlen(word);
	return cursor_left(&name) == n && !strncasecmp((const char *)name.at, word, n);
}

static enum name name_of(struct cursor name)
{
	static const struct {
		const char *name;
		enum name is;
	} rows[] = {
		{"Host", HOST},
		{"User-Agent", AGENT},
		{"Accept", ACCEPT},
		{"Accept-Language", LANGUAGE},
		{"Accept-Encoding", ENCODING},
		{"Connection", CONNECTION},
		{"Proxy-Connection", CONNECTION},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (is(name, rows[i].name))
			return rows[i].is;
	return NAMES;
}

static void take_field(struct written *w, struct cursor name, struct cursor value)
{
	enum name which = name_of(name);
	w->fields++;
	w->te |= is(name, "TE");
	w->cut |= is(name, "*");
	if (which == NAMES || w->at[which])
		return;
	w->at[which] = w->fields;
	w->small |= (which == HOST || which == CONNECTION) && *name.at >= 'a';
	if (which == ENCODING)
		w->encoding = value;
	else if (which == CONNECTION)
		w->connection = value;
}

/* "Name" or "Name=[value]", and the comma behind it. */
static void read_field(struct written *w, struct cursor *c)
{
	struct cursor name = cursor_init(c->at, 0), value = cursor_init(c->at, 0);
	while (c->at < c->end && *c->at != ',' && *c->at != '=')
		c->at++;
	name.end = c->at;
	if (c->at < c->end && *c->at == '=') {
		cursor_skip(c, 2);
		value.at = c->at;
		while (c->at < c->end && *c->at != ']')
			c->at++;
		value.end = c->at;
		while (c->at < c->end && *c->at != ',')
			c->at++;
	}
	if (c->at < c->end)
		c->at++;
	if (cursor_left(&name))
		take_field(w, name, value);
}

/* Fewer fields than can be written down are counted. */
static struct written read_written(struct cursor text)
{
	struct written w = {.minor = (uint8_t)(cursor_peek(&text, 2) & 15)};
	w.encoding = w.connection = cursor_init(text.at, 0);
	cursor_skip(&text, 4);
	while (cursor_ok(&text) && cursor_left(&text) && w.fields < UINT8_MAX)
		read_field(&w, &text);
	return w;
}

/* ---- in what it differs from what a browser writes ---- */

/* Both are there, and in the other order. */
static bool inverted(const struct written *w, enum name first, enum name second)
{
	return w->at[first] && w->at[second] && w->at[first] > w->at[second];
}

static bool missing(const struct written *w, enum name which)
{
	return !w->cut && !w->at[which];
}

static bool old_version(const struct written *w)
{
	return w->minor == 0;
}

static bool small_letters(const struct written *w)
{
	return w->small;
}

static bool no_accept(const struct written *w)
{
	return missing(w, ACCEPT);
}

static bool no_language(const struct written *w)
{
	return missing(w, LANGUAGE);
}

static bool no_encoding(const struct written *w)
{
	return missing(w, ENCODING);
}

static bool no_connection(const struct written *w)
{
	return missing(w, CONNECTION);
}

static bool closes(const struct written *w)
{
	return is(w->connection, "close");
}

/* Browsers write "keep-alive"; Microsoft's stack, and many libraries, "Keep-Alive". */
static bool capital_keep_alive(const struct written *w)
{
	return begins(w->connection, "Keep-Alive");
}

static bool small_keep_alive(const struct written *w)
{
	return begins(w->connection, "keep-alive");
}

/* Every browser takes gzip and deflate, in this order, or what it asks for is compressed by itself. */
static bool odd_encoding(const struct written *w)
{
	return (cursor_left(&w->encoding) && !has(w->encoding, "deflate") && !has(w->encoding, "identity")) ||
	       begins(w->encoding, "deflate");
}

/* Browsers ask for Brotli within TLS alone; who asks in the clear passes on what came within it, or copied the list. */
static bool brotli_in_clear(const struct written *w)
{
	return has(w->encoding, ", br");
}

static bool nothing_compressed(const struct written *w)
{
	return is(w->encoding, "identity");
}

/* What libraries write and no browser does: libwww-perl's TE, the lists of Ruby and axios, HTTP/2 in the clear, and
 * "identity" ahead of the name, as Python's http.client does. */
static bool written_by_library(const struct written *w)
{
	return w->te || has(w->encoding, "gzip;q=1.0,deflate;q=0.6") ||
	       begins(w->encoding, "gzip, compress, deflate") || has(w->connection, "HTTP2-Settings") ||
	       (is(w->encoding, "identity") && inverted(w, AGENT, ENCODING));
}

/* Blink begins with these two, whatever is asked for. */
static bool begins_as_blink(const struct written *w)
{
	return w->at[HOST] == 1 && w->at[CONNECTION] == 2 && !w->small && !closes(w) && !capital_keep_alive(w);
}

static bool other_beginning(const struct written *w)
{
	return !begins_as_blink(w);
}

static bool agent_before_host(const struct written *w)
{
	return inverted(w, HOST, AGENT);
}

static bool accept_before_agent(const struct written *w)
{
	return inverted(w, AGENT, ACCEPT);
}

static bool language_before_accept(const struct written *w)
{
	return inverted(w, ACCEPT, LANGUAGE);
}

static bool encoding_before_agent(const struct written *w)
{
	return inverted(w, AGENT, ENCODING);
}

static bool encoding_before_accept(const struct written *w)
{
	return inverted(w, ACCEPT, ENCODING);
}

static bool encoding_before_language(const struct written *w)
{
	return inverted(w, LANGUAGE, ENCODING);
}

static bool language_before_encoding(const struct written *w)
{
	return inverted(w, ENCODING, LANGUAGE);
}

static bool connection_before_encoding(const struct written *w)
{
	return inverted(w, ENCODING, CONNECTION);
}

static bool host_before_agent(const struct written *w)
{
	return inverted(w, AGENT, HOST);
}

static bool agent_before_accept(const struct written *w)
{
	return inverted(w, ACCEPT, AGENT);
}

static bool host_before_encoding(const struct written *w)
{
	return inverted(w, ENCODING, HOST);
}

enum {
	G = 1 << BROWSER_GECKO,
	B = 1 << BROWSER_BLINK,
	S = 1 << BROWSER_SAFARI,
	W = 1 << BROWSER_WEBKIT | S,
	T = 1 << BROWSER_TRIDENT
};

static const struct {
	uint8_t engines, points;
	bool (*differs)(const struct written *w);
} rules[] = {
	{G | B | W | T, 4, written_by_library},
	{G | B | W | T, 4, small_letters},
	{G | B | W | T, 1, no_encoding},
	{G | B | W | T, 1, no_accept},
	{G | B | W, 1, no_language},
	{G | B | W, 1, no_connection},
	{G | B | W | T, 1, closes},
	{G | B | W, 1, old_version},
	{G | B | T | S, 2, odd_encoding},
	{G | B, 2, brotli_in_clear},
	{G | B, 1, nothing_compressed},
	{G | B, 1, capital_keep_alive},
	{S, 2, capital_keep_alive},
	{B, 2, other_beginning},
	{B, 2, language_before_encoding},
	{G | B, 2, encoding_before_agent},
	{G | B, 2, encoding_before_accept},
	{G, 2, agent_before_host},
	{G, 2, accept_before_agent},
	{G, 2, language_before_accept},
	{G, 2, encoding_before_language},
	{G, 2, connection_before_encoding},
	{T, 1, small_keep_alive},
	{T, 2, host_before_agent},
	{T, 2, agent_before_accept},
	{T, 2, host_before_encoding},
};

/* So many points make a name doubtful. WebKit's stacks write in many orders. */
static const uint8_t doubtful_from[] = {
	[BROWSER_GECKO] = 3, [BROWSER_BLINK] = 3, [BROWSER_WEBKIT] = 4, [BROWSER_SAFARI] = 4, [BROWSER_TRIDENT] = 3};

/* Applications on Android ask through the system's library under the name of its browser. */
static bool asked_by_application(struct cursor agent, const struct written *w)
{
	return has(agent, "Android") && agent_before_host(w) && host_before_encoding(w) && is(w->encoding, "gzip") &&
	       capital_keep_alive(w);
}

/* A name and nothing of how it asks: what somebody on the way has left of a header, or who keeps it short. Neither the
 * browser nor another has written anything that could tell. */
static bool bare(const struct written *w)
{
	return !w->at[ACCEPT] && !w->at[LANGUAGE] && !w->at[ENCODING] && !w->at[CONNECTION];
}

bool browser_doubtful(struct cursor agent, struct cursor written)
{
	enum browser_engine engine = browser_claimed(agent);
	if (!engine || !cursor_left(&written))
		return false;
	struct written w = read_written(written);
	if ((engine == BROWSER_BLINK && begins_as_blink(&w)) || asked_by_application(agent, &w) || bare(&w))
		return false;
	unsigned points = 0;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (rules[i].engines >> engine & 1 && rules[i].differs(&w))
			points += rules[i].points;
	return points >= doubtful_from[engine];
}
