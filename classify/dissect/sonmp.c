/* Nortel's discovery (SynOptics Network Management Protocol), which switches of Nortel, Avaya and Extreme still speak:
 * the address by which a switch is managed. */
#include "classify/dissect/device.h"
#include "classify/link.h"

static const uint8_t snap[7] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x81, 0x01};
enum { FLATNET_HELLO = 0xa1, SEGMENT_HELLO = 0xa2, STATE_LAST = 5 };

static bool match(const struct packet *p)
{
	return !p->version && p->ethertype < 1536 && p->l3_len > sizeof snap && !memcmp(p->l3, snap, sizeof snap) &&
	       (p->l3[sizeof snap] == FLATNET_HELLO || p->l3[sizeof snap] == SEGMENT_HELLO);
}

/* Address, segment (slot and port), chassis, backplane, state of the module. */
static void frame(struct dissection *x, struct cursor *c)
{
	static const char value[] = "kind=switch";
	cursor_skip(c, sizeof snap + 1);
	struct address address = wire_address(c, 4);
	cursor_skip(c, 5);
	uint8_t state = cursor_u8(c);
	if (!cursor_ok(c) || !state || state > STATE_LAST)
		return;
	bool usable = wire_address_usable(&address, 4);
	dissection_yield_mac(x, FIELD_LINK_ROLE, x->packet->src_mac, usable ? 4 : 0, usable ? &address : NULL, value,
			     sizeof value - 1);
}

const struct link_dissector sonmp_link = {.name = "sonmp", .match = match, .frame = frame};
