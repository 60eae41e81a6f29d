/* Spanning tree (IEEE 802.1D, 802.1w, 802.1s; Cisco's per VLAN): only a bridge sends these, and it names itself. */
#include "classify/dissect/device.h"
#include "classify/link.h"

#define BPDU_LLC  3
#define PVST_SNAP 8

enum { CONFIGURATION = 0x00, RAPID = 0x02, TOPOLOGY_CHANGE = 0x80 };

static const uint8_t llc[BPDU_LLC] = {0x42, 0x42, 0x03};
static const uint8_t snap[PVST_SNAP] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x01, 0x0b};

static size_t header(const struct packet *p)
{
	if (p->l3_len >= BPDU_LLC && !memcmp(p->l3, llc, BPDU_LLC))
		return BPDU_LLC;
	return p->l3_len >= PVST_SNAP && !memcmp(p->l3, snap, PVST_SNAP) ? PVST_SNAP : 0;
}

static bool match(const struct packet *p)
{
	return !p->version && p->ethertype < 1536 && header(p);
}

/* Flags, root, cost, then the bridge: priority (with the VLAN) and the address all its ports share. */
static void tell_bridge(struct dissection *x, struct cursor *c)
{
	char text[ADDRESS_TEXT_BYTES];
	cursor_skip(c, 1 + 8 + 4 + 2);
	const uint8_t *mac = cursor_bytes(c, 6);
	cursor_skip(c, 2 + 8);
	if (!cursor_ok(c) || mac_is_zero(mac))
		return;
	mac_text(mac, text);
	dissection_yield(x, FIELD_STP_BRIDGE, SUBJECT_SENDER, text, strlen(text));
}

static void frame(struct dissection *x, struct cursor *c)
{
	cursor_skip(c, header(x->packet));
	uint16_t protocol = cursor_u16(c);
	uint8_t version = cursor_u8(c), type = cursor_u8(c);
	if (!cursor_ok(c) || protocol || version > 4)
		return;
	if (type == CONFIGURATION || type == RAPID)
		tell_bridge(x, c);
	else if (type != TOPOLOGY_CHANGE)
		return;
	if (cursor_ok(c))
		device_kind(x, FIELD_LINK_ROLE, "switch");
}

const struct link_dissector stp_link = {.name = "stp", .match = match, .frame = frame};
