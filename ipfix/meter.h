/* The metering process: packets to biflows.
 *
 * One meter per worker. The table takes memory by segments up to its capacity; then the flow that carries least
 * (unanswered first, then the longest silent, of a bounded sample) is exported early, reason "lack of resources",
 * to make room. Time-outs are judged by the flow's own packet times: idle when the next packet comes later than
 * idle_ns after the last, active when it comes later than active_ns after the first. A sweep over the table only
 * decides when a silent flow is looked at, and it leaves a margin for packets that come late, so that what becomes of a
 * flow does not depend on when it came by. Times are judged to the microsecond. TCP flows end on RST or FIN of both
 * sides, and linger METER_LINGER_NS after their last packet so that trailing ACKs still count to them; a SYN in that
 * time begins a new flow.
 *
 * The biflow source is the sender of the first packet, except that a flow that begins with SYN+ACK has the
 * sender of that as its destination. ICMP has no ports: type and code are not part of the key.
 */
#ifndef ONLOOKER_IPFIX_METER_H
#define ONLOOKER_IPFIX_METER_H

#include "capture/packet.h"
#include "core/time.h"
#include "ipfix/flow.h"

#define METER_LINGER_NS (5 * NS_PER_SECOND)

struct meter;

struct meter_options {
	uint64_t max_flows; /* capacity of this meter */
	uint64_t idle_ns;   /* default 300 s */
	uint64_t active_ns; /* default 1800 s; more than 71 minutes count as 71 minutes */
	bool flows_only;    /* nothing is inspected: the order of first packets is not kept */
	/* Called once for each flow that ends, in the owning thread, before its storage is used again:
	 * the receiver releases flow->inspect and takes the record. It must not call the meter. */
	void (*ended)(void *context, struct flow *flow);
	void *context;
};

/* Single writer (the worker). created = exported + active + shed at any moment between batches. */
struct meter_counters {
	uint64_t created, exported, active, peak;
	uint64_t shed_capacity;  /* could not be kept at all: no memory for even one more; each is one packet */
	uint64_t shed_octets;    /* layer-3 octets of those */
	uint64_t clock_ns;       /* packet time that was reached */
	uint64_t evicted;        /* of the exported: before their time, to make room (reason 5) */
	uint64_t time_backwards; /* packets older than the last of their flow: clamped */
};

struct meter *meter_new(const struct meter_options *options);
void meter_free(struct meter *m); /* flows still active are dropped: call meter_flush() first */
const struct meter_counters *meter_counters(const struct meter *m);

/* Accounts one packet with verdict IP and gives its biflow.
 * *direction  FLOW_FORWARD or FLOW_REVERSE
 * returns     the flow, valid until the next call of meter_update, _expire or _flush; NULL when shed (counted)
 */
struct flow *meter_update(struct meter *m, const struct packet *packet, enum flow_direction *direction);

/* The biflow the packet belongs to, as meter_update() would find it, and nothing is accounted: what travelled in a
 * tunnel's fragments is in none of the counters. NULL when there is none. Valid as above. */
struct flow *meter_find(struct meter *m, const struct packet *packet, enum flow_direction *direction);

/* Works out and prefetches where meter_update() of these packets will look: call for a batch first, then
 * meter_update() for those with verdict IP, the packets unchanged. More than BATCH_FRAMES: the rest is not prefetched.
 */
void meter_prefetch(struct meter *m, const struct packet *packets, uint32_t count);

/* Prefetches the flow that packet `index` of that batch will probably be found to belong to: call when other work has
 * given memory time to answer the first. Beyond the batch it does nothing. */
void meter_prefetch_flow(struct meter *m, uint32_t index);

/* The flow that packet `index` of a batch after meter_prefetch_flow() probably belongs to, as far as that is known, or
 * NULL: good for prefetching what hangs on it, and for nothing else. */
const struct flow *meter_expected(const struct meter *m, uint32_t index);

/* Ends a bounded number of flows that are over by packet time `clock_ns`. Call once per batch. The clock is held
 * back to the oldest packet metered since the last call, so that one packet with a time far in the future does
 * not end everything. */
void meter_expire(struct meter *m, uint64_t clock_ns);

/* Ends every flow (reason idle, end detected, or else forced), in the order of their first packets those under
 * inspection, then the others. */
void meter_flush(struct meter *m);

#endif
