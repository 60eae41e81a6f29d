/* DPDK ports, poll mode: each worker polls queues of its own and works on the buffers in place.
 *
 * A port that spreads frames itself (RSS) gets a queue for each worker, with the key and the table of capture/steer.h;
 * the queues of other ports are spread over the workers. Whatever the port did, every frame is looked at once more: a
 * worker that got one of another's hands it on (capture/handover.h), so both directions of a flow, its fragments and
 * its tunnelled packets meet. Frames without IP stay where they came. A worker whose way to another is full takes
 * nothing more from its ports until there is room: what is too much is lost in the port, and counted there.
 *
 * Order. A worker's position is the packet time it has come to: each frame it gives out has the next position, its own
 * time if that is later. So positions are ordinals, rising within a queue, and across queues they are in order as far
 * as packet times tell. A queue without frames for PATIENCE_NS follows the others, and the passing of time.
 *
 * Workers become threads of DPDK's when they poll first, so that buffers go through caches of their own.
 */
#include "capture/source_dpdk.h"

#include "capture/decode.h"
#include "capture/filter.h"
#include "capture/fragment.h"
#include "capture/handover.h"
#include "capture/kind.h"
#include "capture/silence.h"
#include "capture/steer.h"
#include "core/time.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATIENCE_NS   2000000ull
#define SPINS         256          /* empty polls before the caller is told so */
#define LINEAR_BYTES  (256u << 10) /* frames that lie in several buffers are copied together here */
#define SOURCE_LETTER 80
#define STAMP_NEAR_NS (3600 * NS_PER_SECOND)

/* A queue of a port. */
struct input {
	struct dpdk_port *port;
	uint16_t queue, source;
	bool stamp_known;
	uint64_t stamp_ns; /* 0: the host's clock */
	uint64_t number;   /* of its last frame */
	uint32_t last;     /* after the stop: frames it may still give */
};

struct worker_queue {
	/* set before start */
	struct input *inputs;
	uint32_t n_inputs;
	uint8_t *linear;
	struct fragment_table *fragments; /* of tunnels: whose is what travels in them; the worker's */
	/* worker only */
	_Alignas(64) bool met, registered, flushed, ended;
	uint32_t turn;         /* which input, which peer is first; and whether ports or peers are */
	uint32_t given, taken; /* of items: handed out with the last poll and before; there */
	uint32_t free_from;    /* …the first whose buffer is not given back */
	uint32_t linear_used;
	uint64_t position;
	uint64_t seen_ns; /* the host's clock, made to rise */
	uint64_t idle_since_ns;
	struct silence silence; /* of all queues */
	struct parcel_item items[2 * BATCH_FRAMES];
	/* worker writes, any reads */
	_Alignas(64) _Atomic uint64_t received;
	_Atomic uint64_t bytes, filtered, handed_over, taken_over;
	_Atomic int64_t ahead_ns; /* position, of all that is handed on, less the host's clock; INT64_MIN: none yet */
};

struct dpdk {
	struct source source;
	/* set before start */
	struct dpdk_port *ports;
	uint32_t n_ports;
	struct worker_queue *queues;
	struct mesh mesh;
	uint32_t n_queues, n_sources;
	uint64_t copies_ns; /* as in the options */
	char (*names)[SOURCE_LETTER];
	struct filter *filter;
	uint64_t idle_exit_ns;
	bool eal;
	/* any writes */
	atomic_bool stop;
	_Atomic uint32_t feeding; /* workers that may still hand something on */
};

static struct dpdk *of(struct source *s)
{
	return (struct dpdk *)s;
}

static const struct dpdk *of_const(const struct source *s)
{
	return (const struct dpdk *)s;
}

