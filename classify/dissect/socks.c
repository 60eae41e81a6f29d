/* SOCKS 4, 4a and 5 (RFC 1928, RFC 1929): the negotiation, with the user who logs in; what is connected is then
 * found out by its own octets. */
#include "classify/dissect/text.h"

#define USER_BYTES 256

enum { CONNECT = 1, BIND = 2 };

enum stage {
	GREETING, /* 4: the request; 5: the methods */
	LOGIN,    /* 5: user and password */
	REQUEST,
	WAITING /* for the answer to the request */
};

struct socks {
	uint8_t version, command;
	uint8_t client, server; /* enum stage: what comes next of each */
	uint8_t method;
};

/* RFC 1928: version, how many methods, the methods. */
static enum probe client5(struct cursor f)
{
	uint8_t n = cursor_peek(&f, 1);
	if (cursor_left(&f) > 1 && (!n || n > 9))
		return PROBE_NO;
	for (size_t i = 2; i < cursor_left(&f) && i < 2u + n; i++)
		if (f.at[i] > 9 && f.at[i] < 0x80)
			return PROBE_NO;
	return cursor_left(&f) < 2u + n ? PROBE_MAYBE : PROBE_YES;
}

/* Version, command, port, address, user with a NUL at its end. */
static enum probe client4(struct cursor f)
{
	if (cursor_left(&f) > 1 && f.at[1] != CONNECT && f.at[1] != BIND)
		return PROBE_NO;
	if (cursor_left(&f) < 9)
		return PROBE_MAYBE;
	cursor_skip(&f, 8);
	for (size_t n = 0; cursor_left(&f); n++) {
		uint8_t c = cursor_u8(&f);
		if (!c)
			return PROBE_YES;
		if (c < 0x20 || c > 0x7e || n >= USER_BYTES)
			return PROBE_NO;
	}
	return PROBE_MAYBE;
}

static enum probe server_probe(struct cursor f, uint8_t version)
{
	uint8_t first = cursor_peek(&f, 0), second = cursor_peek(&f, 1);
	if (version == 5 ? first != 5 : first != 0)
		return PROBE_NO;
	if (cursor_left(&f) < 2)
		return PROBE_MAYBE;
	return version == 5 ? (second <= 9 || second >= 0x80 ? PROBE_YES : PROBE_NO)
			    : (second >= 90 && second <= 93 ? PROBE_YES : PROBE_NO);
}

/* Few octets, common ones: both sides must agree. */
static enum probe probe(const struct probe_input *in)
{
	struct cursor client = in->first[0], server = in->first[1];
	if (!cursor_left(&client))
		return !cursor_left(&server) || server_probe(server, 4) || server_probe(server, 5) ? PROBE_MAYBE
												   : PROBE_NO;
	uint8_t version = client.at[0];
	if (version != 4 && version != 5)
		return PROBE_NO;
	enum probe p = version == 4 ? client4(client) : client5(client);
	enum probe q = cursor_left(&server) ? server_probe(server, version) : PROBE_MAYBE;
	return p < q ? p : q;
}

static void user(struct dissection *x, struct cursor name)
{
	text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, name, 128);
}

/* Reads the texts of a request of version 4: the user, and in 4a (an address nobody has) the name behind it. */
static bool texts4(struct cursor *p, uint32_t address, struct cursor *name)
{
	struct cursor host;
	bool has_host = address && address < 256;
	return text_before(p, 0, name) && (!has_host || text_before(p, 0, &host));
}

static bool request4(struct dissection *x, struct socks *s, struct cursor *c)
{
	struct cursor p = *c, name;
	uint8_t version = cursor_u8(&p), command = cursor_u8(&p);
	cursor_skip(&p, 2);
	uint32_t address = cursor_u32(&p);
	bool whole = cursor_ok(&p) && texts4(&p, address, &name);
	/* the same whether it came at once or in pieces */
	if ((whole ? (size_t)(p.at - c->at) : cursor_left(c)) > 8 + 2 * USER_BYTES)
		dissection_done_both(x);
	if (!whole || x->done[x->direction])
		return false;
	s->version = version;
	s->command = command;
	user(x, name);
	s->client = WAITING;
	s->server = REQUEST;
	c->at = p.at;
	return true;
}

