/* TDS (MS-TDS), which Microsoft's SQL server speaks: its version, and who logs in with which program from where. TLS
 * travels inside its packets at first; what is then encrypted is not read. */
#include "classify/dissect/security_token.h"
#include "classify/dissect/text.h"
#include "classify/dissect/tls_flight.h"
#include "classify/dissect/wire.h"

#define HEADER_BYTES  8
#define MESSAGE_BYTES 16384
#define PACKETS       32 /* of a message */
#define MESSAGES      12 /* of a direction */

enum { TABULAR = 4, LOGIN7 = 0x10, SSPI = 0x11, PRELOGIN = 0x12 };
enum { LAST = 1 };

struct tds {
	struct tls_flight flight[2];
	uint8_t messages[2];
	bool prelogin; /* the client's was seen: the answer to it has a version */
};

/* The first packet of a message: kind, status, length, channel, number, window. */
static bool packet(struct cursor *c, uint8_t *kind, uint8_t *status, uint16_t *len)
{
	*kind = cursor_u8(c);
	*status = cursor_u8(c);
	*len = cursor_u16(c);
	cursor_skip(c, 4);
	return cursor_ok(c) && *len >= HEADER_BYTES;
}

/* Option tokens of five octets come first; that of the version is the first and the list ends with 255. */
static bool is_prelogin(struct cursor body)
{
	uint8_t token = cursor_peek(&body, 0);
	uint16_t offset = (uint16_t)(cursor_peek(&body, 1) << 8 | cursor_peek(&body, 2));
	return token == 0 && offset >= 6 && offset < 128 && offset % 5 == 1 && cursor_peek(&body, offset - 1u) == 0xff;
}

/* LOGIN7 begins with its own length and a version such as 0x71000001. */
static bool is_login(struct cursor body, uint16_t packet_len)
{
	uint32_t len = cursor_le32(&body), version = cursor_le32(&body);
	return cursor_ok(&body) && len >= 86 && len < MESSAGE_BYTES && len + HEADER_BYTES >= packet_len &&
	       version >> 28 == 7;
}

static enum probe probe(const struct probe_input *in)
{
	struct cursor c = in->first[0];
	uint8_t kind, status;
	uint16_t len;
	if (!cursor_left(&c))
		return cursor_left(&in->first[1]) ? PROBE_NO : PROBE_MAYBE;
	if (c.at[0] != PRELOGIN && c.at[0] != LOGIN7)
		return PROBE_NO;
	if (cursor_left(&c) < HEADER_BYTES + 8)
		return cursor_left(&c) > 1 && c.at[1] > LAST ? PROBE_NO : PROBE_MAYBE;
	if (!packet(&c, &kind, &status, &len) || status > LAST)
		return PROBE_NO;
	if (kind == LOGIN7)
		return is_login(c, len) ? PROBE_YES : PROBE_NO;
	if (cursor_left(&c) < len - (size_t)HEADER_BYTES)
		return cursor_peek(&c, 0) == 0 && len < 512 ? PROBE_MAYBE : PROBE_NO;
	return is_prelogin(c) ? PROBE_YES : PROBE_NO;
}

/* How many octets a message has with all its packets; 0: more are needed, -1: this is none. */
static int measure(struct cursor p)
{
	const uint8_t *start = p.at;
	for (int i = 0; i < PACKETS; i++) {
		uint8_t kind, status;
		uint16_t len;
		if (cursor_left(&p) < HEADER_BYTES)
			return 0;
		if (!packet(&p, &kind, &status, &len) || kind != start[0])
			return -1;
		if (p.at - start + len > MESSAGE_BYTES)
			return -1;
		if (cursor_left(&p) < len - (size_t)HEADER_BYTES)
			return 0;
		cursor_skip(&p, len - (size_t)HEADER_BYTES);
		if (status & LAST)
			return (int)(p.at - start);
	}
	return -1;
}

/* Puts the packets of a message together. 1: *body is it, 0: more octets are needed, -1: this is none */
static int take(struct cursor *c, uint8_t *kind, uint8_t *joined, struct cursor *body)
{
	size_t n = 0;
	int all = measure(*c);
	if (all <= 0)
		return all;
	struct cursor p = cursor_sub(c, (size_t)all);
	while (cursor_left(&p)) {
		uint8_t status;
		uint16_t len;
		packet(&p, kind, &status, &len);
		struct cursor part = cursor_sub(&p, len - (size_t)HEADER_BYTES);
		if (cursor_left(&part))
			memcpy(joined + n, part.at, cursor_left(&part));
		n += cursor_left(&part);
	}
	*body = cursor_init(joined, n);
	return 1;
}

