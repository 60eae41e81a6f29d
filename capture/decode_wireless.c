/* IEEE 802.11 data frames, bare or behind a radiotap header. What is encrypted, or no data, is not IP. */
#include "capture/layer.h"

#define FC_VERSION   0x03
#define FC_TYPE      0x0c
#define FC_DATA      0x08
#define FC_NO_DATA   0x40 /* null functions */
#define FC_QOS       0x80
#define FC_TO_DS     0x01
#define FC_FROM_DS   0x02
#define FC_PROTECTED 0x40
#define FC_ORDER     0x80

/* The frame control field in the order of the standard: type, then flags. */
struct control {
	uint8_t type, flags;
};

static uint32_t header_length(struct control fc)
{
	uint32_t length = 24;
	if ((fc.flags & (FC_TO_DS | FC_FROM_DS)) == (FC_TO_DS | FC_FROM_DS))
		length += 6;
	if (fc.type & FC_QOS)
		length += fc.flags & FC_ORDER ? 6 : 2;
	return length;
}

/* Which of the four addresses are the stations' own depends on the direction. */
static void addresses(struct layer *l, struct control fc, const uint8_t *h)
{
	const uint8_t *dst = fc.flags & FC_TO_DS ? h + 16 : h + 4;
	const uint8_t *src = !(fc.flags & FC_FROM_DS) ? h + 10 : fc.flags & FC_TO_DS ? h + 24 : h + 16;
	memcpy(l->packet->dst_mac, dst, 6);
	memcpy(l->packet->src_mac, src, 6);
	l->packet->flags |= PACKET_HAS_MAC;
}

static bool is_snap(const uint8_t *p)
{
	return p[0] == 0xaa && p[1] == 0xaa && p[2] == 0x03;
}

static void wireless(struct layer *l, struct control fc)
{
	const uint8_t *h = l->at.at;
	if ((fc.type & FC_TYPE) != FC_DATA || fc.type & FC_NO_DATA || fc.flags & FC_PROTECTED) {
		layer_not_ip(l, h, 0);
		return;
	}
	if (!cursor_bytes(&l->at, header_length(fc))) {
		layer_short(l, h, MALFORMED_LINK);
		return;
	}
	addresses(l, fc, h);
	/* some cards pad the header to four octets */
	if (cursor_left(&l->at) >= 10 && !is_snap(l->at.at) && is_snap(l->at.at + 2))
		cursor_skip(&l->at, 2);
	decode_ethertype(l, 0); /* LLC, of a length that is not written down */
}

void decode_wireless(struct layer *l)
{
	const uint8_t *h = l->at.at;
	if (cursor_left(&l->at) < 10)
		layer_short(l, h, MALFORMED_LINK);
	else
		wireless(l, (struct control){h[0], h[1]});
}

void decode_wireless_either(struct layer *l)
{
	const uint8_t *h = l->at.at;
	if (cursor_left(&l->at) < 10)
		layer_short(l, h, MALFORMED_LINK);
	else if ((h[0] & (FC_VERSION | FC_TYPE)) != FC_DATA && (h[1] & (FC_VERSION | FC_TYPE)) == FC_DATA)
		wireless(l, (struct control){h[1], h[0]});
	else
		wireless(l, (struct control){h[0], h[1]});
}

void decode_radiotap(struct layer *l)
{
	const uint8_t *h = l->at.at;
	uint32_t length = cursor_left(&l->at) >= 8 ? (uint32_t)(h[3] << 8 | h[2]) : 0;
	if (length < 8 || !cursor_bytes(&l->at, length))
		layer_short(l, h, MALFORMED_LINK);
	else
		decode_wireless(l);
}
