/* UDLD (RFC 5171): a switch tells the one at the other end of a fibre its name, and which port it is. */
#include "classify/dissect/device.h"
#include "classify/dissect/text.h"
#include "classify/link.h"

#define MOST_TLVS 32

static const uint8_t snap[8] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x01, 0x11};
enum { TLV_DEVICE = 1, TLV_NAME = 6 };

static bool match(const struct packet *p)
{
	return !p->version && p->ethertype < 1536 && p->l3_len > sizeof snap && !memcmp(p->l3, snap, sizeof snap);
}

/* "FOX1025GJ1P": where and when it was made, and a number. Others put a MAC there. */
static bool is_serial(struct cursor id)
{
	if (cursor_left(&id) != 11)
		return false;
	for (size_t i = 0; i < 11; i++) {
		uint8_t o = id.at[i];
		bool letter = o >= 'A' && o <= 'Z', digit = o >= '0' && o <= '9';
		if (i < 3 ? !letter : i < 7 ? !digit : !letter && !digit)
			return false;
	}
	return true;
}

static void frame(struct dissection *x, struct cursor *c)
{
	struct device d = {.kind = "switch"};
	struct cursor host;
	cursor_skip(c, sizeof snap);
	uint8_t version = cursor_u8(c) >> 5;
	cursor_skip(c, 3);
	if (!cursor_ok(c) || version != 1)
		return;
	for (unsigned i = 0; i < MOST_TLVS && cursor_left(c) >= 4; i++) {
		uint16_t type = cursor_u16(c), len = cursor_u16(c);
		if (len < 4)
			break;
		struct cursor value = wire_trim(cursor_sub(c, len - 4u));
		if (!cursor_ok(c))
			break;
		if (type == TLV_NAME && text_host(value, &host) && text_own_name(host))
			text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 128);
		else if (type == TLV_DEVICE && is_serial(value))
			d.serial = value;
	}
	device_yield(x, FIELD_LINK_ROLE, &d);
}

const struct link_dissector udld_link = {.name = "udld", .match = match, .frame = frame};
