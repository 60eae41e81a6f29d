/* Link layers and what may stand between them and IP: tags, labels, sessions. */
#include "capture/layer.h"

#define TAGS_MAX   8
#define LABELS_MAX 16

#define NFLOG_ATTRIBUTES_MAX 32
#define NFLOG_PAYLOAD        9

/* EtherTypes below this are lengths: LLC follows. */
#define ETHERTYPE_MIN 1536

enum ppp_protocol {
	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,
	PPP_MPLS = 0x0281,
};

/* LLC in place of an EtherType: SNAP leads back to one, SAP 6 is IP, all else is foreign. */
static void llc(struct layer *l, uint16_t length)
{
	const uint8_t *from = l->at.at;
	if (cursor_left(&l->at) < 3) {
		layer_short(l, from, MALFORMED_LINK);
		return;
	}
	if (from[0] == 0x06 && from[1] == 0x06 && from[2] == 0x03) {
		cursor_skip(&l->at, 3);
		decode_ethertype(l, ETHERTYPE_IPV4);
		return;
	}
	/* encapsulated Ethernet (RFC 1042) and its variant for bridges */
	if (cursor_left(&l->at) >= 8 && from[0] == 0xaa && from[1] == 0xaa && from[2] == 0x03 && !from[3] && !from[4] &&
	    (!from[5] || from[5] == 0xf8)) {
		uint16_t type = get16(from + 6);
		if (type >= ETHERTYPE_MIN) {
			cursor_skip(&l->at, 8);
			decode_ethertype(l, type);
			return;
		}
	}
	layer_not_ip(l, from, length);
}

void layer_vlan(struct layer *l, uint16_t control)
{
	uint32_t id = control & 0xfff;
	if (id && l->vlans < 2)
		l->packet->segment |= id << 12 * l->vlans++;
}

/* 802.1Q and 802.1ad: tag control, then the next type. */
static uint16_t vlan(struct layer *l, const uint8_t *tag)
{
	layer_vlan(l, get16(tag));
	return get16(tag + 2);
}

/* Tags that only lengthen the header, and how much of them stands before the next type. */
static const struct tag {
	uint16_t type;
	uint8_t before;
	bool vlan;
} tags[] = {
	{0x8100, 2, true},  {0x88a8, 2, true}, {0x9100, 2, true}, {0x9200, 2, true}, {0x8926, 4, false}, /* VN-Tag */
	{0x893f, 6, false}, /* 802.1BR E-Tag */
	{0x8909, 6, false}, /* Cisco metadata */
};

static const struct tag *find_tag(uint16_t type)
{
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		if (tags[i].type == type)
			return &tags[i];
	return NULL;
}

/* LLC, of this length, of the kinds that link layers speak to each other: spanning tree (SAP 42), IS-IS (SAP fe), SNAP.
 */
static bool looks_like_llc(const uint8_t *p, uint32_t length, size_t left)
{
	return length >= 3 && length <= left && p[0] == p[1] && p[2] == 0x03 &&
	       (p[0] == 0x42 || p[0] == 0xfe || p[0] == 0xaa);
}

/* Whether `left` octets, 14 at least, look like an Ethernet frame with something that is known here. */
static bool looks_like_ethernet(const uint8_t *p, size_t left)
{
	uint16_t type = get16(p + 12);
	switch (type) {
	case ETHERTYPE_IPV4:
	case ETHERTYPE_IPV6:
	case ETHERTYPE_ARP:
	case 0x888e: /* 802.1X */
	case 0x8892: /* PROFINET */
	case 0x88cc: /* LLDP */
		return true;
	default:
		return type < ETHERTYPE_MIN ? left >= 17 && looks_like_llc(p + 14, type, left - 14)
					    : find_tag(type) != NULL;
	}
}

/* Ethernet inside something else, when it looks like it; otherwise what the outer header announced is foreign. */
static void pseudowire(struct layer *l, const uint8_t *from, uint16_t outer)
{
	const uint8_t *p = l->at.at;
	if (l->depth++ >= LAYER_DEPTH || cursor_left(&l->at) < 14) {
		layer_not_ip(l, from, outer);
		return;
	}
	if (looks_like_ethernet(p, cursor_left(&l->at)))
		decode_ethernet(l);
	else
		layer_not_ip(l, from, outer);
}

