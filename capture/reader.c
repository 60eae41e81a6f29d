#include "capture/reader.h"

#include "capture/file.h"
#include "capture/filter.h"
#include "core/time.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FILES_MAX 65535u
#define PACE_NAP  20000000ull /* the longest sleep before the caller is asked again */

/* A file in the merge and the frame it would give next. */
struct lane {
	struct file file;
	struct frame head;
	bool has_head;
};

struct reader {
	/* set before start */
	struct lane *lanes;
	uint32_t n_lanes;
	struct filter *filter;
	double pace;
	/* the reading thread's */
	uint32_t *heap; /* lanes with a head, the earliest first */
	uint32_t heap_len;
	uint32_t *starved; /* lanes without one, to be refilled before anything is given out */
	uint32_t n_starved;
	uint64_t ordinal, clock_ns;
	uint64_t pace_packet_ns, pace_wall_ns; /* first packet and when it was given out */
	struct error damage;                   /* of the first damaged file */
	uint32_t n_damaged;
	/* the reading thread writes, any reads */
	_Atomic uint64_t received, bytes, filtered, damaged;
	/* any writes */
	atomic_bool stop;
};

static void count(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

static uint64_t load(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Earlier in time; equal times by position on the command line. */
static bool before(const struct reader *r, uint32_t a, uint32_t b)
{
	uint64_t ta = r->lanes[a].head.time_ns, tb = r->lanes[b].head.time_ns;
	return ta != tb ? ta < tb : a < b;
}

static void sift_down(struct reader *r)
{
	uint32_t *h = r->heap, at = 0, lane = h[0];
	for (;;) {
		uint32_t child = 2 * at + 1;
		if (child >= r->heap_len)
			break;
		if (child + 1 < r->heap_len && before(r, h[child + 1], h[child]))
			child++;
		if (!before(r, h[child], lane))
			break;
		h[at] = h[child];
		at = child;
	}
	h[at] = lane;
}

static void push(struct reader *r, uint32_t lane)
{
	uint32_t at = r->heap_len++;
	for (; at && before(r, lane, r->heap[(at - 1) / 2]); at = (at - 1) / 2)
		r->heap[at] = r->heap[(at - 1) / 2];
	r->heap[at] = lane;
}

static void pop(struct reader *r)
{
	r->heap[0] = r->heap[--r->heap_len];
	if (r->heap_len)
		sift_down(r);
}

static void note_damage(struct reader *r, const struct file *f)
{
	if (!r->n_damaged++)
		r->damage = f->damage;
	count(&r->damaged, 1);
}

/* Peeks at the lane's next frame without reading. */
static bool peek(struct lane *l)
{
	l->has_head = l->file.format->take(&l->file, &l->head, 1) == 1;
	return l->has_head;
}

/* Gives every lane without a head one, or drops it when it has ended. False when a pipe must be waited for. */
static bool feed(struct reader *r)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < r->n_starved; i++) {
		uint32_t lane = r->starved[i];
		struct lane *l = &r->lanes[lane];
		struct file *f = &l->file;
		while (!peek(l) && f->state == FILE_REFILL) {
			file_refill(f);
			if (f->state != FILE_FRAMES)
				break;
		}
		if (l->has_head)
			push(r, lane);
		else if (f->state == FILE_DAMAGED)
			note_damage(r, f);
		else if (f->state != FILE_END)
			r->starved[kept++] = lane;
	}
	r->n_starved = kept;
	return !kept;
}

static uint64_t monotonic(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

static void nap(uint64_t ns)
{
	struct timespec t = {(time_t)(ns / NS_PER_SECOND), (long)(ns % NS_PER_SECOND)};
	nanosleep(&t, NULL);
}

/* How long until a packet of `time_ns` is due; 0 when it is. */
static uint64_t due_in(struct reader *r, uint64_t time_ns)
{
	uint64_t now = monotonic();
	if (!r->pace_wall_ns) {
		r->pace_wall_ns = now;
		r->pace_packet_ns = time_ns;
	}
	if (time_ns <= r->pace_packet_ns)
		return 0;
	double wait = (double)(time_ns - r->pace_packet_ns) / r->pace;
	double gone = (double)(now - r->pace_wall_ns);
	return wait > gone ? (uint64_t)(wait - gone) + 1 : 0;
}

/* Merged, one frame at a time; ends before a lane would have to be refilled and before a frame is due. */
static enum source_status take_merged(struct reader *r, struct batch *batch)
{
	if (!feed(r))
		return SOURCE_IDLE;
	if (!r->heap_len)
		return SOURCE_END;
	while (batch->count < BATCH_FRAMES && r->heap_len && !r->n_starved) {
		uint32_t lane = r->heap[0];
		struct lane *l = &r->lanes[lane];
		uint64_t wait = r->pace > 0 ? due_in(r, l->head.time_ns) : 0;
		if (wait) {
			if (!batch->count)
				nap(wait < PACE_NAP ? wait : PACE_NAP);
			break;
		}
		batch->room[batch->count++] = l->head;
		if (peek(l)) {
			sift_down(r);
		} else {
			pop(r);
			r->starved[r->n_starved++] = lane;
		}
	}
	return batch->count ? SOURCE_READY : SOURCE_IDLE;
}

/* One file, as fast as possible: whole runs of records at once. */
static enum source_status take_single(struct reader *r, struct batch *batch)
{
	struct file *f = &r->lanes[0].file;
	for (;;) {
		if (f->state == FILE_FRAMES)
			batch->count = f->format->take(f, batch->room, BATCH_FRAMES);
		if (batch->count)
			return SOURCE_READY;
		if (f->state == FILE_REFILL) {
			file_refill(f);
			if (f->state == FILE_REFILL)
				return SOURCE_IDLE;
		} else if (f->state != FILE_FRAMES) {
			if (f->state == FILE_DAMAGED && !r->n_damaged)
				note_damage(r, f);
			return SOURCE_END;
		}
	}
}

/* Numbers the frames and counts them. */
static void stamp(struct reader *r, struct batch *batch)
{
	uint64_t bytes = 0, ordinal = r->ordinal, clock = r->clock_ns;
	for (uint32_t i = 0; i < batch->count; i++) {
		struct frame *f = &batch->room[i];
		f->ordinal = ++ordinal;
		bytes += f->wirelen;
		clock = f->time_ns > clock ? f->time_ns : clock;
		f->clock_ns = clock;
	}
	r->ordinal = ordinal;
	r->clock_ns = clock;
	count(&r->received, batch->count);
	count(&r->bytes, bytes);
}

static void sieve(struct reader *r, struct batch *batch)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < batch->count; i++)
		if (filter_match(r->filter, &batch->room[i]))
			batch->room[kept++] = batch->room[i];
	count(&r->filtered, batch->count - kept);
	batch->count = kept;
}

