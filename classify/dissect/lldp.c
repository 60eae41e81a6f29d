/* LLDP (IEEE 802.1AB): what a switch, phone or server says of itself to its neighbour on the cable. */
#include "classify/dissect/device.h"
#include "classify/link.h"

#define ETHERTYPE_LLDP 0x88cc
#define MOST_TLVS      128
#define OUI_MED        0x0012bb /* TIA-1057 */

enum {
	TLV_END = 0,
	TLV_CHASSIS = 1,
	TLV_NAME = 5,
	TLV_DESCRIPTION = 6,
	TLV_CAPABILITIES = 7,
	TLV_MANAGEMENT = 8,
	TLV_PRIVATE = 127
};
enum { MED_SERIAL = 8, MED_MANUFACTURER = 9, MED_MODEL = 10 };
enum { CHASSIS_MAC = 4, CHASSIS_NETWORK = 5 };
enum { FAMILY_IPV4 = 1, FAMILY_IPV6 = 2 };

static bool match(const struct packet *p)
{
	return p->ethertype == ETHERTYPE_LLDP;
}

static bool next_tlv(struct cursor *c, unsigned *type, struct cursor *value)
{
	if (cursor_left(c) < 2)
		return false;
	uint16_t head = cursor_u16(c);
	*type = head >> 9;
	*value = cursor_sub(c, head & 0x1ff);
	return cursor_ok(c) && *type != TLV_END;
}

/* Who speaks: the hardware address of its port, with the address it is managed by when it names one. */
struct speaker {
	uint8_t version;
	struct address address;
};

static uint8_t read_address(struct cursor c, uint8_t family, struct address *a)
{
	uint8_t version = family == FAMILY_IPV4 ? 4 : family == FAMILY_IPV6 ? 6 : 0;
	if (!version || cursor_left(&c) != (version == 4 ? 4 : 16))
		return 0;
	*a = wire_address(&c, version);
	return wire_address_usable(a, version) ? version : 0;
}

static struct speaker find_speaker(struct cursor c)
{
	struct speaker s = {.version = 0};
	struct cursor value;
	unsigned type;
	for (unsigned i = 0; i < MOST_TLVS && !s.version && next_tlv(&c, &type, &value); i++) {
		uint8_t len = cursor_u8(&value);
		if (type == TLV_MANAGEMENT && len > 1) {
			uint8_t family = cursor_u8(&value);
			s.version = read_address(cursor_sub(&value, len - 1u), family, &s.address);
		}
	}
	return s;
}

static void yield(struct dissection *x, const struct speaker *s, enum field field, const void *value, size_t len)
{
	dissection_yield_speaker(x, field, s->version, &s->address, value, len);
}

static void tell_chassis(struct dissection *x, const struct speaker *s, struct cursor c)
{
	char text[ADDRESS_TEXT_BYTES];
	struct address a;
	uint8_t kind = cursor_u8(&c), version;
	if (kind == CHASSIS_MAC && cursor_left(&c) == 6) {
		mac_text(c.at, text);
		yield(x, s, FIELD_LLDP_CHASSIS, text, strlen(text));
	} else if (kind == CHASSIS_NETWORK && cursor_left(&c)) {
		uint8_t family = cursor_u8(&c);
		version = read_address(c, family, &a);
		if (version)
			yield(x, s, FIELD_LLDP_CHASSIS, text, address_text(&a, version, text));
	} else {
		c = wire_trim(c);
		yield(x, s, FIELD_LLDP_CHASSIS, c.at, cursor_left(&c));
	}
}

/* The inventory of ANSI/TIA-1057 10.2.6: one part of what the device is in each. */
static void read_private(struct cursor c, struct device *d)
{
	if (cursor_u24(&c) != OUI_MED)
		return;
	uint8_t part = cursor_u8(&c);
	if (part == MED_SERIAL)
		d->serial = wire_trim(c);
	else if (part == MED_MANUFACTURER)
		d->manufacturer = wire_trim(c);
	else if (part == MED_MODEL)
		d->model = wire_trim(c);
}

/* What is switched on of what it can do (IEEE 802.1AB 8.5.8). That it bridges or routes tells nothing: so does a server
 * with containers. */
static const char *capability(struct cursor c)
{
	static const struct {
		uint16_t bit;
		const char *kind;
	} kinds[] = {{1 << 5, "phone"}, {1 << 6, "cable modem"}, {1 << 3, "access point"}};
	cursor_skip(&c, 2);
	uint16_t enabled = cursor_u16(&c);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (enabled & kinds[i].bit)
			return kinds[i].kind;
	return NULL;
}

static void tell_device(struct dissection *x, const struct speaker *s, const struct device *d)
{
	struct wire_text text;
	device_text(d, &text);
	yield(x, s, FIELD_LLDP_DEVICE, text.data, text.len);
}

static void frame(struct dissection *x, struct cursor *c)
{
	struct speaker s = find_speaker(*c);
	struct device device = {.kind = NULL};
	struct cursor value, text;
	unsigned type;
	for (unsigned i = 0; i < MOST_TLVS && next_tlv(c, &type, &value); i++) {
		text = wire_trim(value);
		if (type == TLV_CHASSIS)
			tell_chassis(x, &s, value);
		else if (type == TLV_NAME)
			yield(x, &s, FIELD_LLDP_SYSTEM_NAME, text.at, cursor_left(&text));
		else if (type == TLV_DESCRIPTION)
			yield(x, &s, FIELD_LLDP_SYSTEM_DESCRIPTION, text.at, cursor_left(&text));
		else if (type == TLV_PRIVATE)
			read_private(value, &device);
		else if (type == TLV_CAPABILITIES)
			device.kind = capability(value);
	}
	tell_device(x, &s, &device);
}

const struct link_dissector lldp_link = {.name = "lldp", .match = match, .frame = frame};
