/* OpenVPN: the TLS of its control channel, where that is not itself encrypted (tls-crypt), over UDP and TCP.
 *
 * A packet begins with an operation and the sender's session; where peers sign them (tls-auth), a digest, a number
 * and a time follow. Then come acknowledgements, the packet's number, and octets of TLS. */
#include "classify/dissect/text.h"
#include "classify/dissect/tls_flight.h"

#define SESSION_BYTES 8
#define STREAM_BYTES  24576 /* of a direction over TCP that are looked at */
#define PACKETS       64    /* of a direction that are looked at */
#define DATA_BYTES    8192
#define MOST_ACKS     8

enum operation {
	CLIENT_RESET_1 = 1,
	SERVER_RESET_1,
	SOFT_RESET,
	CONTROL,
	ACK,
	DATA_1,
	CLIENT_RESET_2,
	SERVER_RESET_2,
	DATA_2,
	CLIENT_RESET_3,
	WRAPPED_CLIENT
};

struct openvpn {
	uint8_t session[2][SESSION_BYTES];
	bool reset[2];  /* session holds that direction's */
	uint8_t digest; /* octets of a signature, its number and its time; 0: none */
	uint8_t packets[2];
	uint16_t ended[2]; /* over TCP: octets of packets that were looked at */
	struct tls_flight flight[2];
};

/* TLS being put together. */
struct control {
	uint32_t next; /* number of the packet that comes */
	uint16_t len;
	uint8_t data[DATA_BYTES];
};

/* Digests of the usual hashes, with packet number and time; 0: none. */
static const uint8_t digests[] = {0, 20 + 8, 32 + 8, 16 + 8, 64 + 8, 48 + 8};

static enum operation operation_of(struct cursor c)
{
	return (enum operation)(cursor_peek(&c, 0) >> 3);
}

static bool is_reset(enum operation o, bool server)
{
	return server ? o == SERVER_RESET_1 || o == SERVER_RESET_2
		      : o == CLIENT_RESET_1 || o == CLIENT_RESET_2 || o == CLIENT_RESET_3;
}

/* What stands behind operation, session and digest. */
struct body {
	unsigned acks;
	const uint8_t *remote; /* session of the receiver; NULL without acknowledgements */
	uint32_t number;
	struct cursor tls;
};

static bool read_body(struct cursor c, unsigned digest, bool numbered, struct body *b)
{
	cursor_skip(&c, 1 + SESSION_BYTES + digest);
	b->acks = cursor_u8(&c);
	cursor_skip(&c, 4 * (size_t)b->acks);
	b->remote = b->acks ? cursor_bytes(&c, SESSION_BYTES) : NULL;
	b->number = numbered ? cursor_u32(&c) : 0;
	b->tls = c;
	return cursor_ok(&c) && b->acks <= MOST_ACKS;
}

/* A client's reset has no acknowledgement, number 0 and nothing behind. */
static bool opens(struct cursor c)
{
	struct body b;
	if (!is_reset(operation_of(c), false) || cursor_peek(&c, 0) & 7)
		return false;
	for (size_t i = 0; i < sizeof digests; i++)
		if (read_body(c, digests[i], true, &b) && !b.acks && !b.number && !cursor_left(&b.tls))
			return true;
	return false;
}

/* The server's reset acknowledges the client's session: that is unmistakable, and shows how long the digest is. */
static bool answers(struct openvpn *s, struct cursor c, const uint8_t *client)
{
	struct body b;
	for (size_t i = 0; i < sizeof digests; i++) {
		if (!read_body(c, digests[i], true, &b) || !b.remote || memcmp(b.remote, client, SESSION_BYTES))
			continue;
		s->digest = digests[i];
		return true;
	}
	return false;
}

static void reset(struct dissection *x, struct openvpn *s, struct cursor c)
{
	struct cursor session = c;
	bool server = dissection_from_server(x);
	if (cursor_left(&c) < 1 + SESSION_BYTES + 5)
		return;
	cursor_skip(&session, 1);
	memcpy(s->session[x->direction], session.at, SESSION_BYTES);
	s->reset[x->direction] = true;
	s->packets[x->direction] = 0;
	s->flight[x->direction] = (struct tls_flight){0};
	if (server && s->reset[!x->direction] && answers(s, c, s->session[!x->direction]))
		dissection_service(x);
}

