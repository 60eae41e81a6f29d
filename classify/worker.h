/* A worker: one core's run to completion. Polls its own queue, decodes, meters, inspects what still needs inspecting,
 * expires a bounded number of flows, hands observations and flow records on.
 *
 * Everything a worker owns is used by its thread alone; control reads counters at any time.
 */
#ifndef ONLOOKER_CLASSIFY_WORKER_H
#define ONLOOKER_CLASSIFY_WORKER_H

#include "capture/decode.h"
#include "capture/source.h"
#include "classify/inspect.h"
#include "classify/reporter.h"
#include "ipfix/meter.h"

/* Takes flows that ended, in the worker's thread; copies what it keeps. */
struct flow_outlet {
	void (*flow)(void *context, uint32_t worker, const struct flow *flow);
	void (*pause)(void *context, uint32_t worker); /* nothing to do just now: what waits may be sent */
	void (*end)(void *context, uint32_t worker);   /* no flow follows from this worker */
	void *context;
};

struct worker_options {
	struct source *source;
	uint32_t queue;
	uint64_t max_flows;
	bool flows_only;    /* no inspection, nothing reported */
	uint64_t copies_ns; /* copies of a packet within so long are dropped; 0: they are kept */
	bool busy_poll;     /* never sleeps when there is nothing to do */
	uint64_t seed;      /* of observation tags: the same for all workers */
	struct scope scope;
	struct ring *out, *back; /* chunks of observations; NULL with flows_only */
	struct flow_outlet flows;
};

struct worker;

int worker_new(const struct worker_options *options, struct worker **out, struct error *error);
void worker_free(struct worker *w);

/* The thread's body: returns when the queue has ended and everything is handed over. */
void *worker_run(void *worker);

/* In place of worker_run(), when there is to be no run: takes what lies in the queue and throws it away. False when the
 * queue has ended; then everybody who waits for this worker has been told so. thread: control */
bool worker_discard(struct worker *w);

const struct decode_counters *worker_decode_counters(const struct worker *w);
const struct reassembly_counters *worker_reassemblies(const struct worker *w);
const struct meter_counters *worker_meter_counters(const struct worker *w);
const struct inspect_counters *worker_inspect_counters(const struct worker *w);   /* NULL with flows_only */
const struct reporter_counters *worker_reporter_counters(const struct worker *w); /* NULL with flows_only */

#endif
