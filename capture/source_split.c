/* Files with several queues: whichever worker runs low reads on for all, asks who owns each frame and writes it, by
 * reference, into a chunk of that queue. One worker reads at a time; the others go on with what they have, and they
 * have some, as nobody waits with reading until its own queue is dry: queues of alike workers run dry together. So no
 * thread stands between the file and the workers, and no frame is copied: what was read stays in its buffer until every
 * queue is done with it (capture/buffers.h). Chunks go round between two rings per queue: full ones out, empty ones
 * back; memory is bounded and nothing is allocated while running. A full queue ends the reading for now: from files
 * nothing is ever lost.
 *
 * Every chunk carries a watermark, and queues that receive nothing get empty chunks from time to time. Who has to stop
 * because one queue is full first tells all others how far they are, or two workers could wait for each other.
 */
#include "capture/buffers.h"
#include "capture/decode.h"
#include "capture/fragment.h"
#include "capture/source_file.h"
#include "capture/stream.h"
#include "core/ring.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CHUNKS       16 /* per queue: a power of two */
#define CHUNKS_AHEAD 12 /* who reads stops when there are so many for itself */
#define CHUNKS_LOW   10 /* who has fewer reads on */
#define CHUNK_FRAMES 256
#define READ_BATCHES 256  /* at most so many in one go */
#define TELL_EVERY   4096 /* frames between two watermarks for a queue that gets none */
#define QUEUES_MAX   256
#define BUFFERS_MORE 4 /* beyond two for each queue: what was read ahead */
#define AHEAD        8 /* frames whose addresses are on their way while one finds its queue */

_Static_assert(CHUNKS && !(CHUNKS & (CHUNKS - 1)), "a ring has a power of two of slots");

struct chunk {
	uint32_t count;
	uint64_t watermark; /* holds when all its frames are handed out */
	uint64_t clock_ns;
	bool last;
	struct frame frames[CHUNK_FRAMES];
};

struct queue {
	/* set before start */
	struct chunk *chunks;
	struct ring full; /* who reads to worker */
	struct ring back; /* worker to who reads */
	/* who reads only */
	_Alignas(64) struct chunk *filling;
	uint64_t told; /* the last watermark sent */
	uint64_t sent; /* chunks */
	/* worker only */
	_Alignas(64) struct chunk *current;
	uint32_t at; /* frames of current handed out */
	uint64_t watermark, clock_ns;
	bool ended;
};

struct split {
	/* set before start */
	struct source_file file;
	struct queue *queues;
	uint32_t n_queues;
	struct buffers *buffers;
	struct stream_lender lender;
	/* any worker: taken and given back with what stands below */
	_Alignas(64) atomic_flag reading;
	/* who reads only: frames from `at` on have not found their queue; the last ordinal that has, and the input's
	 * clock then */
	struct batch batch;
	uint32_t at;
	uint64_t done, clock_ns;
	bool ending;
	bool asked;                       /* whose the frame at `at` is: */
	uint32_t to, other;               /* … of the flow's queue, and that of what travels in it */
	struct fragment_table *fragments; /* of tunnels: whose is what travels in them */
};

static struct split *of(struct source *s)
{
	return (struct split *)s;
}

static const struct split *of_const(const struct source *s)
{
	return (const struct split *)s;
}

