#include "ipfix/meter.h"

#include "ipfix/flow_places.h"
#include "ipfix/flow_table.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define SWEEP_PER_FLOW 4                        /* slots looked at for each flow made since the last look */
#define SWEEP_MOST     1024                     /* slots in a call */
#define LOOKS_MOST     256                      /* of them, flows looked at: a batch makes at most a quarter of that */
#define SWEEP_US       (METER_LINGER_NS / 1000) /* packet time in which the sweep goes round when few flows are made */
#define EVICT_SAMPLE   16

/* A tick is about a second; 32 bits of them last until 2112, and then flows end when they must. */
#define TICK_BITS 20

/* What prefetching found out about a packet of the batch. */
struct memo {
	uint64_t ordinal;
	uint32_t hash;
	uint32_t number; /* the slot it probably belongs to, or FLOW_NONE */
	bool valid;
};

struct meter {
	/* set before start */
	struct meter_options options;
	struct flow_secret secret;
	uint64_t idle_us, active_us;
	uint64_t margin_us; /* how much longer than needed the sweep waits */

	/* worker only */
	struct flow_table table;
	uint64_t clock_us; /* what the sweep goes by */
	uint64_t given_us; /* clock of the last meter_expire() */
	uint64_t low_us;   /* oldest packet since then; UINT64_MAX: none */
	uint64_t swept_us; /* clock when the sweep last went on */
	uint64_t made;     /* counters.created then */
	uint32_t owed;     /* slots to be swept as soon as can be */
	uint32_t broom;    /* slots below this have been swept in this round */
	uint32_t hand;     /* where the search for a victim goes on */
	const struct packet *batch;
	uint32_t batch_count;
	struct memo memo[BATCH_FRAMES];

	struct meter_counters counters; /* worker writes, control reads */
};

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

struct meter *meter_new(const struct meter_options *options)
{
	struct meter *m = aligned_alloc(64, (sizeof *m + 63) / 64 * 64);
	if (!m)
		return NULL;
	memset(m, 0, sizeof *m);
	m->options = *options;
	m->secret = flow_secret_new();
	m->idle_us = least(options->idle_ns, UINT64_MAX / 4) / 1000; /* for ever, nearly */
	m->active_us = least(options->active_ns / 1000, UINT32_MAX);
	m->margin_us = m->idle_us / 8;
	m->low_us = UINT64_MAX;
	uint64_t capacity = least(options->max_flows ? options->max_flows : 1, UINT32_MAX / 8);
	if (flow_table_init(&m->table, (uint32_t)capacity, !options->flows_only) == 0)
		return m;
	free(m);
	return NULL;
}

void meter_free(struct meter *m)
{
	if (!m)
		return;
	flow_table_fini(&m->table);
	free(m);
}

const struct meter_counters *meter_counters(const struct meter *m)
{
	return &m->counters;
}

/* What was remembered of the packet, once: the caller's array serves for the next batch too. */
static inline const struct memo *recall(struct meter *m, const struct packet *p)
{
	uintptr_t offset = (uintptr_t)p - (uintptr_t)m->batch;
	if (offset >= m->batch_count * sizeof *p)
		return NULL;
	struct memo *memo = &m->memo[offset / sizeof *p];
	if (!memo->valid || memo->ordinal != p->frame->ordinal)
		return NULL;
	memo->valid = false;
	return memo;
}

static inline uint32_t find(struct meter *m, const struct packet *p, const struct flow_key *key, uint32_t *hash,
			    enum flow_direction *direction)
{
	const struct memo *memo = recall(m, p);
	*hash = memo ? memo->hash : flow_key_hash(&m->secret, key);
	if (memo && memo->number != FLOW_NONE && flow_is(flow_table_slot(&m->table, memo->number), key, direction))
		return memo->number;
	return flow_table_find(&m->table, key, *hash, direction);
}

