/* Interfaces, live: a ring of every interface for every queue, frames in place in memory shared with the kernel.
 *
 * The kernel spreads frames over the queues by their addresses, as far as it sees them; a worker that got a frame of
 * another's by its innermost addresses (tunnels, stacked tags) lends it over a lane (capture/handover.h), in place:
 * its block goes back to the kernel when the other is done with it. A worker whose lane to another is full takes
 * nothing more from its rings until there is room, and goes on working for the others; so no two wait for each other.
 *
 * What no queue can know of another is the order between them, so order is by time: an ordinal is the frame's time,
 * made to rise within the queue. A queue that receives nothing moves its watermark by the clock: frames wait in the
 * kernel for no longer than a block takes to be handed over, so what is older than that will not come any more.
 * Should the kernel be later still, the frame gets the next ordinal there is: order suffers, the promise does not.
 * By the same rule frames of several interfaces are put in the order of time within a queue.
 *
 * Every queue asks the kernel what it counted, so what came in is what was taken and what was dropped, to the frame.
 */
#include "capture/decode.h"
#include "capture/filter.h"
#include "capture/fragment.h"
#include "capture/handover.h"
#include "capture/kind.h"
#include "capture/packet_ring.h"
#include "capture/silence.h"
#include "capture/steer.h"
#include "core/time.h"

#include <inttypes.h>
#include <linux/filter.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define QUEUES_MAX     256 /* the kernel's limit for a group */
#define INTERFACES_MAX 16
#define SPINS          16                  /* empty polls before the queue sleeps */
#define SHARED_NAP_MS  1                   /* … at most so long when others may have something for it */
#define COUNT_EVERY_NS (100 * 1000000ull)  /* between two looks at the kernel's counters */
#define SLACK_NS       (10 * 1000000ull)   /* how late the kernel's timers may be */
#define DRAIN_NS       (1000 * 1000000ull) /* at the end, for what the kernel counted and did not give */

typedef _Atomic uint64_t counter; /* one writer */

struct queue {
	/* set before start */
	uint32_t number;
	struct packet_ring rings[INTERFACES_MAX];
	/* worker only */
	_Alignas(64) uint64_t ordinal, clock_ns;
	uint64_t frames[INTERFACES_MAX]; /* taken, of each ring */
	uint64_t counted_ns;             /* when the kernel was asked last */
	uint64_t refused_ns;             /* when the doors were closed; 0: they are open */
	struct silence silence;          /* of all queues */
	uint32_t idle;
	struct fragment_table *fragments; /* of tunnels: whose is what travels in them */
	uint64_t seen_ns;                 /* the latest time of a frame taken from its rings */
	bool silent;                      /* no queue was going to hand anything over when this poll began */
	bool flushed; /* nothing more comes from its rings, and all that was another's is handed over */
	bool ended;
	uint32_t turn;           /* whether rings or peers are first; and which peer */
	struct parcel *borrowed; /* by `lender`: not all of it fitted into the batch */
	uint32_t lender, at;
	uint32_t n_lent; /* of the batch */
	struct {
		struct packet_ring *ring;
		const void *item;
	} lent[BATCH_FRAMES]; /* frames of others, to be given back with the next poll */
	/* worker writes, control reads */
	_Alignas(64) counter received, bytes, dropped, undrained, handed_over, taken_over;
};

struct live {
	struct source source;
	/* set before start */
	struct queue *queues;
	struct mesh mesh;
	uint32_t n_queues, n_rings;
	char names[INTERFACES_MAX][16];
	struct packet_program programs[INTERFACES_MAX]; /* what the filter lets in */
	uint64_t lag_ns;                                /* a frame older than this is in a block that was handed over */
	uint64_t idle_exit_ns;                          /* 0: only when told to */
	int block_timeout_ms;
	bool busy_poll;
	/* any thread */
	atomic_bool stopping;
	/* control writes, workers read: no door will be opened any more */
	atomic_bool admitted;
	/* workers write, control reads */
	_Atomic uint32_t gone;    /* a bit for each interface that was removed */
	_Atomic uint32_t feeding; /* queues that may still hand something over */
};

