#include "export/flow_writer.h"

#include "core/ring.h"
#include "core/thread.h"
#include "core/time.h"
#include "ipfix/flow_record.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#define MESSAGES   16u /* per worker: a power of two */
#define NAP_NS     500000
#define FLUSH_IDLE 1000u /* naps after which the exporter sees to what is due by time */

struct lane {
	struct ring out, back;
	struct flow_message *messages[MESSAGES];
	uint32_t n_messages;
	struct flow_message *filling; /* the worker's */
	_Atomic bool ended;           /* set by the worker behind its last message; read by the writer */
};

struct flow_writer {
	struct flow_exporter *exporter;
	uint32_t workers;
	struct lane *lanes;
	pthread_t thread;
	atomic_bool reopening;                                   /* control sets, the writer clears */
	const struct flow_writer_statistics *_Atomic statistics; /* control sets; NULL: not yet */
	uint64_t interval;                                       /* the writer's: number of the one packet time is in */
};

static void rest(unsigned tries)
{
	if (tries < 64)
		sched_yield();
	else
		nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
}

static bool drain(struct flow_writer *w, struct lane *l)
{
	struct flow_message *m = ring_take(&l->out);
	if (!m)
		return false;
	flow_exporter_send(w->exporter, m);
	ring_put(&l->back, m);
	return true;
}

/* Intervals are counted from 1970, so that they begin on the minute. The first is the one of the first packet. */
static void tell_statistics(struct flow_writer *w)
{
	const struct flow_writer_statistics *s = atomic_load_explicit(&w->statistics, memory_order_acquire);
	uint64_t interval = s ? s->clock(s->context) / (FLOW_WRITER_STATISTICS_SECONDS * NS_PER_SECOND) : 0;
	struct flow_statistics now;
	if (interval <= w->interval)
		return;
	if (w->interval) {
		s->look(s->context, &now);
		flow_exporter_statistics(w->exporter, &now);
	}
	w->interval = interval;
}

void flow_writer_watch(struct flow_writer *w, const struct flow_writer_statistics *statistics)
{
	/* read by tell_statistics() */
	atomic_store_explicit(&w->statistics, statistics, memory_order_release);
}

/* A lane is over when its worker said so before it was found empty. */
static bool over(struct flow_writer *w)
{
	for (uint32_t i = 0; i < w->workers; i++)
		if (!atomic_load_explicit(&w->lanes[i].ended, memory_order_acquire) || ring_count(&w->lanes[i].out))
			return false;
	return true;
}

static void *run(void *writer)
{
	struct flow_writer *w = writer;
	for (unsigned idle = 0; !over(w);) {
		bool any = false;
		for (uint32_t i = 0; i < w->workers; i++)
			any |= drain(w, &w->lanes[i]);
		idle = any ? 0 : idle + 1;
		tell_statistics(w);
		if (atomic_exchange_explicit(&w->reopening, false, memory_order_relaxed))
			flow_exporter_reopen(w->exporter);
		if (idle && idle % FLUSH_IDLE == 0)
			flow_exporter_flush(w->exporter);
		if (idle)
			rest(idle);
	}
	return NULL;
}

void flow_writer_reopen(struct flow_writer *w)
{
	atomic_store_explicit(&w->reopening, true, memory_order_relaxed);
}

static void destroy(struct flow_writer *w)
{
	for (uint32_t i = 0; w->lanes && i < w->workers; i++) {
		struct lane *l = &w->lanes[i];
		for (uint32_t k = 0; k < l->n_messages; k++)
			free(l->messages[k]);
		ring_fini(&l->out);
		ring_fini(&l->back);
	}
	free(w->lanes);
	free(w);
}

int flow_writer_start(struct flow_exporter *exporter, uint32_t workers, struct flow_writer **out, struct error *error)
{
	struct flow_writer *w = calloc(1, sizeof *w);
	if (!w)
		return error_set(error, ERROR_FAILED, "no memory for the flow writer");
	w->exporter = exporter;
	w->workers = workers;
	w->lanes = aligned_alloc(64, workers * sizeof *w->lanes);
	bool ok = w->lanes;
	for (uint32_t i = 0; ok && i < workers; i++) {
		w->lanes[i] = (struct lane){.n_messages = 0};
		ok = ring_init(&w->lanes[i].out, MESSAGES) == 0 && ring_init(&w->lanes[i].back, MESSAGES) == 0;
	}
	if (!ok || thread_start(&w->thread, "flow writer", NULL, run, w)) {
		destroy(w);
		return error_set(error, ERROR_FAILED, "cannot start the flow writer");
	}
	*out = w;
	return 0;
}

static struct flow_message *empty_message(struct lane *l)
{
	for (unsigned tries = 0;; tries++) {
		struct flow_message *m = ring_take(&l->back);
		if (!m && l->n_messages < MESSAGES && (m = malloc(sizeof *m))) {
			flow_message_begin(m);
			l->messages[l->n_messages++] = m;
		}
		if (m)
			return m;
		rest(tries);
	}
}

static void hand_over(struct lane *l)
{
	if (l->filling)
		ring_put(&l->out, l->filling);
	l->filling = NULL;
}

void flow_writer_flow(void *writer, uint32_t worker, const struct flow *flow)
{
	const struct flow_writer *w = writer;
	struct lane *l = &w->lanes[worker];
	if (l->filling && flow_exporter_fill(w->exporter, l->filling, flow))
		return;
	hand_over(l);
	l->filling = empty_message(l);
	(void)flow_exporter_fill(w->exporter, l->filling, flow);
}

void flow_writer_pause(void *writer, uint32_t worker)
{
	const struct flow_writer *w = writer;
	hand_over(&w->lanes[worker]);
}

void flow_writer_end(void *writer, uint32_t worker)
{
	const struct flow_writer *w = writer;
	struct lane *l = &w->lanes[worker];
	hand_over(l);
	atomic_store_explicit(&l->ended, true, memory_order_release);
}

void flow_writer_stop(struct flow_writer *w)
{
	if (!w)
		return;
	pthread_join(w->thread, NULL);
	destroy(w);
}
