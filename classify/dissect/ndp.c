/* IPv6 neighbour discovery (RFC 4861): hosts and routers tell their link-layer addresses. */
#include "classify/dissect/device.h"
#include "classify/link.h"

enum { ROUTER_SOLICITATION = 133, ROUTER_ADVERTISEMENT, NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT, REDIRECT };
enum { OPTION_SOURCE_LINK = 1, OPTION_TARGET_LINK = 2 };

#define MOST_OPTIONS 32

static bool match(const struct packet *p)
{
	return p->version == 6 && p->protocol == 58 && p->icmp_type >= ROUTER_SOLICITATION && p->icmp_type <= REDIRECT;
}

/* Finds a link-layer address option; NULL when there is none for Ethernet. */
static const uint8_t *link_option(struct cursor c, uint8_t wanted)
{
	for (unsigned i = 0; i < MOST_OPTIONS && cursor_left(&c) >= 8; i++) {
		uint8_t type = cursor_u8(&c), units = cursor_u8(&c);
		if (!units)
			return NULL;
		const uint8_t *value = cursor_bytes(&c, units * 8u - 2);
		if (value && type == wanted && units == 1)
			return value;
	}
	return NULL;
}

static void bind_address(struct dissection *x, enum binding binding, const struct address *address, const uint8_t *mac)
{
	if (!mac || mac_is_zero(mac) || (mac[0] & 1) || !wire_address_usable(address, 6))
		return;
	struct bound b = {.binding = binding, .version = 6, .address = *address};
	memcpy(b.mac, mac, 6);
	b.spoken_of = (x->packet->flags & PACKET_HAS_MAC) && memcmp(x->packet->src_mac, mac, 6) != 0;
	dissection_bind(x, &b);
}

/* Who asks, as nobody yet, whether an address is free wants it, and has it unless somebody objects (RFC 4862 5.4). It
 * has not spoken with it so far. */
static void bind_wanted(struct dissection *x, const struct address *wanted)
{
	if (!(x->packet->flags & PACKET_HAS_MAC) || !wire_address_usable(wanted, 6))
		return;
	struct bound b = {.binding = BINDING_WANTED, .version = 6, .address = *wanted, .spoken_of = true};
	memcpy(b.mac, x->packet->src_mac, 6);
	dissection_bind(x, &b);
}

static void frame(struct dissection *x, struct cursor *c)
{
	uint8_t type = cursor_u8(c), code = cursor_u8(c);
	/* A router lowers the hop limit: what has not 255 did not come from this link (RFC 4861 6.1, 7.1). */
	if (x->packet->ttl != 255 || code)
		return;
	uint16_t lifetime = 0;
	cursor_skip(c, 2);
	if (type == ROUTER_ADVERTISEMENT) {
		cursor_skip(c, 2);
		lifetime = cursor_u16(c); /* 0: it gives a prefix, but is no way out (RFC 4861 4.2) */
	}
	cursor_skip(c, type == ROUTER_ADVERTISEMENT ? 8 : 4);
	struct address target = {.words = {0, 0}};
	if (type == NEIGHBOUR_SOLICITATION || type == NEIGHBOUR_ADVERTISEMENT)
		target = wire_address(c, 6);
	if (!cursor_ok(c))
		return;
	const uint8_t *own = x->packet->flags & PACKET_HAS_MAC ? x->packet->src_mac : NULL;
	if (type == ROUTER_ADVERTISEMENT || type == REDIRECT)
		bind_address(x, BINDING_ROUTER, &x->packet->src, own);
	if (type == REDIRECT)
		return;
	if (type == ROUTER_ADVERTISEMENT && lifetime)
		device_kind(x, FIELD_LINK_ROLE, "router");
	if (type == NEIGHBOUR_ADVERTISEMENT)
		bind_address(x, BINDING_NDP, &target, link_option(*c, OPTION_TARGET_LINK));
	else if (type == NEIGHBOUR_SOLICITATION && address_is_unspecified(&x->packet->src, 6))
		bind_wanted(x, &target);
	else
		bind_address(x, BINDING_NDP, &x->packet->src, link_option(*c, OPTION_SOURCE_LINK));
}

const struct link_dissector ndp_link = {.name = "ndp", .match = match, .frame = frame};
