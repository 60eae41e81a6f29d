#include "classify/dissect/tls_hello.h"

/* TLS over a stream (RFC 5246, RFC 8446), and the SSL versions before it.
 *
 * Reads records, and in them the handshake up to where it is encrypted. Messages of interest are needed in one
 * piece, so they wait until all of their octets are there; everything else is skipped without being looked at. */

enum record { RECORD_CIPHER_CHANGE = 20, RECORD_ALERT, RECORD_HANDSHAKE, RECORD_DATA, RECORD_HEARTBEAT };

#define RECORD_HEADER    5
#define RECORD_MOST      (16384 + 2048)
#define MESSAGE_HEADER   4
#define MESSAGE_MOST     (24 * 1024) /* of one that must wait as a whole */
#define RECORDS_GATHERED 64

#define PEEKS 64 /* looks at a hello that has not wholly come */

struct side {
	uint32_t record;  /* octets left of the handshake record at hand */
	uint32_t message; /* octets left of a message that is of no interest, or whose parts are taken one by one */
	uint32_t chain;   /* of these, octets left of a list of certificates */
	uint8_t certificates, hellos, peeks;
	bool named; /* the name in a hello that has not wholly come was told */
	bool begun;
};

struct tls {
	struct side side[2];
	struct tls_inside inside;
	bool retry; /* the server asked for another hello */
};

enum outcome { AGAIN, WAIT, STOP };

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void answer(struct dissection *x, struct tls *t)
{
	if (!dissection_from_server(x))
		return;
	x->application = tls_inside_application(&t->inside, x->packet->sport, "tls");
	dissection_service(x);
}

static struct side *side_of(struct dissection *x)
{
	return &((struct tls *)x->state)->side[x->direction];
}

/* Up to `want` octets of handshake from the cursor on, in one piece.
 * returns  them (in place, or in `scratch` when they spread over records) and in *got how many there are; *broken is
 *          set when what is there cannot be */
static const uint8_t *gather_some(const struct cursor *c, uint32_t record, uint32_t want, uint8_t *scratch,
				  uint32_t *got, bool *broken)
{
	*got = min32(min32(record, want), (uint32_t)cursor_left(c));
	if (*got == want || *got < record)
		return c->at;
	struct cursor w = *c;
	*got = 0;
	for (int records = 0;; records++) {
		struct cursor part = cursor_sub_cut(&w, min32(record, want - *got));
		size_t n = cursor_left(&part);
		memcpy(scratch + *got, part.at, n);
		*got += (uint32_t)n;
		if (*got == want || !cursor_ok(&w) || cursor_left(&w) < RECORD_HEADER)
			return scratch;
		uint8_t type = cursor_u8(&w);
		cursor_skip(&w, 2);
		record = cursor_u16(&w);
		if (type != RECORD_HANDSHAKE || record > RECORD_MOST || records == RECORDS_GATHERED) {
			*broken = true;
			return scratch;
		}
	}
}

/* As many octets as wanted; NULL when they are not all there. */
static const uint8_t *gather(const struct cursor *c, uint32_t record, uint32_t want, uint8_t *scratch, bool *broken)
{
	uint32_t got;
	const uint8_t *at = gather_some(c, record, want, scratch, &got, broken);
	return got == want ? at : NULL;
}

/* Steps over n octets of handshake that gather() has seen. */
static void consume(struct cursor *c, struct side *s, uint32_t n)
{
	while (n) {
		uint32_t here = min32(s->record, n);
		cursor_skip(c, here);
		s->record -= here;
		n -= here;
		if (!n)
			return;
		cursor_skip(c, RECORD_HEADER - 2);
		s->record = cursor_u16(c);
	}
}

static enum outcome client_hello(struct dissection *x, struct tls *t, const uint8_t *body, uint32_t len)
{
	struct tls_hello hello;
	if (!tls_client_hello(cursor_init(body, len), false, &hello)) {
		dissection_fail(x);
		return STOP;
	}
	dissection_server(x, !x->direction);
	tls_inside_learn(&t->inside, &hello);
	if (side_of(x)->named)
		hello.sni = cursor_init(NULL, 0);
	tls_hello_yield(x, &hello, 't');
	return AGAIN;
}

static enum outcome server_hello(struct dissection *x, struct tls *t, const uint8_t *body, uint32_t len)
{
	struct tls_hello hello;
	if (!tls_server_hello(cursor_init(body, len), &hello)) {
		dissection_fail(x);
		return STOP;
	}
	dissection_server(x, x->direction);
	tls_inside_learn(&t->inside, &hello);
	tls_hello_yield(x, &hello, 't');
	answer(x, t);
	t->retry = hello.retry;
	if (hello.retry || hello.chosen_version < 0x0304)
		return AGAIN;
	/* TLS 1.3: the rest is encrypted */
	dissection_done(x);
	if (t->side[!x->direction].hellos)
		dissection_done_both(x);
	return STOP;
}

