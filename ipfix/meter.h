/* The metering process: packets to biflows.
 *
 * One meter per worker. The table takes memory by segments up to its capacity and then sheds the flow that
 * carries the least, counted. Time-outs are judged by the flow's own packet times: idle when the next packet
 * comes later than idle_ns after the last, active when it comes later than active_ns after the first; a wheel
 * only decides when an old flow is looked at, never what becomes of it. TCP flows end on RST or FIN of both
 * sides, and linger a moment so that trailing ACKs still count to them.
 */
#ifndef ONLOOKER_IPFIX_METER_H
#define ONLOOKER_IPFIX_METER_H

#include "capture/packet.h"
#include "ipfix/flow.h"

struct meter;

struct meter_options {
	uint64_t max_flows; /* capacity of this meter */
	uint64_t idle_ns;   /* default 300 s */
	uint64_t active_ns; /* default 1800 s */
	/* Called once for each flow that ends, in the owning thread, before its storage is used again:
	 * the receiver releases flow->inspect and takes the record. */
	void (*ended)(void *context, struct flow *flow);
	void *context;
};

/* Single writer (the worker). created = exported + active + shed at any moment between batches. */
struct meter_counters {
	uint64_t created, exported, active, peak;
	uint64_t shed_capacity;  /* thrown out because the table was full */
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

/* Prefetches what meter_update() of these packets will touch; call for a batch first. */
void meter_prefetch(struct meter *m, const struct packet *packets, uint32_t count);

/* Ends a bounded number of flows that are over by packet time `clock_ns`. Call once per batch. */
void meter_expire(struct meter *m, uint64_t clock_ns);

/* Ends every flow (reason idle or forced), in order of first_ordinal. */
void meter_flush(struct meter *m);

#endif