/* MPLS label stack (RFC 3032). What follows is not written down: the first four bits tell IP from the control
 * word of a pseudowire (RFC 4385) and from an Ethernet frame without one. */
static void mpls(struct layer *l, uint16_t type)
{
	const uint8_t *from = l->at.at, *label;
	int n = 0;
	do {
		label = cursor_bytes(&l->at, 4);
		if (!label || ++n > LABELS_MAX) {
			layer_short(l, from, MALFORMED_LINK);
			return;
		}
	} while (!(label[2] & 1));
	uint8_t first = cursor_peek(&l->at, 0) >> 4;
	if (!cursor_left(&l->at)) {
		layer_short(l, from, MALFORMED_LINK);
	} else if (first == 4 || first == 6) {
		(void)decode_ip(l);
	} else if (first == 0 && cursor_left(&l->at) >= 18 && !l->at.at[0] && !l->at.at[1]) {
		cursor_skip(&l->at, 4);
		pseudowire(l, from, type);
	} else if (first != 1) {
		pseudowire(l, from, type);
	} else {
		layer_not_ip(l, from, type);
	}
}

/* PPP from its protocol field on, which may be compressed to one octet. */
static void ppp_protocol(struct layer *l, const uint8_t *from, uint16_t outer)
{
	uint16_t protocol = cursor_u8(&l->at);
	if (!(protocol & 1))
		protocol = (uint16_t)(protocol << 8 | cursor_u8(&l->at));
	if (!cursor_ok(&l->at))
		layer_short(l, from, MALFORMED_LINK);
	else if (protocol == PPP_IPV4)
		decode_ethertype(l, ETHERTYPE_IPV4);
	else if (protocol == PPP_IPV6)
		decode_ethertype(l, ETHERTYPE_IPV6);
	else if (protocol == PPP_MPLS)
		mpls(l, ETHERTYPE_MPLS);
	else
		layer_not_ip(l, from, outer);
}

/* PPPoE session (RFC 2516). */
static void pppoe(struct layer *l, uint16_t type)
{
	const uint8_t *from = l->at.at, *p = cursor_bytes(&l->at, 6);
	if (!p)
		layer_short(l, from, MALFORMED_LINK);
	else if (p[0] != 0x11 || p[1])
		layer_not_ip(l, from, type);
	else
		ppp_protocol(l, from, type);
}

/* Provider backbone bridging (802.1ah): service tag, then a frame. */
static void backbone(struct layer *l, uint16_t type)
{
	const uint8_t *from = l->at.at;
	cursor_skip(&l->at, 4);
	if (!cursor_ok(&l->at))
		layer_short(l, from, MALFORMED_LINK);
	else
		pseudowire(l, from, type);
}

/* What is neither IP nor a tag but leads on. */
static const struct carrier {
	uint16_t type;
	void (*decode)(struct layer *l, uint16_t type);
} carriers[] = {
	{ETHERTYPE_MPLS, mpls}, {0x8848, mpls}, {ETHERTYPE_PPPOE, pppoe}, {0x88e7, backbone}, {0x894f, decode_nsh},
};

static void carried(struct layer *l, uint16_t type)
{
	for (size_t i = 0; i < sizeof carriers / sizeof *carriers; i++)
		if (carriers[i].type == type) {
			carriers[i].decode(l, type);
			return;
		}
	layer_not_ip(l, l->at.at, type);
}

void decode_ethertype(struct layer *l, uint16_t type)
{
	const struct tag *tag;
	while (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6 && (tag = find_tag(type))) {
		const uint8_t *from = l->at.at, *p = cursor_bytes(&l->at, tag->before + 2u);
		if (!p || ++l->tags > TAGS_MAX) {
			layer_short(l, from, MALFORMED_LINK);
			return;
		}
		type = tag->vlan ? vlan(l, p) : get16(p + tag->before);
	}
	if (type == ETHERTYPE_IPV4)
		decode_ipv4(l);
	else if (type == ETHERTYPE_IPV6)
		decode_ipv6(l);
	else if (type < ETHERTYPE_MIN)
		llc(l, type);
	else
		carried(l, type);
}

