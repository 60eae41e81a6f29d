/* Links that are not Ethernet and still carry IP: rings, ARCNET, InfiniBand, Fibre Channel, ATM, serial lines. */
#include "capture/layer.h"

#define FDDI_LLC_MASK 0xf0 /* of the frame control: with priority and without */
#define FDDI_LLC      0x50

#define RING_LLC_MASK   0xc0 /* of the frame control */
#define RING_LLC        0x40
#define RING_ROUTED     0x80 /* in the source address: routing information follows */
#define RING_ROUTE_SIZE 0x1f /* in its first octet */

#define ARCNET_SPLIT 0xff /* the frame is padded: a second flag and sequence follow */

enum arcnet_type {
	ARCNET_IP_SIMPLE = 240, /* RFC 1051: no more header */
	ARCNET_ARP_SIMPLE = 241,
	ARCNET_IP = 212, /* RFC 1201 */
	ARCNET_ARP = 213,
	ARCNET_IPV6 = 196, /* RFC 2497 */
};

#define SUN_ATM_KIND 0x0f
#define SUN_ATM_LANE 1
#define SUN_ATM_LLC  2

/* LLC, of a length that is not written down. */
static void llc(struct layer *l)
{
	decode_ethertype(l, 0);
}

static void macs(struct layer *l, const uint8_t *dst, const uint8_t *src)
{
	memcpy(l->packet->dst_mac, dst, 6);
	memcpy(l->packet->src_mac, src, 6);
	l->packet->flags |= PACKET_HAS_MAC;
}

void decode_fddi(struct layer *l)
{
	const uint8_t *h = l->at.at;
	if (!cursor_bytes(&l->at, 13)) {
		layer_short(l, h, MALFORMED_LINK);
		return;
	}
	macs(l, h + 1, h + 7);
	if ((h[0] & FDDI_LLC_MASK) == FDDI_LLC)
		llc(l);
	else
		layer_not_ip(l, l->at.at, 0);
}

void decode_token_ring(struct layer *l)
{
	const uint8_t *h = l->at.at;
	if (!cursor_bytes(&l->at, 14)) {
		layer_short(l, h, MALFORMED_LINK);
		return;
	}
	macs(l, h + 2, h + 8);
	if (h[8] & RING_ROUTED) {
		l->packet->src_mac[0] &= (uint8_t)~RING_ROUTED;
		cursor_skip(&l->at, cursor_peek(&l->at, 0) & RING_ROUTE_SIZE);
	}
	if (!cursor_ok(&l->at))
		layer_short(l, h, MALFORMED_LINK);
	else if ((h[1] & RING_LLC_MASK) == RING_LLC)
		llc(l);
	else
		layer_not_ip(l, l->at.at, 0);
}

static uint16_t ethertype_of(uint8_t type)
{
	switch (type) {
	case ARCNET_IP:
	case ARCNET_IP_SIMPLE:
		return ETHERTYPE_IPV4;
	case ARCNET_ARP:
	case ARCNET_ARP_SIMPLE:
		return ETHERTYPE_ARP;
	case ARCNET_IPV6:
		return ETHERTYPE_IPV6;
	default:
		return 0;
	}
}

/* From the type on, which stands at `type`. A datagram in pieces is not put together. */
static void arcnet(struct layer *l, uint32_t type)
{
	const uint8_t *h = l->at.at;
	if (!cursor_bytes(&l->at, type + 1)) {
		layer_short(l, h, MALFORMED_LINK);
		return;
	}
	uint16_t next = ethertype_of(h[type]);
	uint8_t flag = 0;
	if (next && h[type] < ARCNET_IP_SIMPLE) {
		flag = cursor_u8(&l->at);
		cursor_skip(&l->at, 2);
		if (flag == ARCNET_SPLIT) {
			flag = cursor_u8(&l->at);
			cursor_skip(&l->at, 2);
		}
	}
	if (!cursor_ok(&l->at))
		layer_short(l, h, MALFORMED_LINK);
	else if (next && !flag)
		decode_ethertype(l, next);
	else
		layer_not_ip(l, l->at.at, next);
}

/* Source, destination, type. */
void decode_arcnet(struct layer *l)
{
	arcnet(l, 2);
}

/* Linux puts two octets of its driver's before the type. */
void decode_arcnet_linux(struct layer *l)
{
	arcnet(l, 4);
}

/* A global routing header, then type and two octets of nothing. */
void decode_infiniband(struct layer *l)
{
	const uint8_t *h = l->at.at;
	if (cursor_bytes(&l->at, 44))
		decode_ethertype(l, get16(h + 40));
	else
		layer_short(l, h, MALFORMED_LINK);
}

/* Names of 64 bits, whose last 48 are a MAC when the first four are 1 (RFC 2625 3.4). */
void decode_fibre_channel(struct layer *l)
{
	const uint8_t *h = l->at.at;
	if (!cursor_bytes(&l->at, 16)) {
		layer_short(l, h, MALFORMED_LINK);
		return;
	}
	if (h[8] >> 4 == 1)
		macs(l, h + 2, h + 10);
	llc(l);
}

void decode_atm(struct layer *l)
{
	llc(l);
}

/* Kind, path, channel. LAN emulation has the sender's number before its Ethernet. */
void decode_sun_atm(struct layer *l)
{
	const uint8_t *h = l->at.at;
	uint8_t kind = cursor_bytes(&l->at, 4) ? h[0] & SUN_ATM_KIND : 0;
	if (kind == SUN_ATM_LANE)
		cursor_skip(&l->at, 2);
	if (!cursor_ok(&l->at))
		layer_short(l, h, MALFORMED_LINK);
	else if (kind == SUN_ATM_LANE)
		decode_ethernet(l);
	else if (kind == SUN_ATM_LLC)
		llc(l);
	else
		layer_not_ip(l, l->at.at, 0);
}

/* Direction and what a compressed header was: 16 octets. What is sent compressed is not IP. */
void decode_slip(struct layer *l)
{
	const uint8_t *h = l->at.at;
	if (!cursor_bytes(&l->at, 16))
		layer_short(l, h, MALFORMED_LINK);
	else if (cursor_peek(&l->at, 0) >> 4 == 4 || cursor_peek(&l->at, 0) >> 4 == 6)
		decode_raw(l);
	else
		layer_not_ip(l, l->at.at, 0);
}
