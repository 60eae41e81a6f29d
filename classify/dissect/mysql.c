/* MySQL and MariaDB: the server's version from its greeting (protocol 10), its refusal when it refuses, the user
 * who logs in; a client that asks for TLS is handed over. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PACKET_BYTES 4096 /* a longer one ends it: greeting and login are some hundred octets */
#define PROTOCOL     10
#define REFUSAL      0xff

#define CLIENT_PROTOCOL_41 0x200u
#define CLIENT_SSL         0x800u
#define CLIENT_DATABASE    0x8u
#define CLIENT_SECURE      0x8000u
/* these stand in the upper half */
#define CLIENT_PLUGIN      0x8u
#define CLIENT_ATTRIBUTES  0x10u
#define CLIENT_LENGTH_TEXT 0x20u
#define ATTRIBUTES         32

struct mysql {
	bool greeted, logged_in, not_mysql;
};

/* Takes a packet: length (little-endian, 24 bits), sequence number, body. 1: *body is it, 0: wait, -1: too long */
static int take(struct cursor *c, uint8_t *sequence, struct cursor *body)
{
	struct cursor p = *c;
	if (cursor_left(&p) < 4)
		return 0;
	uint32_t len = cursor_le16(&p);
	len |= (uint32_t)cursor_u8(&p) << 16;
	*sequence = cursor_u8(&p);
	if (len > PACKET_BYTES)
		return -1;
	if (cursor_left(&p) < len)
		return 0;
	*body = cursor_sub(&p, len);
	*c = p;
	return 1;
}

/* A text up to its NUL. */
static bool string(struct cursor *c, struct cursor *text)
{
	return text_before(c, 0, text);
}

static bool readable(struct cursor t)
{
	bool any = cursor_left(&t) > 0;
	for (; t.at < t.end; t.at++)
		if (*t.at < ' ' || *t.at == 0x7f)
			return false;
	return any;
}

/* Is the body a greeting or a refusal? */
static bool opening(struct cursor body)
{
	struct cursor version;
	uint8_t kind = cursor_u8(&body);
	if (kind == REFUSAL) {
		uint16_t code = cursor_le16(&body);
		return code >= 1000 && code < 5000 && readable(body);
	}
	return kind == PROTOCOL && string(&body, &version) && readable(version) && cursor_left(&version) < 128 &&
	       cursor_left(&body) >= 13;
}

static enum probe server_probe(struct cursor first)
{
	struct cursor body;
	uint8_t sequence;
	int taken = take(&first, &sequence, &body);
	if (taken < 0)
		return PROBE_NO;
	if (!taken) {
		uint8_t kind = cursor_peek(&first, 4);
		bool could = cursor_left(&first) < 4 || cursor_peek(&first, 3) == 0;
		could = could && (cursor_left(&first) < 5 || kind == PROTOCOL || kind == REFUSAL);
		return could ? PROBE_MAYBE : PROBE_NO;
	}
	return !sequence && opening(body) ? PROBE_YES : PROBE_NO;
}

/* A login or the wish for TLS, of a client whose server was not seen: capabilities, the largest packet, a character set
 * and a stretch of zeros, of which newer servers of one kind use the last four. */
static enum probe client_probe(struct cursor first)
{
	static const uint8_t zeros[19];
	struct cursor body;
	uint8_t sequence;
	int taken = take(&first, &sequence, &body);
	if (taken <= 0)
		return taken || (cursor_left(&first) > 3 && cursor_peek(&first, 3) != 1) ? PROBE_NO : PROBE_MAYBE;
	uint16_t low = cursor_le16(&body);
	cursor_skip(&body, 2 + 4 + 1);
	const uint8_t *filler = cursor_bytes(&body, sizeof zeros);
	cursor_skip(&body, 4);
	return sequence == 1 && low & CLIENT_PROTOCOL_41 && cursor_ok(&body) && !memcmp(filler, zeros, sizeof zeros)
		       ? PROBE_YES
		       : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	if (cursor_left(&in->first[1])) {
		enum probe p = server_probe(in->first[1]);
		if (p != PROBE_NO)
			return p;
	}
	if (cursor_left(&in->first[0]) && !cursor_left(&in->first[1])) {
		enum probe client = client_probe(in->first[0]);
		return in->mid_stream ? text_either(client, server_probe(in->first[0])) : client;
	}
	return cursor_left(&in->first[0]) || cursor_left(&in->first[1]) ? PROBE_NO : PROBE_MAYBE;
}

