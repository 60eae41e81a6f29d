/* TCP (RFC 9293), UDP (RFC 768), SCTP (RFC 9260) and relatives with ports, ICMP. */
#include "capture/layer.h"

enum protocol {
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_DCCP = 33,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_SCTP = 132,
	PROTOCOL_UDPLITE = 136,
};

/* A transport header that is not all there: cut by the snapshot length, or contradictory. */
static void bad(struct layer *l)
{
	if (!l->missing)
		l->packet->flags |= PACKET_BAD_L4;
}

/* The ports, which stand first in every header that has any. */
static inline bool ports(struct layer *l)
{
	if (cursor_left(&l->at) < 4) {
		bad(l);
		return false;
	}
	l->packet->sport = get16(l->at.at);
	l->packet->dport = get16(l->at.at + 2);
	l->packet->flags |= PACKET_HAS_PORTS;
	return true;
}

/* The payload begins `header` octets further on; they are known to be there. */
static inline void step(struct layer *l, uint32_t header)
{
	cursor_skip(&l->at, header);
	layer_payload(l);
}

/* A TCP header that is not whole: what there is of it. */
static void short_tcp(struct layer *l, uint32_t left, uint32_t header)
{
	if (ports(l) && left >= 20 && (header < 20 || header > layer_wire(l)))
		l->packet->flags |= PACKET_BAD_L4;
	else
		bad(l);
}

static inline void tcp(struct layer *l)
{
	const uint8_t *h = l->at.at;
	uint32_t left = (uint32_t)cursor_left(&l->at), missing = l->missing;
	uint32_t header = left >= 20 ? (h[12] >> 4) * 4u : 0;
	if (header < 20 || header > left) {
		short_tcp(l, left, header);
		return;
	}
	struct packet *p = l->packet;
	p->sport = get16(h);
	p->dport = get16(h + 2);
	p->tcp.seq = get32(h + 4);
	p->tcp.ack = get32(h + 8);
	p->tcp.flags = get16(h + 12) & 0xfff;
	p->tcp.window = get16(h + 14);
	p->tcp.urgent = get16(h + 18);
	p->tcp.options_len = (uint8_t)(header - 20);
	p->tcp.options = header > 20 ? h + 20 : NULL;
	p->flags |= PACKET_TCP | PACKET_HAS_PORTS;
	p->payload = h + header;
	p->payload_len = left - header;
	p->payload_wire = left - header + missing;
}

/* The payload is what the UDP length says; it may be less than IP carries, never more unless the rest comes in
 * further fragments. */
static inline void udp(struct layer *l)
{
	const uint8_t *h = l->at.at;
	uint32_t left = (uint32_t)cursor_left(&l->at), missing = l->missing;
	if (left < 8) {
		if (ports(l))
			bad(l);
		return;
	}
	struct packet *p = l->packet;
	uint16_t sport = get16(h), dport = get16(h + 2), length = get16(h + 4), flags = PACKET_HAS_PORTS;
	uint32_t have = left - 8, wire = have + missing;
	if (length >= 8 && length - 8u <= wire) {
		wire = length - 8u;
		have = wire < have ? wire : have;
	} else if (length && (length < 8 || !(p->flags & PACKET_FRAGMENT))) {
		flags |= PACKET_BAD_L4;
	}
	p->sport = sport;
	p->dport = dport;
	p->flags |= flags;
	p->payload = h + 8;
	p->payload_len = have;
	p->payload_wire = wire;
	bool teredo = tunnel_teredo(h + 8, have);
	if (teredo || tunnel_port(dport) || tunnel_port(sport)) {
		cursor_skip(&l->at, 8);
		l->at.end = l->at.at + have;
		l->missing = wire - have;
		if (teredo)
			decode_tunnel_teredo(l);
		else
			decode_tunnel_port(l);
	}
}

/* Ports in front, a header of fixed length: SCTP. */
static void sctp(struct layer *l)
{
	if (!ports(l))
		return;
	if (cursor_left(&l->at) < 12)
		bad(l);
	else
		step(l, 12);
}

/* UDP-Lite (RFC 3828): what stands for the length is checksum coverage. */
static void udplite(struct layer *l)
{
	if (!ports(l))
		return;
	if (cursor_left(&l->at) < 8)
		bad(l);
	else
		step(l, 8);
}

/* DCCP (RFC 4340): the header says how long it is. */
static void dccp(struct layer *l)
{
	const uint8_t *h = l->at.at;
	uint32_t left = (uint32_t)cursor_left(&l->at), header = left >= 12 ? h[4] * 4u : 0;
	if (!ports(l))
		return;
	if (header < 12 || header > left)
		bad(l);
	else
		step(l, header);
}

/* Types that report an error about another packet, which they quote. */
static bool icmp_error(uint8_t type)
{
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static void icmp(struct layer *l)
{
	struct packet *p = l->packet;
	if (p->version != (p->protocol == PROTOCOL_ICMP ? 4 : 6))
		return;
	if (cursor_left(&l->at) < 2) {
		bad(l);
		return;
	}
	p->icmp_type = l->at.at[0];
	p->icmp_code = l->at.at[1];
	if (p->version == 4 ? icmp_error(p->icmp_type) : p->icmp_type < 128)
		p->flags |= PACKET_ICMP_ERROR;
}

static const struct transport {
	uint8_t protocol;
	void (*decode)(struct layer *l);
} transports[] = {
	{PROTOCOL_ICMP, icmp}, {PROTOCOL_ICMPV6, icmp},     {PROTOCOL_SCTP, sctp},
	{PROTOCOL_DCCP, dccp}, {PROTOCOL_UDPLITE, udplite},
};

/* The two that nearly every packet is go first and inlined. */
void decode_transport(struct layer *l)
{
	uint8_t protocol = l->packet->protocol;
	if (protocol == PROTOCOL_TCP) {
		tcp(l);
		return;
	}
	if (protocol == PROTOCOL_UDP) {
		udp(l);
		return;
	}
	for (size_t i = 0; i < sizeof transports / sizeof *transports; i++)
		if (transports[i].protocol == protocol) {
			transports[i].decode(l);
			return;
		}
	decode_tunnel_protocol(l);
}