static void count(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

static uint64_t load(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* ---- from the ports ---- */

/* Whether the device's stamps are the time of day can be seen by the first. */
static bool judge_stamp(struct input *in, uint64_t stamp, uint64_t now_ns)
{
	in->stamp_known = true;
	if (stamp - now_ns + STAMP_NEAR_NS > 2 * STAMP_NEAR_NS)
		in->stamp_ns = 0;
	return in->stamp_ns;
}

static inline uint64_t time_of(struct input *in, const struct rte_mbuf *m, uint64_t now_ns)
{
	if (!in->stamp_ns || !(m->ol_flags & dpdk_stamp_flag))
		return now_ns;
	uint64_t stamp = *RTE_MBUF_DYNFIELD(m, dpdk_stamp_offset, const rte_mbuf_timestamp_t *);
	if (!in->stamp_known && !judge_stamp(in, stamp, now_ns))
		return now_ns;
	return stamp * in->stamp_ns;
}

/* Whose the frame is: whose[0], and whose[1] when what travels in it is another's. returns how many. It is looked at as
 * far as it lies in the first buffer. */
static inline unsigned owners(const struct dpdk *s, uint32_t self, const struct frame *f, uint32_t whose[2])
{
	struct ends ends[2];
	unsigned n = s->n_queues > 1 ? decode_ends(f, s->queues[self].fragments, ends) : 0;
	whose[0] = self;
	for (unsigned i = 0; i < n; i++)
		whose[i] = steer_worker(steer_hash(&ends[i]), s->n_queues);
	return n == 2 && whose[0] != whose[1] ? 2 : 1;
}

/* Another gives the frame back, too. */
static void share(struct rte_mbuf *m)
{
	for (; m; m = m->next)
		rte_mbuf_refcnt_update(m, 1);
}

/* Gives the frame to the one or two it is for. returns how many it was handed over to, to account for. */
static uint32_t give(struct dpdk *s, uint32_t self, const struct parcel_item *item, const uint32_t *whose, unsigned n)
{
	struct worker_queue *q = &s->queues[self];
	uint32_t others = 0;
	if (n > 1)
		share(item->item);
	for (unsigned i = 0; i < n; i++) {
		bool own = whose[i] == self;
		struct parcel_item *to = own ? &q->items[q->taken++] : mesh_item(&s->mesh, self, whose[i]);
		*to = *item;
		to->part = n == 1 ? FRAME_ALL : i == 0 ? FRAME_OUTSIDE : FRAME_INSIDE;
		others += !own && to->part != FRAME_INSIDE;
	}
	return others;
}

/* Sorts a burst: what is this worker's, what is another's, what the filter refuses. */
static void sort(struct dpdk *s, uint32_t self, struct input *in, struct rte_mbuf **burst, uint32_t n)
{
	struct worker_queue *q = &s->queues[self];
	uint64_t now_ns = time_now(), bytes = 0, filtered = 0, handed_over = 0;
	q->seen_ns = now_ns > q->seen_ns ? now_ns : q->seen_ns;
	for (uint32_t i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(burst[i], void *));
	for (uint32_t i = 0; i < n; i++) {
		struct rte_mbuf *m = burst[i];
		const struct frame f = {
			.data = rte_pktmbuf_mtod(m, const uint8_t *),
			.caplen = m->data_len,
			.wirelen = m->pkt_len,
			.clock_ns = q->seen_ns,
			.link = LINK_ETHERNET,
		};
		in->number++;
		bytes += m->pkt_len;
		if (s->filter && !filter_match(s->filter, &f)) {
			filtered++;
			rte_pktmbuf_free(m);
			continue;
		}
		uint32_t whose[2];
		unsigned n_whose = owners(s, self, &f, whose);
		const struct parcel_item item = {m, time_of(in, m, now_ns), in->number, in->source, FRAME_ALL};
		handed_over += give(s, self, &item, whose, n_whose);
	}
	count(&q->received, n);
	count(&q->bytes, bytes);
	count(&q->filtered, filtered);
	count(&q->handed_over, handed_over);
}

/* Once round the worker's ports, for at most `room` frames, the same share for each: of a tap with a port a direction,
 * question and answer stay together. Returns false when nothing more will come from them. */
static bool take_from_ports(struct dpdk *s, uint32_t self, uint32_t room)
{
	struct worker_queue *q = &s->queues[self];
	struct rte_mbuf *burst[BATCH_FRAMES];
	bool stopped = atomic_load_explicit(&s->stop, memory_order_relaxed), more = !stopped;
	uint32_t share = room > q->n_inputs ? room / RTE_MAX(q->n_inputs, 1u) : 1;
	for (uint32_t i = 0; i < q->n_inputs && room; i++) {
		struct input *in = &q->inputs[(q->turn + i) % q->n_inputs];
		uint32_t most = RTE_MIN(share, room);
		if (stopped)
			most = RTE_MIN(most, in->last);
		uint32_t n = rte_eth_rx_burst(in->port->id, in->queue, burst, (uint16_t)most);
		if (stopped)
			in->last = n ? in->last - n : 0;
		more |= in->last != 0;
		room -= n;
		if (n)
			sort(s, self, in, burst, n);
	}
	return more;
}

/* ---- from the other workers ---- */

static void take_parcel(struct worker_queue *q, struct handover *h)
{
	struct parcel *p = handover_take(h);
	if (!p)
		return;
	memcpy(&q->items[q->taken], p->items, p->count * sizeof *p->items);
	q->taken += p->count;
	uint32_t whole = 0;
	for (uint32_t i = 0; i < p->count; i++)
		whole += p->items[i].part != FRAME_INSIDE;
	count(&q->taken_over, whole);
	handover_return(h, p);
}

static void take_from_peers(struct dpdk *s, uint32_t self)
{
	struct worker_queue *q = &s->queues[self];
	for (uint32_t i = 0; i < s->n_queues && q->taken < BATCH_FRAMES; i++) {
		uint32_t from = (q->turn + i) % s->n_queues;
		if (from != self)
			take_parcel(q, mesh_lane(&s->mesh, from, self));
	}
}

/* ---- a poll ---- */

static void publish(struct worker_queue *q)
{
	int64_t ahead_ns = (int64_t)(q->position - time_now());
	atomic_store_explicit(&q->ahead_ns, ahead_ns, memory_order_relaxed);
}

/* Ports and peers in turn, so that neither can keep the other out. */
static void collect(struct dpdk *s, uint32_t self)
{
	struct worker_queue *q = &s->queues[self];
	bool peers_first = q->turn++ & 1, more = true;
	if (peers_first)
		take_from_peers(s, self);
	if (q->taken < BATCH_FRAMES && !q->flushed && mesh_room(&s->mesh, self)) {
		more = take_from_ports(s, self, BATCH_FRAMES - q->taken);
		mesh_send(&s->mesh, self);
	}
	if (!peers_first)
		take_from_peers(s, self);
	if (!more && !q->flushed) {
		q->flushed = true;
		atomic_fetch_sub_explicit(&s->feeding, 1, memory_order_release);
	}
}

/* The buffers of the last batch go back. */
static void give_back(struct worker_queue *q)
{
	struct rte_mbuf *done[2 * BATCH_FRAMES];
	uint32_t n = 0;
	while (q->free_from < q->given)
		done[n++] = q->items[q->free_from++].item;
	rte_pktmbuf_free_bulk(done, n);
	q->linear_used = 0;
	if (q->given == q->taken)
		q->free_from = q->given = q->taken = 0;
}

/* The frame's octets in one piece, `*len` of them; NULL when the worker's buffer has no room until the next poll. */
static const uint8_t *piece(struct worker_queue *q, struct rte_mbuf *m, uint32_t *len)
{
	*len = m->pkt_len;
	if (m->nb_segs == 1)
		return rte_pktmbuf_mtod(m, const uint8_t *);
	if (*len > LINEAR_BYTES)
		*len = LINEAR_BYTES;
	if (q->linear_used + *len > LINEAR_BYTES)
		return NULL;
	uint8_t *to = q->linear + q->linear_used;
	const void *at = rte_pktmbuf_read(m, 0, *len, to);
	if (at == to)
		q->linear_used += *len;
	return at;
}

static void hand_out(struct worker_queue *q, struct batch *batch)
{
	for (; batch->count < BATCH_FRAMES && q->given < q->taken; q->given++) {
		const struct parcel_item *item = &q->items[q->given];
		struct rte_mbuf *m = item->item;
		uint32_t len;
		const uint8_t *data = piece(q, m, &len);
		if (!data)
			break;
		q->position = item->time_ns > q->position ? item->time_ns : q->position + 1;
		batch->room[batch->count++] = (struct frame){
			.data = data,
			.caplen = len,
			.wirelen = m->pkt_len,
			.time_ns = item->time_ns,
			.clock_ns = q->position,
			.ordinal = q->position,
			.number = item->number,
			.source = item->source,
			.part = item->part,
			.link = LINK_ETHERNET,
		};
	}
}

/* Ends the source when no worker got anything for so long. */
static void watch_silence(struct dpdk *s, struct worker_queue *q, uint64_t now_ns)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < s->n_queues; i++)
		sum += load(&s->queues[i].received);
	if (silence_lasts(&q->silence, sum, now_ns, s->idle_exit_ns))
		atomic_store_explicit(&s->stop, true, memory_order_relaxed);
}