static struct live *of(struct source *s)
{
	return (struct live *)s;
}

static const struct live *of_const(const struct source *s)
{
	return (const struct live *)s;
}

static uint64_t load(const counter *c)
{
	return atomic_load_explicit((counter *)c, memory_order_relaxed);
}

static void store(counter *c, uint64_t value)
{
	atomic_store_explicit(c, value, memory_order_relaxed);
}

/* ---- the data path ---- */

/* The ring whose next frame is the oldest, or NULL when none has one. */
static struct packet_ring *earliest(const struct live *s, struct queue *q)
{
	struct packet_ring *first = NULL;
	for (uint32_t i = 0; i < s->n_rings; i++) {
		struct packet_ring *r = &q->rings[i];
		if (packet_ring_ready(r) && (!first || r->time_ns < first->time_ns))
			first = r;
	}
	return first;
}

/* Up to which time frames may be taken: what another ring still holds back may be as old as the lag. */
static uint64_t horizon(const struct live *s, struct queue *q)
{
	for (uint32_t i = 0; s->n_rings > 1 && i < s->n_rings; i++)
		if (!packet_ring_ready(&q->rings[i]) && !q->rings[i].gone)
			return time_now() - s->lag_ns;
	return UINT64_MAX;
}

/* The next position of the queue is the frame's. */
static void place(struct queue *q, struct frame *f)
{
	if (f->time_ns > q->clock_ns)
		q->clock_ns = f->time_ns;
	q->ordinal = q->clock_ns > q->ordinal ? q->clock_ns : q->ordinal + 1;
	f->clock_ns = q->clock_ns;
	f->ordinal = q->ordinal;
}

/* Whose the frame is: whose[0], and whose[1] when what travels in it is another's. returns how many. */
static unsigned owners(const struct live *s, struct queue *q, const struct frame *f, uint32_t whose[2])
{
	struct ends ends[2];
	unsigned n = s->n_queues > 1 ? decode_ends(f, q->fragments, ends) : 0;
	whose[0] = q->number;
	for (unsigned i = 0; i < n; i++)
		whose[i] = steer_spread(steer_fold(&ends[i])) % s->n_queues;
	return n == 2 && whose[0] != whose[1] ? 2 : 1;
}

static void lend(struct live *s, struct queue *q, struct packet_ring *r, void *item, const struct frame *f, uint32_t to)
{
	packet_ring_lend(r, item);
	*mesh_item(&s->mesh, q->number, to) = (struct parcel_item){item, f->time_ns, f->number, f->source, f->part};
	store(&q->handed_over, load(&q->handed_over) + (f->part != FRAME_INSIDE));
}

/* Takes the ring's next frame: it goes into the batch or to its owner, or both. */
static uint32_t take(struct live *s, struct queue *q, struct packet_ring *r, struct batch *batch)
{
	struct frame frame, *f = &frame;
	uint32_t ring = (uint32_t)(r - q->rings), whose[2];
	void *item = packet_ring_take(r, f);
	f->number = q->frames[ring]++ * s->n_queues + q->number + 1;
	f->source = (uint16_t)ring;
	q->seen_ns = f->time_ns > q->seen_ns ? f->time_ns : q->seen_ns;
	f->clock_ns = q->seen_ns;
	unsigned n = owners(s, q, f, whose);
	for (unsigned i = 0; i < n; i++) {
		f->part = n == 1 ? FRAME_ALL : i == 0 ? FRAME_OUTSIDE : FRAME_INSIDE;
		if (whose[i] != q->number) {
			lend(s, q, r, item, f, whose[i]);
			continue;
		}
		place(q, f);
		batch->room[batch->count++] = *f;
	}
	return f->wirelen;
}

