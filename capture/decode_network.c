/* IPv4 (RFC 791) and IPv6 (RFC 8200) with its extension headers. */
#include "capture/layer.h"

#define EXTENSIONS_MAX 16

enum extension {
	EXTENSION_HOP_BY_HOP = 0,
	EXTENSION_ROUTING = 43,
	EXTENSION_FRAGMENT = 44,
	EXTENSION_AH = 51,
	EXTENSION_NONE = 59,
	EXTENSION_DESTINATION = 60,
};

/* Leaves only the `total` octets that the IP header at `from` declares: what stands behind them is padding of the
 * link, what is not there was cut. */
static inline void narrow(struct layer *l, const uint8_t *from, uint32_t have, uint32_t total)
{
	l->packet->ip_total = total;
	l->packet->l3_len = have;
	if (total <= have) {
		l->at.end = from + total;
		l->missing = 0;
	} else {
		l->missing = total - have;
		l->packet->flags |= PACKET_CUT;
	}
}

void decode_ipv4(struct layer *l)
{
	struct packet *p = l->packet;
	const uint8_t *h = l->at.at;
	uint32_t left = (uint32_t)cursor_left(&l->at), missing = l->missing;
	if (left < 20) {
		layer_short(l, h, MALFORMED_IPV4_HEADER);
		return;
	}
	uint32_t header = (h[0] & 15) * 4u, total = get16(h + 2);
	if (!total)
		total = left + missing; /* segmentation offload: the card would have filled it in */
	if (h[0] >> 4 != 4 || header < 20 || total < header) {
		layer_malformed(l, h, MALFORMED_IPV4_HEADER);
		return;
	}
	if (header > left) {
		layer_short(l, h, MALFORMED_IPV4_HEADER);
		return;
	}
	uint16_t fragment = get16(h + 6);
	p->verdict = VERDICT_IP;
	p->l3 = h;
	p->ethertype = ETHERTYPE_IPV4;
	p->version = 4;
	p->tos = h[1];
	p->ip_id = get16(h + 4);
	p->ip_flags = fragment >> 13;
	p->ttl = h[8];
	p->protocol = h[9];
	p->ip_options_len = (uint8_t)(header - 20);
	p->flow_label = 0;
	get_ipv4(&p->src, h + 12);
	get_ipv4(&p->dst, h + 16);
	narrow(l, h, left, total);
	cursor_skip(&l->at, header);
	layer_payload(l);
	if (fragment & 0x3fff)
		p->flags |= PACKET_FRAGMENT;
	if (fragment & 0x1fff)
		p->flags |= PACKET_LATER_FRAGMENT;
	else
		decode_transport(l);
}

/* One extension header: its length in octets, 0 when `next` is none. */
static inline uint32_t extension_length(uint8_t next, const uint8_t *h)
{
	switch (next) {
	case EXTENSION_HOP_BY_HOP:
	case EXTENSION_ROUTING:
	case EXTENSION_DESTINATION:
		return (h[1] + 1u) * 8;
	case EXTENSION_AH:
		return (h[1] + 2u) * 4;
	case EXTENSION_FRAGMENT:
		return 8;
	default:
		return 0;
	}
}

/* A fragment header; an atomic fragment (RFC 6946) is a whole packet. */
static void fragment_header(struct layer *l, const uint8_t *h)
{
	uint16_t word = get16(h + 2);
	if (!(word & 0xfff9))
		return;
	l->packet->flags |= PACKET_FRAGMENT;
	if (word & 0xfff8)
		l->packet->flags |= PACKET_LATER_FRAGMENT;
}

/* Steps over the extension headers. False when transport cannot follow: a later fragment, or a chain that does
 * not end inside the packet. */
static bool extensions(struct layer *l)
{
	static const uint8_t none[2];
	struct packet *p = l->packet;
	uint32_t total = 0;
	for (int n = 0;; n++) {
		uint32_t length = extension_length(p->protocol, cursor_left(&l->at) >= 2 ? l->at.at : none);
		if (!length)
			break;
		const uint8_t *h =
			n < EXTENSIONS_MAX && length <= cursor_left(&l->at) ? cursor_bytes(&l->at, length) : NULL;
		if (!h) {
			p->flags |= PACKET_BAD_L4;
			break;
		}
		total += length;
		if (p->protocol == EXTENSION_FRAGMENT)
			fragment_header(l, h);
		p->protocol = h[0];
		if (p->flags & PACKET_LATER_FRAGMENT)
			break;
	}
	p->ip_options_len = total > 255 ? 255 : (uint8_t)total;
	return !(p->flags & (PACKET_LATER_FRAGMENT | PACKET_BAD_L4));
}