/* The rest of a hello may be lost, or was cut off: the name is taken as soon as it is there. Fingerprints need all
 * of it. */
static void peek(struct dissection *x, struct side *s, struct cursor body)
{
	struct tls_hello hello;
	if (s->named || s->hellos || s->peeks++ >= PEEKS || !tls_client_hello(body, false, &hello))
		return;
	s->named = cursor_left(&hello.sni) > 0;
	dissection_yield(x, FIELD_TLS_SNI, SUBJECT_RECEIVER, hello.sni.at, cursor_left(&hello.sni));
}

/* A message that has to be read whole. */
static enum outcome hello(struct dissection *x, struct cursor *c, uint8_t type, uint32_t len)
{
	struct tls *t = x->state;
	struct side *s = side_of(x);
	uint8_t scratch[MESSAGE_HEADER + MESSAGE_MOST];
	bool broken = false;
	uint32_t got;
	const uint8_t *message = gather_some(c, s->record, MESSAGE_HEADER + len, scratch, &got, &broken);
	if (got < MESSAGE_HEADER + len) {
		if (type == TLS_CLIENT_HELLO)
			peek(x, s, cursor_init(message + MESSAGE_HEADER, got - MESSAGE_HEADER));
		if (broken)
			dissection_done(x);
		return broken ? STOP : WAIT;
	}
	enum outcome o = type == TLS_CLIENT_HELLO ? client_hello(x, t, message + MESSAGE_HEADER, len)
						  : server_hello(x, t, message + MESSAGE_HEADER, len);
	s->hellos++;
	consume(c, s, MESSAGE_HEADER + len);
	return o;
}

/* Nothing more of the certificates is wanted. Behind a server's there is nothing to be learnt in the clear. */
static enum outcome end_chain(struct dissection *x, struct side *s, bool broken)
{
	s->chain = 0;
	if (!broken && !dissection_from_server(x))
		return AGAIN;
	dissection_done(x);
	return STOP;
}

/* The head of a Certificate message: how long the list is. */
static enum outcome chain(struct dissection *x, struct cursor *c, uint32_t len)
{
	struct side *s = side_of(x);
	uint8_t scratch[MESSAGE_HEADER + 3];
	bool broken = false;
	s->message = MESSAGE_HEADER + len;
	if (len < 3)
		return end_chain(x, s, false);
	const uint8_t *m = gather(c, s->record, sizeof scratch, scratch, &broken);
	if (!m) {
		s->message = 0;
		return broken ? end_chain(x, s, true) : WAIT;
	}
	uint32_t list = (uint32_t)m[4] << 16 | (uint32_t)m[5] << 8 | m[6];
	consume(c, s, sizeof scratch);
	s->message -= (uint32_t)sizeof scratch;
	s->chain = min32(list, s->message);
	s->certificates = 0;
	return s->chain ? AGAIN : end_chain(x, s, false);
}

/* The next certificate of the list. */
static enum outcome certificate(struct dissection *x, struct cursor *c)
{
	struct side *s = side_of(x);
	uint8_t scratch[3 + TLS_CERTIFICATE_BYTES];
	bool broken = false;
	memset(scratch, 0, 3);
	const uint8_t *m = s->chain > 3 ? gather(c, s->record, 3, scratch, &broken) : scratch;
	uint32_t len = m && s->chain > 3 ? (uint32_t)m[0] << 16 | (uint32_t)m[1] << 8 | m[2] : 0;
	if (m && (!len || len > TLS_CERTIFICATE_BYTES || len > s->chain - 3))
		return end_chain(x, s, false);
	if (m)
		m = gather(c, s->record, 3 + len, scratch, &broken);
	if (!m)
		return broken ? end_chain(x, s, true) : WAIT;
	tls_certificate(x, cursor_init(m + 3, len), s->certificates++);
	consume(c, s, 3 + len);
	s->chain -= 3 + len;
	s->message -= 3 + len;
	return s->chain && s->certificates < TLS_CERTIFICATES ? AGAIN : end_chain(x, s, false);
}