/* Where the worker that has come farthest is by now. */
static void follow(struct dpdk *s, struct worker_queue *q)
{
	uint64_t now_ns = time_now();
	for (uint32_t i = 0; i < s->n_queues; i++) {
		int64_t ahead_ns = atomic_load_explicit(&s->queues[i].ahead_ns, memory_order_relaxed);
		uint64_t there = now_ns + (uint64_t)ahead_ns;
		if (ahead_ns != INT64_MIN && there > q->position)
			q->position = there;
	}
}

static uint64_t monotonic(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

static enum source_status idle(struct dpdk *s, struct worker_queue *q)
{
	uint64_t now_ns = monotonic();
	watch_silence(s, q, now_ns);
	if (!q->idle_since_ns)
		q->idle_since_ns = now_ns;
	if (now_ns - q->idle_since_ns >= PATIENCE_NS)
		follow(s, q);
	return SOURCE_IDLE;
}

static enum source_status end(struct worker_queue *q)
{
	q->ended = true;
	q->position = UINT64_MAX;
	if (q->registered)
		rte_thread_unregister();
	return SOURCE_END;
}

/* Collects until there is something, a few times. False when nothing will ever come. */
static bool gather(struct dpdk *s, uint32_t self)
{
	struct worker_queue *q = &s->queues[self];
	for (int spin = 0; spin < SPINS && !q->taken; spin++) {
		bool over = q->flushed && !atomic_load_explicit(&s->feeding, memory_order_acquire);
		collect(s, self);
		if (over && !q->taken)
			return false;
		rte_pause();
	}
	return true;
}

static enum source_status poll_dpdk(struct source *source, uint32_t queue, struct batch *batch)
{
	struct dpdk *s = of(source);
	struct worker_queue *q = &s->queues[queue];
	batch->count = 0;
	if (q->ended)
		return SOURCE_END;
	if (!q->met) {
		q->met = true;
		q->registered = rte_thread_register() == 0; /* without it only the cache is missing */
	}
	give_back(q);
	if (!q->taken && !gather(s, queue))
		return end(q);
	if (!q->taken)
		return idle(s, q);
	q->idle_since_ns = 0;
	hand_out(q, batch);
	publish(q);
	return SOURCE_READY;
}

/* ---- open and close ---- */

static bool serves(const struct source_options *options)
{
	return options->dpdk;
}

static void free_items(struct worker_queue *q)
{
	q->given = q->taken;
	give_back(q);
	free(q->inputs);
	free(q->linear);
	fragment_free(q->fragments);
}

static void empty_lane(struct handover *h)
{
	for (struct parcel *p; h->parcels && (p = handover_take(h));)
		for (uint32_t i = 0; i < p->count; i++)
			rte_pktmbuf_free(p->items[i].item);
}

static void close_dpdk(struct source *source)
{
	struct dpdk *s = of(source);
	struct quiet quiet;
	char why[2];
	for (uint32_t i = 0; s->queues && i < s->n_queues; i++)
		free_items(&s->queues[i]);
	for (size_t i = 0; s->mesh.lanes && i < (size_t)s->n_queues * s->n_queues; i++)
		empty_lane(&s->mesh.lanes[i]);
	mesh_fini(&s->mesh);
	quiet_begin(&quiet);
	for (uint32_t i = 0; i < s->n_ports; i++)
		port_close(&s->ports[i]);
	if (s->eal)
		eal_stop();
	(void)quiet_end(&quiet, why, sizeof why);
	filter_free(s->filter);
	free(s->ports);
	free(s->queues);
	free(s->names);
	free(s);
}

static int no_memory(struct error *error)
{
	return error_set(error, ERROR_FAILED, "capture: out of memory");
}

static int open_ports(struct dpdk *s, struct error *error)
{
	uint16_t id;
	s->ports = calloc(RTE_MAX_ETHPORTS, sizeof *s->ports);
	if (!s->ports)
		return no_memory(error);
	RTE_ETH_FOREACH_DEV(id)
	{
		int rc = port_open(&s->ports[s->n_ports++], id, s->n_queues, error);
		if (rc)
			return rc;
	}
	return s->n_ports ? 0 : ERROR_USAGE;
}

static int add_input(struct dpdk *s, uint32_t worker, struct dpdk_port *p, uint16_t queue)
{
	struct worker_queue *q = &s->queues[worker];
	struct input *more = realloc(q->inputs, (q->n_inputs + 1) * sizeof *more);
	char(*names)[SOURCE_LETTER] = realloc(s->names, (s->n_sources + 1) * sizeof *names);
	q->inputs = more ? more : q->inputs;
	s->names = names ? names : s->names;
	if (!more || !names)
		return ERROR_FAILED;
	if (p->queues > 1)
		snprintf(names[s->n_sources], sizeof *names, "%s/%u", p->name, queue);
	else
		snprintf(names[s->n_sources], sizeof *names, "%s", p->name);
	q->inputs[q->n_inputs++] = (struct input){
		.port = p,
		.queue = queue,
		.source = (uint16_t)s->n_sources++,
		.stamp_known = p->stamp_known,
		.stamp_ns = p->stamp_ns,
		.last = p->descriptors,
	};
	return 0;
}

/* Queue n of a port that has one for each worker is worker n's; others go round. */
static int spread(struct dpdk *s, struct error *error)
{
	uint32_t next = 0;
	for (uint32_t i = 0; i < s->n_ports; i++) {
		struct dpdk_port *p = &s->ports[i];
		for (uint16_t queue = 0; queue < p->queues; queue++) {
			uint32_t worker = p->queues == s->n_queues ? queue : next++ % s->n_queues;
			if (add_input(s, worker, p, queue))
				return no_memory(error);
		}
	}
	return 0;
}

static int allocate(struct dpdk *s, struct error *error)
{
	size_t n = s->n_queues;
	s->queues = aligned_alloc(64, n * sizeof *s->queues);
	if (s->queues)
		memset(s->queues, 0, n * sizeof *s->queues);
	if (!s->queues || mesh_init(&s->mesh, s->n_queues))
		return no_memory(error);
	for (size_t i = 0; i < n; i++) {
		atomic_init(&s->queues[i].ahead_ns, INT64_MIN);
		s->queues[i].linear = malloc(LINEAR_BYTES);
		s->queues[i].fragments = fragment_notes_new(s->copies_ns);
		if (!s->queues[i].linear || !s->queues[i].fragments)
			return no_memory(error);
	}
	return 0;
}

static int prepare_filter(struct dpdk *s, const char *expression, struct error *error)
{
	if (!expression || !*expression)
		return 0;
	int rc = filter_new(expression, &s->filter, error);
	return rc ? rc : filter_prepare(s->filter, LINK_ETHERNET, error);
}

/* What failed, in our words or in DPDK's. */
static int explain(const struct dpdk *s, int rc, const struct error *ours, const char *why, struct error *error)
{
	if (*ours->text)
		return error_set(error, rc, "%s", ours->text);
	if (!s->eal)
		return error_set(error, rc,
				 "--dpdk: DPDK does not start: %s; see EAL's parameters in DPDK's documentation",
				 *why ? why : "it does not say why");
	return error_set(
		error, rc,
		"--dpdk: there is no port%s%s; bind a network card to vfio-pci, or name a device with --vdev in the "
		"EAL arguments",
		*why ? ": " : "", why);
}

/* Starts DPDK and the ports. What they print is kept back. */
static int start(struct dpdk *s, const char *arguments, struct error *error)
{
	struct error ours = {0};
	struct quiet quiet;
	char why[256];
	quiet_begin(&quiet);
	int rc = eal_start(arguments, &ours);
	s->eal = rc == 0;
	if (!rc)
		rc = open_ports(s, &ours);
	bool mistake = quiet_end(&quiet, why, sizeof why);
	if (s->eal && !mistake)
		*why = '\0';
	return rc ? explain(s, rc, &ours, why, error) : 0;
}

static int open_all(struct dpdk *s, const struct source_options *options, struct error *error)
{
	int rc = prepare_filter(s, options->filter, error);
	if (!rc)
		rc = allocate(s, error);
	if (!rc)
		rc = start(s, options->dpdk, error);
	return rc ? rc : spread(s, error);
}

static int open_dpdk(const struct source_options *options, struct source **out, struct error *error)
{
	if (options->queues > STEER_BUCKETS)
		return error_set(error, ERROR_USAGE, "%" PRIu32 " workers: at most %u can share DPDK's ports",
				 options->queues, STEER_BUCKETS);
	struct dpdk *s = calloc(1, sizeof *s);
	if (!s)
		return no_memory(error);
	s->source.kind = &source_dpdk;
	s->n_queues = options->queues;
	s->copies_ns = options->copies_ns;
	s->idle_exit_ns = options->idle_exit_ns;
	atomic_init(&s->feeding, s->n_queues);
	int rc = open_all(s, options, error);
	if (rc)
		close_dpdk(&s->source);
	else
		*out = &s->source;
	return rc;
}

/* ---- what is asked of it ---- */

static uint64_t position(const struct source *s, uint32_t queue)
{
	return of_const(s)->queues[queue].position;
}

static void stop(struct source *s)
{
	atomic_store_explicit(&of(s)->stop, true, memory_order_relaxed);
}

static const char *name(const struct source *s, uint16_t index)
{
	return index < of_const(s)->n_sources ? of_const(s)->names[index] : "?";
}

static uint32_t sources(const struct source *s)
{
	return of_const(s)->n_sources;
}

static void queue_counters(const struct source *source, uint32_t queue, struct source_counters *out)
{
	const struct worker_queue *q = &of_const(source)->queues[queue];
	out->received = load(&q->received);
	out->bytes = load(&q->bytes);
	out->filtered = load(&q->filtered);
	out->handed_over = load(&q->handed_over);
	out->taken_over = load(&q->taken_over);
}

static void counters(const struct source *source, struct source_counters *sum)
{
	const struct dpdk *s = of_const(source);
	for (uint32_t i = 0; i < s->n_queues; i++) {
		sum->received += load(&s->queues[i].received);
		sum->bytes += load(&s->queues[i].bytes);
		sum->filtered += load(&s->queues[i].filtered);
	}
	for (uint32_t i = 0; i < s->n_ports; i++)
		port_counters(&s->ports[i], sum);
}

static bool stamped(const struct source *s)
{
	const struct dpdk *d = of_const(s);
	for (uint32_t i = 0; i < d->n_ports; i++)
		if (!d->ports[i].stamp_ns)
			return false;
	return true;
}

static int result(const struct source *s, struct error *error)
{
	return 0;
}

const struct source_kind source_dpdk = {
	.name = "DPDK",
	.serves = serves,
	.open = open_dpdk,
	.close = close_dpdk,
	.poll = poll_dpdk,
	.watermark = position,
	.clock = position,
	.stop = stop,
	.source_name = name,
	.count = sources,
	.counters = counters,
	.queue_counters = queue_counters,
	.stamped = stamped,
	.result = result,
};
