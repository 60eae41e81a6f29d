/* H.323: call signalling (H.225.0 over Q.931, behind TPKT) and registration (RAS). Of both only who made the program
 * is read: VendorIdentifier, in the aligned packed encoding. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define TPKT_BYTES 4
#define MESSAGES   6
#define VALUE_MOST 96
#define GATE_PORT  1719

enum { SETUP = 5, USER_USER = 0x7e };

struct h323 {
	uint16_t messages[2];
};

/* Q.931: protocol 8, a call reference of two octets, the kind of message. */
static enum probe side(struct cursor c, bool server)
{
	static const uint8_t at[] = {0, 1, 4, 5};
	static const uint8_t is[] = {3, 0, 8, 2};
	size_t left = cursor_left(&c);
	for (size_t i = 0; i < sizeof at && at[i] < left; i++)
		if (c.at[at[i]] != is[i])
			return PROBE_NO;
	if (left < 9)
		return PROBE_MAYBE;
	uint8_t kind = c.at[8];
	return (server ? kind >= 1 && kind <= 125 : kind == SETUP) ? PROBE_YES : PROBE_NO;
}

/* The object identifier {itu-t(0) recommendation(0) h(8) 2250 version(0) N} behind its length. */
static const uint8_t *protocol_identifier(struct cursor c)
{
	static const uint8_t oid[] = {6, 0, 8, 0x91, 0x4a, 0};
	const uint8_t *at = cursor_left(&c) ? memmem(c.at, cursor_left(&c), oid, sizeof oid) : NULL;
	return at && c.end - at > (ptrdiff_t)sizeof oid ? at + sizeof oid + 1 : NULL;
}

static enum probe probe(const struct probe_input *in)
{
	if (in->transport == TRANSPORT_UDP) {
		for (int d = 0; d < 2; d++)
			if (cursor_left(&in->first[d]))
				return text_port(in, GATE_PORT) && protocol_identifier(in->first[d]) ? PROBE_YES
												     : PROBE_NO;
		return PROBE_NO;
	}
	enum probe client = side(in->first[0], false), server = side(in->first[1], true);
	return client < server ? client : server;
}

/* An octet string of 1 to 256: its length less one, and text that ends with NULs or not. */
static bool octets(struct cursor *c, struct cursor *value)
{
	*value = cursor_sub(c, cursor_u8(c) + 1u);
	if (!cursor_ok(c) || cursor_left(value) > VALUE_MOST)
		return false;
	*value = wire_trim(*value);
	for (const uint8_t *p = value->at; p < value->end; p++)
		if (*p < 0x20 || *p > 0x7e)
			return false;
	return cursor_left(value) > 1;
}

/* Both texts are there (two bits set before the maker's country, extension and number): which bit of which octet they
 * are depends on what stands before, so the place is found by that all of it fits. */
static bool vendor_at(struct cursor c, struct cursor *product, struct cursor *version)
{
	uint8_t bits = cursor_u8(&c), country = cursor_u8(&c), extension = cursor_u8(&c);
	cursor_skip(&c, 2);
	return bits == 0xc0 && country && extension == 0 && octets(&c, product) && octets(&c, version);
}

static void vendor(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	struct cursor product, version;
	const uint8_t *at = protocol_identifier(c);
	bool server = dissection_from_server(x);
	if (!at)
		return;
	for (c.at = at; cursor_left(&c) > 9; c.at++)
		if (vendor_at(c, &product, &version)) {
			wire_label(&t, "product", product);
			wire_label(&t, "version", version);
			wire_yield(x, server ? FIELD_H323_SERVER : FIELD_H323_CLIENT, &t);
			return;
		}
}

/* Of the packet that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c)
{
	if (cursor_left(&c) < TPKT_BYTES)
		return 0;
	uint16_t version = cursor_u16(&c), len = cursor_u16(&c);
	return version == 0x300 && len >= TPKT_BYTES ? len : -1;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct h323 *s = x->state;
	struct cursor whole;
	while (wire_next(x, c, length(*c), &s->messages[x->direction], MESSAGES, &whole)) {
		if (dissection_from_server(x))
			dissection_service(x);
		vendor(x, whole);
	}
}

static void datagram(struct dissection *x, struct cursor *c)
{
	if (wire_sender_port(x) == GATE_PORT && x->packet->dport != GATE_PORT) {
		x->application = "h323gatestat";
		wire_served(x);
	}
	vendor(x, *c);
}

const struct dissector dissector_h323 = {
	.name = "h323",
	.application = "h323hostcall",
	.transports = TRANSPORT_TCP | TRANSPORT_UDP,
	.ports = {1720, 1719},
	.state_bytes = sizeof(struct h323),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
