#include "cli/collector.h"

#include "classify/worker.h"
#include "cli/ledger.h"
#include "core/thread.h"
#include "core/time.h"
#include "export/publisher.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHUNK_RING 64u /* more slots than a worker has chunks */
#define TICK_NS    200000000u
#define LOSSY_NS   (10 * NS_PER_SECOND) /* a stretch with losses ends so long after the last */

struct collector {
	const struct collector_options *options;
	struct worker **workers;
	pthread_t *threads;
	bool *ended; /* workers without a thread, when a start is called off */
	uint32_t started;
	struct ring *in, *back;
	struct registry *registry;
	pthread_t registry_thread;
	bool registry_started;
	struct publisher *publisher;
	struct flow_writer *flow_writer;
	/* control's */
	struct registry_change change; /* on its way to the registry */
	bool changing;
	uint64_t losses, lossy_until_ns;
	struct ledger ledger;                          /* once every part is there */
	struct flow_writer_statistics flow_statistics; /* of the ledger */
	struct stats stats;                            /* control's, while threads run */
};

static struct assertion_block *take_block(void *context)
{
	return publisher_take(context);
}

static void submit_block(void *context, struct assertion_block *block)
{
	publisher_submit(context, block);
}

static const char *name_of_source(const void *context, uint16_t index)
{
	return source_name(context, index);
}

static int start_publisher(struct collector *c, struct error *error)
{
	const struct collector_options *o = c->options;
	return publisher_start(o->sinks, o->n_sinks, o->provenance, &c->publisher, error);
}

static bool recall(struct registry *r, const struct recalled *known)
{
	bool whole = true;
	for (size_t i = 0; i < known->n_endpoints; i++)
		registry_know(r, &known->endpoints[i].founder, known->endpoints[i].id);
	for (size_t i = 0; i < known->n_software && whole; i++) {
		const struct known_software *s = &known->software[i];
		whole = registry_know_software(r, &s->of, s->version, s->last_ns);
	}
	return whole;
}

static int start_registry(struct collector *c, struct error *error)
{
	const struct collector_options *o = c->options;
	struct registry_options r = {
		.in = c->in,
		.back = c->back,
		.workers = o->workers,
		.outlet = {take_block, submit_block, c->publisher},
		.signatures = o->signatures,
		.vendors = o->vendors,
		.own = o->own,
		.privacy = o->privacy,
		.site_key = o->site_key,
		.observation_domain = o->provenance->observation_domain,
		.refresh_ns = o->refresh_ns,
		.gone_ns = o->gone_ns,
		.max_endpoints = o->max_endpoints,
		.raw = o->raw,
		.source_name = name_of_source,
		.source_context = o->source,
	};
	memcpy(r.component, o->provenance->component, 16);
	int code = registry_new(&r, &c->registry, error);
	if (code < 0)
		return code;
	if (o->known && !recall(c->registry, o->known))
		return error_set(error, ERROR_FAILED, "no memory for the software the repository knows");
	if (thread_start(&c->registry_thread, "registry", NULL, registry_run, c->registry))
		return error_set(error, ERROR_FAILED, "cannot start the registry's thread");
	c->registry_started = true;
	return 0;
}

static int make_rings(struct collector *c, struct error *error)
{
	uint32_t n = c->options->workers;
	c->in = aligned_alloc(64, n * sizeof *c->in);
	c->back = aligned_alloc(64, n * sizeof *c->back);
	bool ok = c->in && c->back;
	if (ok) {
		memset(c->in, 0, n * sizeof *c->in);
		memset(c->back, 0, n * sizeof *c->back);
	}
	for (uint32_t i = 0; ok && i < n; i++)
		ok = ring_init(&c->in[i], CHUNK_RING) == 0 && ring_init(&c->back[i], CHUNK_RING) == 0;
	return ok ? 0 : error_set(error, ERROR_FAILED, "no memory for %u workers; try fewer with --workers", n);
}