void meter_prefetch(struct meter *m, const struct packet *packets, uint32_t count)
{
	m->batch = packets;
	m->batch_count = count < BATCH_FRAMES ? count : BATCH_FRAMES;
	for (uint32_t i = 0; i < m->batch_count; i++) {
		const struct packet *p = &packets[i];
		m->memo[i].valid = p->verdict == VERDICT_IP;
		if (!m->memo[i].valid)
			continue;
		struct flow_key key = flow_key_of(p);
		m->memo[i].hash = flow_key_hash(&m->secret, &key);
		m->memo[i].number = FLOW_NONE;
		m->memo[i].ordinal = p->frame->ordinal;
		flow_table_prefetch_bucket(&m->table, m->memo[i].hash);
	}
}

void meter_prefetch_flow(struct meter *m, uint32_t index)
{
	if (index < m->batch_count && m->memo[index].valid)
		m->memo[index].number = flow_table_prefetch_slot(&m->table, m->memo[index].hash);
}

const struct flow *meter_expected(const struct meter *m, uint32_t index)
{
	const struct memo *memo = &m->memo[index];
	if (!memo->valid || memo->number == FLOW_NONE)
		return NULL;
	return flow_table_slot(&m->table, memo->number);
}

/* When does a flow end? */

/* After start_us. A side without packets has 0. */
static inline uint32_t last_us(const struct flow *f)
{
	uint32_t a = f->side[FLOW_FORWARD].last_us, b = f->side[FLOW_REVERSE].last_us;
	return a > b ? a : b;
}

static inline bool over(const struct flow *f)
{
	uint16_t a = f->side[FLOW_FORWARD].tcp_union, b = f->side[FLOW_REVERSE].tcp_union;
	return (a | b) & TCP_RST || a & b & TCP_FIN;
}