static void fill_from_rings(struct live *s, struct queue *q, struct batch *batch)
{
	uint64_t until = horizon(s, q), bytes = 0;
	struct packet_ring *r;
	uint32_t n = 0;
	if (s->n_queues > 1 && !mesh_room(&s->mesh, q->number))
		return;
	for (; n < PARCEL_ITEMS && batch->count < BATCH_FRAMES && (r = earliest(s, q)) && r->time_ns <= until; n++)
		bytes += take(s, q, r, batch);
	store(&q->received, load(&q->received) + n);
	store(&q->bytes, load(&q->bytes) + bytes);
	if (s->n_queues > 1)
		mesh_send(&s->mesh, q->number);
}

/* What others handed over, as far as the batch has room. */
static void borrow(struct live *s, struct queue *q, struct batch *batch)
{
	struct packet_ring *rings = s->queues[q->lender].rings;
	const struct parcel *p = q->borrowed;
	uint64_t taken_over = load(&q->taken_over);
	for (; q->at < p->count && batch->count < BATCH_FRAMES; q->at++) {
		const struct parcel_item *item = &p->items[q->at];
		struct frame *f = &batch->room[batch->count++];
		struct packet_ring *r = &rings[item->source];
		packet_ring_borrowed(r, item->item, f);
		f->time_ns = item->time_ns;
		f->number = item->number;
		f->source = item->source;
		f->part = item->part;
		taken_over += f->part != FRAME_INSIDE;
		place(q, f);
		q->lent[q->n_lent].ring = r;
		q->lent[q->n_lent++].item = item->item;
	}
	store(&q->taken_over, taken_over);
	if (q->at < p->count)
		return;
	handover_return(mesh_lane(&s->mesh, q->lender, q->number), q->borrowed);
	q->borrowed = NULL;
}

static void fill_from_peers(struct live *s, struct queue *q, struct batch *batch)
{
	if (q->borrowed)
		borrow(s, q, batch);
	for (uint32_t i = 0; i < s->n_queues && batch->count < BATCH_FRAMES; i++) {
		q->lender = (q->turn + i) % s->n_queues;
		q->at = 0;
		if (q->lender == q->number || !(q->borrowed = handover_take(mesh_lane(&s->mesh, q->lender, q->number))))
			continue;
		borrow(s, q, batch);
		if (q->borrowed)
			return;
	}
}

/* The frames of the last batch are done with. */
static void give_back(const struct live *s, struct queue *q)
{
	while (q->n_lent) {
		q->n_lent--;
		packet_ring_done(q->lent[q->n_lent].ring, q->lent[q->n_lent].item);
	}
	for (uint32_t i = 0; i < s->n_rings; i++)
		packet_ring_release(&q->rings[i]);
}

/* Rings and peers in turn, so that neither can keep the other out. */
static void fill(struct live *s, struct queue *q, struct batch *batch)
{
	bool peers_first = q->turn++ & 1;
	if (s->n_queues > 1 && peers_first)
		fill_from_peers(s, q, batch);
	if (!q->flushed)
		fill_from_rings(s, q, batch);
	if (s->n_queues > 1 && !peers_first)
		fill_from_peers(s, q, batch);
}

/* Asks the kernel for its counters. Returns how many frames it let in and did not drop, but has not given yet. */
static uint64_t ask(const struct live *s, struct queue *q, uint64_t now_ns)
{
	uint64_t dropped = 0, let_in = 0;
	for (uint32_t i = 0; i < s->n_rings; i++) {
		packet_ring_count(&q->rings[i]);
		dropped += q->rings[i].drops;
		let_in += q->rings[i].packets;
	}
	store(&q->dropped, dropped);
	q->counted_ns = now_ns;
	return let_in - dropped - load(&q->received);
}

static void refuse(const struct live *s, struct queue *q)
{
	for (uint32_t i = 0; i < s->n_rings; i++)
		packet_ring_refuse(&q->rings[i]);
	q->refused_ns = time_now();
}

static bool all_gone(const struct live *s, const struct queue *q)
{
	for (uint32_t i = 0; i < s->n_rings; i++)
		if (!q->rings[i].gone)
			return false;
	return true;
}