static int make_workers(struct collector *c, struct error *error)
{
	const struct collector_options *o = c->options;
	c->workers = calloc(o->workers, sizeof *c->workers);
	c->threads = calloc(o->workers, sizeof *c->threads);
	c->ended = calloc(o->workers, sizeof *c->ended);
	if (!c->workers || !c->threads || !c->ended)
		return error_set(error, ERROR_FAILED, "no memory for %u workers; try fewer with --workers", o->workers);
	uint64_t seed = hash_random_key().k0;
	for (uint32_t i = 0; i < o->workers; i++) {
		struct worker_options w = {
			.source = o->source,
			.queue = i,
			.max_flows = o->max_flows / o->workers + 1,
			.flows_only = o->flows_only,
			.copies_ns = o->copies_ns,
			.busy_poll = o->busy_poll,
			.seed = seed,
			.scope = o->scope,
			.out = &c->in[i],
			.back = &c->back[i],
		};
		if (c->flow_writer)
			w.flows = (struct flow_outlet){flow_writer_flow, flow_writer_pause, flow_writer_end,
						       c->flow_writer};
		int code = worker_new(&w, &c->workers[i], error);
		if (code < 0)
			return code;
	}
	return 0;
}

static int start_worker(struct collector *c, uint32_t i, struct error *error)
{
	const struct collector_options *o = c->options;
	pthread_attr_t attributes;
	cpu_set_t set;
	pthread_attr_init(&attributes);
	if (o->n_cpus) {
		CPU_ZERO(&set);
		CPU_SET(o->cpus[i % o->n_cpus], &set);
		pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
	}
	char name[32];
	snprintf(name, sizeof name, "worker %u", i);
	int code = thread_start(&c->threads[i], name, &attributes, worker_run, c->workers[i]);
	pthread_attr_destroy(&attributes);
	return code ? error_set(error, ERROR_FAILED,
				"cannot start worker %u of %u: %s; give --workers a smaller number, or raise the limit "
				"of "
				"processes",
				i + 1, o->workers, strerror(code))
		    : 0;
}

/* Everything is made before the first thread is started, so that only the start itself can fail half-way. */
static int start(struct collector *c, struct error *error)
{
	const struct collector_options *o = c->options;
	int code = make_rings(c, error);
	if (code == 0 && !o->flows_only)
		code = start_publisher(c, error);
	if (code == 0 && o->exporter)
		code = flow_writer_start(o->exporter, o->workers, &c->flow_writer, error);
	if (code == 0)
		code = make_workers(c, error);
	if (code == 0 && !o->flows_only)
		code = start_registry(c, error);
	for (uint32_t i = 0; code == 0 && i < o->workers; i++) {
		code = start_worker(c, i, error);
		c->started += code == 0;
	}
	return code;
}

static struct ledger ledger_of(const struct collector *c)
{
	const struct collector_options *o = c->options;
	return (struct ledger){
		.source = o->source,
		.workers = c->workers,
		.n_workers = o->workers,
		.registry = c->registry,
		.exporter = o->exporter,
		.sinks = o->sinks,
		.n_sinks = o->n_sinks,
		.began_ns = o->began_ns,
	};
}

static void look(void *context, struct stats *out)
{
	const struct collector *c = context;
	ledger_look(&c->ledger, out);
}

static void look_at_flows(const void *ledger, struct flow_statistics *out)
{
	ledger_flows(ledger, out);
}

static uint64_t packet_time(const void *ledger)
{
	return ledger_clock(ledger);
}

static void tell_statistics(struct collector *c)
{
	ledger_look(&c->ledger, &c->stats);
	if (c->options->control.statistics)
		c->options->control.statistics(c->options->control.context, &c->stats);
}

/* Whether something was lost just now, or in the seconds before. */
static bool lossy(struct collector *c)
{
	uint64_t losses = ledger_losses(&c->ledger), now_ns = time_now();
	if (losses != c->losses)
		c->lossy_until_ns = now_ns + LOSSY_NS;
	c->losses = losses;
	return now_ns < c->lossy_until_ns;
}

static void follow_change(struct collector *c)
{
	const struct collector_control *k = &c->options->control;
	if (!c->changing || !registry_changed(c->registry))
		return;
	c->changing = false;
	if (k->changed)
		k->changed(k->context);
}