static inline bool opens(const struct packet *p)
{
	return p->flags & PACKET_TCP && (p->tcp.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

static inline bool full(const struct flow *f)
{
	return f->side[FLOW_FORWARD].packets == UINT32_MAX || f->side[FLOW_REVERSE].packets == UINT32_MAX;
}

/* Why a packet `age` after the flow's first no longer belongs to it; 0 when it does. */
static inline uint8_t ended_before(const struct meter *m, const struct flow *f, const struct packet *p, uint64_t age)
{
	uint64_t last = last_us(f), gap = age > last ? age - last : 0;
	if (over(f))
		return gap > METER_LINGER_NS / 1000 || gap > m->idle_us || age > m->active_us || full(f) || opens(p)
			       ? FLOW_END_DETECTED
			       : 0;
	if (gap > m->idle_us)
		return FLOW_END_IDLE;
	return (age > last && age > m->active_us) || full(f) ? FLOW_END_ACTIVE : 0;
}

/* Why a flow that has had no packet until `now` is over; 0 when it is not. */
static uint8_t silent_until(const struct meter *m, const struct flow *f, uint64_t now)
{
	uint64_t last = f->start_us + last_us(f), gap = now > last ? now - last : 0;
	if (over(f) && gap > METER_LINGER_NS / 1000)
		return FLOW_END_DETECTED;
	return gap > m->idle_us ? FLOW_END_IDLE : 0;
}

/* When the sweep is to look at the flow. Later than it is over, so that a packet that comes late by no more than
 * the margin meets the flow as it would have met it before. */
static uint64_t due(const struct meter *m, const struct flow *f)
{
	return f->start_us + last_us(f) + (over(f) ? 2 * METER_LINGER_NS / 1000 : m->idle_us + m->margin_us);
}

/* The first tick behind that time; captures give any time, even one that leaves no room behind it. */
static uint32_t tick_after(uint64_t us)
{
	return (uint32_t)least((us >> TICK_BITS) + 1, UINT32_MAX);
}

static void appoint(struct meter *m, uint32_t number, const struct flow *f)
{
	m->table.due[number - 1] = tick_after(due(m, f));
}

/* Making and ending. */

static void report(struct meter *m, struct flow *f, uint8_t reason)
{
	f->end_reason = reason;
	m->options.ended(m->options.context, f);
	m->counters.exported++;
}

static uint32_t hash_of(const struct meter *m, const struct flow *f)
{
	struct flow_key key = {.src = f->src,
			       .dst = f->dst,
			       .segment = f->segment,
			       .sport = f->sport,
			       .dport = f->dport,
			       .protocol = f->protocol,
			       .version = f->version};
	return flow_key_hash(&m->secret, &key);
}

static void end(struct meter *m, uint32_t number, uint8_t reason)
{
	struct flow *f = flow_table_slot(&m->table, number);
	uint32_t hash = hash_of(m, f);
	flow_table_prefetch_bucket(&m->table, hash);
	report(m, f, reason);
	flow_table_remove(&m->table, number, hash);
	m->counters.active--;
}

/* The flow that carries least among the next few slots round the table. */
static uint32_t victim(struct meter *m)
{
	uint32_t best = FLOW_NONE;
	uint64_t best_last = 0;
	bool best_answered = true;
	for (int i = 0; i < EVICT_SAMPLE; i++) {
		m->hand = m->hand % m->table.fresh + 1;
		const struct flow *f = flow_table_slot(&m->table, m->hand);
		if (!flow_used(f))
			continue;
		bool answered = f->side[FLOW_FORWARD].packets && f->side[FLOW_REVERSE].packets && !over(f);
		uint64_t last = f->start_us + last_us(f);
		if (best == FLOW_NONE || answered < best_answered || (answered == best_answered && last < best_last)) {
			best = m->hand;
			best_last = last;
			best_answered = answered;
		}
	}
	return best;
}

static bool evict(struct meter *m)
{
	uint32_t number = m->counters.active ? victim(m) : FLOW_NONE;
	if (number == FLOW_NONE)
		return false;
	end(m, number, FLOW_END_RESOURCES);
	m->counters.evicted++;
	return true;
}

/* Writes what a flow that begins with `p` is, into a zeroed record; the direction of p in it. */
static enum flow_direction begin(struct flow *f, const struct packet *p, const struct flow_key *key)
{
	uint16_t syn_ack = TCP_SYN | TCP_ACK;
	bool answer = p->flags & PACKET_TCP && (p->tcp.flags & syn_ack) == syn_ack;
	f->src = answer ? key->dst : key->src;
	f->dst = answer ? key->src : key->dst;
	f->segment = key->segment;
	f->sport = answer ? key->dport : key->sport;
	f->dport = answer ? key->sport : key->dport;
	f->protocol = key->protocol;
	f->version = key->version;
	f->first_icmp = (uint16_t)(p->icmp_type << 8 | p->icmp_code);
	f->start_us = p->frame->time_ns / 1000;
	return answer ? FLOW_REVERSE : FLOW_FORWARD;
}

static void note_ordinal(struct meter *m, uint32_t number, const struct packet *p)
{
	if (m->table.ordinals)
		m->table.ordinals[number - 1] = p->frame->ordinal;
}

static uint32_t create(struct meter *m, const struct packet *p, const struct flow_key *key, uint32_t hash,
		       enum flow_direction *direction)
{
	m->counters.created++;
	uint32_t number = flow_table_add(&m->table, hash);
	if (number == FLOW_NONE && evict(m))
		number = flow_table_add(&m->table, hash);
	if (number == FLOW_NONE) {
		m->counters.shed_capacity++;
		m->counters.shed_octets += p->ip_total;
		return FLOW_NONE;
	}
	struct flow *f = flow_table_slot(&m->table, number);
	*direction = begin(f, p, key);
	note_ordinal(m, number, p);
	appoint(m, number, f);
	if (++m->counters.active > m->counters.peak)
		m->counters.peak = m->counters.active;
	return number;
}

/* Ends the flow and begins the next of the same key in its place. The sweep looks at it when it would have looked at
 * the old one. */
static void restart(struct meter *m, uint32_t number, uint8_t reason, const struct packet *p,
		    const struct flow_key *key, enum flow_direction *direction)
{
	struct flow *f = flow_table_slot(&m->table, number), old;
	report(m, f, reason);
	old = *f;
	memset(f, 0, sizeof *f);
	m->counters.created++;
	enum flow_direction fresh = begin(f, p, key);
	note_ordinal(m, number, p);
	if (reason != FLOW_END_ACTIVE) {
		*direction = fresh;
		return;
	}
	f->src = old.src; /* *direction holds on */
	f->dst = old.dst;
	f->sport = old.sport;
	f->dport = old.dport;
	f->application = old.application;
	/* A stream cannot be taken up in its middle; datagrams stand for themselves, and those of one flow may have
	 * many authors (DHCP clients without an address). */
	f->inspected = f->protocol == IPPROTO_UDP ? old.inspected : 1 << FLOW_FORWARD | 1 << FLOW_REVERSE;
}

/* Accounting. */

static void first_packet(struct flow_side *side, const struct packet *p, uint32_t age)
{
	side->first_us = age;
	side->ttl_min = side->ttl_max = p->ttl;
	if (p->flags & PACKET_TCP)
		side->tcp_first = p->tcp.flags;
	if (p->flags & PACKET_HAS_MAC)
		memcpy(side->mac, p->src_mac, sizeof side->mac);
}

static inline void add(struct flow_side *side, const struct packet *p, uint32_t age)
{
	if (!side->packets++)
		first_packet(side, p, age);
	side->octets += p->ip_total;
	side->last_us = age;
	side->ttl_min = p->ttl < side->ttl_min ? p->ttl : side->ttl_min;
	side->ttl_max = p->ttl > side->ttl_max ? p->ttl : side->ttl_max;
}

/* Adds the flags; when they end the flow the sweep is to look at it soon. */
static inline void add_flags(struct meter *m, uint32_t number, struct flow *f, struct flow_side *side, uint16_t flags)
{
	if (!(flags & (TCP_FIN | TCP_RST))) {
		side->tcp_union |= flags;
		return;
	}
	bool before = over(f);
	side->tcp_union |= flags;
	if (!before && over(f))
		appoint(m, number, f);
}

struct flow *meter_update(struct meter *m, const struct packet *p, enum flow_direction *direction)
{
	struct flow_key key = flow_key_of(p);
	uint32_t hash;
	uint64_t now = p->frame->time_ns / 1000;
	m->low_us = least(now, m->low_us);
	uint32_t number = find(m, p, &key, &hash, direction);
	struct flow *f;
	if (number != FLOW_NONE) {
		f = flow_table_slot(&m->table, number);
		uint8_t reason = ended_before(m, f, p, now > f->start_us ? now - f->start_us : 0);
		if (reason)
			restart(m, number, reason, p, &key, direction);
	} else {
		number = create(m, p, &key, hash, direction);
		if (number == FLOW_NONE)
			return NULL;
		f = flow_table_slot(&m->table, number);
	}
	uint32_t last = last_us(f), age = now > f->start_us ? (uint32_t)(now - f->start_us) : 0;
	if (now < f->start_us + last) {
		age = last;
		m->counters.time_backwards++;
	}
	struct flow_side *side = &f->side[*direction];
	add(side, p, age);
	if (p->flags & PACKET_TCP)
		add_flags(m, number, f, side, p->tcp.flags);
	return f;
}

struct flow *meter_find(struct meter *m, const struct packet *p, enum flow_direction *direction)
{
	struct flow_key key = flow_key_of(p);
	uint64_t now = p->frame->time_ns / 1000;
	uint32_t number = flow_table_find(&m->table, &key, flow_key_hash(&m->secret, &key), direction);
	struct flow *f = number == FLOW_NONE ? NULL : flow_table_slot(&m->table, number);
	return f && !ended_before(m, f, p, now > f->start_us ? now - f->start_us : 0) ? f : NULL;
}

/* Expiry. */

static void advance(struct meter *m, uint64_t clock_us)
{
	if (m->low_us != UINT64_MAX) {
		m->clock_us = least(m->low_us, clock_us);
	} else if (clock_us > m->given_us) {
		/* no packet to judge the clock by: follow it in steps */
		m->clock_us += least(clock_us - m->given_us, m->margin_us);
	}
	m->given_us = clock_us;
	m->low_us = UINT64_MAX;
}

/* How many slots to sweep now: all in SWEEP_US, and enough for those that were made. What a call does not do the next
 * has to. */
static uint32_t stretch(struct meter *m)
{
	uint64_t gone = m->clock_us > m->swept_us ? least(m->clock_us - m->swept_us, SWEEP_US) : 0;
	uint64_t n = (uint64_t)m->table.fresh * gone / SWEEP_US;
	if (n || gone == SWEEP_US || m->clock_us < m->swept_us)
		m->swept_us = m->clock_us;
	n += SWEEP_PER_FLOW * (m->counters.created - m->made);
	m->made = m->counters.created;
	m->owed = (uint32_t)least(m->owed + n, m->table.fresh);
	return (uint32_t)least(m->owed, SWEEP_MOST);
}

/* The sweep comes by at a flow that was due. */
static void look(struct meter *m, uint32_t number)
{
	const struct flow *f = flow_table_slot(&m->table, number);
	uint8_t reason = due(m, f) < m->clock_us ? silent_until(m, f, m->clock_us) : 0;
	if (reason)
		end(m, number, reason);
	else
		appoint(m, number, f);
}

void meter_expire(struct meter *m, uint64_t clock_ns)
{
	advance(m, clock_ns / 1000);
	m->counters.clock_ns = m->clock_us * 1000;
	uint32_t now = (uint32_t)least(m->clock_us >> TICK_BITS, UINT32_MAX - 1), looks = LOOKS_MOST;
	for (uint32_t n = stretch(m); n && looks; n--) {
		if (m->broom >= m->table.fresh)
			m->broom = 0;
		m->owed--;
		/* FLOW_DUE_NEVER less one is beyond any tick. */
		if (m->table.due[m->broom++] - 1 < now) {
			look(m, m->broom);
			looks--;
		}
	}
}

static void flush_one(struct meter *m, struct flow *f)
{
	uint8_t reason = silent_until(m, f, m->clock_us);
	if (!reason && over(f))
		reason = FLOW_END_DETECTED;
	m->counters.active--;
	report(m, f, reason ? reason : FLOW_END_FORCED);
	f->version = 0;
}

/* Those under inspection have something to say yet: in the order of their first packets, if there is memory to sort. */
static void flush_inspected(struct meter *m)
{
	struct flow_place *all = malloc((m->counters.active + 1) * 2 * sizeof *all); /* and room to sort */
	size_t n = 0;
	if (!all)
		return;
	for (uint32_t i = 1; i <= m->table.fresh; i++) {
		const struct flow *f = flow_table_slot(&m->table, i);
		if (flow_used(f) && f->inspect)
			all[n++] = (struct flow_place){m->table.ordinals[i - 1], i};
	}
	const struct flow_place *sorted = flow_places_sort(all, all + n, n);
	for (size_t i = 0; i < n; i++) {
		if (i + 8 < n) {
			const char *ahead = (const char *)flow_table_slot(&m->table, sorted[i + 8].number);
			__builtin_prefetch(ahead);
			__builtin_prefetch(ahead + 64);
		}
		flush_one(m, flow_table_slot(&m->table, sorted[i].number));
	}
	free(all);
}

void meter_flush(struct meter *m)
{
	if (m->low_us != UINT64_MAX && m->low_us > m->clock_us)
		m->clock_us = m->low_us;
	if (m->table.ordinals)
		flush_inspected(m);
	for (uint32_t i = 1; i <= m->table.fresh; i++) {
		struct flow *f = flow_table_slot(&m->table, i);
		if (flow_used(f))
			flush_one(m, f);
	}
	flow_table_clear(&m->table);
	m->broom = m->hand = m->owed = 0;
}
