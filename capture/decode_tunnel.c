/* Packets inside packets: each tunnel is a row that says where it is found and how its header is left behind.
 *
 * What is inside is metered when it turns out to be a whole IP header; otherwise the packet stays what the outer
 * headers say, marked when it carries a frame of another protocol (ARP, LLDP, …) that can be inspected. A fragmented
 * outer packet is not entered, for its later fragments could not be: all of them belong to the outer flow. What
 * travelled in them is inspected when they have been put together, in its own flow (decode_inside()).
 */
#include "capture/layer.h"

#define EXTENSIONS_MAX 8

enum capwap { CAPWAP_NATIVE = 0x01, CAPWAP_802_11 = 1, CAPWAP_FRAGMENT = 0x80, CAPWAP_KEEP_ALIVE = 0x08 };

enum next_protocol { NEXT_IPV4 = 1, NEXT_IPV6 = 2, NEXT_ETHERNET = 3, NEXT_NSH = 4, NEXT_MPLS = 5 };

/* What is inside comes from the overlay's network `vni`, whose own tags do not count. */
static void overlay(struct layer *l, uint32_t vni)
{
	l->packet->segment = SEGMENT_OVERLAY | (vni & 0xffffff);
	l->vlans = 2;
}

static void ip(struct layer *l)
{
	(void)decode_ip(l);
}

/* Ethernet over IP (RFC 3378). */
static void etherip(struct layer *l)
{
	if (cursor_u16(&l->at) == 0x3000)
		decode_ethernet(l);
}

static void mpls(struct layer *l)
{
	decode_ethertype(l, ETHERTYPE_MPLS);
}

/* Mirrored frames (draft-foschiano-erspan): version II behind eight octets, version III, whether it is numbered or not,
 * behind twelve or twenty; version I has no header. Version III says whether frames of Ethernet are inside. */
static void erspan(struct layer *l, bool headed)
{
	uint8_t version = cursor_peek(&l->at, 0) >> 4;
	if (headed) {
		const uint8_t *h = cursor_bytes(&l->at, version == 2 ? 12 : 8);
		if (!h)
			return;
		if (version == 2 && h[10] >> 2 & 31)
			return;
		if (version == 2 && h[11] & 1)
			cursor_skip(&l->at, 8);
		uint32_t vlan = get16(h) & 0xfff;
		l->packet->segment = vlan;
		l->vlans = vlan ? 2 : 0;
	}
	decode_ethernet(l);
}

enum gre_flag {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080
};

enum gre_type { GRE_BRIDGED = 0x6558, GRE_ERSPAN = 0x88be, GRE_ERSPAN3 = 0x22eb, GRE_PPP = 0x880b };

/* GRE (RFC 2784, RFC 2890), NVGRE (RFC 7637), ERSPAN, and PPTP's version 1 (RFC 2637). */
static void gre(struct layer *l)
{
	uint16_t flags = cursor_u16(&l->at), type = cursor_u16(&l->at);
	uint32_t key = 0;
	if (flags & GRE_ROUTING || (flags & 7) > 1)
		return;
	if (flags & GRE_CHECKSUM)
		cursor_skip(&l->at, 4);
	if (flags & GRE_KEY)
		key = cursor_u32(&l->at);
	if (flags & GRE_SEQUENCE)
		cursor_skip(&l->at, 4);
	if ((flags & 7) == 1 && flags & GRE_ACK)
		cursor_skip(&l->at, 4);
	if (!cursor_ok(&l->at))
		return;
	if (type == GRE_BRIDGED) {
		if (flags & GRE_KEY)
			overlay(l, key >> 8);
		decode_ethernet(l);
	} else if (type == GRE_ERSPAN || type == GRE_ERSPAN3) {
		erspan(l, type == GRE_ERSPAN3 || flags & GRE_SEQUENCE);
	} else if (type == GRE_PPP) {
		decode_ppp(l);
	} else if (type >= 1536) {
		decode_ethertype(l, type);
	}
}

static void nsh(struct layer *l);

/* The protocol numbers that VXLAN-GPE and NSH share. */
static void next_protocol(struct layer *l, uint8_t next)
{
	if (next == NEXT_IPV4)
		decode_ipv4(l);
	else if (next == NEXT_IPV6)
		decode_ipv6(l);
	else if (next == NEXT_ETHERNET)
		decode_ethernet(l);
	else if (next == NEXT_NSH && l->depth++ < LAYER_DEPTH)
		nsh(l);
	else if (next == NEXT_MPLS)
		mpls(l);
}

/* Network service header (RFC 8300). */
static void nsh(struct layer *l)
{
	const uint8_t *h = l->at.at;
	uint32_t length = cursor_left(&l->at) >= 8 ? (h[1] & 0x3fu) * 4 : 0;
	if (length < 8 || h[0] >> 6 || !cursor_bytes(&l->at, length))
		return;
	next_protocol(l, h[3]);
}

