/* Protocols of which only the service is told, by first octets that are unmistakable: one row each, no state but
 * which rows are still possible. A server is named once it has spoken itself. */
#include "classify/dissect/text.h"

#define FIRST_BYTES 1024 /* of a direction; what these do not tell the others will not */

enum need {
	SERVER_TELLS, /* what the server says is enough */
	BOTH_TELL,    /* client and server must both fit */
};

struct row {
	const char *application;
	enum need need;
	uint16_t port; /* of the server, when the octets alone are not enough; else 0 */
	enum probe (*client)(struct cursor first);
	enum probe (*server)(struct cursor first);
};

/* Octets from `offset` on. */
static enum probe octets(struct cursor first, size_t offset, const void *wanted, size_t n)
{
	size_t left = cursor_left(&first);
	if (left <= offset)
		return PROBE_MAYBE;
	size_t have = left - offset < n ? left - offset : n;
	if (memcmp(first.at + offset, wanted, have))
		return PROBE_NO;
	return have == n ? PROBE_YES : PROBE_MAYBE;
}

static enum probe any_word(struct cursor first, const char *const *words, size_t n)
{
	enum probe best = PROBE_NO;
	for (size_t i = 0; i < n; i++)
		best = text_either(best, text_probe(first, words[i]));
	return best;
}

