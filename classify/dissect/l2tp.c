/* L2TP version 2 (RFC 2661): host name, vendor and firmware of both ends from the messages that set a connection up. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT       1701
#define ATTRIBUTES 32

enum { CONTROL = 0xc802, MUST_BE = 0xcb0f, REQUEST = 1, REPLY = 2 };
enum { MESSAGE_TYPE = 0, FIRMWARE = 6, HOST_NAME = 7, VENDOR_NAME = 8 };

/* Flags and version, length, tunnel, session, two numbers. */
static bool header(struct cursor *c)
{
	size_t whole = cursor_left(c);
	uint16_t flags = cursor_u16(c), len = cursor_u16(c);
	cursor_skip(c, 8);
	return (flags & MUST_BE) == CONTROL && len >= 12 && len <= whole && cursor_ok(c);
}

static enum probe probe(const struct probe_input *in)
{
	if (!text_port(in, PORT))
		return PROBE_NO;
	for (int d = 0; d < 2; d++) {
		struct cursor c = in->first[d];
		if (cursor_left(&c))
			return header(&c) ? PROBE_YES : PROBE_NO;
	}
	return PROBE_MAYBE;
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct cursor vendor = {0}, host = {0}, name;
	struct wire_text t = {.len = 0};
	uint16_t type = 0, firmware = 0;
	if (!header(c))
		return;
	for (unsigned i = 0; i < ATTRIBUTES && cursor_left(c) >= 6; i++) {
		uint16_t len = cursor_u16(c) & 0x3ff, maker = cursor_u16(c), kind = cursor_u16(c);
		struct cursor value = cursor_sub(c, len < 6 ? cursor_left(c) + 1 : len - 6u);
		if (maker || !cursor_ok(c))
			continue;
		if (kind == MESSAGE_TYPE)
			type = cursor_u16(&value);
		else if (kind == FIRMWARE)
			firmware = cursor_u16(&value);
		else if (kind == HOST_NAME)
			host = value;
		else if (kind == VENDOR_NAME)
			vendor = value;
	}
	if (type != REQUEST && type != REPLY)
		return;
	if (type == REPLY)
		wire_served(x);
	if (text_host(wire_trim(host), &name))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, name, 64);
	wire_label(&t, "vendor", wire_trim(vendor));
	if (firmware && t.len)
		wire_label_format(&t, "revision", "%04x", firmware);
	if (t.len)
		wire_label(&t, "role", wire_literal(type == REPLY ? "server" : "client"));
	wire_yield(x, FIELD_TUNNEL_PEER, &t);
}

const struct dissector dissector_l2tp = {
	.name = "l2tp",
	.application = "l2tp",
	.transports = TRANSPORT_UDP,
	.ports = {PORT},
	.probe = probe,
	.datagram = datagram,
};
