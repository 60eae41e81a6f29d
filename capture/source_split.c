/* Files with several queues: one thread reads, asks who owns each frame and copies it into a chunk of that
 * queue. Chunks go round between two rings per queue: full ones out, empty ones back; so memory is bounded and
 * nothing is allocated while running. A full queue makes the thread wait: from files nothing is ever lost.
 *
 * Every chunk carries a watermark, and queues that receive nothing get empty chunks from time to time. Before
 * the thread waits for one queue it tells all others how far they are, or two workers could wait for each other.
 */
#include "capture/decode.h"
#include "capture/source_file.h"
#include "core/ring.h"

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHUNKS       8 /* per queue: a power of two */
#define CHUNK_FRAMES 256
#define CHUNK_BYTES  (256u << 10) /* holds any frame */
#define CHUNK_FULL   (64u << 10)  /* sent when it holds this much, to stay in the caches */
#define TELL_EVERY   4096         /* frames between two watermarks for a queue that gets none */
#define QUEUES_MAX   256

_Static_assert(CHUNKS && !(CHUNKS & (CHUNKS - 1)), "a ring has a power of two of slots");

struct chunk {
	uint32_t count, used;
	uint64_t watermark; /* holds when all its frames are handed out */
	uint64_t clock_ns;
	bool last;
	struct frame frames[CHUNK_FRAMES];
	uint64_t clocks[CHUNK_FRAMES]; /* the input's clock at each frame */
	uint8_t data[CHUNK_BYTES];
};

struct queue {
	/* set before start */
	struct chunk *chunks;
	struct ring full; /* splitter to worker */
	struct ring back; /* worker to splitter */
	/* splitter only */
	_Alignas(64) struct chunk *filling;
	uint64_t told; /* the last watermark sent */
	/* worker only */
	_Alignas(64) struct chunk *current;
	uint32_t at; /* frames of current handed out */
	uint32_t idle;
	uint64_t watermark, clock_ns;
	bool ended;
};

struct split {
	/* set before start */
	struct source_file file;
	struct queue *queues;
	uint32_t n_queues;
	pthread_t thread;
	bool started;
	/* splitter only: the last ordinal given to its queue, and the input's clock then */
	uint64_t done, clock_ns;
	/* control writes, the splitter reads: no worker will take any more */
	atomic_bool closing;
};

static struct split *of(struct source *s)
{
	return (struct split *)s;
}

static const struct split *of_const(const struct source *s)
{
	return (const struct split *)s;
}

static void nap(void)
{
	struct timespec t = {0, 50000};
	nanosleep(&t, NULL);
}

/* An empty chunk of the queue, or NULL when the worker has them all. */
static struct chunk *fresh(struct queue *q)
{
	if (!q->filling) {
		q->filling = ring_take(&q->back);
		if (q->filling) {
			q->filling->count = q->filling->used = 0;
			q->filling->last = false;
		}
	}
	return q->filling;
}

/* Sends what the queue's chunk holds, with the input's position. False when there is no chunk to send. */
static bool send_chunk(struct split *s, struct queue *q, bool last)
{
	struct chunk *c = fresh(q);
	if (!c)
		return false;
	c->watermark = last ? UINT64_MAX : s->done;
	c->clock_ns = s->clock_ns;
	c->last = last;
	q->told = c->watermark;
	q->filling = NULL;
	(void)ring_put(&q->full, c); /* never full: as many slots as chunks */
	return true;
}

/* Tells those queues how far the input is that were not told for `age` frames. */
static void tell(struct split *s, uint64_t age)
{
	for (uint32_t i = 0; i < s->n_queues; i++)
		if (s->done - s->queues[i].told >= age)
			(void)send_chunk(s, &s->queues[i], false);
}

/* A chunk of the queue with room for the frame; waits for the worker. NULL when the source is being closed. */
static struct chunk *room_for(struct split *s, struct queue *q, uint32_t caplen)
{
	struct chunk *c = q->filling;
	if (c && (c->count == CHUNK_FRAMES || c->used + caplen > CHUNK_BYTES || c->used > CHUNK_FULL))
		(void)send_chunk(s, q, false);
	while (!(c = fresh(q)) && !atomic_load_explicit(&s->closing, memory_order_relaxed)) {
		tell(s, 1);
		nap();
	}
	return c;
}

/* Copies the frame to its owner's queue. */
static bool hand_out(struct split *s, const struct frame *f)
{
	struct queue *q = &s->queues[(decode_owner(f) >> 32) * s->n_queues >> 32];
	struct chunk *c = room_for(s, q, f->caplen);
	if (!c)
		return false;
	struct frame *copy = &c->frames[c->count];
	*copy = *f;
	copy->data = c->data + c->used;
	memcpy(c->data + c->used, f->data, f->caplen);
	c->used += f->caplen;
	s->clock_ns = f->clock_ns;
	s->done = f->ordinal;
	c->clocks[c->count++] = s->clock_ns;
	return true;
}

/* Ends every queue; round by round, so that none has to wait for another's worker. */
static void finish(struct split *s)
{
	for (uint32_t open = s->n_queues; open && !atomic_load_explicit(&s->closing, memory_order_relaxed);) {
		open = 0;
		for (uint32_t i = 0; i < s->n_queues; i++)
			if (s->queues[i].told != UINT64_MAX && !send_chunk(s, &s->queues[i], true))
				open++;
		if (open)
			nap();
	}
}