void decode_ethernet(struct layer *l)
{
	const uint8_t *from = l->at.at, *p = cursor_bytes(&l->at, 14);
	if (!p) {
		layer_short(l, from, MALFORMED_LINK);
		return;
	}
	memcpy(l->packet->dst_mac, p, 6);
	memcpy(l->packet->src_mac, p + 6, 6);
	l->packet->flags |= PACKET_HAS_MAC;
	uint16_t type = get16(p + 12);
	if (type == ETHERTYPE_IPV4)
		decode_ipv4(l);
	else
		decode_ethertype(l, type);
}

/* The sender's link address of a cooked frame, if it is as long as a MAC. */
static void cooked_mac(struct layer *l, unsigned length, const uint8_t *mac)
{
	if (length != 6)
		return;
	memcpy(l->packet->src_mac, mac, 6);
	l->packet->flags |= PACKET_HAS_MAC;
}

static void sll(struct layer *l)
{
	const uint8_t *from = l->at.at, *p = cursor_bytes(&l->at, 16);
	if (!p) {
		layer_short(l, from, MALFORMED_LINK);
		return;
	}
	cooked_mac(l, get16(p + 4), p + 6);
	decode_ethertype(l, get16(p + 14));
}

static void sll2(struct layer *l)
{
	const uint8_t *from = l->at.at, *p = cursor_bytes(&l->at, 20);
	if (!p) {
		layer_short(l, from, MALFORMED_LINK);
		return;
	}
	cooked_mac(l, p[11], p + 12);
	decode_ethertype(l, get16(p));
}

void decode_raw(struct layer *l)
{
	const uint8_t *from = l->at.at;
	if (!decode_ip(l))
		layer_short(l, from, MALFORMED_LINK);
}

/* The numbers of IPv6 differ between systems. */
void decode_family(struct layer *l, uint32_t family)
{
	if (family == 2)
		decode_ethertype(l, ETHERTYPE_IPV4);
	else if (family == 10 || family == 23 || family == 24 || family == 26 || family == 28 || family == 30)
		decode_ethertype(l, ETHERTYPE_IPV6);
	else
		layer_not_ip(l, l->at.at, 0);
}

/* The word is in the capturing host's order. */
static void null(struct layer *l)
{
	const uint8_t *from = l->at.at, *p = cursor_bytes(&l->at, 4);
	if (!p) {
		layer_short(l, from, MALFORMED_LINK);
		return;
	}
	uint32_t family = get32(p);
	if (family >> 16 == 0x0f00 || family >> 16 == 0x8f00) { /* some put the header of Cisco's HDLC here */
		decode_ethertype(l, (uint16_t)family);
		return;
	}
	decode_family(l, family > 0xffff ? __builtin_bswap32(family) : family);
}

void decode_ppp(struct layer *l)
{
	const uint8_t *from = l->at.at;
	bool framed = cursor_peek(&l->at, 0) == 0xff && cursor_peek(&l->at, 1) == 0x03;
	/* Cisco HDLC shares the link type: unicast or multicast address, no control, then an EtherType */
	if (cursor_left(&l->at) >= 4 && (from[0] == 0x0f || from[0] == 0x8f) && !from[1]) {
		cursor_skip(&l->at, 4);
		decode_ethertype(l, get16(from + 2));
		return;
	}
	if (framed)
		cursor_skip(&l->at, 2);
	ppp_protocol(l, from, 0);
}

/* A packet as netfilter logs it: family, then attributes, one of which is the packet from its IP header on. Their
 * words are in the capturing host's order: types are small, so their zero octet tells which. */
static void nflog(struct layer *l)
{
	const uint8_t *from = l->at.at;
	cursor_skip(&l->at, 4);
	for (int n = 0; n < NFLOG_ATTRIBUTES_MAX; n++) {
		const uint8_t *h = cursor_bytes(&l->at, 4);
		if (!h)
			break;
		bool big = !h[2] && h[3];
		uint32_t length = big ? get16(h) : (uint32_t)(h[1] << 8 | h[0]);
		uint32_t type = big ? get16(h + 2) : (uint32_t)(h[3] << 8 | h[2]);
		if (length < 4)
			break;
		if (type == NFLOG_PAYLOAD) {
			decode_raw(l);
			return;
		}
		cursor_skip(&l->at, ((length + 3) & ~3u) - 4);
	}
	layer_short(l, from, MALFORMED_LINK);
}

