/* Services whose connections began before anybody watched: databases and mail stay connected for days. Named by the
 * form of what the server says in the midst of them, at its usual port, and by nothing less: the other dissectors know
 * their protocols by how they begin. */
#include "classify/dissect/text.h"

#define MOST_BYTES 2048 /* of a direction; what these do not tell the others will not */

/* A reply with three digits, as SMTP, FTP and NNTP have it (RFC 5321 4.2): a line of text that is all there. */
static enum probe digits(struct cursor c)
{
	struct cursor line;
	struct text_reply r;
	for (size_t i = 0; i < 3 && i < cursor_left(&c); i++)
		if (c.at[i] < '0' || c.at[i] > '9')
			return PROBE_NO;
	if (!cursor_line(&c, &line))
		return PROBE_MAYBE;
	return text_reply(line, &r) && r.code >= 100 && r.code < 600 ? PROBE_YES : PROBE_NO;
}

/* "* 12 EXISTS", "a7 OK done", "+ go on" (RFC 9051 2.2.2). */
static enum probe imap(struct cursor c)
{
	struct cursor line;
	if (cursor_left(&c) && (*c.at <= ' ' || *c.at > '~'))
		return PROBE_NO;
	if (!cursor_line(&c, &line))
		return PROBE_MAYBE;
	struct cursor tag = text_word(&line);
	if (text_is(tag, "*"))
		return cursor_left(&line) ? PROBE_YES : PROBE_NO;
	return text_starts(line, "OK ") || text_starts(line, "NO ") || text_starts(line, "BAD ") ? PROBE_YES : PROBE_NO;
}

/* ":nick!user@host PRIVMSG #channel :words", ":irc.example.org 366 me …" (RFC 1459 2.3). */
static enum probe irc(struct cursor c)
{
	static const char *const words[] = {"PRIVMSG ", "NOTICE ", "JOIN ", "PART ",
					    "QUIT ",    "MODE ",   "NICK ", "PONG "};
	struct cursor line;
	if (cursor_left(&c) && *c.at != ':')
		return PROBE_NO;
	if (!cursor_line(&c, &line))
		return PROBE_MAYBE;
	text_word(&line);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_starts(line, words[i]))
			return PROBE_YES;
	uint64_t code;
	return text_number(text_word(&line), &code) && code && code < 1000 ? PROBE_YES : PROBE_NO;
}

/* Stanzas of a stream (RFC 6120 4.1.3). */
static enum probe xmpp(struct cursor c)
{
	static const char *const tags[] = {"<message ", "<presence ", "<iq "};
	enum probe best = PROBE_NO;
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		best = text_either(best, text_probe(c, tags[i]));
	return best;
}

/* Messages that follow one another by their lengths: how long the one at hand is with its header, and that header's own
 * length; 0: no such message. */
typedef uint64_t measure(struct cursor c, size_t *header, unsigned nth);

/* The octets at hand are messages in a row, of which the last may have more to come: two, or one that ends with them.
 */
static enum probe chain(struct cursor c, measure *of)
{
	size_t header = 1;
	for (unsigned nth = 0; nth < 2; nth++) {
		uint64_t len = of(c, &header, nth);
		if (cursor_left(&c) < header)
			return PROBE_MAYBE;
		if (!len || (nth == 0 && len > cursor_left(&c) + (1u << 16)))
			return PROBE_NO;
		if (len == cursor_left(&c))
			return PROBE_YES;
		if (len > cursor_left(&c))
			return nth ? PROBE_YES : PROBE_MAYBE;
		cursor_skip(&c, (size_t)len);
	}
	return PROBE_YES;
}

/* Length (24 bits, lowest first), sequence: a server answers from 1 on. */
static uint64_t mysql_message(struct cursor c, size_t *header, unsigned nth)
{
	*header = 5;
	uint32_t len = cursor_le16(&c);
	len |= (uint32_t)cursor_u8(&c) << 16;
	uint8_t sequence = cursor_u8(&c);
	return cursor_ok(&c) && len && len < 1u << 20 && (nth ? sequence > 1 : sequence == 1) ? len + 4ull : 0;
}

static enum probe mysql(struct cursor c)
{
	return chain(c, mysql_message);
}

