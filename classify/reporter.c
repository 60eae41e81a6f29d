#include "classify/reporter.h"

#include "classify/seen.h"
#include "classify/subject.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CACHE_SETS   (1u << 14)
#define CHUNKS       32u   /* per worker */
#define WAITING      64u   /* facts of a batch that wait for their set to arrive */
#define WAITING_TEXT 8192u /* octets of their values */
#define DUE_BATCHES  128u  /* a chunk that holds anything leaves after so many calls of reporter_progress() */

/* A flow that is over is ended a while later: when its place is needed, when the wheel has turned, when all ends. It is
 * long ended when the epoch after the next is. */
#define EPOCHS_TO_END 2u

/* What was found, or bound, in a packet of the batch: the line that knows whether it is new is on its way. */
struct fact {
	uint64_t tag;
	uint64_t hash; /* of the value */
	const struct packet *packet;
	struct holder holder;
	const uint8_t *value;
	uint32_t len;
	uint16_t port;
	uint16_t field;
	uint8_t kind; /* enum observation_kind */
	uint8_t binding;
	uint8_t transport;
	bool spoken_of;
};

struct reporter {
	uint64_t seed;
	struct hash_key value_key;
	struct scope scope;
	struct ring *out, *back;
	struct chunk *chunks[CHUNKS];
	uint32_t n_chunks;
	struct chunk *chunk; /* being filled */
	uint32_t epoch;
	uint32_t batches;
	uint64_t ordinal; /* progress: a place() */
	uint64_t latest;  /* place() of the packet at hand: what is found now stands there in the order */
	bool inside;      /* it is about what travelled in that packet */
	uint32_t due;     /* a flow is being ended: the epoch at whose end counts what is found; 0: none */
	struct seen_cache hosts, facts;
	/* of the batch at hand */
	const struct packet *packets;
	uint32_t n_packets, at_hand;
	uint64_t tags[BATCH_FRAMES];    /* of a packet's sender, as a host; 0: nobody */
	uint64_t senders[BATCH_FRAMES]; /* …its holder_tag() */
	uint64_t told;                  /* set of packets whose host has yet to be sighted */
	uint32_t n_waiting, text_used;
	struct fact waiting[WAITING];
	uint8_t text[WAITING_TEXT];
	struct reporter_counters counters;
};

struct reporter *reporter_new(uint64_t seed, const struct scope *scope, uint32_t sets, struct ring *out,
			      struct ring *back)
{
	struct reporter *r = calloc(1, sizeof *r);
	if (!r)
		return NULL;
	r->seed = seed;
	r->value_key = (struct hash_key){seed, ~seed};
	r->scope = *scope;
	r->out = out;
	r->back = back;
	sets = sets ? sets : CACHE_SETS;
	if (!seen_init(&r->hosts, sets) || !seen_init(&r->facts, sets)) {
		reporter_free(r);
		return NULL;
	}
	return r;
}

void reporter_free(struct reporter *r)
{
	if (!r)
		return;
	for (uint32_t i = 0; i < r->n_chunks; i++)
		free(r->chunks[i]);
	seen_fini(&r->hosts);
	seen_fini(&r->facts);
	free(r);
}

const struct reporter_counters *reporter_counters(const struct reporter *r)
{
	return &r->counters;
}

/* An empty chunk: one that came back, a new one, or a wait for the registry. With all chunks under way that has enough
 * to do for longer than the longest sleep. */
static struct chunk *empty_chunk(struct reporter *r)
{
	for (long wait_ns = 50000;; wait_ns = wait_ns < 800000 ? 2 * wait_ns : wait_ns) {
		struct chunk *c = ring_take(r->back);
		if (!c && r->n_chunks < CHUNKS && (c = malloc(sizeof *c)))
			r->chunks[r->n_chunks++] = c;
		if (c) {
			c->used = 0;
			c->last = false;
			return c;
		}
		nanosleep(&(struct timespec){.tv_nsec = wait_ns}, NULL);
	}
}

/* Closes the chunk with the progress reached and hands it over; the ring has room for every chunk there is. */
static void send_chunk(struct reporter *r, bool last)
{
	if (!r->chunk)
		r->chunk = empty_chunk(r);
	r->chunk->epoch = r->epoch;
	r->chunk->ordinal = r->ordinal;
	r->chunk->last = last;
	ring_put(r->out, r->chunk);
	r->chunk = NULL;
	r->batches = 0;
}

static struct observation *record(struct reporter *r, size_t bytes)
{
	bytes = (bytes + 7) & ~(size_t)7;
	if (r->chunk && CHUNK_BYTES - r->chunk->used < bytes)
		send_chunk(r, false);
	if (!r->chunk)
		r->chunk = empty_chunk(r);
	struct observation *o = (struct observation *)(void *)(r->chunk->data + r->chunk->used);
	r->chunk->used += (uint32_t)bytes;
	o->bytes = (uint32_t)bytes;
	return o;
}