static void *run(void *arg)
{
	struct split *s = arg;
	struct batch batch;
	enum source_status status;
	while ((status = reader_take(s->file.reader, &batch)) != SOURCE_END) {
		for (uint32_t i = 0; i < batch.count; i++)
			if (!hand_out(s, &batch.frames[i]))
				return NULL;
		s->done = reader_ordinal(s->file.reader);
		s->clock_ns = reader_clock(s->file.reader);
		tell(s, status == SOURCE_IDLE ? 1 : TELL_EVERY);
	}
	finish(s);
	return NULL;
}

static bool serves(const struct source_options *options)
{
	return options->n_files && options->queues > 1;
}

static bool init_queue(struct queue *q)
{
	q->chunks = calloc(CHUNKS, sizeof *q->chunks);
	if (!q->chunks || ring_init(&q->full, CHUNKS) || ring_init(&q->back, CHUNKS))
		return false;
	for (int i = 0; i < CHUNKS; i++)
		(void)ring_put(&q->back, &q->chunks[i]);
	return true;
}

static void close_split(struct source *source)
{
	struct split *s = of(source);
	if (s->started) {
		reader_stop(s->file.reader);
		atomic_store_explicit(&s->closing, true, memory_order_relaxed);
		pthread_join(s->thread, NULL);
	}
	for (uint32_t i = 0; s->queues && i < s->n_queues; i++) {
		free(s->queues[i].chunks);
		ring_fini(&s->queues[i].full);
		ring_fini(&s->queues[i].back);
	}
	free(s->queues);
	reader_close(s->file.reader);
	free(s);
}

static int start(struct split *s, const struct source_options *options, struct error *error)
{
	int rc = reader_open(options, &s->file.reader, error);
	if (rc)
		return rc;
	size_t bytes = options->queues * sizeof *s->queues;
	s->queues = aligned_alloc(64, bytes);
	if (!s->queues)
		return error_set(error, ERROR_FAILED, "capture: out of memory");
	memset(s->queues, 0, bytes);
	s->n_queues = options->queues;
	for (uint32_t i = 0; i < s->n_queues; i++)
		if (!init_queue(&s->queues[i]))
			return error_set(error, ERROR_FAILED, "capture: out of memory");
	if (pthread_create(&s->thread, NULL, run, s))
		return error_set(error, ERROR_FAILED, "capture: no thread to read the files with");
	s->started = true;
	return 0;
}

static int open_split(const struct source_options *options, struct source **out, struct error *error)
{
	if (options->queues > QUEUES_MAX)
		return error_set(error, ERROR_USAGE, "%" PRIu32 " workers: at most %d can share files", options->queues,
				 QUEUES_MAX);
	struct split *s = calloc(1, sizeof *s);
	if (!s)
		return error_set(error, ERROR_FAILED, "capture: out of memory");
	s->file.source.kind = &source_split;
	int rc = start(s, options, error);
	if (rc)
		close_split(&s->file.source);
	else
		*out = &s->file.source;
	return rc;
}

/* Gives the worker's finished chunk back and takes the next. */
static void next_chunk(struct queue *q)
{
	if (q->current) {
		(void)ring_put(&q->back, q->current);
		q->current = NULL;
	}
	if (q->ended)
		return;
	q->current = ring_take(&q->full);
	q->at = 0;
}

/* Nothing there: spins a little, then sleeps, so that a slow input does not cost a core. */
static enum source_status idle(struct queue *q)
{
	if (q->idle++ > 32)
		nap();
	else
		sched_yield();
	return SOURCE_IDLE;
}

static enum source_status poll_split(struct source *source, uint32_t queue, struct batch *batch)
{
	struct queue *q = &of(source)->queues[queue];
	batch->count = 0;
	if (!q->current || q->at == q->current->count)
		next_chunk(q);
	struct chunk *c = q->current;
	if (!c)
		return q->ended ? SOURCE_END : idle(q);
	q->idle = 0;
	uint32_t n = c->count - q->at < BATCH_FRAMES ? c->count - q->at : BATCH_FRAMES;
	memcpy(batch->frames, &c->frames[q->at], n * sizeof *batch->frames);
	batch->count = n;
	q->at += n;
	if (q->at == c->count) {
		q->watermark = c->watermark;
		q->clock_ns = c->clock_ns;
		q->ended = c->last;
	} else {
		q->watermark = c->frames[q->at - 1].ordinal;
		q->clock_ns = c->clocks[q->at - 1];
	}
	return n ? SOURCE_READY : q->ended ? SOURCE_END : SOURCE_IDLE;
}

static uint64_t watermark(const struct source *s, uint32_t queue)
{
	return of_const(s)->queues[queue].watermark;
}

static uint64_t clock_split(const struct source *s, uint32_t queue)
{
	return of_const(s)->queues[queue].clock_ns;
}

const struct source_kind source_split = {
	.name = "files, split",
	.serves = serves,
	.open = open_split,
	.close = close_split,
	.poll = poll_split,
	.watermark = watermark,
	.clock = clock_split,
	.stop = source_file_stop,
	.source_name = source_file_name,
	.count = source_file_count,
	.counters = source_file_counters,
	.result = source_file_result,
};
