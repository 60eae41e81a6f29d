#include "classify/worker.h"

#include <sched.h>
#include <stdlib.h>
#include <time.h>

#define PAUSE_AFTER 16u /* polls without a frame until flow records go out that fill no message */

struct worker {
	struct worker_options options;
	struct decoder *decoder;
	struct meter *meter;
	struct inspector *inspector; /* NULL with flows_only */
	struct reporter *reporter;   /* NULL with flows_only */
	struct batch batch;
	struct packet packets[BATCH_FRAMES];
	uint64_t concerned; /* set of those that inspection and reporter are to see */
};

#define IDLE_NS   (300 * 1000000000ull)
#define ACTIVE_NS (1800 * 1000000000ull)

static void flow_ended(void *context, struct flow *flow)
{
	struct worker *w = context;
	if (w->inspector && flow->inspect) {
		uint64_t a = flow_last_us(flow, FLOW_FORWARD), b = flow_last_us(flow, FLOW_REVERSE);
		reporter_flow_ends(w->reporter, (a > b ? a : b) * 1000 + IDLE_NS);
		inspector_release(w->inspector, flow);
		reporter_flow_ended(w->reporter);
	}
	if (w->options.flows.flow)
		w->options.flows.flow(w->options.flows.context, w->options.queue, flow);
}

static bool set_up(struct worker *w)
{
	const struct worker_options *o = &w->options;
	struct meter_options meter = {
		.max_flows = o->max_flows,
		.idle_ns = IDLE_NS,
		.active_ns = ACTIVE_NS,
		.flows_only = o->flows_only,
		.ended = flow_ended,
		.context = w,
	};
	w->decoder = decoder_new();
	w->meter = meter_new(&meter);
	if (!w->decoder || !w->meter)
		return false;
	if (o->copies_ns && decoder_drop_copies(w->decoder, o->copies_ns) < 0)
		return false;
	if (o->scope.n_excluded || o->scope.n_excluded_macs)
		decoder_exclude(w->decoder, scope_excludes, &w->options.scope);
	if (o->flows_only)
		return true;
	w->reporter = reporter_new(o->seed, &o->scope, 0, o->out, o->back);
	struct finder finder = {reporter_found, reporter_bound, w->reporter};
	struct inspector_options inspect = {0};
	w->inspector = w->reporter ? inspector_new(&inspect, &finder) : NULL;
	return w->inspector;
}

int worker_new(const struct worker_options *options, struct worker **out, struct error *error)
{
	struct worker *w = calloc(1, sizeof *w);
	if (w) {
		w->options = *options;
		if (set_up(w)) {
			*out = w;
			return 0;
		}
		worker_free(w);
	}
	return error_set(error, ERROR_FAILED, "no memory for a worker; try fewer with --workers");
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	inspector_free(w->inspector);
	reporter_free(w->reporter);
	if (w->meter)
		meter_free(w->meter);
	if (w->decoder)
		decoder_free(w->decoder);
	free(w);
}

/* What is inside a tunnel and not IP is inspected, while the tunnel's packet is metered. */
static void inspect_carried(struct worker *w, const struct packet *p)
{
	struct packet inner;
	if (!decode_carried(p, &inner))
		return;
	inspector_frame(w->inspector, &inner);
	reporter_carried(w->reporter, &inner);
}

/* Who sends a tunnel's packets is there, too. */
static void tell_tunnel(struct worker *w, const struct packet *p)
{
	struct packet outer;
	if (decode_outermost(p, &outer))
		reporter_tunnel(w->reporter, &outer);
}

/* The flow of what came through a tunnel in fragments, where it is this worker's; NULL when nothing of it came
 * otherwise.
 */
static struct flow *flow_inside(struct worker *w, const struct packet *outer, const struct packet *inner,
				enum flow_direction *direction)
{
	if (!(outer->flags & PACKET_FOLLOWED) || inner->flags & PACKET_FRAGMENT)
		return NULL;
	return meter_find(w->meter, inner, direction);
}

/* What came through a tunnel in fragments is inspected when they are together; the fragments are metered. */
static void inspect_inside(struct worker *w, uint32_t index)
{
	const struct packet *p = &w->packets[index];
	enum flow_direction direction;
	struct packet inner;
	if (!w->inspector || !decode_inside(p, &inner) || !scope_concerned(&w->options.scope, &inner, 1) ||
	    scope_excludes(&w->options.scope, &inner))
		return;
	reporter_clock(w->reporter, p->clock_ns);
	reporter_enters(w->reporter, index);
	struct flow *flow = flow_inside(w, p, &inner, &direction);
	if (flow)
		inspector_packet(w->inspector, &inner, flow, direction);
	else
		inspector_alone(w->inspector, &inner);
	reporter_carried(w->reporter, &inner);
	reporter_left(w->reporter);
}

static void inspect(struct worker *w, uint32_t index, struct flow *flow, enum flow_direction direction)
{
	const struct packet *p = &w->packets[index];
	if (!(w->concerned >> index & 1))
		return;
	reporter_clock(w->reporter, p->clock_ns);
	reporter_host(w->reporter, index);
	if (flow && !(p->flags & PACKET_PASSENGER))
		inspector_packet(w->inspector, p, flow, direction);
	else if (p->verdict == VERDICT_NOT_IP)
		inspector_frame(w->inspector, p);
	if (p->flags & PACKET_CARRIES)
		inspect_carried(w, p);
	if (p->flags & PACKET_TUNNEL)
		tell_tunnel(w, p);
}

