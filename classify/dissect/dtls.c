#include "classify/dissect/assembly.h"
#include "classify/dissect/tls_hello.h"

#include <string.h>

/* DTLS (RFC 4347, RFC 6347): the handshake as far as it is readable. Messages in fragments are put together one at
 * a time in each direction; a datagram carries whole records. */

#define RECORD_HEADER   13
#define CONTENT_CHANGE  20
#define CONTENT_ALERT   21
#define CONTENT_HELLO   22
#define CONTENT_DATA    23
#define RECORDS_A_CALL  32
#define MESSAGES_A_CALL 32

struct dtls {
	struct tls_inside inside;
	bool server_chose; /* ServerHello was read */
	bool begun;        /* a record was read: what is none belongs to others on the same port (RFC 7983) */
	uint8_t taken[2];  /* certificates */
};

static void answer(struct dissection *x)
{
	struct dtls *t = x->state;
	if (!dissection_from_server(x))
		return;
	x->application = tls_inside_application(&t->inside, x->packet->sport, "dtls");
	dissection_service(x);
}

static void read_hello(struct dissection *x, uint8_t type, struct cursor body)
{
	struct dtls *t = x->state;
	struct tls_hello hello;
	bool client = type == TLS_CLIENT_HELLO;
	if (!(client ? tls_client_hello(body, true, &hello) : tls_server_hello(body, &hello)))
		return;
	dissection_server(x, client ? !x->direction : x->direction);
	tls_inside_learn(&t->inside, &hello);
	tls_hello_yield(x, &hello, 'd');
	if (client)
		return;
	t->server_chose = true;
	answer(x);
}

/* A message from its begin on, whole or (certificates) as much of it as is there; true when done with it. */
static bool read_message(struct dissection *x, uint8_t type, struct cursor body, bool whole)
{
	struct dtls *t = x->state;
	uint8_t *taken = &t->taken[x->direction];
	if (type == TLS_CERTIFICATE) {
		*taken = (uint8_t)tls_certificates(x, body, *taken);
		if (whole && dissection_from_server(x))
			dissection_done(x);
	} else if (whole)
		read_hello(x, type, body);
	return whole;
}

static void read_fragment(struct dissection *x, uint8_t type, uint16_t number, uint32_t len, uint32_t offset,
			  struct cursor body)
{
	if (!offset && cursor_left(&body) == len) {
		read_message(x, type, body, true);
		return;
	}
	struct assembly *a = dissection_memory(x, sizeof *a);
	if (!a)
		return;
	uint32_t tag = 1u << 31 | (uint32_t)type << 16 | number;
	if (a->tag == (tag | 1u << 30))
		return; /* read before */
	if (a->tag != tag) {
		a->count = 0;
		a->tag = tag;
	}
	assembly_add(a, offset, body.at, cursor_left(&body));
	size_t front = assembly_front(a);
	if (front && read_message(x, type, cursor_init(a->data, front < len ? front : len), front >= len))
		a->tag = tag | 1u << 30;
}

static void read_handshake(struct dissection *x, struct cursor record)
{
	for (int i = 0; cursor_left(&record) && i < MESSAGES_A_CALL; i++) {
		uint8_t type = cursor_u8(&record);
		uint32_t len = cursor_u24(&record);
		uint16_t number = cursor_u16(&record);
		uint32_t offset = cursor_u24(&record);
		struct cursor body = cursor_sub(&record, cursor_u24(&record));
		if (!cursor_ok(&record) || offset + cursor_left(&body) > len)
			return;
		if (type == 3) /* HelloVerifyRequest: only servers send it */
			dissection_server(x, x->direction);
		if (type == TLS_CLIENT_HELLO || type == TLS_SERVER_HELLO || type == TLS_CERTIFICATE)
			read_fragment(x, type, number, len, offset, body);
	}
}

static bool known_version(uint16_t v)
{
	return v == 0xfeff || v == 0xfefd || v == 0x0100;
}

static void read_record(struct dissection *x, uint8_t type, uint16_t epoch, struct cursor body)
{
	if (type == CONTENT_HELLO && !epoch) {
		read_handshake(x, body);
		return;
	}
	answer(x);
	if (epoch || type == CONTENT_DATA || type == CONTENT_CHANGE)
		dissection_done(x);
}

/* CAPWAP (RFC 5415 4.2) puts four octets before DTLS. */
static void skip_capwap(struct cursor *c)
{
	static const uint8_t preamble[] = {1, 0, 0, 0};
	if (cursor_left(c) > sizeof preamble && !memcmp(c->at, preamble, sizeof preamble))
		cursor_skip(c, sizeof preamble);
}

/* Records of DTLS 1.3 that are enciphered begin with 001 (RFC 9147 4). */
static bool sealed(const struct dtls *t, struct cursor c)
{
	return t->begun && (cursor_peek(&c, 0) & 0xe0) == 0x20;
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct dtls *t = x->state;
	skip_capwap(c);
	if (sealed(t, *c)) {
		answer(x);
		dissection_done(x);
		return;
	}
	for (int i = 0; cursor_left(c) && !x->done[x->direction] && i < RECORDS_A_CALL; i++) {
		uint8_t type = cursor_u8(c);
		uint16_t version = cursor_u16(c), epoch = cursor_u16(c);
		cursor_skip(c, 6);
		struct cursor body = cursor_sub_cut(c, cursor_u16(c));
		if (type < CONTENT_CHANGE || type > 25 || !known_version(version)) {
			if (!i && !t->begun)
				dissection_fail(x);
			return;
		}
		t->begun = true;
		read_record(x, type, epoch, body);
	}
}

static enum probe probe(const struct probe_input *in)
{
	struct cursor c = cursor_left(&in->first[0]) ? in->first[0] : in->first[1];
	skip_capwap(&c);
	size_t left = cursor_left(&c);
	uint8_t type = cursor_u8(&c);
	uint16_t version = cursor_u16(&c), epoch = cursor_u16(&c);
	cursor_skip(&c, 6);
	uint16_t len = cursor_u16(&c);
	if (!cursor_ok(&c) || !known_version(version) || !len || len > left - RECORD_HEADER)
		return PROBE_NO;
	if (type == CONTENT_HELLO && !epoch)
		return cursor_peek(&c, 0) <= 20 ? PROBE_YES : PROBE_NO;
	return type >= CONTENT_CHANGE && type <= CONTENT_DATA && epoch < 8 ? PROBE_YES : PROBE_NO;
}

const struct dissector dissector_dtls = {
	.name = "dtls",
	.application = "dtls",
	.transports = TRANSPORT_UDP,
	.ports = {443, 4433, 5684, 5349, 853, 2083},
	.state_bytes = sizeof(struct dtls),
	.probe = probe,
	.datagram = datagram,
};
