/* Inspection: what the traffic tells.
 *
 * Puts the first kilobytes of each TCP direction in order (overlap, gap and retransmission resolved the same
 * way every time: the octet that came first stays), selects a dissector by the first octets with ports as a
 * hint, feeds it, and hands its findings to a finder. Frames that are not IP (ARP, LLDP, CDP) and ICMPv6
 * neighbour discovery have link dissectors of their own. TCP SYN and SYN+ACK are read here too. When nothing
 * is left to learn the flow's payload state is released.
 *
 * One inspector per worker thread. Memory is bounded by max_bytes for all flows together: past it new flows are
 * not inspected, and counted.
 */
#ifndef ONLOOKER_CLASSIFY_INSPECT_H
#define ONLOOKER_CLASSIFY_INSPECT_H

#include "capture/packet.h"
#include "classify/finding.h"
#include "ipfix/flow.h"

struct inspector;

struct inspector_options {
	size_t max_bytes; /* for reordering buffers and dissector state; 0: the default, 256 MiB */
};

/* Single writer (the worker). */
struct inspect_counters {
	uint64_t flows;       /* flows that got payload state */
	uint64_t identified;  /* of them: a dissector recognised the protocol */
	uint64_t unknown;     /* of them: nobody did */
	uint64_t shed_memory; /* flows not inspected because memory was out */
	uint64_t gaps;        /* holes in TCP payload that were given up */
	uint64_t overlaps;    /* retransmitted octets that contradicted the first copy */
	uint64_t reordered;   /* segments that came early and were held */
};

struct inspector *inspector_new(const struct inspector_options *options, const struct finder *finder);
void inspector_free(struct inspector *in);
const struct inspect_counters *inspector_counters(const struct inspector *in);

/* A packet that was metered. `flow` is as meter_update() gave it. */
void inspector_packet(struct inspector *in, const struct packet *packet, struct flow *flow,
		      enum flow_direction direction);

/* Prefetches what inspector_packet() of the packet will touch, if it belongs to this flow. */
void inspector_prefetch(const struct packet *packet, const struct flow *flow);

/* A packet whose flow nobody meters: what it tells by itself. */
void inspector_alone(struct inspector *in, const struct packet *packet);

/* A frame that is not IP. */
void inspector_frame(struct inspector *in, const struct packet *packet);

/* The flow ends: gives what still waits to its dissector, then releases flow->inspect. */
void inspector_release(struct inspector *in, struct flow *flow);

#endif
