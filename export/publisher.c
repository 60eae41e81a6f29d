#include "export/publisher.h"

#include "core/thread.h"
#include "core/time.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BLOCKS            32
#define BLOCK_ROOM        512
#define BLOCK_ARENA_BYTES ((size_t)256 << 10)
#define BLOCK_ARENA_LIMIT ((size_t)16 << 20)
#define FLUSH_NS          (NS_PER_SECOND / 10)

/* Block pointers in order; as there are never more than BLOCKS, it cannot overflow. */
struct queue {
	struct assertion_block *items[BLOCKS];
	uint32_t head, count;
};

/* The lock is taken once a block of thousands of assertions, so it costs nothing per assertion. */
struct publisher {
	/* set before start */
	struct sink *const *sinks;
	uint32_t n_sinks;
	const struct provenance *provenance;
	pthread_t thread;
	struct assertion_block blocks[BLOCKS];
	/* both sides, under the lock */
	pthread_mutex_t lock;
	pthread_cond_t freed, filled;
	struct queue full;
	struct assertion_block *empty[BLOCKS]; /* the one that was read last is taken first: it is still near */
	uint32_t n_empty;
	bool stopping, reopening;
};

static void put(struct queue *q, struct assertion_block *block)
{
	q->items[(q->head + q->count++) % BLOCKS] = block;
}

static struct assertion_block *take(struct queue *q)
{
	struct assertion_block *block = q->items[q->head];
	q->head = (q->head + 1) % BLOCKS;
	q->count--;
	return block;
}

static uint64_t monotonic(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SECOND + (uint64_t)ts.tv_nsec;
}

static void flush_all(struct publisher *p)
{
	for (uint32_t i = 0; i < p->n_sinks; i++)
		if (p->sinks[i]->flush)
			p->sinks[i]->flush(p->sinks[i]);
}

static void provenance_all(struct publisher *p)
{
	for (uint32_t i = 0; i < p->n_sinks; i++)
		if (p->sinks[i]->provenance)
			p->sinks[i]->provenance(p->sinks[i], p->provenance);
}

/* What was written before is in the old file, whole. */
static void reopen_all(struct publisher *p)
{
	flush_all(p);
	for (uint32_t i = 0; i < p->n_sinks; i++)
		if (p->sinks[i]->reopen)
			p->sinks[i]->reopen(p->sinks[i]);
}

static void write_all(struct publisher *p, const struct assertion_block *block)
{
	if (block->provenance) {
		p->provenance = block->provenance;
		provenance_all(p);
	}
	if (!block->count)
		return;
	for (uint32_t i = 0; i < p->n_sinks; i++)
		p->sinks[i]->write(p->sinks[i], block->assertions, block->count);
}

/* The next filled block; NULL at `until_ns`, or when all is done (*over). */
static struct assertion_block *wait_filled(struct publisher *p, uint64_t until_ns, bool *over, bool *reopen)
{
	struct timespec until = {(time_t)(until_ns / NS_PER_SECOND), (long)(until_ns % NS_PER_SECOND)};
	pthread_mutex_lock(&p->lock);
	int timed_out = 0;
	while (!p->full.count && !p->stopping && !timed_out)
		timed_out = pthread_cond_timedwait(&p->filled, &p->lock, &until);
	struct assertion_block *block = p->full.count ? take(&p->full) : NULL;
	*over = !block && p->stopping;
	*reopen = p->reopening;
	p->reopening = false;
	pthread_mutex_unlock(&p->lock);
	return block;
}

static void give_back(struct publisher *p, struct assertion_block *block)
{
	arena_reset(&block->arena);
	block->count = 0;
	block->last = false;
	block->provenance = NULL;
	pthread_mutex_lock(&p->lock);
	p->empty[p->n_empty++] = block;
	pthread_cond_signal(&p->freed);
	pthread_mutex_unlock(&p->lock);
}

static void *run(void *arg)
{
	struct publisher *p = arg;
	provenance_all(p);
	uint64_t flush_ns = monotonic() + FLUSH_NS;
	for (bool over = false, reopen = false; !over;) {
		struct assertion_block *block = wait_filled(p, flush_ns, &over, &reopen);
		bool last = block && block->last;
		if (reopen)
			reopen_all(p);
		if (block) {
			write_all(p, block);
			give_back(p, block);
		}
		uint64_t now_ns = monotonic();
		if (over || last || now_ns >= flush_ns) {
			flush_all(p);
			flush_ns = now_ns + FLUSH_NS;
		}
	}
	return NULL;
}

static void release(struct publisher *p)
{
	for (uint32_t i = 0; i < BLOCKS; i++) {
		arena_fini(&p->blocks[i].arena);
		free(p->blocks[i].assertions);
	}
	pthread_cond_destroy(&p->freed);
	pthread_cond_destroy(&p->filled);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static bool fill_blocks(struct publisher *p)
{
	for (uint32_t i = 0; i < BLOCKS; i++) {
		struct assertion_block *block = &p->blocks[i];
		arena_init(&block->arena, BLOCK_ARENA_BYTES, BLOCK_ARENA_LIMIT);
		block->assertions = calloc(BLOCK_ROOM, sizeof *block->assertions);
		block->room = BLOCK_ROOM;
		p->empty[p->n_empty++] = block;
		if (!block->assertions)
			return false;
	}
	return true;
}

int publisher_start(struct sink *const *sinks, uint32_t n_sinks, const struct provenance *provenance,
		    struct publisher **out, struct error *error)
{
	struct publisher *p = calloc(1, sizeof *p);
	if (!p)
		return error_set(error, ERROR_FAILED, "publisher: no memory; end other programs or add memory");
	p->sinks = sinks;
	p->n_sinks = n_sinks;
	p->provenance = provenance;
	pthread_condattr_t clock;
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->freed, &clock);
	pthread_cond_init(&p->filled, &clock);
	pthread_condattr_destroy(&clock);
	if (!fill_blocks(p)) {
		release(p);
		return error_set(error, ERROR_FAILED, "publisher: no memory; end other programs or add memory");
	}
	int failed = thread_start(&p->thread, "publisher", NULL, run, p);
	if (failed) {
		release(p);
		return error_set(error, ERROR_FAILED, "publisher: no thread (%s); raise the limit of processes",
				 strerror(failed));
	}
	*out = p;
	return 0;
}

struct assertion_block *publisher_take(struct publisher *p)
{
	pthread_mutex_lock(&p->lock);
	while (!p->n_empty)
		pthread_cond_wait(&p->freed, &p->lock);
	struct assertion_block *block = p->empty[--p->n_empty];
	pthread_mutex_unlock(&p->lock);
	return block;
}

void publisher_submit(struct publisher *p, struct assertion_block *block)
{
	pthread_mutex_lock(&p->lock);
	put(&p->full, block);
	pthread_cond_signal(&p->filled);
	pthread_mutex_unlock(&p->lock);
}

void publisher_reopen(struct publisher *p)
{
	pthread_mutex_lock(&p->lock);
	p->reopening = true;
	pthread_mutex_unlock(&p->lock);
}

void publisher_stop(struct publisher *p)
{
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_signal(&p->filled);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	release(p);
}