void decode_nsh(struct layer *l, uint16_t type)
{
	const uint8_t *from = l->at.at;
	l->packet->verdict = VERDICTS;
	if (l->depth++ < LAYER_DEPTH)
		nsh(l);
	if (l->packet->verdict == VERDICTS)
		layer_not_ip(l, from, type);
}

/* IPv6 of which nothing but a port tells that it is there: its length must be right. */
static void exact_ipv6(struct layer *l)
{
	if (cursor_left(&l->at) >= 40 && l->at.at[0] >> 4 == 6 && get16(l->at.at + 4) + 40u == layer_wire(l))
		decode_ipv6(l);
}

/* The same of either version; false when it is neither. */
static bool exact_ip(struct layer *l)
{
	const uint8_t *inside = l->at.at;
	size_t left = cursor_left(&l->at);
	if (left >= 20 && inside[0] >> 4 == 4 && get16(inside + 2) == layer_wire(l))
		decode_ipv4(l);
	else if (left >= 40 && inside[0] >> 4 == 6)
		exact_ipv6(l);
	return l->packet->verdict != VERDICTS;
}

enum vxlan_flag { VXLAN_NETWORK = 0x08, VXLAN_NEXT = 0x04, VXLAN_VERSION = 0xc0 };

/* VXLAN (RFC 7348). What is reserved in its header is to be ignored: group policies and gateways of clouds use it. */
static void vxlan(struct layer *l)
{
	const uint8_t *h = cursor_bytes(&l->at, 8);
	if (!h || !(h[0] & VXLAN_NETWORK))
		return;
	overlay(l, get32(h + 4) >> 8);
	decode_ethernet(l);
}

/* VXLAN with a protocol field (draft-ietf-nvo3-vxlan-gpe), which counts where the header says that there is one; and
 * where it does not, but what follows is the IP that the field names, and to the octet. */
static void vxlan_gpe(struct layer *l)
{
	const uint8_t *h = cursor_bytes(&l->at, 8);
	if (!h || (h[0] & (VXLAN_VERSION | VXLAN_NETWORK)) != VXLAN_NETWORK)
		return;
	overlay(l, get32(h + 4) >> 8);
	if (!(h[0] & VXLAN_NEXT) && (h[3] == NEXT_IPV4 || h[3] == NEXT_IPV6) && exact_ip(l))
		return;
	next_protocol(l, h[0] & VXLAN_NEXT ? h[3] : NEXT_ETHERNET);
}

/* Geneve (RFC 8926). */
static void geneve(struct layer *l)
{
	const uint8_t *h = cursor_bytes(&l->at, 8);
	if (!h || h[0] >> 6 || !cursor_ok(&l->at))
		return;
	cursor_skip(&l->at, (h[0] & 0x3fu) * 4);
	if (!cursor_ok(&l->at))
		return;
	overlay(l, get32(h + 4) >> 8);
	uint16_t type = get16(h + 2);
	if (type == GRE_BRIDGED)
		decode_ethernet(l);
	else if (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6 || type == ETHERTYPE_ARP)
		decode_ethertype(l, type);
}

/* Data of access points (RFC 5415 4.3): Ethernet, or 802.11 as it was on the air (RFC 5416). A preamble that announces
 * DTLS, a keep-alive and fragments are not entered. */
static void capwap(struct layer *l)
{
	const uint8_t *h = l->at.at;
	uint32_t length = cursor_left(&l->at) >= 8 ? (h[1] >> 3) * 4u : 0;
	if (length < 8 || h[0] || h[3] & (CAPWAP_FRAGMENT | CAPWAP_KEEP_ALIVE) || !cursor_bytes(&l->at, length))
		return;
	if (!(h[2] & CAPWAP_NATIVE))
		decode_ethernet(l);
	else if ((h[2] >> 1 & 31) == CAPWAP_802_11)
		decode_wireless_either(l);
}

/* User packets of mobile networks (3GPP TS 29.281): message type 255, extension headers, IP. */
static void gtpu(struct layer *l)
{
	const uint8_t *h = cursor_bytes(&l->at, 8);
	if (!h || (h[0] & 0xf0) != 0x30 || h[1] != 0xff)
		return;
	uint8_t next = 0;
	if (h[0] & 7) {
		cursor_skip(&l->at, 3);
		next = cursor_u8(&l->at);
	}
	for (int n = 0; next && (h[0] & 4); n++) {
		uint32_t length = cursor_peek(&l->at, 0) * 4u;
		const uint8_t *extension = length && n < EXTENSIONS_MAX ? cursor_bytes(&l->at, length) : NULL;
		if (!extension)
			return;
		next = extension[length - 1];
	}
	(void)decode_ip(l);
}

enum lisp_flag { LISP_INSTANCE = 0x08, LISP_RESERVED = 0x04 };