/* With its doors closed a queue's rings are empty when it took what the kernel counted; what does not come is lost. */
static bool drained(const struct live *s, struct queue *q, uint64_t now_ns)
{
	if (now_ns < q->refused_ns + s->lag_ns)
		return false;
	uint64_t missing = ask(s, q, now_ns);
	if (missing && now_ns < q->refused_ns + s->lag_ns + DRAIN_NS)
		return false;
	store(&q->undrained, missing);
	return true;
}

/* Sleeps until a block is handed over or one should have been. */
static void wait_for_block(struct live *s, struct queue *q)
{
	struct pollfd fds[INTERFACES_MAX];
	for (uint32_t i = 0; i < s->n_rings; i++)
		fds[i] = (struct pollfd){.fd = q->rings[i].gone ? -1 : q->rings[i].fd, .events = POLLIN | POLLERR};
	int patience_ms = s->n_queues > 1 && s->block_timeout_ms > SHARED_NAP_MS ? SHARED_NAP_MS : s->block_timeout_ms;
	if (poll(fds, s->n_rings, patience_ms) <= 0)
		return;
	for (uint32_t i = 0; i < s->n_rings; i++) {
		if (!(fds[i].revents & (POLLERR | POLLHUP)))
			continue;
		packet_ring_check(&q->rings[i]);
		if (q->rings[i].gone)
			atomic_fetch_or(&s->gone, 1u << i);
	}
}

/* True when nothing will ever come: neither from the queue's own rings nor from the others. Lanes that were empty after
 * the last had flushed stay so. */
static bool over(struct live *s, struct queue *q, uint64_t now_ns)
{
	if (!q->flushed && q->refused_ns && drained(s, q, now_ns)) {
		q->flushed = true;
		/* what was handed over before is seen by those who see this */
		atomic_fetch_sub_explicit(&s->feeding, 1, memory_order_release);
	}
	return q->flushed && q->silent;
}

/* Ends the source when no queue got a frame for so long. */
static void watch_silence(struct live *s, struct queue *q, uint64_t now_ns)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < s->n_queues; i++)
		sum += load(&s->queues[i].received);
	if (silence_lasts(&q->silence, sum, now_ns, s->idle_exit_ns))
		atomic_store_explicit(&s->stopping, true, memory_order_relaxed);
}

/* Nothing to take: the clock moves the watermark on, in steps that are worth telling. */
static enum source_status idle(struct live *s, struct queue *q)
{
	uint64_t now_ns = time_now(), passed_ns = now_ns - s->lag_ns;
	if (passed_ns > q->ordinal + s->lag_ns / 4)
		q->ordinal = q->clock_ns = passed_ns;
	if (now_ns - q->counted_ns > COUNT_EVERY_NS)
		(void)ask(s, q, now_ns);
	if (s->idle_exit_ns)
		watch_silence(s, q, now_ns);
	if (!q->refused_ns && all_gone(s, q))
		refuse(s, q);
	if (over(s, q, now_ns)) {
		q->ended = true;
		q->ordinal = UINT64_MAX;
		return SOURCE_END;
	}
	if (!s->busy_poll && q->idle++ >= SPINS)
		wait_for_block(s, q);
	return SOURCE_IDLE;
}

/* Only when the doors have been opened: or they would be opened behind a queue that has ended. */
static bool asked_to_end(const struct live *s)
{
	return atomic_load_explicit(&s->stopping, memory_order_relaxed) &&
	       atomic_load_explicit(&s->admitted, memory_order_acquire);
}

static enum source_status poll_live(struct source *source, uint32_t queue, struct batch *batch)
{
	struct live *s = of(source);
	struct queue *q = &s->queues[queue];
	batch->count = 0;
	if (q->ended)
		return SOURCE_END;
	give_back(s, q);
	q->silent = !atomic_load_explicit(&s->feeding, memory_order_acquire);
	if (!q->refused_ns && asked_to_end(s))
		refuse(s, q);
	fill(s, q, batch);
	if (!batch->count)
		return idle(s, q);
	q->idle = 0;
	if (q->clock_ns > q->counted_ns + COUNT_EVERY_NS)
		(void)ask(s, q, q->clock_ns);
	return SOURCE_READY;
}

