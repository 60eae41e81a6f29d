/* ARP (RFC 826): who speaks says which address its hardware has. Nothing is learnt of whom it asks for. */
#include "classify/dissect/wire.h"
#include "classify/link.h"

#define ETHERTYPE_ARP 0x0806

static bool match(const struct packet *p)
{
	return p->ethertype == ETHERTYPE_ARP;
}

static bool mac_usable(const uint8_t mac[6])
{
	return !mac_is_zero(mac) && !(mac[0] & 1);
}

static void frame(struct dissection *x, struct cursor *c)
{
	uint16_t hardware = cursor_u16(c), protocol = cursor_u16(c);
	uint16_t lengths = cursor_u16(c), operation = cursor_u16(c);
	const uint8_t *mac = cursor_bytes(c, 6);
	struct bound b = {.binding = BINDING_ARP, .version = 4, .address = wire_address(c, 4)};
	cursor_skip(c, 6);
	struct address target = wire_address(c, 4);
	/* 6: IEEE 802 networks, as some Token Ring and Wi-Fi bridges write it */
	if (!cursor_ok(c) || (hardware != 1 && hardware != 6) || protocol != 0x0800 || lengths != 0x0604)
		return;
	if ((operation != 1 && operation != 2) || !mac_usable(mac) || !wire_address_usable(&b.address, 4))
		return;
	/* An answer about oneself to everybody is an announcement (RFC 5227 3). */
	if (operation == 2 && memcmp(&target, &b.address, sizeof target) != 0)
		b.binding = BINDING_ARP_REPLY;
	memcpy(b.mac, mac, 6);
	b.spoken_of = (x->packet->flags & PACKET_HAS_MAC) && memcmp(x->packet->src_mac, mac, 6) != 0;
	dissection_bind(x, &b);
}

const struct link_dissector arp_link = {.name = "arp", .match = match, .frame = frame};
