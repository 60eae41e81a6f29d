/* What the decoders of single layers share: where decoding stands inside one frame.
 *
 * Internal to capture/decode*.c. Each layer's function takes the layer, reads its header from the cursor, fills
 * the packet and calls the layer above; nesting is counted in `depth` and capped. A value on the stack of
 * decode_frame(); one thread.
 */
#ifndef ONLOOKER_CAPTURE_LAYER_H
#define ONLOOKER_CAPTURE_LAYER_H

#include "capture/reassembly.h"
#include "capture/packet.h"
#include "core/cursor.h"

#define LAYER_DEPTH 8 /* headers inside one another: tunnels, pseudowires */

enum ethertype {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_PPPOE = 0x8864,
};

struct layer {
	struct cursor at; /* what is in the frame and not yet decoded */
	uint32_t missing; /* octets on the wire behind at.end that the snapshot length cut */
	struct packet *packet;
	uint8_t depth;
	uint8_t tags;   /* VLAN tags so far, priority tags too */
	uint8_t vlans;  /* those with an identifier */
	bool outermost; /* no tunnel is entered */
	bool carried;   /* a frame inside a tunnel is wanted even if it is not IP */
};

/* Octets of the wire from here to the end. */
static inline uint32_t layer_wire(const struct layer *l)
{
	return (uint32_t)cursor_left(&l->at) + l->missing;
}

/* One frame, without regard to earlier ones. Every member of *p is set; ports of later fragments and the clock
 * are for those who remember. */
void decode_frame(const struct frame *frame, struct packet *p);

/* decode_link.c: the layer begins with a header of this kind. */
void decode_link(struct layer *l, enum link link);
void decode_ethernet(struct layer *l);
/* …with what this EtherType says: tags, labels, sessions, IP. */
void decode_ethertype(struct layer *l, uint16_t type);

/* …with IP of an address family, as a BSD or Linux numbers them. */
void decode_family(struct layer *l, uint32_t family);
/* …with IP of either version and nothing else. */
void decode_raw(struct layer *l);
void decode_ppp(struct layer *l);

/* An identifier of a tag, priority and all, that leads to no other header: at most two are kept. */
void layer_vlan(struct layer *l, uint16_t control);

/* decode_wrapper.c: what capturing systems put before a frame. */
void decode_ppi(struct layer *l);
void decode_pktap(struct layer *l);
void decode_pflog(struct layer *l);
void decode_enc(struct layer *l);
void decode_ipnet(struct layer *l);
void decode_juniper_ethernet(struct layer *l);
void decode_juniper_ppp(struct layer *l);
void decode_netanalyzer(struct layer *l);
void decode_erf(struct layer *l);
void decode_prism(struct layer *l);
void decode_ppp_direction(struct layer *l);

/* decode_switch_tag.c: Ethernet between a switch and the processor it belongs to. */
void decode_dsa(struct layer *l);
void decode_edsa(struct layer *l);
void decode_broadcom(struct layer *l);
void decode_broadcom_front(struct layer *l);

/* decode_old_link.c: links that are not Ethernet. */
void decode_fddi(struct layer *l);
void decode_token_ring(struct layer *l);
void decode_arcnet(struct layer *l);
void decode_arcnet_linux(struct layer *l);
void decode_infiniband(struct layer *l);
void decode_fibre_channel(struct layer *l);
void decode_atm(struct layer *l);
void decode_sun_atm(struct layer *l);
void decode_slip(struct layer *l);

/* decode_wireless.c */
void decode_wireless(struct layer *l);
/* …with a frame control field that may stand in either order of octets, as some access points send it. */
void decode_wireless_either(struct layer *l);
void decode_radiotap(struct layer *l);

/* decode_tunnel.c: goes on into a tunnel if the IP protocol, or one of the UDP ports, is a tunnel's. */
void decode_tunnel_protocol(struct layer *l);
void decode_tunnel_port(struct layer *l);

/* All ports of the tunnels' table lie between these: the test that nearly every datagram fails. */
#define TUNNEL_PORT_FIRST 1701
#define TUNNEL_PORT_LAST  8472

static inline bool tunnel_port(uint16_t port)
{
	return port >= TUNNEL_PORT_FIRST && port <= TUNNEL_PORT_LAST;
}

/* Teredo packets that peers and relays exchange have any ports: they are an IPv6 header whose source or destination is
 * an address of Teredo's (2001::/32, RFC 4380 2.6), at `at`, of which `len` octets are there. */
static inline bool tunnel_teredo(const uint8_t *at, uint32_t len)
{
	static const uint8_t prefix[4] = {0x20, 0x01};
	return len >= 40 && at[0] >> 4 == 6 && (!memcmp(at + 8, prefix, 4) || !memcmp(at + 24, prefix, 4));
}

void decode_tunnel_teredo(struct layer *l);

void decode_nsh(struct layer *l, uint16_t type);

/* decode_network.c */
void decode_ipv4(struct layer *l);
void decode_ipv6(struct layer *l);
/* …with IP of either version, as its first four bits say; false when it is neither. */
bool decode_ip(struct layer *l);
/* What a packet with PACKET_FRAGMENT has of its datagram; false when that cannot be told. */
bool decode_piece(const struct packet *p, struct piece *out);
/* Makes of a fragment the packet of its whole datagram, whose fragmented part, `len` octets at `data`, begins with a
 * header of this protocol. */
void decode_whole(struct packet *p, const uint8_t *data, uint32_t len, uint8_t protocol);

/* decode.c: what can be told of the packet that travels in a tunnel's datagram of which this is the first
 * fragment: its addresses are right. False when there is none, or when that takes more than the first fragment. */
bool decode_passenger(const struct packet *first, struct packet *inner);

/* decode_transport.c: the layer is the payload of the IP header that the packet describes. */
void decode_transport(struct layer *l);

/* The three ways to end. `from` is where the undecodable or foreign part begins. */
void layer_not_ip(struct layer *l, const uint8_t *from, uint16_t ethertype);
void layer_malformed(struct layer *l, const uint8_t *from, enum malformed why);

/* Malformed, or only cut by the snapshot length: a header that is not all there. */
static inline void layer_short(struct layer *l, const uint8_t *from, enum malformed why)
{
	layer_malformed(l, from, l->missing ? MALFORMED_CUT : why);
}

/* What is left in the layer is the packet's payload. Written whole, never adjusted: the processor would have to wait
 * for its own narrower stores. */
static inline void layer_payload(const struct layer *l)
{
	struct packet *p = l->packet;
	const uint8_t *at = l->at.at;
	uint32_t left = (uint32_t)(l->at.end - at), missing = l->missing;
	p->payload = at;
	p->payload_len = left;
	p->payload_wire = left + missing;
}

static inline uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* An IPv4 address at `p`, as one store of the whole word. */
static inline void get_ipv4(struct address *a, const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	a->words[0] = (uint64_t)v << 32;
#else
	a->words[0] = v;
#endif
	a->words[1] = 0;
}

#endif
