/* HSRP (RFC 2281, and version 2 as Cisco has it): routers that stand in for one another say so every few seconds, with
 * the address the hosts know. */
#include "classify/dissect/device.h"

#define STATE_ACTIVE 16
#define TLV_GROUP    1

enum { HELLO = 0, ADVERTISEMENT = 3 };

static void tell(struct dissection *x, uint8_t version, const struct address *a)
{
	static const char virtual[] = "kind=virtual router";
	device_kind(x, FIELD_LINK_ROLE, "router");
	if (wire_address_usable(a, version))
		dissection_yield_address(x, FIELD_VIRTUAL_ROUTER, version, a, virtual, sizeof virtual - 1);
}

/* Version, what it is, state, two times, priority, group, a zero, eight octets of password, the address. */
static void version1(struct dissection *x, struct cursor c)
{
	cursor_skip(&c, 1);
	uint8_t operation = cursor_u8(&c);
	cursor_skip(&c, 6 + 8);
	struct address a = wire_address(&c, 4);
	if (cursor_ok(&c) && operation == HELLO)
		tell(x, 4, &a);
}

/* Type, length; then version, what it is, state, IP version, group, identifier, priority, two times, the address. */
static void version2(struct dissection *x, struct cursor c)
{
	cursor_skip(&c, 2 + 1);
	uint8_t operation = cursor_u8(&c);
	cursor_skip(&c, 1);
	uint8_t version = cursor_u8(&c);
	cursor_skip(&c, 2 + 6 + 4 + 4 + 4);
	struct cursor room = cursor_sub(&c, 16);
	if (!cursor_ok(&c) || operation != HELLO || (version != 4 && version != 6))
		return;
	struct address a = wire_address(&room, version);
	tell(x, version, &a);
}

static bool is_version1(struct cursor c)
{
	return cursor_left(&c) >= 20 && cursor_peek(&c, 0) == 0 && cursor_peek(&c, 1) < ADVERTISEMENT &&
	       cursor_peek(&c, 2) <= STATE_ACTIVE && !cursor_peek(&c, 7);
}

static bool is_version2(struct cursor c)
{
	return cursor_left(&c) >= 42 && cursor_peek(&c, 0) == TLV_GROUP && cursor_peek(&c, 1) == 40 &&
	       cursor_peek(&c, 2) == 2 && cursor_peek(&c, 3) <= ADVERTISEMENT;
}

static void datagram(struct dissection *x, struct cursor *c)
{
	if (is_version2(*c))
		version2(x, *c);
	else if (is_version1(*c))
		version1(x, *c);
}

static bool on_port(const struct probe_input *in, uint16_t port)
{
	return in->sport == port && in->dport == port;
}

/* Both sides use the port; the octets are too common to be known anywhere else. */
static enum probe probe(const struct probe_input *in)
{
	if (!on_port(in, 1985) && !on_port(in, 2029))
		return PROBE_NO;
	for (unsigned d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return is_version1(in->first[d]) || is_version2(in->first[d]) ? PROBE_YES : PROBE_NO;
	return PROBE_MAYBE;
}

const struct dissector hsrp_dissector = {
	.name = "hsrp",
	.application = "hsrp",
	.transports = TRANSPORT_UDP,
	.ports = {1985, 2029},
	.probe = probe,
	.datagram = datagram,
};