/* A letter, a length that counts itself ("Message Formats" of protocol 3). */
static uint64_t pgsql_message(struct cursor c, size_t *header, unsigned nth)
{
	static const char backend[] = "123ACDEGHIKNRSTVWZcdnst";
	(void)nth;
	*header = 5;
	uint8_t type = cursor_u8(&c);
	uint32_t len = cursor_u32(&c);
	return cursor_ok(&c) && type && strchr(backend, type) && len >= 4 && len < 1u << 24 ? len + 1ull : 0;
}

static enum probe pgsql(struct cursor c)
{
	return chain(c, pgsql_message);
}

/* MS-TDS 2.2.3: a tabular result, its status, length, then a token. */
static enum probe tds(struct cursor c)
{
	static const uint8_t tokens[] = {0x79, 0x81, 0xa4, 0xa9, 0xaa, 0xab, 0xac,
					 0xad, 0xd1, 0xd2, 0xe3, 0xfd, 0xfe, 0xff};
	if (cursor_left(&c) < 9)
		return cursor_left(&c) && *c.at != 4 ? PROBE_NO : PROBE_MAYBE;
	uint8_t type = cursor_u8(&c), status = cursor_u8(&c);
	uint16_t len = cursor_u16(&c);
	cursor_skip(&c, 3);
	uint8_t window = cursor_u8(&c), token = cursor_u8(&c);
	return type == 4 && status < 2 && !window && len > 8 && len <= 32768 && memchr(tokens, token, sizeof tokens)
		       ? PROBE_YES
		       : PROBE_NO;
}

/* Version, type, length (OpenFlow Switch Specification, A.1). */
static uint64_t openflow_message(struct cursor c, size_t *header, unsigned nth)
{
	(void)nth;
	*header = 8;
	uint8_t version = cursor_u8(&c), type = cursor_u8(&c);
	uint16_t len = cursor_u16(&c);
	return version >= 1 && version <= 6 && type <= 35 && len >= 8 ? len : 0;
}

static enum probe openflow(struct cursor c)
{
	return chain(c, openflow_message);
}

static const struct row {
	const char *application;
	uint16_t ports[4]; /* of the server */
	enum probe (*server)(struct cursor first);
} rows[] = {
	{"smtp", {25, 587, 2525}, digits},
	{"ftp", {21}, digits},
	{"nntp", {119}, digits},
	{"imap", {143}, imap},
	{"irc", {6667, 6666, 6668, 6669}, irc},
	{"xmpp-client", {5222}, xmpp},
	{"xmpp-server", {5269}, xmpp},
	{"mysql", {3306}, mysql},
	{"postgresql", {5432}, pgsql},
	{"ms-sql-s", {1433}, tds},
	{"openflow", {6653, 6633}, openflow},
};
#define ROWS (sizeof rows / sizeof *rows)

static const struct row *row_of(uint16_t port)
{
	for (size_t i = 0; i < ROWS; i++)
		for (size_t p = 0; p < 4 && rows[i].ports[p]; p++)
			if (rows[i].ports[p] == port)
				return &rows[i];
	return NULL;
}

/* Of a connection whose begin was not seen, forward is whoever was seen first. */
static enum probe probe(const struct probe_input *in)
{
	if (!in->mid_stream)
		return PROBE_NO;
	if (!in->sport && !in->dport) /* asked for any port (select.c) */
		return PROBE_MAYBE;
	const struct row *forward = row_of(in->sport), *reverse = row_of(in->dport);
	if (!forward == !reverse)
		return PROBE_NO;
	struct cursor server = in->first[forward ? 0 : 1];
	return cursor_left(&server) ? (forward ? forward : reverse)->server(text_first(server, MOST_BYTES))
				    : PROBE_MAYBE;
}

/* The probe has seen what the server says. */
static void stream(struct dissection *x, struct cursor *c)
{
	const struct row *row = row_of(text_server_port(x));
	c->at = c->end;
	if (!row || !dissection_from_server(x))
		return;
	x->application = row->application;
	dissection_service(x);
	dissection_done_both(x);
}

const struct dissector dissector_midst = {
	.name = "midst",
	.application = "",
	.transports = TRANSPORT_TCP,
	.probe = probe,
	.stream = stream,
};