/* `ordinal` is where it stands in the order: at the end of an epoch behind everything of it (UINT64_MAX). A thing that
 * makes room in the middle of an epoch must not wait for that end: the registry would hold all that follows back, and
 * the worker, out of chunks, would never get there. It stands where the worker is and counts at the end of the epoch.
 */
static void repeat(struct reporter *r, const struct seen *s, uint64_t ordinal)
{
	struct observation *o = record(r, REPEAT_BYTES);
	o->count = s->count;
	o->tag = s->tag;
	o->time_ns = s->last_ns;
	o->ordinal = ordinal;
	o->epoch = r->epoch;
	o->kind = OBSERVATION_REPEAT;
	r->counters.merged += s->count;
}

static void hand_over_repeats(struct reporter *r, struct seen_cache *c)
{
	for (uint32_t i = 0; i < c->n_dirty; i++) {
		struct seen *s = &c->slots[c->dirty[i]];
		s->listed = false;
		if (s->count && !s->ignored)
			repeat(r, s, UINT64_MAX);
		s->count = 0;
	}
	c->n_dirty = 0;
}

void reporter_clock(struct reporter *r, uint64_t clock_ns)
{
	uint32_t epoch = (uint32_t)(clock_ns / EPOCH_NS);
	if (epoch <= r->epoch)
		return;
	reporter_settle(r);
	hand_over_repeats(r, &r->hosts);
	hand_over_repeats(r, &r->facts);
	r->epoch = epoch;
}

/* True when the thing was reported in this epoch, as nearly every one was; it is counted then. */
static inline __attribute__((always_inline)) bool known(struct reporter *r, struct seen_cache *c, uint64_t tag,
							uint64_t time_ns)
{
	return seen_known(c, tag, r->epoch, time_ns);
}

/* The slot of a thing that was not: it must be reported in full. Whose place it takes is told first. */
static struct seen *take_slot(struct reporter *r, struct seen_cache *c, uint64_t tag, uint64_t time_ns)
{
	struct seen *s = seen_slot(c, tag);
	if (s->count && !s->ignored)
		repeat(r, s, r->latest);
	seen_begin(s, tag, r->epoch, time_ns);
	return s;
}

static void fill(struct reporter *r, struct observation *o, uint64_t tag, enum observation_kind kind,
		 const struct holder *h, const struct packet *p)
{
	const struct frame *f = p->frame;
	o->count = 1;
	o->tag = tag;
	o->time_ns = f->time_ns;
	o->ordinal = r->latest; /* not the frame's: what was held back for order's sake is told by the packet at hand */
	o->epoch = r->epoch;
	o->due = r->due;
	o->kind = (uint8_t)kind;
	o->field = 0;
	o->reach = o->spoken_of = 0;
	o->holder = *h;
	o->tuple = (struct flow_tuple){.src = p->src, .dst = p->dst, .protocol = p->protocol, .version = p->version};
	if (p->flags & PACKET_HAS_PORTS) {
		o->tuple.sport = p->sport;
		o->tuple.dport = p->dport;
	} else if (p->protocol == 1 || p->protocol == 58) {
		o->tuple.sport = p->icmp_type;
		o->tuple.dport = p->icmp_code;
	}
	o->number = f->number;
	o->source = f->source;
	o->port = 0;
	o->transport = 0;
	o->len = 0;
	r->counters.made++;
}

/* Each packet of the input has two places in the order: its own, and that of what travels in it. */
static inline uint64_t place(uint64_t ordinal, bool inside)
{
	return ordinal == UINT64_MAX ? ordinal : 2 * ordinal + inside;
}

static inline void go_to(struct reporter *r, const struct packet *p)
{
	r->latest = place(p->frame->ordinal, r->inside);
}

/* By what the host that sent the packet is known in its cache, 0 when that is nobody; and its holder's tag. */
static inline uint64_t tag_sender(const struct reporter *r, const struct packet *p, uint64_t *whose)
{
	struct holder h;
	packet_sender(p, &h);
	*whose = holder_tag(r->seed, &h);
	return !h.version && holder_is_nobody(&h) ? 0 : hash_mix(*whose + packet_reach(p));
}

void reporter_prefetch(struct reporter *r, const struct packet *packets, uint32_t count, uint64_t concerned)
{
	reporter_settle(r);
	r->packets = packets;
	r->n_packets = count;
	r->at_hand = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (!(concerned >> i & 1))
			continue;
		r->tags[i] = tag_sender(r, &packets[i], &r->senders[i]);
		seen_prefetch(&r->hosts, r->tags[i]);
	}
}