/* Adds what a control packet carries; false when it is not the next one. */
static bool add(struct control *t, const struct body *b)
{
	size_t n = cursor_left(&b->tls);
	if (b->number != t->next + 1 || n > DATA_BYTES - (size_t)t->len)
		return false;
	if (n)
		memcpy(t->data + t->len, b->tls.at, n);
	t->len = (uint16_t)(t->len + n);
	t->next++;
	return true;
}

static void control(struct dissection *x, struct openvpn *s, struct control *t, struct cursor c)
{
	struct body b;
	if (!read_body(c, s->digest, true, &b) || !add(t, &b))
		return;
	if (!tls_flight(x, &s->flight[x->direction], cursor_init(t->data, t->len)))
		dissection_done(x); /* it is encrypted itself */
}

static void packet(struct dissection *x, struct openvpn *s, struct control *t, struct cursor c)
{
	enum operation o = operation_of(c);
	if (is_reset(o, dissection_from_server(x))) {
		*t = (struct control){0};
		reset(x, s, c);
	} else if (o == CONTROL && x->service_said)
		control(x, s, t, c);
	else if (o == DATA_1 || o == DATA_2)
		dissection_done(x);
	if (++s->packets[x->direction] >= PACKETS)
		dissection_done(x);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct control *t = dissection_memory(x, sizeof *t), none = {0};
	packet(x, x->state, t ? t : &none, *c);
}

/* Over TCP each packet has its length in front. Nothing is consumed: TLS is put together anew from the first octet
 * on when a packet has come to its end. */
static void stream(struct dissection *x, struct cursor *c)
{
	struct openvpn *s = x->state;
	struct cursor p = *c, new = *c;
	cursor_skip(&new, s->ended[x->direction]);
	struct cursor whole = new;
	cursor_skip(&whole, cursor_u16(&whole));
	if (cursor_left(c) > STREAM_BYTES)
		dissection_done(x);
	if (!cursor_ok(&whole))
		return;
	struct control t = {0};
	const uint8_t *end = c->at + s->ended[x->direction];
	while (p.at < end) { /* those seen before */
		struct body b;
		struct cursor body = cursor_sub(&p, cursor_u16(&p));
		if (operation_of(body) == CONTROL && read_body(body, s->digest, true, &b))
			add(&t, &b);
	}
	while (cursor_left(&p) >= 2 && !x->done[x->direction]) {
		struct cursor body = cursor_sub(&p, cursor_u16(&p));
		if (!cursor_ok(&p))
			return;
		packet(x, s, &t, body);
		s->ended[x->direction] = (uint16_t)(p.at - c->at);
	}
}

static enum probe probe(const struct probe_input *in)
{
	struct cursor client = in->first[0], server = in->first[1];
	struct openvpn s = {.digest = 0};
	if (in->transport == TRANSPORT_TCP) {
		struct cursor *both[] = {&client, &server};
		for (int d = 0; d < 2; d++) {
			struct cursor *c = both[d];
			size_t left = cursor_left(c);
			if (left && c->at[0])
				return PROBE_NO;
			if (left > 2 && !is_reset((enum operation)(c->at[2] >> 3), d))
				return PROBE_NO;
			if (left < 2 || left - 2 < c->at[1])
				c->end = c->at;
			else
				*c = (struct cursor){c->at + 2, c->at + 2 + c->at[1], false};
		}
	}
	if (cursor_left(&client) && !opens(client))
		return PROBE_NO;
	if (!cursor_left(&client) || !cursor_left(&server))
		return in->transport == TRANSPORT_UDP && cursor_left(&client) ? PROBE_YES : PROBE_MAYBE;
	return answers(&s, server, client.at + 1) ? PROBE_YES : PROBE_NO;
}

const struct dissector dissector_openvpn = {
	.name = "openvpn",
	.application = "openvpn",
	.transports = TRANSPORT_TCP | TRANSPORT_UDP,
	.ports = {1194},
	.state_bytes = sizeof(struct openvpn),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
