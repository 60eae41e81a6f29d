/* DCE/RPC over TCP (C706 12, MS-RPCE): that it is served, and the log-in at its beginning. */
#include "classify/dissect/dcerpc.h"

#include "classify/dissect/security_token.h"
#include "classify/dissect/wire.h"

#define HEADER_BYTES  16
#define MOST_MESSAGES 32

enum { RESPONSE = 2, FAULT, BIND = 11, BIND_ACK, BIND_NAK, ALTER, ALTER_ACK, AUTH3 };

struct dcerpc {
	uint8_t messages[2];
};

static bool open_header(struct cursor c, uint8_t *type, size_t *len)
{
	uint8_t major = cursor_u8(&c), minor = cursor_u8(&c);
	*type = cursor_u8(&c);
	cursor_skip(&c, 1);
	uint8_t order = cursor_u8(&c), floats = cursor_u8(&c);
	uint16_t reserved = cursor_u16(&c);
	*len = order & 0x10 ? cursor_le16(&c) : cursor_u16(&c);
	return cursor_ok(&c) && major == 5 && minor <= 1 && *type <= 19 && !(order & 0xee) && floats <= 3 &&
	       !reserved && *len >= HEADER_BYTES;
}

static bool tells(uint8_t type)
{
	return type == BIND || type == BIND_ACK || type == ALTER || type == ALTER_ACK || type == AUTH3;
}

void dcerpc_find(struct dissection *x, struct cursor octets)
{
	static const uint8_t version[2] = {5, 0};
	while (cursor_left(&octets) >= HEADER_BYTES) {
		const uint8_t *at = memmem(octets.at, cursor_left(&octets), version, sizeof version);
		uint8_t type;
		size_t len;
		if (!at)
			return;
		octets.at = at;
		if (open_header(octets, &type, &len) && tells(type) && len <= cursor_left(&octets)) {
			security_token_find(x, cursor_sub(&octets, len));
			return;
		}
		cursor_skip(&octets, 1);
	}
}

static void read_message(struct dissection *x, uint8_t type, struct cursor c)
{
	if (type == RESPONSE || type == FAULT || type == BIND_ACK || type == BIND_NAK || type == ALTER_ACK) {
		x->application = wire_sender_port(x) == 135 ? "epmap" : NULL;
		wire_served(x);
	}
	if (tells(type))
		security_token_find(x, c);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct dcerpc *s = x->state;
	while (cursor_left(c) >= HEADER_BYTES) {
		uint8_t type;
		size_t len;
		if (!open_header(*c, &type, &len) || s->messages[x->direction] >= MOST_MESSAGES) {
			dissection_done(x);
			return;
		}
		size_t have = cursor_left(c);
		if (tells(type) && have < len && have < INSPECT_PENDING_BYTES)
			return;
		s->messages[x->direction]++;
		struct cursor message = cursor_sub(c, have < len ? have : len);
		if (have < len)
			dissection_skip(x, len - have);
		read_message(x, type, message);
	}
}

static enum probe probe(const struct probe_input *in)
{
	for (unsigned d = 0; d < 2; d++) {
		uint8_t type;
		size_t len, have = cursor_left(&in->first[d]);
		if (have >= HEADER_BYTES)
			return open_header(in->first[d], &type, &len) ? PROBE_YES : PROBE_NO;
		if (have && cursor_peek(&in->first[d], 0) != 5)
			return PROBE_NO;
	}
	return PROBE_MAYBE;
}

const struct dissector dcerpc_dissector = {
	.name = "dcerpc",
	.application = "dcerpc",
	.transports = TRANSPORT_TCP,
	.ports = {135},
	.state_bytes = sizeof(struct dcerpc),
	.probe = probe,
	.stream = stream,
};