/* Between routers of sites (RFC 9300 5.3): flags, and an instance where they say so; behind it IP, whose length must be
 * right, for nothing else tells that it is there. */
static void lisp(struct layer *l)
{
	const uint8_t *h = cursor_bytes(&l->at, 8);
	if (!h || h[0] & LISP_RESERVED)
		return;
	if (h[0] & LISP_INSTANCE)
		overlay(l, get32(h + 4) >> 8);
	(void)exact_ip(l);
}

/* IPv6 through address translators (RFC 4380), behind optional authentication and origin. */
static void teredo(struct layer *l)
{
	if (cursor_left(&l->at) >= 4 && get16(l->at.at) == 1)
		cursor_skip(&l->at, 13u + l->at.at[2] + l->at.at[3]);
	if (cursor_left(&l->at) >= 8 && get16(l->at.at) == 0)
		cursor_skip(&l->at, 8);
	exact_ipv6(l);
}

enum ayiya { AYIYA_FORWARD = 1, AYIYA_HEADER = 8, AYIYA_IPV6 = 41 };

/* IPv6 from tunnel brokers (draft-massar-v6ops-ayiya-02): sizes of identity and signature, the operation, what comes
 * behind, a time, the identity, the signature. */
static void ayiya(struct layer *l)
{
	const uint8_t *h = cursor_bytes(&l->at, AYIYA_HEADER);
	if (!h || (h[2] & 15) != AYIYA_FORWARD || h[3] != AYIYA_IPV6)
		return;
	cursor_skip(&l->at, ((size_t)1 << (h[0] >> 4)) + (h[1] >> 4) * 4u);
	if (cursor_ok(&l->at))
		exact_ipv6(l);
}

enum l2tp_flag { L2TP_CONTROL = 0x8000, L2TP_LENGTH = 0x4000, L2TP_SEQUENCE = 0x0800, L2TP_OFFSET = 0x0200 };

/* L2TP (RFC 2661) data messages: PPP inside. */
static void l2tp(struct layer *l)
{
	uint16_t flags = cursor_u16(&l->at);
	if ((flags & 15) != 2 || flags & L2TP_CONTROL)
		return;
	cursor_skip(&l->at, (flags & L2TP_LENGTH ? 6 : 4) + (flags & L2TP_SEQUENCE ? 4u : 0));
	if (flags & L2TP_OFFSET)
		cursor_skip(&l->at, cursor_u16(&l->at));
	if (cursor_ok(&l->at))
		decode_ppp(l);
}

static const struct tunnel {
	uint16_t number; /* IP protocol, or UDP port */
	void (*enter)(struct layer *l);
} by_protocol[] =
	{
		{4, ip}, {41, ip}, {47, gre}, {97, etherip}, {137, mpls},
},
  by_port[] = {
	  {1701, l2tp},      {2152, gtpu},  {3544, teredo}, {4341, lisp},   {4789, vxlan},
	  {4790, vxlan_gpe}, {5072, ayiya}, {5247, capwap}, {6081, geneve}, {8472, vxlan},
};

/* Decodes what is inside, or leaves the packet as it was. */
static void enter(struct layer *l, const struct tunnel *t)
{
	struct packet *p = l->packet;
	if (l->outermost || p->flags & PACKET_FRAGMENT || l->depth++ >= LAYER_DEPTH)
		return;
	struct packet outer = *p;
	uint8_t vlans = l->vlans;
	p->verdict = VERDICTS;
	p->flags = PACKET_TUNNEL;
	p->sport = p->dport = 0;
	p->icmp_type = p->icmp_code = 0;
	memset(p->src_mac, 0, sizeof p->src_mac);
	memset(p->dst_mac, 0, sizeof p->dst_mac);
	l->tags = 0;
	t->enter(l);
	bool carries = p->verdict == VERDICT_NOT_IP;
	if (p->verdict == VERDICT_IP || (carries && l->carried))
		return;
	*p = outer;
	l->vlans = vlans;
	if (carries)
		p->flags |= PACKET_CARRIES;
}

static bool find(struct layer *l, const struct tunnel *rows, size_t n, uint16_t number)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].number == number) {
			enter(l, &rows[i]);
			return true;
		}
	return false;
}

void decode_tunnel_teredo(struct layer *l)
{
	static const struct tunnel between_peers = {0, exact_ipv6};
	enter(l, &between_peers);
}

void decode_tunnel_protocol(struct layer *l)
{
	(void)find(l, by_protocol, sizeof by_protocol / sizeof *by_protocol, l->packet->protocol);
}

void decode_tunnel_port(struct layer *l)
{
	uint16_t sport = l->packet->sport, dport = l->packet->dport;
	if (tunnel_port(dport) && find(l, by_port, sizeof by_port / sizeof *by_port, dport))
		return;
	if (tunnel_port(sport))
		(void)find(l, by_port, sizeof by_port / sizeof *by_port, sport);
}
