#include "classify/dissect/assembly.h"
#include "classify/dissect/quic_crypto.h"
#include "classify/dissect/tls_hello.h"

/* QUIC (RFC 9000, RFC 9369, drafts) and the Google QUIC before it: what the client says before keys are agreed.
 *
 * Initial packets are opened, their CRYPTO frames put together, and the hello in them read as for TLS. */

#define TRIES          8 /* Initial packets a direction is given */
#define DATAGRAM_BYTES 2048
#define USER_AGENT     0x3129 /* Google's transport parameter */

struct quic {
	struct tls_inside inside;
	uint32_t version;
	uint8_t cid_len, cid[QUIC_CID_BYTES]; /* that the client's first Initial went to: the keys follow from it */
	bool have_cid;
	bool client_known;
	bool named;    /* the name in a hello that has not wholly come was told */
	bool hello[2]; /* read, by direction */
	uint8_t tries[2];
};

/* What stands in a long header. */
struct header {
	uint32_t version;
	struct cursor dcid, scid;
	bool initial, retry;
	size_t number_at; /* from the first octet of the packet */
	size_t len;       /* of the whole packet */
};

/* A variable-length integer (RFC 9000 16). */
static uint64_t varint(struct cursor *c)
{
	switch (cursor_peek(c, 0) >> 6) {
	case 0:
		return cursor_u8(c);
	case 1:
		return cursor_u16(c) & 0x3fff;
	case 2:
		return cursor_u32(c) & 0x3fffffff;
	default:
		return cursor_u64(c) & 0x3fffffffffffffff;
	}
}

static struct cursor sub(struct cursor *c, uint64_t n)
{
	return cursor_sub(c, n > cursor_left(c) ? cursor_left(c) + 1 : (size_t)n);
}

static bool is_google(uint32_t version)
{
	return version >> 16 == 0x5130 && (version >> 8 & 0xff) >= '0' && (version >> 8 & 0xff) <= '9' &&
	       (version & 0xff) >= '0' && (version & 0xff) <= '9';
}

static bool known_version(uint32_t v)
{
	return v == 1 || v == 0x6b3343cf || v >> 8 == 0xff0000 || is_google(v) || v >> 16 == 0x5430 ||
	       v >> 4 == 0xfaceb00 || (v & 0x0f0f0f0f) == 0x0a0a0a0a;
}

/* Reads a long header of the invariant form (RFC 8999); the cursor steps to the next packet of the datagram. */
static bool read_header(struct cursor *c, struct header *h)
{
	const uint8_t *start = c->at;
	uint8_t first = cursor_u8(c);
	h->version = cursor_u32(c);
	h->dcid = sub(c, cursor_u8(c));
	h->scid = sub(c, cursor_u8(c));
	if (!cursor_ok(c) || !(first & 0x80) || cursor_left(&h->dcid) > QUIC_CID_BYTES)
		return false;
	uint8_t type = first >> 4 & 3, initial = h->version == 0x6b3343cf ? 1 : 0, retry = (initial + 3) & 3;
	h->initial = type == initial;
	h->retry = h->version && !h->initial && type == retry && !is_google(h->version);
	h->number_at = h->len = 0;
	if (!h->version || type == retry) {
		c->at = c->end;
		return true;
	}
	if (h->initial)
		sub(c, varint(c)); /* token */
	uint64_t len = varint(c);
	h->number_at = (size_t)(c->at - start);
	sub(c, len);
	h->len = (size_t)(c->at - start);
	return cursor_ok(c);
}

static const char *application(const struct quic *q)
{
	const char *name = tls_inside_application(&(struct tls_inside){.offered = q->inside.offered}, 0, NULL);
	return name ? name : "quic";
}

static void answer(struct dissection *x, const struct quic *q)
{
	x->application = application(q);
	dissection_service(x);
}

static void yield_user_agent(struct dissection *x, struct cursor parameters)
{
	while (cursor_left(&parameters)) {
		uint64_t id = varint(&parameters);
		struct cursor value = sub(&parameters, varint(&parameters));
		if (!cursor_ok(&parameters))
			return;
		if (id == USER_AGENT)
			dissection_yield(x, FIELD_QUIC_USER_AGENT, SUBJECT_SENDER, value.at, cursor_left(&value));
	}
}

