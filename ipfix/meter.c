#include "ipfix/meter.h"

#include "core/hash.h"
#include "ipfix/flow_table.h"
#include "ipfix/wheel.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define EXPIRE_BUDGET 256 /* slots looked at in a call: a batch makes at most a quarter of that */
#define EVICT_SAMPLE  16

/* What prefetching found out about a packet of the batch. */
struct memo {
	uint64_t ordinal;
	uint32_t hash;
	uint32_t number; /* the slot it probably belongs to, or FLOW_NONE */
	bool valid;
};

struct meter {
	struct meter_options options; /* set before start */
	uint64_t secret[8];
	uint64_t margin_ns; /* how much longer than needed the wheel waits */

	struct flow_table table; /* worker only */
	struct wheel wheel;
	uint64_t clock_ns; /* what the wheel goes by */
	uint64_t given_ns; /* clock of the last meter_expire() */
	uint64_t low_ns;   /* oldest packet since then; UINT64_MAX: none */
	uint32_t hand;     /* where the search for a victim goes on */
	const struct packet *batch;
	uint32_t batch_count;
	struct memo memo[BATCH_FRAMES];

	struct meter_counters counters; /* worker writes, control reads */
};

struct meter *meter_new(const struct meter_options *options)
{
	struct meter *m = aligned_alloc(64, (sizeof *m + 63) / 64 * 64);
	if (!m)
		return NULL;
	memset(m, 0, sizeof *m);
	m->options = *options;
	struct hash_key key = hash_random_key();
	for (uint64_t i = 0; i < 8; i++)
		m->secret[i] = hash_bytes(&key, &i, sizeof i);
	if (m->options.idle_ns > UINT64_MAX / 4)
		m->options.idle_ns = UINT64_MAX / 4; /* for ever */
	m->margin_ns = m->options.idle_ns / 8;
	m->low_ns = UINT64_MAX;
	wheel_init(&m->wheel, m->options.idle_ns + m->margin_ns);
	uint64_t capacity = options->max_flows;
	if (!capacity)
		capacity = 1;
	if (capacity > UINT32_MAX / 8)
		capacity = UINT32_MAX / 8;
	if (flow_table_init(&m->table, (uint32_t)capacity) == 0)
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

/* Key and hash. */

static inline struct flow_key packet_key(const struct packet *p)
{
	bool ports = p->flags & PACKET_HAS_PORTS && p->protocol != IPPROTO_ICMP && p->protocol != IPPROTO_ICMPV6;
	return (struct flow_key){.src = p->src,
				 .dst = p->dst,
				 .segment = p->segment,
				 .sport = ports ? p->sport : 0,
				 .dport = ports ? p->dport : 0,
				 .protocol = p->protocol,
				 .version = p->version};
}

/* One end of an IPv4 flow; address and port together. */
static inline uint64_t end_v4(const struct address *a, uint16_t port)
{
	return a->words[0] << 16 | port;
}

static inline uint64_t end_v6(const struct meter *m, const struct address *a, uint16_t port)
{
	uint64_t x = hash_fold(a->words[0] + m->secret[0], a->words[1] + m->secret[1]);
	return hash_fold(x + m->secret[2], port + m->secret[3]);
}

/* The same for both directions, and without a branch that depends on which it is. The secret words are what makes
 * it safe: whoever chooses addresses and ports must not choose buckets, and cannot see the results. */
static inline uint32_t key_hash(const struct meter *m, const struct flow_key *k)
{
	uint64_t what = (uint64_t)k->segment << 16 | (uint64_t)k->protocol << 8 | k->version, ends;
	if (k->version == 4) {
		uint64_t a = end_v4(&k->src, k->sport), b = end_v4(&k->dst, k->dport);
		uint64_t low = a < b ? a : b, high = a < b ? b : a;
		ends = hash_fold(low + m->secret[4], high + m->secret[5]);
	} else {
		ends = end_v6(m, &k->src, k->sport) + end_v6(m, &k->dst, k->dport);
	}
	return (uint32_t)hash_fold(ends + m->secret[6], what + m->secret[7]);
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

static inline struct flow_slot *find(struct meter *m, const struct packet *p, const struct flow_key *key,
				     uint32_t *hash, enum flow_direction *direction)
{
	const struct memo *memo = recall(m, p);
	*hash = memo ? memo->hash : key_hash(m, key);
	if (memo && memo->number != FLOW_NONE) {
		struct flow_slot *s = flow_table_slot(&m->table, memo->number);
		if (flow_slot_is(s, key, direction))
			return s;
	}
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
		struct flow_key key = packet_key(p);
		m->memo[i].hash = key_hash(m, &key);
		m->memo[i].number = FLOW_NONE;
		m->memo[i].ordinal = p->frame->ordinal;
		flow_table_prefetch_bucket(&m->table, m->memo[i].hash);
	}
}

void meter_prefetch_flows(struct meter *m)
{
	for (uint32_t i = 0; i < m->batch_count; i++)
		if (m->memo[i].valid)
			m->memo[i].number =
				flow_table_prefetch_slot(&m->table, m->memo[i].hash, !m->options.flows_only);
}

const struct flow *meter_expected(const struct meter *m, uint32_t index)
{
	const struct memo *memo = &m->memo[index];
	if (!memo->valid || memo->number == FLOW_NONE)
		return NULL;
	return &flow_table_slot(&m->table, memo->number)->flow;
}

/* When does a flow end? */

static inline uint64_t last_ns(const struct flow *f)
{
	uint64_t a = f->side[FLOW_FORWARD].last_ns, b = f->side[FLOW_REVERSE].last_ns;
	return a > b ? a : b;
}

/* The reverse side lies on a cold line; it has the first packet only when that was a SYN+ACK. */
static inline uint64_t first_ns(const struct flow *f)
{
	const struct flow_side *a = &f->side[FLOW_FORWARD], *b = &f->side[FLOW_REVERSE];
	if (a->packets && (a->tcp_first & TCP_SYN || !(b->tcp_first & TCP_SYN)))
		return a->first_ns;
	return a->packets && (!b->packets || a->first_ns < b->first_ns) ? a->first_ns : b->first_ns;
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

/* Why a packet at `now` no longer belongs to the flow; 0 when it does. */
static inline uint8_t ended_before(const struct meter *m, const struct flow_slot *s, const struct packet *p,
				   uint64_t now)
{
	uint64_t last = last_ns(&s->flow), gap = now > last ? now - last : 0;
	if (over(&s->flow))
		return gap > METER_LINGER_NS || gap > m->options.idle_ns || opens(p) ? FLOW_END_DETECTED : 0;
	if (gap > m->options.idle_ns)
		return FLOW_END_IDLE;
	if (now > last && now - first_ns(&s->flow) > m->options.active_ns)
		return FLOW_END_ACTIVE;
	return 0;
}

/* Why a flow that has had no packet until `now` is over; 0 when it is not. */
static uint8_t silent_until(const struct meter *m, const struct flow_slot *s, uint64_t now)
{
	uint64_t last = last_ns(&s->flow), gap = now > last ? now - last : 0;
	if (over(&s->flow) && gap > METER_LINGER_NS)
		return FLOW_END_DETECTED;
	return gap > m->options.idle_ns ? FLOW_END_IDLE : 0;
}

/* Captures give any time, even one that leaves no room behind it. */
static uint64_t later(uint64_t time_ns, uint64_t wait_ns)
{
	return time_ns > UINT64_MAX - wait_ns ? UINT64_MAX : time_ns + wait_ns;
}

/* When the wheel is to look at the flow. Later than it is over, so that a packet that comes late by no more than
 * the margin meets the flow as it would have met it before. */
static uint64_t due(const struct meter *m, const struct flow_slot *s)
{
	if (over(&s->flow))
		return later(last_ns(&s->flow), 2 * METER_LINGER_NS);
	return later(last_ns(&s->flow), m->options.idle_ns + m->margin_ns);
}

/* Making and ending. */

static void report(struct meter *m, struct flow_slot *s, uint8_t reason)
{
	s->flow.end_reason = reason;
	m->options.ended(m->options.context, &s->flow);
	m->counters.exported++;
}

static void end(struct meter *m, uint32_t number, uint8_t reason)
{
	report(m, flow_table_slot(&m->table, number), reason);
	flow_table_remove(&m->table, number);
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
		const struct flow_slot *s = flow_table_slot(&m->table, m->hand);
		if (!s->used)
			continue;
		bool answered =
			s->flow.side[FLOW_FORWARD].packets && s->flow.side[FLOW_REVERSE].packets && !over(&s->flow);
		uint64_t last = last_ns(&s->flow);
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
	wheel_leave(&m->wheel, &m->table, number);
	end(m, number, FLOW_END_RESOURCES);
	m->counters.evicted++;
	return true;
}

static struct flow_key turned(const struct flow_key *k)
{
	struct flow_key r = *k;
	r.src = k->dst;
	r.dst = k->src;
	r.sport = k->dport;
	r.dport = k->sport;
	return r;
}

/* Writes the identity of a flow that begins with `p` into a zeroed record; the direction of p in it. */
static enum flow_direction begin(struct flow *f, const struct packet *p, const struct flow_key *key)
{
	uint16_t syn_ack = TCP_SYN | TCP_ACK;
	bool answer = p->flags & PACKET_TCP && (p->tcp.flags & syn_ack) == syn_ack;
	f->key = answer ? turned(key) : *key;
	f->first_icmp = (uint16_t)(p->icmp_type << 8 | p->icmp_code);
	f->source = p->frame->source;
	f->first_ordinal = p->frame->ordinal;
	return answer ? FLOW_REVERSE : FLOW_FORWARD;
}

static struct flow_slot *create(struct meter *m, const struct packet *p, const struct flow_key *key, uint32_t hash,
				enum flow_direction *direction)
{
	m->counters.created++;
	uint32_t number = flow_table_add(&m->table, hash);
	if (number == FLOW_NONE && evict(m))
		number = flow_table_add(&m->table, hash);
	if (number == FLOW_NONE) {
		m->counters.shed_capacity++;
		return NULL;
	}
	struct flow_slot *s = flow_table_slot(&m->table, number);
	*direction = begin(&s->flow, p, key);
	wheel_enter(&m->wheel, &m->table, number, later(p->frame->time_ns, m->options.idle_ns + m->margin_ns));
	if (++m->counters.active > m->counters.peak)
		m->counters.peak = m->counters.active;
	return s;
}

/* Ends the flow and begins the next of the same key in its place. The wheel finds it where the old one was. */
static void restart(struct meter *m, struct flow_slot *s, uint8_t reason, const struct packet *p,
		    const struct flow_key *key, enum flow_direction *direction)
{
	report(m, s, reason);
	struct flow_key old = s->flow.key;
	uint16_t application = s->flow.application;
	memset(&s->flow, 0, sizeof s->flow);
	m->counters.created++;
	enum flow_direction fresh = begin(&s->flow, p, key);
	if (reason != FLOW_END_ACTIVE) {
		*direction = fresh;
		return;
	}
	s->flow.key = old; /* *direction holds on */
	s->flow.application = application;
	s->flow.inspected = 1 << FLOW_FORWARD | 1 << FLOW_REVERSE;
}

/* Accounting. */

static void first_packet(struct flow_side *side, const struct packet *p, uint64_t now)
{
	side->first_ns = now;
	side->ttl_min = side->ttl_max = p->ttl;
	if (p->flags & PACKET_TCP)
		side->tcp_first = p->tcp.flags;
	if (p->flags & PACKET_HAS_MAC)
		memcpy(side->mac, p->src_mac, sizeof side->mac);
}

static inline void add(struct flow_side *side, const struct packet *p, uint64_t now)
{
	if (!side->packets++)
		first_packet(side, p, now);
	side->octets += p->ip_total;
	side->last_ns = now;
	if (p->ttl < side->ttl_min)
		side->ttl_min = p->ttl;
	if (p->ttl > side->ttl_max)
		side->ttl_max = p->ttl;
}

/* Adds the flags; when they end the flow the wheel is to look at it soon. */
static inline void add_flags(struct meter *m, struct flow_slot *s, struct flow_side *side, uint16_t flags)
{
	if (!(flags & (TCP_FIN | TCP_RST))) {
		side->tcp_union |= flags;
		return;
	}
	bool before = over(&s->flow);
	side->tcp_union |= flags;
	if (before || !over(&s->flow))
		return;
	wheel_leave(&m->wheel, &m->table, s->number);
	wheel_enter(&m->wheel, &m->table, s->number, due(m, s));
}

struct flow *meter_update(struct meter *m, const struct packet *p, enum flow_direction *direction)
{
	struct flow_key key = packet_key(p);
	uint32_t hash;
	uint64_t now = p->frame->time_ns;
	if (now < m->low_ns)
		m->low_ns = now;
	struct flow_slot *s = find(m, p, &key, &hash, direction);
	if (s) {
		uint8_t reason = ended_before(m, s, p, now);
		if (reason)
			restart(m, s, reason, p, &key, direction);
	} else {
		s = create(m, p, &key, hash, direction);
		if (!s)
			return NULL;
	}
	uint64_t last = last_ns(&s->flow);
	if (now < last) {
		now = last;
		m->counters.time_backwards++;
	}
	struct flow_side *side = &s->flow.side[*direction];
	add(side, p, now);
	if (p->flags & PACKET_TCP)
		add_flags(m, s, side, p->tcp.flags);
	return &s->flow;
}

/* Expiry. */

static void advance(struct meter *m, uint64_t clock_ns)
{
	if (m->low_ns != UINT64_MAX) {
		m->clock_ns = m->low_ns < clock_ns ? m->low_ns : clock_ns;
	} else if (clock_ns > m->given_ns) {
		uint64_t step = clock_ns - m->given_ns; /* no packet to judge the clock by: follow it in steps */
		m->clock_ns += step < m->margin_ns ? step : m->margin_ns;
	}
	m->given_ns = clock_ns;
	m->low_ns = UINT64_MAX;
}

void meter_expire(struct meter *m, uint64_t clock_ns)
{
	advance(m, clock_ns);
	for (int i = 0; i < EXPIRE_BUDGET; i++) {
		uint32_t number = wheel_next(&m->wheel, &m->table, m->clock_ns);
		if (number == FLOW_NONE)
			return;
		struct flow_slot *s = flow_table_slot(&m->table, number);
		uint64_t when = due(m, s);
		if (when < m->clock_ns)
			end(m, number, silent_until(m, s, m->clock_ns));
		else
			wheel_enter(&m->wheel, &m->table, number, when);
	}
}

struct entry {
	uint64_t ordinal;
	uint32_t number;
};

/* Sorts by ordinal, octet by octet from the lowest, each time stably from one array to the other; octets that all
 * ordinals share are passed over. Returns the array that holds the result. */
static struct entry *by_ordinal(struct entry *from, struct entry *to, size_t n)
{
	uint64_t any = 0, all = UINT64_MAX;
	for (size_t i = 0; i < n; i++) {
		any |= from[i].ordinal;
		all &= from[i].ordinal;
	}
	for (unsigned shift = 0; shift < 64; shift += 8) {
		if (!((any ^ all) >> shift & 255))
			continue;
		size_t place[256] = {0}, sum = 0;
		for (size_t i = 0; i < n; i++)
			place[from[i].ordinal >> shift & 255]++;
		for (unsigned b = 0; b < 256; b++) {
			size_t count = place[b];
			place[b] = sum;
			sum += count;
		}
		for (size_t i = 0; i < n; i++)
			to[place[from[i].ordinal >> shift & 255]++] = from[i];
		struct entry *turned = from;
		from = to;
		to = turned;
	}
	return from;
}

static void flush_one(struct meter *m, uint32_t number)
{
	uint8_t reason = silent_until(m, flow_table_slot(&m->table, number), m->clock_ns);
	if (!reason && over(&flow_table_slot(&m->table, number)->flow))
		reason = FLOW_END_DETECTED;
	wheel_leave(&m->wheel, &m->table, number);
	end(m, number, reason ? reason : FLOW_END_FORCED);
}

void meter_flush(struct meter *m)
{
	if (m->low_ns != UINT64_MAX && m->low_ns > m->clock_ns)
		m->clock_ns = m->low_ns;
	struct entry *all = malloc((m->counters.active + 1) * 2 * sizeof *all); /* and room to sort */
	size_t n = 0;
	for (uint32_t i = 1; i <= m->table.fresh; i++) {
		struct flow_slot *s = flow_table_slot(&m->table, i);
		if (!s->used)
			continue;
		if (all)
			all[n++] = (struct entry){s->flow.first_ordinal, i};
		else
			flush_one(m, i); /* no memory to sort: in the table's order rather than not at all */
	}
	const struct entry *sorted = all ? by_ordinal(all, all + n, n) : NULL;
	for (size_t i = 0; i < n; i++) {
		if (i + 8 < n)
			__builtin_prefetch(&flow_table_slot(&m->table, sorted[i + 8].number)->flow.side[1]);
		flush_one(m, sorted[i].number);
	}
	free(all);
}
