/* Extreme's discovery protocol: a switch tells its neighbours its name and the version of its system. */
#include "classify/dissect/device.h"
#include "classify/link.h"

#define MOST_TLVS 64
#define MARKER    0x99

enum { TLV_END = 0, TLV_DISPLAY = 1, TLV_INFO = 2 };

static const uint8_t snap[8] = {0xaa, 0xaa, 0x03, 0x00, 0xe0, 0x2b, 0x00, 0xbb};

static bool match(const struct packet *p)
{
	return !p->version && p->ethertype < 1536 && p->l3_len >= sizeof snap && !memcmp(p->l3, snap, sizeof snap);
}

/* Slot, port, chassis, reserved, then the version in four octets. */
static void tell_info(struct dissection *x, struct cursor c)
{
	static const char maker[] = "Extreme Networks";
	struct wire_text text = {.len = 0};
	cursor_skip(&c, 2 + 2 + 2 + 6);
	const uint8_t *v = cursor_bytes(&c, 4);
	if (!v)
		return;
	wire_text_format(&text, "%u.%u.%u.%u", v[0], v[1], v[2], v[3]);
	wire_yield(x, FIELD_EDP_VERSION, &text);
	device_yield(x, FIELD_LINK_ROLE,
		     &(struct device){.manufacturer = cursor_init(maker, sizeof maker - 1), .kind = "switch"});
}

static void frame(struct dissection *x, struct cursor *c)
{
	cursor_skip(c, sizeof snap);
	uint8_t version = cursor_u8(c);
	cursor_skip(c, 1);
	uint16_t len = cursor_u16(c);
	if (!cursor_ok(c) || version != 1 || len < 16)
		return;
	struct cursor tlvs = *c;
	if (cursor_left(c) > len - 4u)
		tlvs.end = tlvs.at + len - 4;
	cursor_skip(&tlvs, 2 + 2 + 2 + 6);
	for (unsigned i = 0; i < MOST_TLVS && cursor_left(&tlvs) >= 4; i++) {
		uint8_t marker = cursor_u8(&tlvs), type = cursor_u8(&tlvs);
		uint16_t octets = cursor_u16(&tlvs);
		if (marker != MARKER || type == TLV_END || octets < 4)
			return;
		struct cursor value = cursor_sub(&tlvs, octets - 4u);
		if (!cursor_ok(&tlvs))
			return;
		struct cursor name = wire_trim(value);
		if (type == TLV_DISPLAY)
			dissection_yield(x, FIELD_EDP_NAME, SUBJECT_SENDER, name.at, cursor_left(&name));
		else if (type == TLV_INFO)
			tell_info(x, value);
	}
}

const struct link_dissector edp_link = {.name = "edp", .match = match, .frame = frame};
