/* The flow writer: one thread that takes the flow records of every worker and exports them.
 *
 * Workers write ended flows as records into messages that circulate over a pair of rings each; their number is fixed,
 * so memory is bounded, and a worker that finds none waits (files) – records are never dropped here. The thread numbers
 * the messages and sends them.
 */
#ifndef ONLOOKER_EXPORT_FLOW_WRITER_H
#define ONLOOKER_EXPORT_FLOW_WRITER_H

#include "core/error.h"
#include "ipfix/flow.h"
#include "ipfix/flow_export.h"

struct flow_writer;

#define FLOW_WRITER_STATISTICS_SECONDS 60 /* of packet time between two statistics */

/* Whom to ask for the statistics that go with the flows; from the writer's thread, at any time. */
struct flow_writer_statistics {
	uint64_t (*clock)(const void *context); /* packet time, ns since 1970; 0: no packet yet */
	void (*look)(const void *context, struct flow_statistics *out);
	const void *context;
};

/* Starts the thread; the exporter stays the caller's. thread: control */
int flow_writer_start(struct flow_exporter *exporter, uint32_t workers, struct flow_writer **out, struct error *error);

/* From now on statistics are written whenever packet time passes another interval. `statistics` lives until
 * flow_writer_stop(). thread: control, once */
void flow_writer_watch(struct flow_writer *w, const struct flow_writer_statistics *statistics);

/* A flow ended; fits struct flow_outlet with the writer as context. thread: that worker */
void flow_writer_flow(void *writer, uint32_t worker, const struct flow *flow);

/* The worker has nothing to do: what it has written so far need not wait for more. thread: that worker */
void flow_writer_pause(void *writer, uint32_t worker);

/* No flow follows from this worker. thread: that worker */
void flow_writer_end(void *writer, uint32_t worker);

/* The exporter opens its file anew, soon. thread: control */
void flow_writer_reopen(struct flow_writer *w);

/* Waits until every worker has ended and all is exported; frees. thread: control */
void flow_writer_stop(struct flow_writer *w);

#endif