void reader_borrow(struct reader *r, const struct stream_lender *lender)
{
	for (uint32_t i = 0; i < r->n_lanes; i++)
		r->lanes[i].file.stream.lender = lender;
}

enum source_status reader_take(struct reader *r, struct batch *batch)
{
	batch->count = 0;
	if (atomic_load_explicit(&r->stop, memory_order_relaxed))
		return SOURCE_END;
	enum source_status status = r->n_lanes == 1 && !(r->pace > 0) ? take_single(r, batch) : take_merged(r, batch);
	if (batch->count) {
		stamp(r, batch);
		if (r->filter)
			sieve(r, batch);
	}
	return status;
}

/* What filter_prepare() needs when it is called for each link. */
struct preparing {
	struct filter *filter;
	struct error *error;
	uint32_t links;
};

static int prepare(enum link link, void *to)
{
	struct preparing *p = to;
	p->links++;
	return filter_prepare(p->filter, link, p->error);
}

/* Compiles the filter for the links of a file; for the commonest one when it tells of none yet, so that a bad
 * expression never gets through. */
static int prepare_file(struct reader *r, const struct file *f, struct error *error)
{
	struct preparing p = {r->filter, error, 0};
	int rc = f->format->links(f, prepare, &p);
	return rc || p.links ? rc : prepare(LINK_ETHERNET, &p);
}

static int open_lane(struct reader *r, const char *path, struct error *error)
{
	struct file *f = &r->lanes[r->n_lanes].file;
	int rc = file_open(f, path, (uint16_t)r->n_lanes, error);
	if (rc)
		return rc;
	r->starved[r->n_starved++] = r->n_lanes++;
	return r->filter ? prepare_file(r, f, error) : 0;
}

static bool allocate(struct reader *r, uint32_t n)
{
	r->lanes = calloc(n, sizeof *r->lanes);
	r->heap = calloc(n, sizeof *r->heap);
	r->starved = calloc(n, sizeof *r->starved);
	return r->lanes && r->heap && r->starved;
}

static int open_all(struct reader *r, const struct source_options *options, struct error *error)
{
	if (!options->n_files)
		return error_set(error, ERROR_USAGE, "no capture file: name one with -r");
	if (options->n_files > FILES_MAX)
		return error_set(error, ERROR_USAGE, "%" PRIu32 " capture files: at most %u can be read at once",
				 options->n_files, FILES_MAX);
	if (!allocate(r, options->n_files))
		return error_set(error, ERROR_FAILED, "capture: out of memory");
	int rc = options->filter && *options->filter ? filter_new(options->filter, &r->filter, error) : 0;
	for (uint32_t i = 0; i < options->n_files && !rc; i++)
		rc = open_lane(r, options->files[i], error);
	return rc;
}

int reader_open(const struct source_options *options, struct reader **out, struct error *error)
{
	struct reader *r = calloc(1, sizeof *r);
	if (!r)
		return error_set(error, ERROR_FAILED, "capture: out of memory");
	r->pace = options->pace;
	int rc = open_all(r, options, error);
	if (rc)
		reader_close(r);
	else
		*out = r;
	return rc;
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	for (uint32_t i = 0; i < r->n_lanes; i++)
		file_close(&r->lanes[i].file);
	filter_free(r->filter);
	free(r->lanes);
	free(r->heap);
	free(r->starved);
	free(r);
}

uint64_t reader_ordinal(const struct reader *r)
{
	return r->ordinal;
}

uint64_t reader_clock(const struct reader *r)
{
	return r->clock_ns;
}

void reader_stop(struct reader *r)
{
	atomic_store_explicit(&r->stop, true, memory_order_relaxed);
}

const char *reader_name(const struct reader *r, uint16_t index)
{
	return index < r->n_lanes ? r->lanes[index].file.name : "?";
}

uint32_t reader_count(const struct reader *r)
{
	return r->n_lanes;
}

void reader_counters(const struct reader *r, struct source_counters *sum)
{
	*sum = (struct source_counters){0};
	sum->received = load(&r->received);
	sum->bytes = load(&r->bytes);
	sum->filtered = load(&r->filtered);
	sum->damaged = load(&r->damaged);
}

int reader_result(const struct reader *r, struct error *error)
{
	if (!r->n_damaged)
		return 0;
	if (r->n_damaged == 1)
		return error_set(error, ERROR_DAMAGED, "%s", r->damage.text);
	return error_set(error, ERROR_DAMAGED, "%s (and %" PRIu32 " more damaged files)", r->damage.text,
			 r->n_damaged - 1);
}
