/* What decoding makes of a frame: offsets, addresses, ports, flags. No payload is copied or understood.
 *
 * A packet is a value in its worker's batch; its pointers lead into the frame, of a reassembled datagram into a buffer.
 * All numbers are host order except addresses, which stay as on the wire.
 */
#ifndef ONLOOKER_CAPTURE_PACKET_H
#define ONLOOKER_CAPTURE_PACKET_H

#include "capture/frame.h"
#include "core/address.h"

#include <stdbool.h>
#include <stdint.h>

/* The outcome of decoding. Every frame gets exactly one; each but INSIDE is a counter (decode_counters). */
enum verdict {
	VERDICT_IP,        /* an IPv4 or IPv6 packet whose addresses are known: it is metered */
	VERDICT_NOT_IP,    /* a whole frame of another protocol (ARP, LLDP, 802.1X, …): inspected, not metered */
	VERDICT_MALFORMED, /* contradicts its own lengths or protocol: see malformed */
	VERDICT_COPY,      /* a copy of an earlier one, where copies are not wanted: neither metered nor inspected */
	VERDICT_EXCLUDED,  /* sent by or to whom must not be observed: neither metered nor inspected */
	VERDICT_INSIDE,    /* of a FRAME_INSIDE: counted where the frame is, and looked at for what travels in it */
	VERDICTS
};

/* Why a frame is malformed. Names for statistics come from malformed_name(). */
enum malformed {
	MALFORMED_NONE,
	MALFORMED_LINK,      /* link header short or impossible */
	MALFORMED_LINK_TYPE, /* a link type that is not known here */
	MALFORMED_IPV4_HEADER,
	MALFORMED_IPV6_HEADER,
	MALFORMED_CUT, /* the snapshot length left no whole network header */
	MALFORMED_KINDS
};

enum packet_flag {
	PACKET_HAS_MAC = 1 << 0,        /* src_mac and dst_mac are there (Ethernet; SLL gives src_mac only) */
	PACKET_HAS_PORTS = 1 << 1,      /* sport and dport are there */
	PACKET_FRAGMENT = 1 << 2,       /* any fragment */
	PACKET_LATER_FRAGMENT = 1 << 3, /* not the first: no transport header of its own */
	PACKET_CUT = 1 << 4,            /* caplen < what the headers say: payload incomplete */
	PACKET_TCP = 1 << 5,            /* tcp members are valid (whole header seen) */
	PACKET_BAD_L4 = 1 << 6,         /* transport header short or contradictory; still metered by address */
	PACKET_ICMP_ERROR = 1 << 7,
	PACKET_TUNNEL = 1 << 8, /* addresses are those inside a tunnel; MACs only if they are inside too */
	/* With PACKET_FRAGMENT: the last one missing. Transport header and payload are the whole datagram's, lengths of
	 * the IP header the fragment's own. */
	PACKET_WHOLE = 1 << 9,
	/* An IP packet, metered as it is, with a frame inside its tunnel that is not IP: decode_carried(). */
	PACKET_CARRIES = 1 << 10,
	/* With PACKET_WHOLE, a tunnel's datagram: a packet travels in it whose addresses the first fragment told … */
	PACKET_PASSENGER = 1 << 11,
	/* … and turned out to be those, so that who has its flow has it from decode_inside(). */
	PACKET_FOLLOWED = 1 << 12,
};

struct tcp_header {
	uint32_t seq, ack;
	uint16_t window;
	uint16_t flags; /* 12 bits: NS, CWR, ECE, URG, ACK, PSH, RST, SYN, FIN from high to low */
	uint16_t urgent;
	uint8_t options_len;    /* octets */
	const uint8_t *options; /* NULL when there are none */
};

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define TCP_URG 0x20
#define TCP_ECE 0x40
#define TCP_CWR 0x80

/* `segment` keeps equal addresses in different layer-2 networks apart: 0 for untagged, else
 * outer VLAN id | inner VLAN id << 12, and bit 31 with the VNI for overlays. */
#define SEGMENT_OVERLAY 0x80000000u

/* Both ends of a flow. An IPv4 address fills the first four octets, the others are zero. */
struct ends {
	struct address src, dst;
};

struct packet {
	const struct frame *frame;
	const uint8_t *l3;      /* first octet of the IP header, or of what follows the link header */
	const uint8_t *payload; /* transport payload (after UDP/TCP/SCTP header); for others after the IP header */
	uint32_t payload_len;   /* octets of it that are in the frame (padding excluded) */
	uint32_t payload_wire;  /* octets of it on the wire */
	uint32_t l3_len;        /* octets of the frame from l3 to the end, link padding included */
	uint32_t ip_total;      /* length the IP header declares, header included: what octet counters count */
	uint16_t ethertype;     /* of the innermost link or tag header; for LLC frames the value is below 1536 */
	uint32_t segment;
	uint16_t flags; /* enum packet_flag */
	uint8_t verdict, malformed;
	uint8_t version; /* 4, 6; 0 when not IP */
	uint8_t protocol;
	uint8_t ttl; /* TTL or hop limit */
	uint8_t tos;
	uint16_t ip_id;    /* IPv4 identification */
	uint16_t ip_flags; /* IPv4: reserved 4, DF 2, MF 1 */
	uint32_t flow_label;
	uint8_t ip_options_len; /* IPv4 option octets, or IPv6 extension octets (capped at 255) */
	uint8_t icmp_type, icmp_code;
	uint8_t src_mac[6], dst_mac[6];
	uint16_t sport, dport;
	struct address src, dst;
	struct tcp_header tcp;
	uint64_t clock_ns; /* the frame's: never runs backwards, the same with any number of queues */
};

const char *malformed_name(enum malformed m);

#endif