void reporter_host(struct reporter *r, uint32_t index)
{
	r->at_hand = index;
	r->told |= (uint64_t)(r->tags[index] != 0) << index;
}

static void report_host(struct reporter *r, const struct packet *packet, uint64_t tag)
{
	struct seen *s = take_slot(r, &r->hosts, tag, packet->frame->time_ns);
	struct holder h;
	packet_sender(packet, &h);
	s->ignored = !scope_holds(&r->scope, &h);
	if (s->ignored) {
		r->counters.out_of_scope++;
		return;
	}
	struct observation *o = record(r, sizeof *o);
	fill(r, o, s->tag, OBSERVATION_HOST, &h, packet);
	o->reach = (uint8_t)packet_reach(packet);
}

/* Every packet comes through here. */
static inline __attribute__((always_inline)) void sight_host(struct reporter *r, const struct packet *packet,
							     uint64_t tag)
{
	go_to(r, packet);
	if (!known(r, &r->hosts, tag, packet->frame->time_ns))
		report_host(r, packet, tag);
}

static void report_fact(struct reporter *r, const struct fact *f)
{
	struct observation *o = record(r, sizeof *o + f->len);
	fill(r, o, f->tag | !f->tag, (enum observation_kind)f->kind, &f->holder, f->packet);
	o->field = f->field;
	o->binding = f->binding;
	o->port = f->port;
	o->transport = f->transport;
	o->spoken_of = f->spoken_of;
	o->hash = f->hash;
	o->len = (uint16_t)f->len;
	if (f->len)
		memcpy(o->value, f->value, f->len);
}

static void sight_fact(struct reporter *r, const struct fact *f)
{
	uint64_t time_ns = f->packet->frame->time_ns;
	if (known(r, &r->facts, f->tag, time_ns))
		return;
	struct seen *s = take_slot(r, &r->facts, f->tag, time_ns);
	s->ignored = !scope_holds(&r->scope, &f->holder);
	if (!s->ignored)
		report_fact(r, f);
}

/* What shows only when a flow ends is always told in full, and the cache does not hear of it: when a flow is ended is
 * no matter of packets, so nothing that packets decide may depend on it. */
static void sight_at_end(struct reporter *r, const struct fact *f)
{
	if (scope_holds(&r->scope, &f->holder))
		report_fact(r, f);
}

void reporter_flow_ends(struct reporter *r, uint64_t over_ns)
{
	r->due = (uint32_t)(over_ns / EPOCH_NS) + EPOCHS_TO_END;
}

void reporter_flow_ended(struct reporter *r)
{
	r->due = 0;
}

/* An address that a packet binds to its sender's MAC comes before the sender: so it is known by both from the first. */
static bool precedes(const struct fact *f, const struct packet *host)
{
	return f->packet < host || (f->packet == host && f->kind == OBSERVATION_BINDING);
}

static void sight_waiting(struct reporter *r, const struct fact *f)
{
	go_to(r, f->packet);
	sight_fact(r, f);
}

/* Reports what waits, except the hosts in the set `later`. */
static void settle(struct reporter *r, uint64_t later)
{
	const struct fact *f = r->waiting, *end = f + r->n_waiting;
	for (uint64_t hosts = r->told & ~later; hosts; hosts &= hosts - 1) {
		uint32_t index = (uint32_t)__builtin_ctzll(hosts);
		for (; f < end && precedes(f, &r->packets[index]); f++)
			sight_waiting(r, f);
		sight_host(r, &r->packets[index], r->tags[index]);
	}
	for (; f < end; f++)
		sight_waiting(r, f);
	r->told &= later;
	r->n_waiting = r->text_used = 0;
}

void reporter_settle(struct reporter *r)
{
	settle(r, 0);
}

void reporter_carried(struct reporter *r, const struct packet *inner)
{
	uint64_t whose, tag = tag_sender(r, inner, &whose);
	settle(r, 0);
	if (tag)
		sight_host(r, inner, tag);
}

void reporter_enters(struct reporter *r, uint32_t index)
{
	settle(r, 0);
	r->at_hand = index;
	r->inside = true;
}

void reporter_left(struct reporter *r)
{
	settle(r, 0);
	r->inside = false;
}

/* Of the few ends that tunnels have nearly every packet is a repeat, which waits for nothing: only a report must stand
 * behind what was said of earlier packets. */
void reporter_tunnel(struct reporter *r, const struct packet *outer)
{
	uint64_t whose, tag = tag_sender(r, outer, &whose);
	if (!tag || known(r, &r->hosts, tag, outer->frame->time_ns))
		return;
	settle(r, 0);
	sight_host(r, outer, tag);
}

