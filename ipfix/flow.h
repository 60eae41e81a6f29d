/* A biflow (RFC 5103) as the metering process keeps it.
 *
 * Lives in the table of the worker that owns it. `forward` is the direction of the biflow source: the sender of
 * the first packet, but the receiver of it when that was a SYN+ACK (side[FLOW_FORWARD] may then be empty). A flow
 * that goes on after its active time-out keeps direction, application and the state of inspection. Index 0 is
 * forward, 1 reverse.
 */
#ifndef ONLOOKER_IPFIX_FLOW_H
#define ONLOOKER_IPFIX_FLOW_H

#include "core/address.h"

#include <stdbool.h>
#include <stdint.h>

enum flow_direction { FLOW_FORWARD, FLOW_REVERSE };

/* flowEndReason, IANA element 136. */
enum flow_end {
	FLOW_END_IDLE = 1,
	FLOW_END_ACTIVE = 2,
	FLOW_END_DETECTED = 3,
	FLOW_END_FORCED = 4,
	FLOW_END_RESOURCES = 5
};

/* Addresses and ports in forward order (source = biflow source). Ports are 0 for protocols without. */
struct flow_key {
	struct address src, dst;
	uint32_t segment; /* struct packet, segment */
	uint16_t sport, dport;
	uint8_t protocol, version;
};

/* In this order all that a packet changes lies in the first two cache lines of a flow. */
struct flow_side {
	uint64_t packets, octets;      /* frames and layer-3 octets; each fragment one */
	uint64_t last_ns;              /* 0 when no packet */
	uint16_t tcp_first, tcp_union; /* TCP flags: of the first packet, and all ored */
	uint8_t ttl_min, ttl_max;
	uint8_t mac[6];    /* source MAC of the first packet in this direction; zero when unknown */
	uint64_t first_ns; /* 0 when no packet */
};

struct flow {
	struct flow_key key;
	struct flow_side side[2];
	void *inspect;          /* payload state, owned by classify/inspect; NULL when nothing is to be learnt */
	uint16_t application;   /* IANA port-like label that inspection found, 0 unknown (classify/application.h) */
	uint16_t first_icmp;    /* type << 8 | code of the first packet */
	uint8_t end_reason;     /* enum flow_end, when ended */
	uint8_t inspected;      /* bit d set: inspection of direction d is over */
	uint16_t source;        /* index of the source of the first packet */
	uint64_t first_ordinal; /* ordinal of the first packet: the order in which flows are reported */
};

#endif