static void refusal(struct dissection *x, struct cursor body)
{
	cursor_skip(&body, 3);
	if (cursor_peek(&body, 0) == '#')
		cursor_skip(&body, 6);
	text_yield(x, FIELD_MYSQL_ERROR, SUBJECT_SENDER, body, 512);
}

static void server_packet(struct dissection *x, struct mysql *s, struct cursor body)
{
	struct cursor version;
	uint8_t kind = cursor_peek(&body, 0);
	if (kind == REFUSAL)
		refusal(x, body);
	if (s->greeted || kind == REFUSAL) {
		if (kind == REFUSAL && !s->greeted)
			dissection_service(x);
		if (kind == REFUSAL || kind == 0 || s->logged_in)
			dissection_done_both(x);
		return;
	}
	cursor_u8(&body);
	if (!string(&body, &version)) {
		dissection_fail(x);
		return;
	}
	s->greeted = true;
	dissection_service(x);
	text_yield(x, FIELD_MYSQL_VERSION, SUBJECT_SENDER, version, 128);
}

/* A length below 251 in one octet, else in two behind 252; longer ones are none of ours. */
static struct cursor counted(struct cursor *c)
{
	uint16_t len = cursor_u8(c);
	if (len == 252)
		len = cursor_le16(c);
	else if (len > 250)
		cursor_fail(c);
	return cursor_sub(c, len);
}

/* What the library says of itself: behind the user come the digest, the database and the plug-in. */
static void attributes(struct dissection *x, struct cursor c, uint16_t low, uint16_t high)
{
	static const char *const names[] = {"_client_name", "_client_version", "_os", "_platform", "program_name"};
	static const char *const labels[] = {"product", "version", "os", "platform", "program"};
	struct cursor values[5] = {0}, text;
	struct wire_text t = {.len = 0};
	if (high & CLIENT_LENGTH_TEXT)
		(void)counted(&c);
	else if (low & CLIENT_SECURE)
		cursor_skip(&c, cursor_u8(&c));
	else if (!string(&c, &text))
		return;
	if ((low & CLIENT_DATABASE) && !string(&c, &text))
		return;
	if ((high & CLIENT_PLUGIN) && !string(&c, &text))
		return;
	struct cursor list = counted(&c);
	for (unsigned i = 0; i < ATTRIBUTES && cursor_left(&list); i++) {
		struct cursor name = counted(&list), value = counted(&list);
		for (unsigned j = 0; j < 5 && cursor_ok(&list); j++)
			if (text_is(name, names[j]))
				values[j] = value;
	}
	for (unsigned j = 0; j < 5; j++)
		wire_label(&t, labels[j], values[j]);
	if (cursor_left(&values[0]))
		wire_yield(x, FIELD_MYSQL_CLIENT, &t);
}

/* Login (HandshakeResponse41 or 320), or the wish for TLS, which is a login cut before the user. */
static void client_packet(struct dissection *x, struct mysql *s, struct cursor body)
{
	struct cursor user, peek = body;
	uint16_t low = cursor_le16(&peek), high = cursor_le16(&peek);
	s->logged_in = true;
	if (low & CLIENT_PROTOCOL_41)
		cursor_skip(&body, 4 + 4 + 1 + 23);
	else
		cursor_skip(&body, 2 + 3);
	if ((low & CLIENT_SSL) && cursor_ok(&body) && !cursor_left(&body))
		text_starttls(x);
	else if (string(&body, &user)) {
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, user, 128);
		if ((low & CLIENT_PROTOCOL_41) && (high & CLIENT_ATTRIBUTES))
			attributes(x, body, low, high);
	}
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct mysql *s = x->state;
	struct cursor body;
	uint8_t sequence;
	while (!x->next && !x->failed && !x->done[x->direction] && cursor_left(c)) {
		int taken = take(c, &sequence, &body);
		if (taken < 0 && text_turned_to_tls(x, *c))
			return;
		if (taken < 0)
			dissection_done(x);
		if (taken <= 0)
			return;
		if (!s->greeted && !s->logged_in)
			dissection_server(x, !sequence && opening(body) ? x->direction
									: (enum flow_direction) !x->direction);
		if (dissection_from_server(x))
			server_packet(x, s, body);
		else if (!s->logged_in)
			client_packet(x, s, body);
	}
}

const struct dissector dissector_mysql = {
	.name = "mysql",
	.application = "mysql",
	.transports = TRANSPORT_TCP,
	.ports = {3306},
	.state_bytes = sizeof(struct mysql),
	.probe = probe,
	.stream = stream,
};