#define FLOWS_AHEAD 24u /* packets between the prefetch of a flow and its use */
#define AHEAD       12u /* packets between the prefetch of an inspection and its use */

/* Asks early for all that the batch will touch, each step when the one before it has had time to arrive. */
static void prefetch(struct worker *w)
{
	uint32_t n = w->batch.count;
	meter_prefetch(w->meter, w->packets, n);
	w->concerned = w->reporter ? scope_concerned(&w->options.scope, w->packets, n) : 0;
	if (w->reporter) /* what travels in a packet may be of interest where the packet is not */
		reporter_prefetch(w->reporter, w->packets, n, w->concerned);
	for (uint32_t i = 0; i < FLOWS_AHEAD; i++)
		meter_prefetch_flow(w->meter, i);
}

static void prefetch_inspection(struct worker *w, uint32_t index)
{
	meter_prefetch_flow(w->meter, index + FLOWS_AHEAD - AHEAD);
	if (index >= w->batch.count || !(w->concerned >> index & 1))
		return;
	const struct flow *flow = meter_expected(w->meter, index);
	if (flow)
		inspector_prefetch(&w->packets[index], flow);
}

static void process(struct worker *w)
{
	uint32_t n = w->batch.count;
	decode_batch(w->decoder, &w->batch, w->packets);
	prefetch(w);
	for (uint32_t i = 0; i < AHEAD; i++)
		prefetch_inspection(w, i);
	for (uint32_t i = 0; i < n; i++) {
		const struct packet *p = &w->packets[i];
		enum flow_direction direction = FLOW_FORWARD;
		prefetch_inspection(w, i + AHEAD);
		if (p->verdict == VERDICT_MALFORMED || p->verdict == VERDICT_COPY || p->verdict == VERDICT_EXCLUDED)
			continue;
		struct flow *flow = p->verdict == VERDICT_IP ? meter_update(w->meter, p, &direction) : NULL;
		if (p->verdict != VERDICT_INSIDE)
			inspect(w, i, flow, direction);
		if (p->flags & PACKET_WHOLE)
			inspect_inside(w, i);
	}
	if (w->reporter)
		reporter_settle(w->reporter);
	if (n)
		meter_expire(w->meter, w->packets[n - 1].clock_ns);
}

static void progress(struct worker *w, bool now)
{
	if (!w->reporter)
		return;
	const struct worker_options *o = &w->options;
	reporter_clock(w->reporter, source_clock(o->source, o->queue));
	reporter_progress(w->reporter, source_watermark(o->source, o->queue), now);
}

/* Nothing has come. Flows end by the source's clock, which may have moved on without a packet. */
static void rest(struct worker *w, unsigned idle)
{
	const struct worker_options *o = &w->options;
	uint64_t clock_ns = source_clock(o->source, o->queue);
	meter_expire(w->meter, clock_ns);
	decoder_rest(w->decoder, clock_ns);
	if (o->flows.pause && idle == PAUSE_AFTER)
		o->flows.pause(o->flows.context, o->queue);
	if (o->busy_poll)
		return;
	if (idle < 64)
		sched_yield();
	else
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

/* Hands over what is left, and says that nothing follows. */
static void end(struct worker *w)
{
	const struct worker_options *o = &w->options;
	decoder_rest(w->decoder, source_clock(o->source, o->queue));
	meter_flush(w->meter);
	if (w->reporter)
		reporter_end(w->reporter);
	if (o->flows.end)
		o->flows.end(o->flows.context, o->queue);
}

bool worker_discard(struct worker *w)
{
	if (source_poll(w->options.source, w->options.queue, &w->batch) != SOURCE_END)
		return true;
	end(w);
	return false;
}

void *worker_run(void *worker)
{
	struct worker *w = worker;
	const struct worker_options *o = &w->options;
	unsigned idle = 0;
	for (;;) {
		enum source_status status = source_poll(o->source, o->queue, &w->batch);
		if (status == SOURCE_END)
			break;
		if (status == SOURCE_READY) {
			process(w);
			progress(w, false);
			idle = 0;
		} else {
			progress(w, true);
			rest(w, ++idle);
		}
	}
	end(w);
	return NULL;
}

const struct decode_counters *worker_decode_counters(const struct worker *w)
{
	return decoder_counters(w->decoder);
}

const struct reassembly_counters *worker_reassemblies(const struct worker *w)
{
	return decoder_reassemblies(w->decoder);
}

const struct meter_counters *worker_meter_counters(const struct worker *w)
{
	return meter_counters(w->meter);
}

const struct inspect_counters *worker_inspect_counters(const struct worker *w)
{
	return w->inspector ? inspector_counters(w->inspector) : NULL;
}

const struct reporter_counters *worker_reporter_counters(const struct worker *w)
{
	return w->reporter ? reporter_counters(w->reporter) : NULL;
}