/* One handshake message that begins at the cursor. */
static enum outcome message(struct dissection *x, struct cursor *c)
{
	struct side *s = side_of(x);
	uint8_t head[MESSAGE_HEADER];
	bool broken = false;
	const uint8_t *h = gather(c, s->record, MESSAGE_HEADER, head, &broken);
	if (broken)
		dissection_done(x);
	if (!h)
		return broken ? STOP : WAIT;
	uint8_t type = h[0];
	uint32_t len = (uint32_t)h[1] << 16 | (uint32_t)h[2] << 8 | h[3];
	if ((type == TLS_CLIENT_HELLO || type == TLS_SERVER_HELLO) && len <= MESSAGE_MOST)
		return hello(x, c, type, len);
	if (type == TLS_CERTIFICATE)
		return chain(x, c, len);
	if (type > 25 && type != 67) {
		dissection_done(x);
		return STOP;
	}
	s->message = MESSAGE_HEADER + len;
	return AGAIN;
}

/* Steps over what is left of a message nobody reads, as far as its record goes. */
static enum outcome ignore(struct dissection *x, struct cursor *c, struct side *s)
{
	uint32_t n = min32(s->record, s->message), here = min32(n, (uint32_t)cursor_left(c));
	s->record -= n;
	s->message -= n;
	cursor_skip(c, here);
	if (here == n)
		return AGAIN;
	dissection_skip(x, n - here);
	return WAIT;
}

static enum outcome skip_record(struct dissection *x, struct cursor *c, uint32_t len)
{
	uint32_t here = min32(len, (uint32_t)cursor_left(c));
	cursor_skip(c, here);
	if (here == len)
		return AGAIN;
	dissection_skip(x, len - here);
	return WAIT;
}

/* A cipher change ends what can be read, unless it is the one that TLS 1.3 sends for show before a second hello. */
static enum outcome cipher_change(struct dissection *x, struct cursor *c, uint32_t len)
{
	struct tls *t = x->state;
	if (t->retry && side_of(x)->hellos < 2)
		return skip_record(x, c, len);
	dissection_done(x);
	return STOP;
}

static enum outcome record(struct dissection *x, struct cursor *c, struct side *s)
{
	if (cursor_left(c) < RECORD_HEADER)
		return WAIT;
	uint8_t type = cursor_u8(c);
	uint8_t major = cursor_u8(c);
	cursor_skip(c, 1);
	uint16_t len = cursor_u16(c);
	if (type < RECORD_CIPHER_CHANGE || type > RECORD_HEARTBEAT || major != 3 || len > RECORD_MOST) {
		dissection_fail(x);
		return STOP;
	}
	s->begun = true;
	switch (type) {
	case RECORD_HANDSHAKE:
		s->record = len;
		return AGAIN;
	case RECORD_CIPHER_CHANGE:
		answer(x, x->state);
		return cipher_change(x, c, len);
	case RECORD_DATA:
		answer(x, x->state);
		dissection_done(x);
		return STOP;
	case RECORD_ALERT:
		answer(x, x->state);
		return skip_record(x, c, len);
	default:
		return skip_record(x, c, len);
	}
}

/* SSL 2.0 (draft-hickman-netscape-ssl): 4, session hit, certificate type, version, three lengths, certificate. */
static enum outcome old_server_hello(struct dissection *x, struct tls *t, struct cursor c)
{
	cursor_skip(&c, 5);
	uint16_t len = cursor_u16(&c);
	cursor_skip(&c, 4);
	const uint8_t *der = cursor_bytes(&c, len);
	dissection_server(x, x->direction);
	if (der && len)
		dissection_yield(x, FIELD_TLS_CERTIFICATE, SUBJECT_SENDER, der, len);
	answer(x, t);
	dissection_done_both(x);
	return STOP;
}

/* A message in SSL 2.0's framing: the hello of old clients, or a server that still speaks it. */
static enum outcome old_message(struct dissection *x, struct cursor *c, struct side *s)
{
	if (cursor_left(c) < 3)
		return WAIT;
	size_t len = (size_t)(cursor_peek(c, 0) & 0x7f) << 8 | cursor_peek(c, 1);
	uint8_t type = cursor_peek(c, 2);
	if (cursor_left(c) < 2 + len)
		return WAIT;
	cursor_skip(c, 2);
	struct cursor body = cursor_sub(c, len);
	s->begun = true;
	if (type == 4)
		return old_server_hello(x, x->state, body);
	if (type != 1 || len < 9) {
		dissection_fail(x);
		return STOP;
	}
	s->hellos++;
	dissection_server(x, !x->direction);
	return AGAIN;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct side *s = side_of(x);
	enum outcome o = AGAIN;
	while (o == AGAIN && cursor_left(c)) {
		if (!s->begun && cursor_peek(c, 0) & 0x80)
			o = old_message(x, c, s);
		else if (!s->record)
			o = record(x, c, s);
		else if (s->chain)
			o = certificate(x, c);
		else if (s->message)
			o = ignore(x, c, s);
		else
			o = message(x, c);
	}
}