/* "15.0.2000": major, minor, build. */
static void version(struct dissection *x, struct cursor body)
{
	struct wire_text text = {.len = 0};
	cursor_skip(&body, (size_t)(body.at[1] << 8 | body.at[2]));
	unsigned major = cursor_u8(&body), minor = cursor_u8(&body), build = cursor_u16(&body);
	if (!cursor_ok(&body) || major < 7)
		return;
	wire_text_format(&text, "%u.%u.%u", major, minor, build);
	wire_yield(x, FIELD_TDS_VERSION, &text);
}

/* Older servers give it when the login is accepted (LOGINACK): a count of characters, the name, the version. */
static void acknowledged(struct dissection *x, struct cursor body)
{
	static const char name[] = "M\0i\0c\0r\0o\0s\0o\0f\0t\0 \0S\0Q\0L\0 ";
	struct wire_text text = {.len = 0};
	const uint8_t *at = memmem(body.at, cursor_left(&body), name, sizeof name);
	if (!at || at == body.at)
		return;
	body.at = at;
	cursor_skip(&body, at[-1] * 2u);
	unsigned major = cursor_u8(&body), minor = cursor_u8(&body), build = cursor_u16(&body);
	if (!cursor_ok(&body) || major < 7)
		return;
	wire_text_format(&text, "%u.%u.%u", major, minor, build);
	wire_yield(x, FIELD_TDS_VERSION, &text);
}

/* A text of LOGIN7: where it lies and how many characters it has stand at `at`. */
static void text_of(struct cursor body, size_t at, struct wire_text *t)
{
	struct cursor where = body;
	t->len = 0;
	cursor_skip(&where, at);
	uint16_t offset = cursor_le16(&where), len = cursor_le16(&where);
	cursor_skip(&body, offset);
	struct cursor value = cursor_sub(&body, len * 2u);
	if (cursor_ok(&value) && len <= 128)
		wire_text_utf16(t, value.at, cursor_left(&value));
}

static void login(struct dissection *x, struct cursor body)
{
	enum { HOST = 36, USER = 40, PROGRAM = 48 };
	struct wire_text t;
	text_of(body, HOST, &t);
	wire_yield(x, FIELD_TDS_CLIENT_HOST, &t);
	text_of(body, USER, &t);
	wire_yield(x, FIELD_USER_NAME, &t);
	text_of(body, PROGRAM, &t);
	wire_yield(x, FIELD_TDS_CLIENT, &t);
	security_token_find(x, body);
}

static void message(struct dissection *x, struct tds *s, uint8_t kind, struct cursor body)
{
	if (cursor_peek(&body, 0) == 0x16 && (kind == PRELOGIN || kind == TABULAR)) {
		tls_flight(x, &s->flight[x->direction], body);
		return;
	}
	if (dissection_from_server(x)) {
		dissection_service(x);
		if (s->prelogin && is_prelogin(body))
			version(x, body);
		else if (cursor_left(&body))
			acknowledged(x, body);
		s->prelogin = false;
		security_token_find(x, body);
	} else if (kind == PRELOGIN)
		s->prelogin = is_prelogin(body);
	else if (kind == LOGIN7 && is_login(body, 0))
		login(x, body);
	else if (kind == SSPI)
		security_token_find(x, body);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct tds *s = x->state;
	uint8_t joined[MESSAGE_BYTES], kind;
	struct cursor body;
	while (!x->done[x->direction] && cursor_left(c)) {
		bool server = dissection_from_server(x);
		uint8_t first = cursor_peek(c, 0);
		if (server ? first != TABULAR && first != PRELOGIN && first != SSPI
			   : first != PRELOGIN && first != LOGIN7 && first != SSPI) {
			dissection_done(x); /* encrypted, or past the login */
			return;
		}
		int taken = take(c, &kind, joined, &body);
		if (!taken)
			return;
		if (taken < 0 || ++s->messages[x->direction] > MESSAGES) {
			dissection_done(x);
			return;
		}
		message(x, s, kind, body);
	}
}

const struct dissector dissector_tds = {
	.name = "tds",
	.application = "ms-sql-s",
	.transports = TRANSPORT_TCP,
	.ports = {1433},
	.state_bytes = sizeof(struct tds),
	.probe = probe,
	.stream = stream,
};