/* Google's ClientHello: a count, then tags with the end of each value, then the values. */
static void read_chlo(struct dissection *x, struct cursor c)
{
	struct quic *q = x->state;
	cursor_skip(&c, 4);
	uint32_t count = cursor_le16(&c), from = 0;
	cursor_skip(&c, 2);
	struct cursor tags = cursor_sub(&c, (size_t)count * 8);
	while (cursor_left(&tags)) {
		uint32_t tag = cursor_u32(&tags), to = cursor_le32(&tags);
		if (to < from)
			return;
		struct cursor value = sub(&c, to - from);
		from = to;
		if (!cursor_ok(&c))
			return;
		if (tag == 0x534e4900) /* SNI */
			dissection_yield(x, FIELD_TLS_SNI, SUBJECT_RECEIVER, value.at, cursor_left(&value));
		if (tag == 0x55414944) /* UAID */
			dissection_yield(x, FIELD_QUIC_USER_AGENT, SUBJECT_SENDER, value.at, cursor_left(&value));
		q->hello[x->direction] = true;
	}
}

/* Looks for Google's ClientHello where the packet is not encrypted. */
static bool find_chlo(struct dissection *x, struct cursor c)
{
	const uint8_t *at = cursor_left(&c) ? memmem(c.at, cursor_left(&c), "CHLO", 4) : NULL;
	if (!at)
		return false;
	c.at = at;
	read_chlo(x, c);
	return true;
}

/* Of a hello of which octets are missing the name is taken when it is there. Fingerprints need all of it. */
static void peek(struct dissection *x, struct quic *q, struct cursor body)
{
	struct tls_hello hello;
	if (q->named || !tls_client_hello(body, false, &hello))
		return;
	q->named = cursor_left(&hello.sni) > 0;
	dissection_yield(x, FIELD_TLS_SNI, SUBJECT_RECEIVER, hello.sni.at, cursor_left(&hello.sni));
}

/* The begin of a CRYPTO stream; true when a hello was there as a whole. */
static bool read_hello(struct dissection *x, struct cursor c)
{
	struct quic *q = x->state;
	struct tls_hello hello;
	if (cursor_left(&c) >= 4 && !memcmp(c.at, "CHLO", 4)) {
		read_chlo(x, c);
		return q->hello[x->direction];
	}
	uint8_t type = cursor_u8(&c);
	struct cursor body = cursor_sub_cut(&c, cursor_u24(&c));
	if (!cursor_ok(&c)) {
		if (type == TLS_CLIENT_HELLO)
			peek(x, q, body);
		return false;
	}
	q->hello[x->direction] = true;
	if (type == TLS_CLIENT_HELLO && tls_client_hello(body, false, &hello)) {
		tls_inside_learn(&q->inside, &hello);
		if (q->named)
			hello.sni = cursor_init(NULL, 0);
		tls_hello_yield(x, &hello, 'q');
		yield_user_agent(x, hello.quic);
	} else if (type == TLS_SERVER_HELLO && tls_server_hello(body, &hello)) {
		tls_hello_yield(x, &hello, 'q');
	}
	return true;
}

static void read_crypto(struct dissection *x, uint64_t offset, struct cursor data)
{
	struct quic *q = x->state;
	if (q->hello[x->direction] || (!offset && read_hello(x, data)))
		return;
	struct assembly *a = dissection_memory(x, sizeof *a);
	if (!a)
		return;
	assembly_add(a, offset, data.at, cursor_left(&data));
	read_hello(x, cursor_init(a->data, assembly_front(a)));
	if (q->hello[x->direction])
		dissection_memory_drop(x);
}

static void skip_ack(struct cursor *c, bool ecn)
{
	varint(c);
	varint(c);
	uint64_t ranges = varint(c);
	varint(c);
	for (; ranges && cursor_ok(c); ranges--) {
		varint(c);
		varint(c);
	}
	for (int i = 0; ecn && i < 3; i++)
		varint(c);
}

static void read_frames(struct dissection *x, struct cursor c, uint32_t version)
{
	const uint64_t crypto = is_google(version) ? 8 : 6;
	while (cursor_left(&c)) {
		uint64_t type = varint(&c);
		if (type <= 1)
			continue; /* PADDING, PING */
		if (type == 2 || type == 3) {
			skip_ack(&c, type == 3);
			continue;
		}
		if (type != crypto)
			return;
		uint64_t offset = varint(&c);
		struct cursor data = sub(&c, varint(&c));
		if (!cursor_ok(&c))
			return;
		read_crypto(x, offset, data);
	}
}