/* ---- opening ---- */

static bool serves(const struct source_options *options)
{
	return options->n_interfaces > 0;
}

static void close_live(struct source *source)
{
	struct live *s = of(source);
	for (uint32_t i = 0; s->queues && i < s->n_queues; i++)
		for (uint32_t k = 0; k < s->n_rings; k++)
			packet_ring_close(&s->queues[i].rings[k]);
	for (uint32_t i = 0; s->queues && i < s->n_queues; i++)
		fragment_free(s->queues[i].fragments);
	mesh_fini(&s->mesh);
	free(s->queues);
	for (uint32_t i = 0; i < s->n_rings; i++)
		free(s->programs[i].code);
	free(s);
}

static int open_ring(struct live *s, const struct source_options *o, struct queue *q, uint32_t ring, int *group,
		     struct error *error)
{
	struct packet_ring_options options = {
		.interface = s->names[ring],
		.bytes = (uint64_t)o->ring_mib << 20,
		.block_timeout_ms = o->block_timeout_ms,
		.promiscuous = !q->number, /* one socket is enough to say so */
	};
	int code = packet_ring_open(&options, &q->rings[ring], error);
	return code || o->queues == 1 ? code : packet_ring_join(&q->rings[ring], group, s->names[ring], error);
}

/* One interface: its rings join in the order of the queues, so that the same hash leads to the same queue on every
 * interface. */
static int open_interface(struct live *s, const struct source_options *o, uint32_t ring, struct error *error)
{
	int group = -1, code = 0;
	for (uint32_t i = 0; !code && i < s->n_queues; i++)
		code = open_ring(s, o, &s->queues[i], ring, &group, error);
	return code ? code
		    : filter_live(o->filter, s->names[ring], s->queues[0].rings[ring].link, o->snaplen,
				  &s->programs[ring], error);
}

/* Opens the doors: everything is there and every queue is polled. */
static int admit(struct source *source, struct error *error)
{
	struct live *s = of(source);
	int code = 0;
	for (uint32_t k = 0; !code && k < s->n_rings; k++)
		for (uint32_t i = 0; !code && i < s->n_queues; i++)
			code = packet_ring_admit(&s->queues[i].rings[k], &s->programs[k], s->names[k], error);
	atomic_store_explicit(&s->admitted, true, memory_order_release);
	return code;
}

static int name_interfaces(struct live *s, const struct source_options *o, struct error *error)
{
	if (o->n_interfaces > INTERFACES_MAX)
		return error_set(error, ERROR_USAGE, "%" PRIu32 " interfaces: at most %d can be watched together",
				 o->n_interfaces, INTERFACES_MAX);
	for (uint32_t i = 0; i < o->n_interfaces; i++) {
		const char *name = o->interfaces[i];
		if (!strcmp(name, "any"))
			return error_set(error, ERROR_USAGE, "-i any: name each interface with an -i of its own");
		if (!*name || strlen(name) >= sizeof s->names[i])
			return error_set(error, ERROR_USAGE, "%s: there is no such interface; see ip link", name);
		for (uint32_t k = 0; k < i; k++)
			if (!strcmp(name, s->names[k]))
				return error_set(error, ERROR_USAGE, "%s: named twice; its frames would count twice",
						 name);
		memcpy(s->names[i], name, strlen(name) + 1);
	}
	return 0;
}