#define WORDS(first, ...) \
	any_word(first, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static enum probe both(enum probe a, enum probe b)
{
	return a < b ? a : b;
}

/* The octet at `offset` lies between two others. */
static enum probe octet(struct cursor first, size_t offset, uint8_t low, uint8_t high)
{
	if (cursor_left(&first) <= offset)
		return PROBE_MAYBE;
	return first.at[offset] >= low && first.at[offset] <= high ? PROBE_YES : PROBE_NO;
}

static enum probe rsync(struct cursor f)
{
	return text_probe(f, "@RSYNCD: ");
}

static enum probe svn_server(struct cursor f)
{
	return text_probe(f, "( success ( ");
}

static enum probe svn_client(struct cursor f)
{
	return text_probe(f, "( 2 ( ");
}

static enum probe bittorrent(struct cursor f)
{
	return text_probe(f, "\023BitTorrent protocol");
}

static enum probe git_client(struct cursor f)
{
	if (cursor_left(&f) < 4)
		return cursor_peek(&f, 0) == '0' ? PROBE_MAYBE : PROBE_NO;
	f.at += 4;
	return WORDS(f, "git-upload-pack /", "git-receive-pack /", "git-upload-archive /");
}

static bool hexadecimal(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static enum probe git_server(struct cursor f)
{
	for (size_t i = 0; i < 4; i++)
		if (i < cursor_left(&f) && !hexadecimal(f.at[i]))
			return PROBE_NO;
	return cursor_left(&f) < 4 ? PROBE_MAYBE : PROBE_YES;
}

/* Marker, length, type OPEN, version (RFC 4271 4.2); an error may be the answer. */
static enum probe bgp_client(struct cursor f)
{
	enum probe marker = octets(f, 0, "\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377", 16);
	return both(marker, both(octet(f, 18, 1, 1), octet(f, 19, 4, 4)));
}

static enum probe bgp_server(struct cursor f)
{
	enum probe marker = octets(f, 0, "\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377", 16);
	return both(marker, octet(f, 18, 1, 3));
}

/* A line that must end within `most` octets. */
static enum probe early_line(struct cursor *f, size_t most, struct cursor *line)
{
	struct cursor window = *f;
	bool full = cursor_left(f) >= most;
	if (full)
		window.end = f->at + most;
	if (!cursor_line(&window, line))
		return full ? PROBE_NO : PROBE_MAYBE;
	f->at = window.at;
	return PROBE_YES;
}

/* "*2\r\n$4\r\n…": an array of strings. */
static enum probe redis_client(struct cursor f)
{
	struct cursor line;
	uint64_t n;
	if (cursor_left(&f) && *f.at != '*')
		return PROBE_NO;
	enum probe p = early_line(&f, 8, &line);
	if (p != PROBE_YES)
		return p;
	line.at++;
	return text_number(line, &n) && n ? text_probe(f, "$") : PROBE_NO;
}

static enum probe redis_server(struct cursor f)
{
	return WORDS(f, "+OK\r\n", "+PONG\r\n", "-NOAUTH", "-WRONGPASS", "-ERR ", "-DENIED", "$", "*", ":", "%");
}

static enum probe memcache_client(struct cursor f)
{
	return WORDS(f, "stats\r\n", "stats ", "version\r\n", "get ", "gets ", "set ", "add ", "delete ");
}

static enum probe memcache_server(struct cursor f)
{
	return WORDS(f, "STAT ", "VERSION 1.", "STORED\r\n", "VALUE ", "END\r\n", "NOT_STORED\r\n", "DELETED\r\n");
}

/* length, request, answered, operation: little-endian. */
static enum probe mongodb(struct cursor f, bool server)
{
	if (cursor_left(&f) < 16)
		return cursor_peek(&f, 3) > 2 ? PROBE_NO : PROBE_MAYBE;
	uint32_t len = cursor_le32(&f);
	cursor_le32(&f);
	uint32_t answered = cursor_le32(&f), operation = cursor_le32(&f);
	bool known = operation == 2013 || operation == 2012 || operation == (server ? 1u : 2004u);
	return known && len > 16 && len < 48000000 && (server || !answered) ? PROBE_YES : PROBE_NO;
}

static enum probe mongodb_client(struct cursor f)
{
	return mongodb(f, false);
}

static enum probe mongodb_server(struct cursor f)
{
	return mongodb(f, true);
}

static enum probe amqp_client(struct cursor f)
{
	return both(text_probe(f, "AMQP"), both(octet(f, 4, 0, 3), octet(f, 5, 0, 1)));
}

/* Connection.Start of 0-9, or a header of 1.0. */
static enum probe amqp_server(struct cursor f)
{
	return text_either(text_probe(f, "AMQP"), both(octets(f, 0, "\1\0\0", 3), octets(f, 7, "\0\012\0\012", 4)));
}

static enum probe irc_client(struct cursor f)
{
	return WORDS(f, "NICK ", "USER ", "PASS ", "CAP LS", "CAP REQ", "AUTHENTICATE ");
}

static enum probe irc_server(struct cursor f)
{
	struct cursor line;
	enum probe notice = WORDS(f, "NOTICE AUTH ", "NOTICE * ", "ERROR :", "PING :");
	if (notice != PROBE_NO)
		return notice;
	if (cursor_left(&f) && *f.at != ':')
		return PROBE_NO;
	enum probe p = early_line(&f, 512, &line);
	if (p != PROBE_YES)
		return p;
	text_word(&line);
	return WORDS(line, "NOTICE ", "CAP ", "001 ", "020 ", "ERROR ", "PING ", "4");
}

/* Length, control message, magic cookie (RFC 2637 2). */
static enum probe pptp(struct cursor f)
{
	return both(octets(f, 0, "\0\234\0\1", 4), octets(f, 4, "\032\053\074\115", 4));
}

static const struct row rows[] = {
	{"rsync", SERVER_TELLS, 0, rsync, rsync},
	{"svn", SERVER_TELLS, 0, svn_client, svn_server},
	{"bittorrent", BOTH_TELL, 0, bittorrent, bittorrent},
	{"git", BOTH_TELL, 0, git_client, git_server},
	{"bgp", BOTH_TELL, 0, bgp_client, bgp_server},
	{"redis", BOTH_TELL, 0, redis_client, redis_server},
	{"memcache", BOTH_TELL, 0, memcache_client, memcache_server},
	{"mongodb", BOTH_TELL, 0, mongodb_client, mongodb_server},
	{"amqp", BOTH_TELL, 0, amqp_client, amqp_server},
	{"irc", BOTH_TELL, 0, irc_client, irc_server},
	{"pptp", BOTH_TELL, 1723, pptp, pptp},
};
#define ROWS (sizeof rows / sizeof *rows)

struct simple {
	uint64_t fits[2]; /* a bit a row: what the direction said is that protocol's */
};
_Static_assert(ROWS <= 64, "a bit a row");

static enum probe row_probe(const struct row *r, const struct probe_input *in)
{
	if (r->port && in->dport != r->port)
		return PROBE_NO;
	bool spoke[2] = {cursor_left(&in->first[0]) > 0, cursor_left(&in->first[1]) > 0};
	enum probe client = spoke[0] ? r->client(in->first[0]) : PROBE_MAYBE;
	enum probe server = spoke[1] ? r->server(in->first[1]) : PROBE_MAYBE;
	if (client == PROBE_NO || server == PROBE_NO)
		return PROBE_NO;
	return r->need == SERVER_TELLS ? server : both(client, server);
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_NO;
	for (size_t i = 0; i < ROWS && best != PROBE_YES; i++)
		best = text_either(best, row_probe(&rows[i], in));
	return best;
}

/* Asks every row about the direction's first octets. False when none can be it. */
static bool ask(struct dissection *x, struct simple *s, struct cursor first)
{
	bool server = dissection_from_server(x), possible = false;
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].port && rows[i].port != text_server_port(x))
			continue;
		enum probe p = server ? rows[i].server(first) : rows[i].client(first);
		possible |= p != PROBE_NO;
		if (p == PROBE_YES)
			s->fits[x->direction] |= 1ull << i;
	}
	return possible;
}

static const struct row *decide(const struct dissection *x, const struct simple *s)
{
	uint64_t server = s->fits[x->server], client = s->fits[!x->server];
	for (size_t i = 0; i < ROWS; i++)
		if ((server >> i & 1) && (rows[i].need == SERVER_TELLS || (client >> i & 1)))
			return &rows[i];
	return NULL;
}

/* Nothing is consumed: the first octets are shown again with more behind them, until they tell. */
static void stream(struct dissection *x, struct cursor *c)
{
	struct simple *s = x->state;
	if (!ask(x, s, *c)) {
		dissection_fail(x);
		return;
	}
	const struct row *r = decide(x, s);
	if (r) {
		x->application = r->application;
		dissection_service(x);
		dissection_done_both(x);
	} else if (cursor_left(c) > FIRST_BYTES)
		dissection_done(x);
}

const struct dissector dissector_simple = {
	.name = "simple",
	.application = "",
	.transports = TRANSPORT_TCP,
	.ports = {0},
	.state_bytes = sizeof(struct simple),
	.probe = probe,
	.stream = stream,
};