static bool open_with(struct dissection *x, const uint8_t *cid, size_t cid_len, bool server, const uint8_t *packet,
		      const struct header *h)
{
	struct quic_keys keys;
	uint8_t text[DATAGRAM_BYTES];
	if (!quic_initial_keys(h->version, cid, cid_len, server, &keys))
		return false;
	size_t len = quic_open(&keys, packet, h->len, h->number_at, text);
	if (len)
		read_frames(x, cursor_init(text, len), h->version);
	return len;
}

static void remember(struct quic *q, struct cursor cid)
{
	q->cid_len = (uint8_t)cursor_left(&cid);
	if (q->cid_len)
		memcpy(q->cid, cid.at, q->cid_len);
	q->have_cid = true;
}

/* The server wants the client to begin again under an identifier of its choice, from which new keys follow
 * (RFC 9000 17.2.5). */
static void read_retry(struct dissection *x, const struct header *h)
{
	struct quic *q = x->state;
	if (q->client_known && dissection_from_server(x) && cursor_left(&h->scid) <= QUIC_CID_BYTES)
		remember(q, h->scid);
}

/* An Initial: with the keys of the first one; with its own, when it is the first or follows a Retry. */
static void read_initial(struct dissection *x, const uint8_t *packet, const struct header *h)
{
	struct quic *q = x->state;
	if (h->len > DATAGRAM_BYTES || q->hello[x->direction] || q->tries[x->direction] >= TRIES)
		return;
	q->tries[x->direction]++;
	if (q->client_known && dissection_from_server(x)) {
		open_with(x, q->cid, q->cid_len, true, packet, h);
		return;
	}
	if (q->have_cid && open_with(x, q->cid, q->cid_len, false, packet, h))
		return;
	struct cursor own = h->dcid;
	uint8_t cid[QUIC_CID_BYTES];
	size_t len = cursor_left(&own);
	if (len)
		memcpy(cid, own.at, len);
	if (!open_with(x, cid, len, false, packet, h))
		return;
	remember(q, h->dcid);
	q->client_known = true;
	dissection_server(x, !x->direction);
}

static void read_google(struct dissection *x, struct cursor c)
{
	struct quic *q = x->state;
	q->tries[x->direction]++;
	if (q->hello[x->direction] || !find_chlo(x, c))
		return;
	q->client_known = true;
	dissection_server(x, !x->direction);
}

static void read_packets(struct dissection *x, struct cursor *c)
{
	for (int i = 0; i < 4 && cursor_left(c) && cursor_peek(c, 0) & 0x80; i++) {
		const uint8_t *packet = c->at;
		struct header h;
		if (!read_header(c, &h))
			return;
		if (h.initial && h.version)
			read_initial(x, packet, &h);
		else if (h.retry)
			read_retry(x, &h);
	}
}

static bool is_clear_google(const struct cursor *c)
{
	struct cursor w = *c;
	uint8_t first = cursor_u8(&w);
	if (first & 0x80) {
		uint32_t version = cursor_u32(&w);
		return is_google(version) && (version >> 8 & 0xff) < '5';
	}
	cursor_skip(&w, 8);
	return (first & 0x89) == 0x09 && is_google(cursor_u32(&w));
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct quic *q = x->state;
	if (is_clear_google(c))
		read_google(x, *c);
	else
		read_packets(x, c);
	int client = !x->server;
	/* an answer: whatever comes from the server once the client was understood, or given up */
	if (dissection_from_server(x) && (q->client_known || q->tries[client]))
		answer(x, q);
	if (q->hello[x->direction] || q->tries[x->direction] >= TRIES)
		dissection_done(x);
	if (dissection_from_server(x) && x->service_said && q->hello[client] &&
	    (q->hello[x->direction] || ++q->tries[x->direction] >= TRIES))
		dissection_done_both(x);
}

static enum probe probe(const struct probe_input *in)
{
	struct cursor c = cursor_left(&in->first[0]) ? in->first[0] : in->first[1];
	if (cursor_left(&c) < 21)
		return PROBE_NO;
	if (is_clear_google(&c))
		return PROBE_YES;
	struct cursor w = c;
	struct header h;
	if (!(c.at[0] & 0x80) || !read_header(&w, &h) || !known_version(h.version))
		return PROBE_NO;
	return c.at[0] & 0x40 || is_google(h.version) ? PROBE_YES : PROBE_NO;
}

const struct dissector dissector_quic = {
	.name = "quic",
	.application = "quic",
	.transports = TRANSPORT_UDP,
	.ports = {443, 80, 853, 4433, 8443},
	.state_bytes = sizeof(struct quic),
	.probe = probe,
	.datagram = datagram,
};