static int make_queues(struct live *s, const struct source_options *o, struct error *error)
{
	size_t bytes = o->queues * sizeof *s->queues;
	if (o->queues > QUEUES_MAX) {
		error_set(error, ERROR_USAGE, "%" PRIu32 " workers: at most %d can share an interface", o->queues,
			  QUEUES_MAX);
		return ERROR_USAGE;
	}
	s->queues = aligned_alloc(64, bytes);
	if (!s->queues) {
		error_set(error, ERROR_FAILED, "capture: out of memory");
		return ERROR_FAILED;
	}
	memset(s->queues, 0, bytes);
	s->n_queues = o->queues;
	atomic_init(&s->feeding, o->queues);
	s->n_rings = o->n_interfaces;
	for (uint32_t i = 0; i < s->n_queues; i++) {
		s->queues[i].number = i;
		s->queues[i].fragments = fragment_notes_new(o->copies_ns);
		if (!s->queues[i].fragments)
			return error_set(error, ERROR_FAILED, "capture: out of memory");
		for (uint32_t k = 0; k < s->n_rings; k++)
			s->queues[i].rings[k].fd = -1;
	}
	return 0;
}

static int make(struct live *s, const struct source_options *o, struct error *error)
{
	int code = name_interfaces(s, o, error);
	if (!code)
		code = make_queues(s, o, error);
	if (!code && mesh_init(&s->mesh, o->queues))
		code = error_set(error, ERROR_FAILED, "capture: out of memory");
	for (uint32_t i = 0; !code && i < o->n_interfaces; i++)
		code = open_interface(s, o, i, error);
	return code;
}

static int open_live(const struct source_options *options, struct source **out, struct error *error)
{
	struct live *s = calloc(1, sizeof *s);
	if (!s)
		return error_set(error, ERROR_FAILED, "capture: out of memory");
	s->source.kind = &source_live;
	s->busy_poll = options->busy_poll;
	s->block_timeout_ms = (int)options->block_timeout_ms;
	s->idle_exit_ns = options->idle_exit_ns;
	/* a block is handed over at the second tick of its timer that finds it begun */
	s->lag_ns = 2 * options->block_timeout_ms * 1000000ull + SLACK_NS;
	int code = make(s, options, error);
	if (code)
		close_live(&s->source);
	else
		*out = &s->source;
	return code;
}

/* ---- what is told ---- */

static uint64_t watermark(const struct source *s, uint32_t queue)
{
	return of_const(s)->queues[queue].ordinal;
}

static uint64_t clock_live(const struct source *s, uint32_t queue)
{
	return of_const(s)->queues[queue].clock_ns;
}

static void stop(struct source *s)
{
	atomic_store_explicit(&of(s)->stopping, true, memory_order_relaxed);
}

static const char *name(const struct source *s, uint16_t index)
{
	return of_const(s)->names[index];
}

static uint32_t count(const struct source *s)
{
	return of_const(s)->n_rings;
}

static void queue_counters(const struct source *source, uint32_t queue, struct source_counters *out)
{
	const struct queue *q = &of_const(source)->queues[queue];
	out->lost_kernel = load(&q->dropped);
	out->lost_drain = load(&q->undrained);
	out->received = load(&q->received) + out->lost_kernel + out->lost_drain;
	out->bytes = load(&q->bytes);
	out->handed_over = load(&q->handed_over);
	out->taken_over = load(&q->taken_over);
}

static void counters(const struct source *source, struct source_counters *sum)
{
	const struct live *s = of_const(source);
	*sum = (struct source_counters){0};
	for (uint32_t i = 0; i < s->n_queues; i++) {
		struct source_counters c;
		queue_counters(source, i, &c);
		sum->lost_kernel += c.lost_kernel;
		sum->lost_drain += c.lost_drain;
		sum->received += c.received;
		sum->bytes += c.bytes;
	}
}

static int result(const struct source *source, struct error *error)
{
	const struct live *s = of_const(source);
	uint32_t gone = atomic_load(&s->gone);
	if (!gone)
		return 0;
	return error_set(error, ERROR_FAILED, "%s: the interface was removed while it was watched; see ip link",
			 s->names[__builtin_ctz(gone)]);
}

const struct source_kind source_live = {
	.name = "interfaces",
	.serves = serves,
	.open = open_live,
	.start = admit,
	.close = close_live,
	.poll = poll_live,
	.watermark = watermark,
	.clock = clock_live,
	.stop = stop,
	.source_name = name,
	.count = count,
	.counters = counters,
	.queue_counters = queue_counters,
	.result = result,
};