/* An empty chunk of the queue, or NULL when the worker has them all. */
static struct chunk *fresh(struct queue *q)
{
	if (!q->filling) {
		q->filling = ring_take(&q->back);
		if (q->filling) {
			q->filling->count = 0;
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
	q->sent++;
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

static inline uint32_t queue_of(const struct split *s, uint64_t owner)
{
	return (uint32_t)((owner >> 32) * s->n_queues >> 32);
}

/* False when the queue is full. */
static inline bool has_room(struct split *s, uint32_t number)
{
	struct queue *q = &s->queues[number];
	if (q->filling && q->filling->count == CHUNK_FRAMES)
		(void)send_chunk(s, q, false);
	return fresh(q);
}

static inline void put(struct split *s, uint32_t number, const struct frame *f, enum frame_part part)
{
	struct queue *q = &s->queues[number];
	struct chunk *c = q->filling;
	if (!c->count)
		buffers_note(s->buffers, number, q->sent + 1);
	c->frames[c->count] = *f;
	c->frames[c->count++].part = (uint8_t)part;
}

/* Finds whose the frame is; once, for fragments are noted. */
static inline void ask(struct split *s, const struct frame *f)
{
	uint64_t owners[2];
	if (s->asked)
		return;
	bool inside = decode_owners(f, s->fragments, owners) > 1;
	s->to = queue_of(s, owners[0]);
	s->other = inside ? queue_of(s, owners[1]) : s->to;
	s->asked = true;
}

/* Puts the frame into the queue of whom it is, or of both; false when one is full. */
static bool hand_out(struct split *s, const struct frame *f)
{
	ask(s, f);
	if (!has_room(s, s->to) || (s->other != s->to && !has_room(s, s->other)))
		return false;
	put(s, s->to, f, s->other == s->to ? FRAME_ALL : FRAME_OUTSIDE);
	if (s->other != s->to)
		put(s, s->other, f, FRAME_INSIDE);
	s->asked = false;
	s->clock_ns = f->clock_ns;
	s->done = f->ordinal;
	return true;
}

/* Ends every queue that has a chunk left to say so with. */
static void finish(struct split *s)
{
	for (uint32_t i = 0; i < s->n_queues; i++)
		if (s->queues[i].told != UINT64_MAX)
			(void)send_chunk(s, &s->queues[i], true);
}

/* One batch further. False when there is no going on just now. */
static bool step(struct split *s)
{
	enum source_status status = SOURCE_READY;
	if (s->at == s->batch.count && !s->ending) {
		status = reader_take(s->file.reader, &s->batch);
		s->at = 0;
		s->ending = status == SOURCE_END;
	}
	for (; s->at < s->batch.count; s->at++) {
		if (s->at + AHEAD < s->batch.count)
			__builtin_prefetch(s->batch.room[s->at + AHEAD].data + 26); /* addresses, mostly */
		if (!hand_out(s, &s->batch.room[s->at])) {
			tell(s, 1);
			return false;
		}
	}
	if (s->ending) {
		finish(s);
		return false;
	}
	s->done = reader_ordinal(s->file.reader);
	s->clock_ns = reader_clock(s->file.reader);
	tell(s, status == SOURCE_IDLE ? 1 : TELL_EVERY);
	return status != SOURCE_IDLE;
}

/* Reads on for all queues, unless another worker does, until queue `own` has enough. */
static void read_on(struct split *s, struct queue *own)
{
	if (atomic_flag_test_and_set_explicit(&s->reading, memory_order_acquire))
		return;
	uint32_t n = 0;
	while (n++ < READ_BATCHES && ring_count(&own->full) < CHUNKS_AHEAD && step(s))
		;
	if (!ring_count(&own->full))
		tell(s, 1);
	atomic_flag_clear_explicit(&s->reading, memory_order_release);
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
	for (uint32_t i = 0; s->queues && i < s->n_queues; i++) {
		free(s->queues[i].chunks);
		ring_fini(&s->queues[i].full);
		ring_fini(&s->queues[i].back);
	}
	free(s->queues);
	reader_close(s->file.reader);
	buffers_free(s->buffers);
	fragment_free(s->fragments);
	free(s);
}

static int start(struct split *s, const struct source_options *options, struct error *error)
{
	int rc = reader_open(options, &s->file.reader, error);
	if (rc)
		return rc;
	size_t bytes = options->queues * sizeof *s->queues;
	s->queues = aligned_alloc(64, bytes);
	s->buffers = buffers_new(2 * options->queues + BUFFERS_MORE, options->queues);
	s->fragments = fragment_notes_new(options->copies_ns);
	if (!s->queues || !s->buffers || !s->fragments)
		return error_set(error, ERROR_FAILED, "capture: out of memory");
	memset(s->queues, 0, bytes);
	s->n_queues = options->queues;
	for (uint32_t i = 0; i < s->n_queues; i++)
		if (!init_queue(&s->queues[i]))
			return error_set(error, ERROR_FAILED, "capture: out of memory");
	s->lender = (struct stream_lender){buffers_swap, s->buffers};
	reader_borrow(s->file.reader, &s->lender);
	return 0;
}

static int open_split(const struct source_options *options, struct source **out, struct error *error)
{
	if (options->queues > QUEUES_MAX)
		return error_set(error, ERROR_USAGE, "%" PRIu32 " workers: at most %d can share files", options->queues,
				 QUEUES_MAX);
	size_t bytes = (sizeof(struct split) + 63) / 64 * 64;
	struct split *s = aligned_alloc(64, bytes);
	if (!s)
		return error_set(error, ERROR_FAILED, "capture: out of memory");
	memset(s, 0, bytes);
	atomic_flag_clear(&s->reading);
	s->file.source.kind = &source_split;
	int rc = start(s, options, error);
	if (rc)
		close_split(&s->file.source);
	else
		*out = &s->file.source;
	return rc;
}

/* Gives the worker's finished chunk back and takes the next. */
static void next_chunk(struct split *s, uint32_t queue)
{
	struct queue *q = &s->queues[queue];
	if (q->current) {
		buffers_done(s->buffers, queue);
		(void)ring_put(&q->back, q->current);
		q->current = NULL;
	}
	if (q->ended)
		return;
	if (ring_count(&q->full) < CHUNKS_LOW)
		read_on(s, q);
	q->current = ring_take(&q->full);
	q->at = 0;
}

static enum source_status poll_split(struct source *source, uint32_t queue, struct batch *batch)
{
	struct queue *q = &of(source)->queues[queue];
	batch->count = 0;
	if (!q->current || q->at == q->current->count)
		next_chunk(of(source), queue);
	const struct chunk *c = q->current;
	if (!c)
		return q->ended ? SOURCE_END : SOURCE_IDLE;
	uint32_t n = c->count - q->at < BATCH_FRAMES ? c->count - q->at : BATCH_FRAMES;
	batch->frames = &c->frames[q->at];
	batch->count = n;
	q->at += n;
	if (q->at == c->count) {
		q->watermark = c->watermark;
		q->clock_ns = c->clock_ns;
		q->ended = c->last;
	} else {
		q->watermark = c->frames[q->at - 1].ordinal;
		q->clock_ns = c->frames[q->at - 1].clock_ns;
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
