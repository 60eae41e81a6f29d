/* IKE versions 1 and 2 (RFC 2408, RFC 7296): the vendor identifiers of messages in the clear. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT         500
#define PORT_NAT     4500
#define HEADER_BYTES 28
#define PAYLOADS     32
#define MOST_ID      64

enum { SECURITY_ASSOCIATION_1 = 1, VENDOR_1 = 13, VENDOR_2 = 43, ENCRYPTED = 1, RESPONSE = 0x20 };

struct head {
	uint8_t next, version, exchange, flags;
	uint32_t length;
	bool answered; /* the responder's cookie is there */
};

/* At 4500 four zeros stand before what is not ESP (RFC 3948). */
static bool header(struct cursor *c, struct head *h)
{
	struct cursor p = *c;
	if (!cursor_u32(&p) && cursor_left(c) > HEADER_BYTES + 4)
		*c = p;
	uint64_t initiator = cursor_u64(c);
	h->answered = cursor_u64(c) != 0;
	h->next = cursor_u8(c);
	h->version = cursor_u8(c);
	h->exchange = cursor_u8(c);
	h->flags = cursor_u8(c);
	cursor_skip(c, 4);
	h->length = cursor_u32(c);
	bool one = h->version == 0x10 && h->exchange &&
		   (h->exchange <= 6 || (h->exchange >= 32 && h->exchange <= 33)) && h->flags < 8;
	bool two = h->version == 0x20 && h->exchange >= 34 && h->exchange <= 37 && !(h->flags & 7);
	return cursor_ok(c) && initiator && (one || two) && h->length == cursor_left(c) + HEADER_BYTES;
}

static enum probe probe(const struct probe_input *in)
{
	if (!text_port(in, PORT) && !text_port(in, PORT_NAT))
		return PROBE_NO;
	for (int d = 0; d < 2; d++) {
		struct cursor c = in->first[d];
		struct head h;
		if (cursor_left(&c))
			return header(&c, &h) ? PROBE_YES : PROBE_MAYBE;
	}
	return PROBE_MAYBE;
}

/* Some are words: "OE-Libreswan-4.10". */
static void words(struct dissection *x, struct cursor c)
{
	for (const uint8_t *p = c.at; p < c.end; p++)
		if (*p < 0x20 || *p > 0x7e)
			return;
	if (cursor_left(&c) > 8)
		text_yield(x, FIELD_IKE_VENDOR_TEXT, SUBJECT_SENDER, c, 64);
}

/* As hexadecimal, which is how they are known. */
static void vendor(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	words(x, c);
	for (unsigned i = 0; i < MOST_ID && cursor_left(&c); i++)
		wire_text_format(&t, "%02x", cursor_u8(&c));
	wire_yield(x, FIELD_IKE_VENDOR_ID, &t);
}

static void payloads(struct dissection *x, const struct head *h, struct cursor c)
{
	uint8_t kind = h->next;
	for (unsigned i = 0; i < PAYLOADS && kind && cursor_left(&c) >= 4; i++) {
		uint8_t next = cursor_u8(&c);
		cursor_skip(&c, 1);
		uint16_t len = cursor_u16(&c);
		struct cursor body = cursor_sub(&c, len < 4 ? cursor_left(&c) + 1 : len - 4u);
		if (!cursor_ok(&c))
			return;
		if (kind == VENDOR_1 || kind == VENDOR_2)
			vendor(x, body);
		kind = next;
	}
}

/* Version 1 has no mark of an answer: who answers is not the one who began the flow, and agrees to an association with
 * both cookies there. */
static void datagram(struct dissection *x, struct cursor *c)
{
	struct head h;
	if (!header(c, &h))
		return;
	uint16_t port = wire_sender_port(x);
	bool reverse = x->direction == FLOW_REVERSE || h.next == SECURITY_ASSOCIATION_1;
	bool response = h.version == 0x20 ? h.flags & RESPONSE : h.answered && reverse;
	if (response && (port == PORT || port == PORT_NAT))
		wire_served(x);
	if (h.version == 0x20 || !(h.flags & ENCRYPTED))
		payloads(x, &h, *c);
}

const struct dissector dissector_ike = {
	.name = "ike",
	.application = "isakmp",
	.transports = TRANSPORT_UDP,
	.ports = {PORT, PORT_NAT},
	.probe = probe,
	.datagram = datagram,
};
