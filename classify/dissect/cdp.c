/* Cisco's discovery protocol, and Foundry's which copied its form: a device tells its neighbour what it is. */
#include "classify/dissect/device.h"
#include "classify/dissect/text.h"
#include "classify/link.h"

#define MOST_TLVS      128
#define MOST_ADDRESSES 8

enum {
	TLV_DEVICE = 1,
	TLV_ADDRESSES = 2,
	TLV_CAPABILITIES = 4,
	TLV_VERSION = 5,
	TLV_PLATFORM = 6,
	TLV_MANAGEMENT = 0x16
};
enum { CAPABLE_PHONE = 0x80 };

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

/* Who speaks, with the first address it gives. */
struct speaker {
	struct address address;
	uint8_t version; /* 0: it gives none */
};

static void tell(struct dissection *x, const struct speaker *s, enum field field, const void *value, size_t len)
{
	dissection_yield_speaker(x, field, s->version, &s->address, value, len);
}

/* "FOX1234ABCD" (a place, year and week, a number), and digits alone from the time before. */
static bool is_serial(struct cursor text)
{
	size_t n = cursor_left(&text), digits = 0, letters = 0;
	for (size_t i = 0; i < n; i++) {
		digits += text.at[i] >= '0' && text.at[i] <= '9';
		letters += text.at[i] >= 'A' && text.at[i] <= 'Z';
	}
	return (n >= 8 && n <= 12 && digits == n) || (n == 11 && letters >= 3 && digits >= 4 && letters + digits == n);
}

/* NX-OS writes "name(serial)", CatOS "serial(name)". */
static struct cursor split(struct cursor id, struct cursor *serial)
{
	struct cursor rest = id, first;
	if (!text_before(&rest, '(', &first) || !cursor_left(&rest) || rest.end[-1] != ')')
		return id;
	rest.end--;
	bool behind = is_serial(rest);
	if (!behind && !is_serial(first))
		return id;
	*serial = behind ? rest : first;
	return behind ? first : rest;
}

static void tell_id(struct dissection *x, const struct speaker *s, struct cursor id)
{
	struct device d = {.kind = NULL};
	struct wire_text text;
	struct cursor name = split(id, &d.serial);
	tell(x, s, FIELD_CDP_DEVICE_ID, name.at, cursor_left(&name));
	device_text(&d, &text);
	tell(x, s, FIELD_CDP_DEVICE, text.data, text.len);
}

static void tell_capabilities(struct dissection *x, const struct speaker *s, struct cursor value)
{
	static const char phone[] = "kind=phone";
	if (cursor_u32(&value) & CAPABLE_PHONE)
		tell(x, s, FIELD_CDP_DEVICE, phone, sizeof phone - 1);
}

static void tell_tlv(struct dissection *x, const struct speaker *s, uint16_t type, struct cursor value)
{
	struct cursor text = wire_trim(value);
	if (type == TLV_DEVICE)
		tell_id(x, s, text);
	else if (type == TLV_VERSION)
		tell(x, s, FIELD_CDP_VERSION, text.at, cursor_left(&text));
	else if (type == TLV_PLATFORM)
		tell(x, s, FIELD_CDP_PLATFORM, text.at, cursor_left(&text));
	else if (type == TLV_CAPABILITIES)
		tell_capabilities(x, s, value);
}

static void frame(struct dissection *x, struct cursor *c)
{
	struct speaker s;
	struct cursor value;
	uint16_t type;
	if (has_snap(x->packet))
		cursor_skip(c, sizeof snap_cdp);
	uint8_t format = cursor_u8(c);
	cursor_skip(c, 1 + 2);
	if (!cursor_ok(c) || format < 1 || format > 2)
		return;
	s.version = find_address(*c, &s.address);
	for (unsigned i = 0; i < MOST_TLVS && next_tlv(c, &type, &value); i++)
		tell_tlv(x, &s, type, value);
}

const struct link_dissector cdp_link = {.name = "cdp", .match = match, .frame = frame};
