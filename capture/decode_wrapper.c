/* What capturing systems put before a frame: which interface, which rule of a filter, which card. Only its length and
 * what it says of the frame behind it matter here. */
#include "capture/layer.h"
#include "capture/link.h"

#define PKTAP_PACKET 1u /* what follows is a packet, not an event */

#define JUNIPER_MAGIC    0x4d4743u
#define JUNIPER_NO_LINK  0x02
#define JUNIPER_EXTENDED 0x80

#define ERF_MORE     0x80 /* extension headers follow */
#define ERF_ETHERNET 2
#define ERF_HEADERS  16 /* a record with more is damaged */

static uint32_t get32_little(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The frame inside, of a link type by number. Its own may be another wrapper, so nesting is counted. */
static void wrapped(struct layer *l, const uint8_t *from, uint32_t number)
{
	enum link link = link_of(number);
	if (l->depth++ >= LAYER_DEPTH || link == LINK_UNKNOWN)
		layer_malformed(l, from, MALFORMED_LINK_TYPE);
	else
		decode_link(l, link);
}

void decode_ppi(struct layer *l)
{
	const uint8_t *h = l->at.at;
	uint32_t length = cursor_left(&l->at) >= 8 ? (uint32_t)(h[3] << 8 | h[2]) : 0;
	if (length < 8 || !cursor_bytes(&l->at, length))
		layer_short(l, h, MALFORMED_LINK);
	else
		wrapped(l, h, get32_little(h + 4));
}

void decode_pktap(struct layer *l)
{
	const uint8_t *h = l->at.at;
	uint32_t length = cursor_left(&l->at) >= 12 ? get32_little(h) : 0;
	if (length < 12 || !cursor_bytes(&l->at, length))
		layer_short(l, h, MALFORMED_LINK);
	else if (get32_little(h + 4) != PKTAP_PACKET)
		layer_not_ip(l, h, 0);
	else
		wrapped(l, h, get32_little(h + 8));
}

/* Its length, without what rounds it up to a word, and the address family. */
void decode_pflog(struct layer *l)
{
	const uint8_t *h = l->at.at;
	uint32_t length = cursor_left(&l->at) >= 2 ? (h[0] + 3u) & ~3u : 0;
	if (length < 4 || !cursor_bytes(&l->at, length))
		layer_short(l, h, MALFORMED_LINK);
	else
		decode_family(l, h[1]);
}

/* Family in the capturing host's order, index of the association, flags. */
void decode_enc(struct layer *l)
{
	const uint8_t *h = l->at.at;
	if (!cursor_bytes(&l->at, 12)) {
		layer_short(l, h, MALFORMED_LINK);
		return;
	}
	uint32_t family = get32_little(h);
	decode_family(l, family > 0xffff ? get32(h) : family);
}

void decode_ipnet(struct layer *l)
{
	const uint8_t *h = l->at.at;
	if (!cursor_bytes(&l->at, 24))
		layer_short(l, h, MALFORMED_LINK);
	else
		decode_raw(l);
}

/* Magic, flags, and, if they say so, a counted list of more. Without a link layer four octets stand before IP. */
static bool juniper(struct layer *l)
{
	const uint8_t *h = l->at.at;
	bool good = cursor_bytes(&l->at, 4) && get32(h) >> 8 == JUNIPER_MAGIC;
	if (good && h[3] & JUNIPER_EXTENDED) {
		uint16_t length = cursor_u16(&l->at);
		cursor_skip(&l->at, length);
	}
	if (!good || !cursor_ok(&l->at)) {
		layer_short(l, h, MALFORMED_LINK);
		return false;
	}
	if (!(h[3] & JUNIPER_NO_LINK))
		return true;
	cursor_skip(&l->at, 4);
	if (cursor_ok(&l->at))
		decode_raw(l);
	else
		layer_short(l, h, MALFORMED_LINK);
	return false;
}

void decode_juniper_ethernet(struct layer *l)
{
	if (juniper(l))
		decode_ethernet(l);
}

void decode_juniper_ppp(struct layer *l)
{
	if (juniper(l))
		decode_ppp(l);
}

/* Four octets of the card's own, and on some links the preamble as it was on the wire. */
void decode_netanalyzer(struct layer *l)
{
	static const uint8_t preamble[8] = {0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xd5};
	const uint8_t *h = l->at.at;
	if (!cursor_bytes(&l->at, 4)) {
		layer_short(l, h, MALFORMED_LINK);
		return;
	}
	if (cursor_left(&l->at) >= sizeof preamble && memcmp(l->at.at, preamble, sizeof preamble) == 0)
		cursor_skip(&l->at, sizeof preamble);
	decode_ethernet(l);
}

/* Time, type, flags, three lengths; extension headers of eight octets; before Ethernet an offset and a pad. */
void decode_erf(struct layer *l)
{
	const uint8_t *h = l->at.at;
	uint8_t type = cursor_bytes(&l->at, 16) ? h[8] : 0, more = type & ERF_MORE;
	for (int n = 0; more && n < ERF_HEADERS; n++) {
		const uint8_t *extension = cursor_bytes(&l->at, 8);
		more = extension ? extension[0] & ERF_MORE : 0;
	}
	if (more || !cursor_ok(&l->at))
		layer_short(l, h, MALFORMED_LINK);
	else if ((type & ~ERF_MORE) != ERF_ETHERNET)
		layer_not_ip(l, l->at.at, 0);
	else if (!cursor_bytes(&l->at, 2))
		layer_short(l, h, MALFORMED_LINK);
	else
		decode_ethernet(l);
}

/* Prism's header has its length as a little-endian word behind its message code; AVS, which shares the place, begins
 * with its own magic and has its length in network order. */
void decode_prism(struct layer *l)
{
	const uint8_t *h = l->at.at;
	uint32_t length = 0;
	if (cursor_left(&l->at) >= 8)
		length = get32(h) >> 12 == 0x80211 ? get32(h + 4) : get32_little(h + 4);
	if (length < 8 || !cursor_bytes(&l->at, length))
		layer_short(l, h, MALFORMED_LINK);
	else
		decode_wireless(l);
}

void decode_ppp_direction(struct layer *l)
{
	const uint8_t *h = l->at.at;
	if (!cursor_bytes(&l->at, 1))
		layer_short(l, h, MALFORMED_LINK);
	else
		decode_ppp(l);
}