/* Data of a connection whose begin was not seen, at any port: a record that ends with the octets at hand, or has one of
 * the same version behind it. */
static enum probe probe_midst(const struct cursor *c)
{
	struct cursor w = *c;
	uint8_t type = cursor_u8(&w);
	uint16_t version = cursor_u16(&w), len = cursor_u16(&w);
	if (type != RECORD_DATA ||
	    (cursor_ok(&w) && (version < 0x301 || version > 0x303 || len < 17 || len > RECORD_MOST)))
		return PROBE_NO;
	if (!cursor_ok(&w) || cursor_left(&w) < len)
		return PROBE_MAYBE;
	cursor_skip(&w, len);
	if (!cursor_left(&w))
		return PROBE_YES;
	type = cursor_u8(&w);
	if (type < RECORD_CIPHER_CHANGE || type > RECORD_DATA)
		return PROBE_NO;
	uint16_t next = cursor_u16(&w);
	return !cursor_ok(&w) ? PROBE_MAYBE : next == version ? PROBE_YES : PROBE_NO;
}

/* How much of a pattern is there: all known octets must fit. */
static enum probe probe_record(const struct cursor *c, bool mid_stream, bool port)
{
	size_t n = cursor_left(c);
	uint8_t type = c->at[0], first = cursor_peek(c, 5);
	if (type < RECORD_CIPHER_CHANGE || type > RECORD_DATA)
		return PROBE_NO;
	if (type == RECORD_DATA && mid_stream && !port)
		return probe_midst(c);
	if (type != RECORD_HANDSHAKE && type != RECORD_ALERT && !(mid_stream && port))
		return PROBE_NO;
	if ((n > 1 && c->at[1] != 3) || (n > 2 && c->at[2] > 4))
		return PROBE_NO;
	uint32_t len = n > 4 ? (uint32_t)c->at[3] << 8 | c->at[4] : 1;
	if (!len || len > RECORD_MOST || (n > 4 && type == RECORD_ALERT && len != 2 && !mid_stream))
		return PROBE_NO;
	if (n < 6)
		return PROBE_MAYBE;
	if (type == RECORD_HANDSHAKE && !mid_stream && first != TLS_CLIENT_HELLO && first != TLS_SERVER_HELLO)
		return PROBE_NO;
	if (type == RECORD_HANDSHAKE && (first > 25 || (first > 2 && !port)))
		return PROBE_NO;
	return PROBE_YES;
}

/* The lengths of a client's hello in SSL 2.0's framing add up. */
static enum probe probe_old(const struct cursor *c)
{
	struct cursor w = *c;
	uint32_t len = cursor_u16(&w) & 0x7fff;
	uint8_t type = cursor_u8(&w);
	uint16_t version = cursor_u16(&w), ciphers = cursor_u16(&w), session = cursor_u16(&w),
		 challenge = cursor_u16(&w);
	if (cursor_left(c) > 2 && type != 1)
		return PROBE_NO;
	if (cursor_left(c) > 4 && version != 2 && (version < 0x0300 || version > 0x0303))
		return PROBE_NO;
	if (!cursor_ok(&w))
		return PROBE_MAYBE;
	bool fits = ciphers && ciphers % 3 == 0 && challenge >= 16 && challenge <= 32 && session <= 32;
	return fits && len == 9u + ciphers + session + challenge ? PROBE_YES : PROBE_NO;
}

static bool is_port(uint16_t port)
{
	return port == 443 || port == 8443 ||
	       tls_inside_application(&(struct tls_inside){.sni = false}, port, NULL) != NULL;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_MAYBE;
	bool port = is_port(in->dport) || is_port(in->sport);
	for (int d = 0; d < 2; d++) {
		const struct cursor *c = &in->first[d];
		if (!cursor_left(c))
			continue;
		enum probe p = c->at[0] & 0x80 ? probe_old(c) : probe_record(c, in->mid_stream, port);
		if (p == PROBE_NO)
			return PROBE_NO;
		best = p == PROBE_YES ? PROBE_YES : best;
	}
	return best;
}

const struct dissector dissector_tls = {
	.name = "tls",
	.application = "tls",
	.transports = TRANSPORT_TCP,
	.ports = {443, 993, 995, 465, 636, 853, 8443, 990},
	.state_bytes = sizeof(struct tls),
	.probe = probe,
	.stream = stream,
};
