/* Cisco's discovery protocol, and Foundry's which copied its form: a device tells its neighbour what it is. */
#include "classify/dissect/wire.h"
#include "classify/link.h"

#define MOST_TLVS      128
#define MOST_ADDRESSES 8

enum { TLV_DEVICE = 1, TLV_ADDRESSES = 2, TLV_VERSION = 5, TLV_PLATFORM = 6, TLV_MANAGEMENT = 0x16 };

static const uint8_t snap_cdp[8] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00};
static const uint8_t snap_fdp[8] = {0xaa, 0xaa, 0x03, 0x00, 0xe0, 0x52, 0x20, 0x00};

/* Also what links without LLC (Cisco HDLC) write as protocol. */
#define PROTOCOL_CDP 0x2000

static bool has_snap(const struct packet *p)
{
	return p->l3_len >= 8 && (!memcmp(p->l3, snap_cdp, 8) || !memcmp(p->l3, snap_fdp, 8));
}

static bool match(const struct packet *p)
{
	return p->ethertype == PROTOCOL_CDP || (p->ethertype < 1536 && has_snap(p));
}

static bool next_tlv(struct cursor *c, uint16_t *type, struct cursor *value)
{
	if (cursor_left(c) < 4)
		return false;
	*type = cursor_u16(c);
	uint16_t len = cursor_u16(c);
	if (len < 4)
		return false;
	*value = cursor_sub(c, len - 4u);
	return cursor_ok(c);
}

/* The first usable address of a list: protocol as NLPID (IPv4) or as LLC/SNAP (IPv6), then the address. */
static uint8_t first_address(struct cursor c, struct address *a)
{
	uint32_t count = cursor_u32(&c);
	for (uint32_t i = 0; i < count && i < MOST_ADDRESSES && cursor_ok(&c); i++) {
		cursor_skip(&c, 1);
		cursor_skip(&c, cursor_u8(&c));
		struct cursor value = cursor_sub(&c, cursor_u16(&c));
		uint8_t version = cursor_left(&value) == 4 ? 4 : cursor_left(&value) == 16 ? 6 : 0;
		if (!version)
			continue;
		*a = wire_address(&value, version);
		if (wire_address_usable(a, version))
			return version;
	}
	return 0;
}

static uint8_t find_address(struct cursor c, struct address *a)
{
	uint16_t type;
	struct cursor value;
	for (unsigned i = 0; i < MOST_TLVS && next_tlv(&c, &type, &value); i++) {
		uint8_t version = type == TLV_ADDRESSES || type == TLV_MANAGEMENT ? first_address(value, a) : 0;
		if (version)
			return version;
	}
	return 0;
}

static void frame(struct dissection *x, struct cursor *c)
{
	static const enum field fields[] = {
		[TLV_DEVICE] = FIELD_CDP_DEVICE_ID,
		[TLV_VERSION] = FIELD_CDP_VERSION,
		[TLV_PLATFORM] = FIELD_CDP_PLATFORM,
	};
	struct address a;
	struct cursor value;
	uint16_t type;
	if (has_snap(x->packet))
		cursor_skip(c, sizeof snap_cdp);
	uint8_t format = cursor_u8(c);
	cursor_skip(c, 1 + 2);
	if (!cursor_ok(c) || format < 1 || format > 2)
		return;
	uint8_t version = find_address(*c, &a);
	for (unsigned i = 0; i < MOST_TLVS && next_tlv(c, &type, &value); i++) {
		if (type != TLV_DEVICE && type != TLV_VERSION && type != TLV_PLATFORM)
			continue;
		value = wire_trim(value);
		if (x->packet->flags & PACKET_HAS_MAC)
			dissection_yield_mac(x, fields[type], x->packet->src_mac, version, version ? &a : NULL,
					     value.at, cursor_left(&value));
		else if (version)
			dissection_yield_address(x, fields[type], version, &a, value.at, cursor_left(&value));
	}
}

const struct link_dissector cdp_link = {.name = "cdp", .match = match, .frame = frame};
