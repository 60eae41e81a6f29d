#include "export/flow_writer.h"

#include "core/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#define BLOCK_FLOWS 64u
#define BLOCKS      32u   /* per worker */
#define FLUSH_IDLE  1000u /* rests, of 0.1 ms and more, after which a message leaves as it is */

struct block {
	uint32_t count;
	struct flow flows[BLOCK_FLOWS];
};

struct lane {
	struct ring out, back;
	struct block *blocks[BLOCKS];
	uint32_t n_blocks;
	struct block *block; /* the worker's, being filled */
	_Atomic bool ended;  /* set by the worker behind its last block; read by the writer */
};

struct flow_writer {
	struct flow_exporter *exporter;
	uint32_t workers;
	struct lane *lanes;
	pthread_t thread;
	atomic_bool reopening; /* control sets, the writer clears */
};

static void rest(unsigned tries)
{
	if (tries < 64)
		sched_yield();
	else
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

static bool drain(struct flow_writer *w, struct lane *l)
{
	struct block *b = ring_take(&l->out);
	if (!b)
		return false;
	for (uint32_t i = 0; i < b->count; i++)
		flow_exporter_write(w->exporter, &b->flows[i]);
	ring_put(&l->back, b);
	return true;
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
		for (uint32_t k = 0; k < l->n_blocks; k++)
			free(l->blocks[k]);
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
		w->lanes[i] = (struct lane){.n_blocks = 0};
		ok = ring_init(&w->lanes[i].out, BLOCKS) == 0 && ring_init(&w->lanes[i].back, BLOCKS) == 0;
	}
	if (!ok || pthread_create(&w->thread, NULL, run, w)) {
		destroy(w);
		return error_set(error, ERROR_FAILED, "cannot start the flow writer");
	}
	*out = w;
	return 0;
}

static struct block *empty_block(struct lane *l)
{
	for (unsigned tries = 0;; tries++) {
		struct block *b = ring_take(&l->back);
		if (!b && l->n_blocks < BLOCKS && (b = malloc(sizeof *b)))
			l->blocks[l->n_blocks++] = b;
		if (b) {
			b->count = 0;
			return b;
		}
		rest(tries);
	}
}

void flow_writer_flow(void *writer, uint32_t worker, const struct flow *flow)
{
	struct flow_writer *w = writer;
	struct lane *l = &w->lanes[worker];
	if (!l->block)
		l->block = empty_block(l);
	l->block->flows[l->block->count++] = *flow;
	if (l->block->count == BLOCK_FLOWS) {
		ring_put(&l->out, l->block);
		l->block = NULL;
	}
}

void flow_writer_end(void *writer, uint32_t worker)
{
	struct flow_writer *w = writer;
	struct lane *l = &w->lanes[worker];
	if (l->block)
		ring_put(&l->out, l->block);
	l->block = NULL;
	atomic_store_explicit(&l->ended, true, memory_order_release);
}

void flow_writer_stop(struct flow_writer *w)
{
	if (!w)
		return;
	pthread_join(w->thread, NULL);
	destroy(w);
}
