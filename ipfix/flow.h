/* A biflow (RFC 5103) as the metering process keeps it: two cache lines, the first of which a packet only reads, so
 * that ten million of them are kept in little more than a gigabyte.
 *
 * Lives in the table of the worker that owns it. `forward` is the direction of the biflow source: the sender of
 * the first packet, but the receiver of it when that was a SYN+ACK (side[FLOW_FORWARD] may then be empty). A flow
 * that goes on after its active time-out keeps direction, application and the state of inspection. Index 0 is
 * forward, 1 reverse. Times are microseconds; those of a side count from start_us, which the meter's active time-out
 * keeps within 32 bits.
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

struct flow_side {
	uint64_t octets;            /* layer-3 octets */
	uint32_t packets;           /* frames; each fragment one */
	uint32_t first_us, last_us; /* after start_us; both 0 when no packet */
	uint16_t tcp_first;         /* TCP flags of the first packet */
	uint16_t tcp_union;         /* …and of all, ored */
	uint8_t ttl_min, ttl_max;
	uint8_t mac[6]; /* source MAC of the first packet in this direction; zero when unknown */
};

struct flow {
	/* Addresses and ports in forward order (source = biflow source). Ports are 0 for protocols without. */
	struct address src, dst;
	uint32_t segment; /* struct packet, segment */
	uint16_t sport, dport;
	uint8_t protocol, version;
	uint16_t application; /* IANA port-like label that inspection found, 0 unknown (classify/application.h) */
	uint16_t first_icmp;  /* type << 8 | code of the first packet */
	uint8_t end_reason;   /* enum flow_end, when ended */
	uint8_t inspected;    /* bit d set: inspection of direction d is over */
	void *inspect;        /* payload state, owned by classify/inspect; NULL when nothing is to be learnt */
	uint64_t start_us;    /* of the first packet, since 1970 */
	struct flow_side side[2];
};

_Static_assert(sizeof(struct flow) == 128, "a flow is two cache lines");

static inline uint64_t flow_first_us(const struct flow *f, int direction)
{
	return f->start_us + f->side[direction].first_us;
}

static inline uint64_t flow_last_us(const struct flow *f, int direction)
{
	return f->start_us + f->side[direction].last_us;
}

#endif