/* Sees what control wants. */
static void attend(struct collector *c)
{
	const struct collector_options *o = c->options;
	struct source_counters sum;
	source_counters(o->source, &sum);
	follow_change(c);
	bool may_change = c->registry && !c->changing;
	c->change = may_change ? (struct registry_change){0} : c->change;
	unsigned wishes = o->control.tick ? o->control.tick(o->control.context, sum.received, o->live && lossy(c),
							    may_change ? &c->change : NULL)
					  : 0;
	if (may_change && c->change.provenance) {
		c->changing = true;
		registry_change(c->registry, &c->change);
	}
	if (wishes & COLLECTOR_STATISTICS)
		tell_statistics(c);
	if (wishes & COLLECTOR_REOPEN && c->publisher)
		publisher_reopen(c->publisher);
	if (wishes & COLLECTOR_REOPEN && c->flow_writer)
		flow_writer_reopen(c->flow_writer);
}

/* Waits for a worker; sees meanwhile what control wants. */
static void join(struct collector *c, pthread_t thread)
{
	struct timespec until;
	for (;;) {
		clock_gettime(CLOCK_REALTIME, &until);
		uint64_t ns = (uint64_t)until.tv_nsec + TICK_NS;
		until.tv_sec += (time_t)(ns / NS_PER_SECOND);
		until.tv_nsec = (long)(ns % NS_PER_SECOND);
		if (!pthread_timedjoin_np(thread, NULL, &until))
			return;
		attend(c);
	}
}

static void destroy(struct collector *c)
{
	uint32_t n = c->options->workers;
	registry_free(c->registry);
	for (uint32_t i = 0; c->workers && i < n; i++)
		worker_free(c->workers[i]);
	for (uint32_t i = 0; i < n; i++) {
		if (c->in)
			ring_fini(&c->in[i]);
		if (c->back)
			ring_fini(&c->back[i]);
	}
	free(c->in);
	free(c->back);
	free(c->workers);
	free(c->threads);
	free(c->ended);
}

/* Everything runs: lets packets in, and whoever asks for the counters. */
static int begin(struct collector *c, struct error *error)
{
	const struct collector_options *o = c->options;
	c->flow_statistics = (struct flow_writer_statistics){packet_time, look_at_flows, &c->ledger};
	if (c->flow_writer)
		flow_writer_watch(c->flow_writer, &c->flow_statistics);
	int code = o->metrics ? metrics_start(o->metrics, look, c, error) : 0;
	if (code == 0)
		code = source_start(o->source, error);
	if (code < 0)
		source_stop(o->source);
	else if (o->control.started)
		o->control.started(o->control.context);
	return code;
}

/* Something could not be started, so nothing shall run. Workers that have a thread find their queues ended. The queues
 * of the others are emptied here, in turn, as the reader waits for all; and for all wait registry and flow writer. */
static void call_off(struct collector *c)
{
	const struct collector_options *o = c->options;
	source_stop(o->source);
	for (bool more = true; more;) {
		more = false;
		for (uint32_t i = c->started; i < o->workers; i++)
			if (c->workers && c->workers[i] && !c->ended[i]) {
				c->ended[i] = !worker_discard(c->workers[i]);
				more = true;
			}
	}
	for (uint32_t i = 0; i < o->workers; i++)
		if (c->flow_writer && !(c->workers && c->workers[i]))
			flow_writer_end(c->flow_writer, i);
}

/* Waits until every thread has ended, in the order in which the last things they hold pass through them. */
static void finish(struct collector *c)
{
	for (uint32_t i = 0; i < c->started; i++)
		join(c, c->threads[i]);
	if (c->registry_started)
		pthread_join(c->registry_thread, NULL);
	if (c->flow_writer)
		flow_writer_stop(c->flow_writer);
	if (c->publisher)
		publisher_stop(c->publisher);
	metrics_stop(c->options->metrics);
}

/* Everything is at rest: the last statistics among the flows, which are those of `stats`. */
static void close_ledger(const struct collector *c, struct stats *stats)
{
	struct flow_statistics last;
	ledger_close(&c->ledger, stats);
	if (!c->options->exporter)
		return;
	ledger_flows(&c->ledger, &last);
	flow_exporter_statistics(c->options->exporter, &last);
}

int collector_run(const struct collector_options *options, struct stats *stats, struct error *error)
{
	struct collector c = {.options = options};
	int code = start(&c, error);
	if (code < 0)
		call_off(&c);
	c.ledger = ledger_of(&c);
	if (code == 0)
		code = begin(&c, error);
	finish(&c);
	if (code == 0)
		close_ledger(&c, stats);
	destroy(&c);
	return code;
}
