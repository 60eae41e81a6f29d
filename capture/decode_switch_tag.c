/* Ethernet between a switch's chip and the processor it belongs to: a tag of the chip's own says which port. */
#include "capture/layer.h"

#define DSA_TAGGED 0x20 /* in the first octet: the frame had a tag of 802.1Q, whose place this one took */

/* Both addresses; false when they are not there. */
static bool addresses(struct layer *l)
{
	const uint8_t *from = l->at.at, *p = cursor_bytes(&l->at, 12);
	if (!p) {
		layer_short(l, from, MALFORMED_LINK);
		return false;
	}
	memcpy(l->packet->dst_mac, p, 6);
	memcpy(l->packet->src_mac, p + 6, 6);
	l->packet->flags |= PACKET_HAS_MAC;
	return true;
}

static void next_type(struct layer *l, const uint8_t *from)
{
	uint16_t type = cursor_u16(&l->at);
	if (cursor_ok(&l->at))
		decode_ethertype(l, type);
	else
		layer_short(l, from, MALFORMED_LINK);
}

/* Marvell's: mode and device, port, then what a tag of 802.1Q has behind its type. */
static void dsa_tag(struct layer *l, const uint8_t *from)
{
	const uint8_t *tag = cursor_bytes(&l->at, 4);
	if (tag && tag[0] & DSA_TAGGED)
		layer_vlan(l, get16(tag + 2));
	next_type(l, from);
}

/* Behind the addresses `skipped` octets, then what `tag` reads. */
static void tagged(struct layer *l, size_t skipped, void (*tag)(struct layer *l, const uint8_t *from))
{
	const uint8_t *from = l->at.at;
	if (!addresses(l))
		return;
	cursor_skip(&l->at, skipped);
	tag(l, from);
}

void decode_dsa(struct layer *l)
{
	tagged(l, 0, dsa_tag);
}

/* The same behind an EtherType of its own and two octets of nothing. */
void decode_edsa(struct layer *l)
{
	tagged(l, 4, dsa_tag);
}

void decode_broadcom(struct layer *l)
{
	tagged(l, 4, next_type);
}

void decode_broadcom_front(struct layer *l)
{
	const uint8_t *from = l->at.at;
	cursor_skip(&l->at, 4);
	if (cursor_ok(&l->at))
		decode_ethernet(l);
	else
		layer_short(l, from, MALFORMED_LINK);
}