static bool methods(struct socks *s, struct cursor *c)
{
	struct cursor p = *c;
	uint8_t version = cursor_u8(&p);
	cursor_skip(&p, cursor_u8(&p));
	if (!cursor_ok(&p))
		return false;
	s->version = version;
	s->client = LOGIN;
	c->at = p.at;
	return true;
}

/* What follows the methods begins with 1 when it is a login (RFC 1929), with 5 when it is the request. */
static bool login(struct dissection *x, struct socks *s, struct cursor *c)
{
	struct cursor p = *c;
	if (cursor_u8(&p) != 1) {
		s->client = REQUEST;
		return true;
	}
	struct cursor name = cursor_sub(&p, cursor_u8(&p));
	cursor_skip(&p, cursor_u8(&p));
	if (!cursor_ok(&p))
		return false;
	user(x, name);
	s->client = REQUEST;
	c->at = p.at;
	return true;
}

/* Steps over version, command or reply, a zero, address and port. */
static bool skip_address(struct cursor *p)
{
	cursor_skip(p, 3);
	uint8_t kind = cursor_u8(p);
	cursor_skip(p, kind == 1 ? 4 : kind == 4 ? 16 : kind == 3 ? cursor_u8(p) : 0);
	cursor_skip(p, 2);
	return cursor_ok(p);
}

static bool request5(struct socks *s, struct cursor *c)
{
	struct cursor p = *c;
	s->command = cursor_peek(&p, 1);
	if (!skip_address(&p))
		return false;
	s->client = WAITING;
	c->at = p.at;
	return true;
}

/* True once the octets behind belong to what was connected. */
static void connected(struct dissection *x, const struct socks *s, bool granted)
{
	if (granted && s->command == CONNECT)
		x->next = &dissector_any;
	else
		dissection_done_both(x);
}

static bool answer(struct dissection *x, struct socks *s, struct cursor *c)
{
	struct cursor p = *c;
	dissection_service(x);
	if (s->server == GREETING || s->server == LOGIN) {
		cursor_u8(&p);
		uint8_t choice = cursor_u8(&p);
		if (!cursor_ok(&p))
			return false;
		s->server = s->server == GREETING && choice == 2 ? LOGIN : REQUEST;
		c->at = p.at;
		return true;
	}
	uint8_t result = cursor_peek(&p, 1);
	if (s->version == 4)
		cursor_skip(&p, 8);
	else
		skip_address(&p);
	if (!cursor_ok(&p))
		return false;
	c->at = p.at;
	connected(x, s, result == (s->version == 4 ? 90 : 0));
	return false;
}

static bool ask(struct dissection *x, struct socks *s, struct cursor *c)
{
	if (s->client == GREETING)
		return cursor_peek(c, 0) == 4 ? request4(x, s, c) : methods(s, c);
	if (s->client == LOGIN)
		return login(x, s, c);
	return s->client == REQUEST && request5(s, c);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct socks *s = x->state;
	while (!x->next && !x->done[x->direction] && cursor_left(c)) {
		bool server = dissection_from_server(x);
		/* the answer is not understood without the question */
		if (server && !s->version)
			return;
		if (!(server ? answer(x, s, c) : ask(x, s, c)))
			return;
	}
}

const struct dissector dissector_socks = {
	.name = "socks",
	.application = "socks",
	.transports = TRANSPORT_TCP,
	.ports = {1080, 9050, 1081},
	.state_bytes = sizeof(struct socks),
	.probe = probe,
	.stream = stream,
};
