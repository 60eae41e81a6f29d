/* STUN and TURN (RFC 8489, 8656): the SOFTWARE attribute; DTLS that follows on the same port. */
#include "classify/dissect/wire.h"

#define COOKIE          0x2112a442u
#define HEADER_BYTES    20
#define MOST_ATTRIBUTES 64
#define CLASS_RESPONSE  0x0100

enum { KIND_INTEGRITY = 0x0008, KIND_INTEGRITY_SHA256 = 0x001c, KIND_SOFTWARE = 0x8022 };

/* Calls and their media share a port: what is no message of ours is passed over. Microsoft's relays do not pad
 * attributes, so that the length need not be a multiple of four; then it must at least fit the datagram. */
static bool open_message(struct cursor *c, uint16_t *type, struct cursor *attributes)
{
	*type = cursor_u16(c);
	uint16_t len = cursor_u16(c);
	if (cursor_u32(c) != COOKIE || (*type & 0xc000))
		return false;
	cursor_skip(c, 12);
	*attributes = cursor_sub(c, len);
	return cursor_ok(c) && (!(len & 3) || !cursor_left(c));
}

/* Calls negotiate keys over the port they found with STUN (RFC 5764): their first octets tell them apart (RFC 7983). */
static bool is_dtls(struct cursor c)
{
	uint8_t type = cursor_peek(&c, 0);
	return type >= 20 && type <= 63 && cursor_left(&c) > 13 && cursor_peek(&c, 1) == 0xfe;
}

/* Two peers of a call also ask and answer each other, with proof of a shared secret; that makes neither a server. */
static void datagram(struct dissection *x, struct cursor *c)
{
	struct cursor attributes;
	uint16_t type;
	bool proof = false;
	if (x->packet->protocol == 17 && is_dtls(*c)) {
		x->next = dissector_by_name("dtls");
		return;
	}
	if (!open_message(c, &type, &attributes))
		return;
	bool padded = !(cursor_left(&attributes) & 3);
	for (unsigned i = 0; i < MOST_ATTRIBUTES && cursor_left(&attributes) >= 4; i++) {
		uint16_t kind = cursor_u16(&attributes), len = cursor_u16(&attributes);
		struct cursor value = cursor_sub(&attributes, len);
		size_t padding = padded ? (4 - len % 4) % 4 : 0;
		cursor_skip(&attributes, cursor_left(&attributes) < padding ? 0 : padding);
		proof = proof || kind == KIND_INTEGRITY || kind == KIND_INTEGRITY_SHA256;
		if (kind != KIND_SOFTWARE || !cursor_ok(&value))
			continue;
		value = wire_trim(value);
		dissection_yield(x, FIELD_STUN_SOFTWARE, SUBJECT_SENDER, value.at, cursor_left(&value));
	}
	if ((type & CLASS_RESPONSE) && (!proof || wire_sender_port(x) == 3478))
		wire_served(x);
}

/* Over TCP the header is enough; types in use begin with 0 or 1. */
static enum probe probe_stream(struct cursor c)
{
	if (cursor_peek(&c, 0) > 1)
		return PROBE_NO;
	for (unsigned i = 0; i < 4 && cursor_left(&c) > 4 + i; i++)
		if (c.at[4 + i] != (uint8_t)(COOKIE >> (24 - 8 * i)))
			return PROBE_NO;
	if (cursor_left(&c) < HEADER_BYTES)
		return PROBE_MAYBE;
	cursor_skip(&c, 4);
	return cursor_u32(&c) == COOKIE ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	for (unsigned d = 0; d < 2; d++) {
		struct cursor c = in->first[d], attributes;
		uint16_t type;
		if (!cursor_left(&c))
			continue;
		if (in->transport == TRANSPORT_TCP)
			return probe_stream(c);
		return open_message(&c, &type, &attributes) ? PROBE_YES : PROBE_NO;
	}
	return PROBE_MAYBE;
}

/* Over TCP messages follow each other; between them a relay's channel data (RFC 8656 12.4), behind its length. */
static void stream(struct dissection *x, struct cursor *c)
{
	while (cursor_left(c) >= HEADER_BYTES) {
		size_t len = (size_t)cursor_peek(c, 2) << 8 | cursor_peek(c, 3);
		if ((cursor_peek(c, 0) & 0xc0) == 0x40) {
			size_t all = 4 + ((len + 3) & ~(size_t)3), have = cursor_left(c);
			cursor_skip(c, all < have ? all : have);
			if (all > have)
				dissection_skip(x, all - have);
			continue;
		}
		if (cursor_peek(c, 0) & 0xc0 || len + HEADER_BYTES > INSPECT_PENDING_BYTES) {
			dissection_done(x);
			return;
		}
		if (cursor_left(c) < HEADER_BYTES + len)
			return;
		struct cursor message = cursor_sub(c, HEADER_BYTES + len);
		datagram(x, &message);
	}
}

const struct dissector stun_dissector = {
	.name = "stun",
	.application = "stun",
	.transports = TRANSPORT_UDP | TRANSPORT_TCP,
	.ports = {3478, 19302},
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