/* No room: what waits goes; but not the host of the packet at hand, while bindings come that precede it. */
static void make_room(struct reporter *r, const struct fact *next)
{
	bool leads = next->kind == OBSERVATION_BINDING;
	for (uint32_t i = r->n_waiting; leads && i-- && r->waiting[i].packet == next->packet;)
		leads = r->waiting[i].kind == OBSERVATION_BINDING;
	settle(r, leads ? 1ull << r->at_hand : 0);
}

/* The position of a packet in the batch; n_packets when it is none of it. */
static uint32_t index_of(const struct reporter *r, const struct packet *p)
{
	uintptr_t offset = (uintptr_t)p - (uintptr_t)r->packets;
	return offset < r->n_packets * sizeof *p ? (uint32_t)(offset / sizeof *p) : r->n_packets;
}

/* Lets the fact wait for its set, if it can be kept: a packet that was made up is gone after the call. */
static void submit(struct reporter *r, const struct fact *f)
{
	if (r->due) {
		sight_at_end(r, f);
		return;
	}
	bool kept = index_of(r, f->packet) < r->n_packets && f->len <= WAITING_TEXT;
	if (!kept) {
		settle(r, 0);
		go_to(r, &r->packets[r->at_hand]);
		sight_fact(r, f);
		return;
	}
	if (r->n_waiting == WAITING || r->text_used + f->len > WAITING_TEXT)
		make_room(r, f);
	seen_prefetch(&r->facts, f->tag);
	struct fact *w = &r->waiting[r->n_waiting++];
	*w = *f;
	w->value = r->text + r->text_used;
	if (f->len)
		memcpy(r->text + r->text_used, f->value, f->len);
	r->text_used += f->len;
}

static uint8_t transport_of(const struct packet *p)
{
	return p->flags & PACKET_HAS_PORTS ? p->protocol : 0;
}

void reporter_found(void *reporter, const struct finding *f)
{
	struct reporter *r = reporter;
	struct holder h;
	uint16_t port;
	finding_subject(f, &h, &port);
	if (holder_is_nobody(&h))
		return;
	uint32_t len = f->len;
	if (len > OBSERVATION_VALUE_BYTES) {
		len = OBSERVATION_VALUE_BYTES;
		r->counters.values_cut++;
	}
	bool own = f->subject == SUBJECT_SENDER || finding_is_own(f);
	uint32_t index = own ? index_of(r, f->packet) : r->n_packets;
	uint64_t whose = index < r->n_packets ? r->senders[index] : holder_tag(r->seed, &h);
	/* The port belongs to the thing only where the field tells of a server: clients change theirs at will. */
	bool server = field_table[f->field].side == FIELD_SIDE_SERVER;
	uint64_t where = server ? (uint64_t)port << 8 | transport_of(f->packet) : 0;
	uint64_t hash = hash_bytes(&r->value_key, f->value, len);
	uint64_t tag = hash_combine(whose, hash);
	struct fact fact = {
		.tag = hash_combine(tag, (uint64_t)f->field << 32 | where),
		.hash = hash,
		.packet = f->packet,
		.holder = h,
		.value = f->value,
		.len = len,
		.port = port,
		.kind = OBSERVATION_FIELD,
		.field = (uint16_t)f->field,
		.transport = transport_of(f->packet),
		.spoken_of = !own && (f->subject == SUBJECT_ADDRESS || f->subject == SUBJECT_HARDWARE),
	};
	submit(r, &fact);
}

void reporter_bound(void *reporter, const struct bound *b)
{
	struct reporter *r = reporter;
	struct holder h = {.segment = b->packet->segment, .version = b->version, .ip = b->address};
	memcpy(h.mac, b->mac, 6);
	if (holder_is_nobody(&h) || !b->version || mac_is_zero(h.mac) || (h.mac[0] & 1))
		return;
	struct fact fact = {
		.tag = hash_combine(holder_tag(r->seed, &h), 0x100u + 2u * b->binding + b->spoken_of),
		.packet = b->packet,
		.holder = h,
		.kind = OBSERVATION_BINDING,
		.binding = (uint8_t)b->binding,
		.spoken_of = b->spoken_of,
	};
	submit(r, &fact);
}

void reporter_progress(struct reporter *r, uint64_t ordinal, bool now)
{
	reporter_settle(r);
	uint64_t reached = place(ordinal, true);
	bool moved = reached != r->ordinal;
	r->ordinal = reached;
	if ((now && (moved || r->chunk)) || (++r->batches >= DUE_BATCHES && moved))
		send_chunk(r, false);
}

void reporter_end(struct reporter *r)
{
	reporter_settle(r);
	hand_over_repeats(r, &r->hosts);
	hand_over_repeats(r, &r->facts);
	r->ordinal = UINT64_MAX;
	r->epoch = UINT32_MAX;
	send_chunk(r, true);
}