void decode_ipv6(struct layer *l)
{
	struct packet *p = l->packet;
	const uint8_t *h = l->at.at;
	uint32_t left = (uint32_t)cursor_left(&l->at);
	if (left < 40) {
		layer_short(l, h, MALFORMED_IPV6_HEADER);
		return;
	}
	if (h[0] >> 4 != 6) {
		layer_malformed(l, h, MALFORMED_IPV6_HEADER);
		return;
	}
	uint32_t total = 40u + get16(h + 4);
	if (total == 40 && h[6] != EXTENSION_NONE)
		total = left + l->missing; /* a jumbogram, or segmentation offload */
	p->l3 = h;
	p->ethertype = ETHERTYPE_IPV6;
	p->version = 6;
	p->tos = (uint8_t)(get16(h) >> 4);
	p->flow_label = get32(h) & 0xfffff;
	p->protocol = h[6];
	p->ttl = h[7];
	p->ip_id = p->ip_flags = 0;
	memcpy(p->src.bytes, h + 8, 16);
	memcpy(p->dst.bytes, h + 24, 16);
	narrow(l, h, left, total);
	cursor_skip(&l->at, 40);
	bool follows = extensions(l);
	p->verdict = VERDICT_IP;
	layer_payload(l);
	if (follows)
		decode_transport(l);
}

/* What of the datagram is in the frame: behind the header at p->l3, padding of the link left out. */
static uint32_t octets_there(const struct packet *p)
{
	return p->ip_total < p->l3_len ? p->ip_total : p->l3_len;
}

static bool piece_of_ipv4(const struct packet *p, struct piece *out)
{
	const uint8_t *h = p->l3;
	uint32_t header = (h[0] & 15) * 4u, there = octets_there(p);
	uint16_t word = get16(h + 6);
	if (there < header)
		return false;
	out->data = h + header;
	out->have = there - header;
	out->len = p->ip_total - header;
	out->offset = (word & 0x1fffu) * 8;
	out->more = word & 0x2000;
	out->id = p->ip_id;
	out->protocol = h[9];
	return word & 0x3fff;
}

/* Goes over the extension headers once more, up to that of the fragment. */
static bool piece_of_ipv6(const struct packet *p, struct piece *out)
{
	uint32_t at = 40, there = octets_there(p);
	uint8_t next = p->l3[6];
	for (int n = 0; n < EXTENSIONS_MAX && at + 8 <= there && next != EXTENSION_FRAGMENT; n++) {
		uint32_t length = extension_length(next, p->l3 + at);
		if (!length)
			return false;
		next = p->l3[at];
		at += length;
	}
	if (next != EXTENSION_FRAGMENT || at + 8 > there)
		return false;
	const uint8_t *h = p->l3 + at;
	uint16_t word = get16(h + 2);
	out->data = h + 8;
	out->have = there - at - 8;
	out->len = p->ip_total - at - 8;
	out->offset = word & 0xfff8u;
	out->more = word & 1;
	out->id = get32(h + 4);
	out->protocol = h[0];
	return word & 0xfff9;
}

bool decode_piece(const struct packet *p, struct piece *out)
{
	out->clock_ns = p->clock_ns;
	return p->version == 4 ? piece_of_ipv4(p, out) : piece_of_ipv6(p, out);
}

void decode_whole(struct packet *p, const uint8_t *data, uint32_t len, uint8_t protocol)
{
	struct layer l = {.at = cursor_init(data, len), .packet = p};
	uint8_t options = p->ip_options_len;
	p->flags = (uint16_t)((p->flags & ~(PACKET_LATER_FRAGMENT | PACKET_BAD_L4 | PACKET_TCP)) | PACKET_WHOLE);
	p->protocol = protocol;
	bool follows = p->version == 4 || extensions(&l);
	p->ip_options_len = options;
	layer_payload(&l);
	if (follows)
		decode_transport(&l);
}

bool decode_ip(struct layer *l)
{
	uint8_t version = cursor_peek(&l->at, 0) >> 4;
	if (version == 4)
		decode_ipv4(l);
	else if (version == 6)
		decode_ipv6(l);
	return version == 4 || version == 6;
}