/* Frame relay: an address of two to four octets whose last has its lowest bit set (Q.922), then what RFC 2427 puts
 * there (control, network layer protocol identifier) or, as Cisco has it, an EtherType. */
static void frame_relay(struct layer *l)
{
	const uint8_t *from = l->at.at;
	int n = 0;
	while (n < 4 && !(cursor_u8(&l->at) & 1) && cursor_ok(&l->at))
		n++;
	uint8_t control = cursor_peek(&l->at, 0), protocol = cursor_peek(&l->at, 1);
	if (n == 4 || !cursor_ok(&l->at) || cursor_left(&l->at) < 2) {
		layer_short(l, from, MALFORMED_LINK);
	} else if (control != 0x03) {
		uint16_t type = cursor_u16(&l->at);
		decode_ethertype(l, type);
	} else if (protocol == 0xcc || protocol == 0x8e) {
		cursor_skip(&l->at, 2);
		decode_ethertype(l, protocol == 0xcc ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	} else {
		uint8_t pad = !protocol; /* before SNAP a zero octet makes the length even */
		const uint8_t *p = l->at.at + 1 + pad;
		bool snap = cursor_left(&l->at) >= 7u + pad && p[0] == 0x80 && !p[1] && !p[2] && !p[3];
		if (snap) {
			cursor_skip(&l->at, 7u + pad);
			decode_ethertype(l, get16(p + 4));
		} else {
			layer_not_ip(l, l->at.at, 0);
		}
	}
}

static void bare_mpls(struct layer *l)
{
	mpls(l, ETHERTYPE_MPLS);
}

static void bare_pppoe(struct layer *l)
{
	pppoe(l, ETHERTYPE_PPPOE);
}

static void unknown(struct layer *l)
{
	layer_malformed(l, l->at.at, MALFORMED_LINK_TYPE);
}

static void (*const links[LINK_UNKNOWN + 1])(struct layer *l) = {
	[LINK_ETHERNET] = decode_ethernet,
	[LINK_LINUX_SLL] = sll,
	[LINK_LINUX_SLL2] = sll2,
	[LINK_RAW] = decode_raw,
	[LINK_NULL] = null,
	[LINK_PPP] = decode_ppp,
	[LINK_WIRELESS] = decode_wireless,
	[LINK_RADIOTAP] = decode_radiotap,
	[LINK_NFLOG] = nflog,
	[LINK_FRAME_RELAY] = frame_relay,
	[LINK_PPI] = decode_ppi,
	[LINK_PKTAP] = decode_pktap,
	[LINK_PFLOG] = decode_pflog,
	[LINK_ENC] = decode_enc,
	[LINK_IPNET] = decode_ipnet,
	[LINK_JUNIPER_ETHERNET] = decode_juniper_ethernet,
	[LINK_JUNIPER_PPP] = decode_juniper_ppp,
	[LINK_NETANALYZER] = decode_netanalyzer,
	[LINK_ERF] = decode_erf,
	[LINK_PRISM] = decode_prism,
	[LINK_PPP_DIRECTION] = decode_ppp_direction,
	[LINK_DSA] = decode_dsa,
	[LINK_EDSA] = decode_edsa,
	[LINK_BROADCOM] = decode_broadcom,
	[LINK_BROADCOM_FRONT] = decode_broadcom_front,
	[LINK_FDDI] = decode_fddi,
	[LINK_TOKEN_RING] = decode_token_ring,
	[LINK_ARCNET] = decode_arcnet,
	[LINK_ARCNET_LINUX] = decode_arcnet_linux,
	[LINK_INFINIBAND] = decode_infiniband,
	[LINK_FIBRE_CHANNEL] = decode_fibre_channel,
	[LINK_ATM] = decode_atm,
	[LINK_SUN_ATM] = decode_sun_atm,
	[LINK_SLIP] = decode_slip,
	[LINK_MPLS] = bare_mpls,
	[LINK_PPPOE] = bare_pppoe,
	[LINK_UNKNOWN] = unknown,
};

void decode_link(struct layer *l, enum link link)
{
	if (link == LINK_ETHERNET)
		decode_ethernet(l);
	else
		links[link <= LINK_UNKNOWN ? link : LINK_UNKNOWN](l);
}
