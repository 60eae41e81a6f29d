/* Routers that stand in for one another: VRRP 2 and 3 (RFC 3768, RFC 9568) and CARP, which borrowed its number. Who
 * sends one is a router, and the addresses it names are the router's that all of them are. */
#include "classify/dissect/device.h"
#include "classify/link.h"

#define PROTOCOL_VRRP   112
#define CARP_BYTES      36
#define CARP_AUTH_WORDS 7
#define MOST_ADDRESSES  32

static bool match(const struct packet *p)
{
	return p->version && p->protocol == PROTOCOL_VRRP && p->ttl == 255;
}

static bool is_carp(const struct cursor *c)
{
	return cursor_left(c) == CARP_BYTES && cursor_peek(c, 0) == 0x21 && cursor_peek(c, 3) == CARP_AUTH_WORDS;
}

static void frame(struct dissection *x, struct cursor *c)
{
	static const char virtual[] = "kind=virtual router";
	if (is_carp(c)) {
		device_kind(x, FIELD_LINK_ROLE, "router");
		return;
	}
	uint8_t form = cursor_u8(c), version = x->packet->version;
	cursor_skip(c, 2);
	uint8_t count = cursor_u8(c);
	cursor_skip(c, 4);
	if (!cursor_ok(c) || (form != 0x21 && form != 0x31) || !count || (version == 6 && form != 0x31))
		return;
	device_kind(x, FIELD_LINK_ROLE, "router");
	for (unsigned i = 0; i < count && i < MOST_ADDRESSES; i++) {
		struct address a = wire_address(c, version);
		if (!cursor_ok(c))
			return;
		if (wire_address_usable(&a, version))
			dissection_yield_address(x, FIELD_VIRTUAL_ROUTER, version, &a, virtual, sizeof virtual - 1);
	}
}

const struct link_dissector vrrp_link = {.name = "vrrp", .match = match, .frame = frame};
