#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/hash.h"
#include "ipfix/meter.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define SECOND NS_PER_SECOND
#define START  (1700000000 * SECOND)
#define IDLE   (300 * SECOND)
#define ACTIVE (1800 * SECOND)

/* Ended flows, in the order in which they were reported. */
struct heap {
	struct flow *flows;
	size_t n, room;
};

static void keep(void *context, struct flow *flow)
{
	struct heap *h = context;
	if (h->n == h->room) {
		h->room = h->room * 2 + 64;
		h->flows = realloc(h->flows, h->room * sizeof *h->flows);
	}
	h->flows[h->n++] = *flow;
}

struct bench {
	struct meter *m;
	struct heap ended;
	struct frame frame;
	uint64_t ordinal;
};

static void open_bench(struct bench *b, uint64_t capacity)
{
	*b = (struct bench){0};
	b->m = meter_new(&(struct meter_options){
		.max_flows = capacity, .idle_ns = IDLE, .active_ns = ACTIVE, .ended = keep, .context = &b->ended});
	assert_non_null(b->m);
}

static void balanced(const struct bench *b)
{
	const struct meter_counters *c = meter_counters(b->m);
	assert_int_equal(c->created, c->exported + c->active + c->shed_capacity);
	assert_int_equal(c->exported, b->ended.n);
	assert_true(c->peak >= c->active);
	assert_true(c->evicted <= c->exported);
}

static void close_bench(struct bench *b)
{
	meter_flush(b->m);
	balanced(b);
	assert_int_equal(meter_counters(b->m)->active, 0);
	meter_free(b->m);
	free(b->ended.flows);
}

static struct packet udp(struct bench *b, uint32_t src, uint16_t sport, uint32_t dst, uint16_t dport, uint64_t time_ns)
{
	b->frame.time_ns = time_ns;
	b->frame.ordinal = ++b->ordinal;
	return (struct packet){.frame = &b->frame,
			       .verdict = VERDICT_IP,
			       .version = 4,
			       .protocol = IPPROTO_UDP,
			       .flags = PACKET_HAS_PORTS,
			       .ttl = 64,
			       .ip_total = 100,
			       .src = {.words = {src}},
			       .dst = {.words = {dst}},
			       .sport = sport,
			       .dport = dport};
}

static struct packet tcp(struct bench *b, bool back, uint16_t flags, uint64_t time_ns)
{
	struct packet p = back ? udp(b, 2, 80, 1, 40000, time_ns) : udp(b, 1, 40000, 2, 80, time_ns);
	p.protocol = IPPROTO_TCP;
	p.flags |= PACKET_TCP;
	p.tcp.flags = flags;
	return p;
}

static struct flow *feed(struct bench *b, struct packet p, enum flow_direction *direction)
{
	enum flow_direction unheard;
	return meter_update(b->m, &p, direction ? direction : &unheard);
}

static void both_directions_are_one_flow(void **state)
{
	struct bench b;
	enum flow_direction d;
	open_bench(&b, 100);
	struct flow *f = feed(&b, udp(&b, 1, 1000, 2, 53, START), &d);
	assert_int_equal(d, FLOW_FORWARD);
	assert_ptr_equal(feed(&b, udp(&b, 2, 53, 1, 1000, START + 5000), &d), f);
	assert_int_equal(d, FLOW_REVERSE);
	assert_int_equal(f->side[0].packets, 1);
	assert_int_equal(f->side[1].octets, 100);
	assert_int_equal(flow_first_us(f, 1), (START + 5000) / 1000);
	struct packet other = udp(&b, 1, 1000, 2, 53, START + 6000);
	other.segment = 7;
	assert_ptr_not_equal(feed(&b, other, &d), f);
	assert_int_equal(meter_counters(b.m)->active, 2);
	close_bench(&b);
}

/* What meter_update() would find, and nothing is counted. */
static void a_flow_can_be_asked_for(void **state)
{
	struct bench b;
	enum flow_direction d;
	open_bench(&b, 100);
	struct packet forth = udp(&b, 1, 1000, 2, 53, START), back = udp(&b, 2, 53, 1, 1000, START);
	assert_null(meter_find(b.m, &forth, &d));
	struct flow *f = feed(&b, forth, NULL), before = *f;
	assert_ptr_equal(meter_find(b.m, &forth, &d), f);
	assert_int_equal(d, FLOW_FORWARD);
	assert_ptr_equal(meter_find(b.m, &back, &d), f);
	assert_int_equal(d, FLOW_REVERSE);
	back.segment = 7;
	assert_null(meter_find(b.m, &back, &d));
	b.frame.time_ns = START + IDLE;
	assert_ptr_equal(meter_find(b.m, &forth, &d), f);
	b.frame.time_ns = START + IDLE + 1000; /* the next packet would begin another */
	assert_null(meter_find(b.m, &forth, &d));
	assert_memory_equal(f, &before, sizeof before);
	assert_int_equal(meter_counters(b.m)->created, 1);
	close_bench(&b);
}

static void same_address_and_port_on_both_ends(void **state)
{
	struct bench b;
	enum flow_direction d;
	open_bench(&b, 100);
	struct flow *f = feed(&b, udp(&b, 1, 53, 1, 53, START), &d);
	assert_ptr_equal(feed(&b, udp(&b, 1, 53, 1, 53, START + 1), &d), f);
	assert_int_equal(d, FLOW_FORWARD);
	assert_int_equal(f->side[0].packets, 2);
	close_bench(&b);
}

static void icmp_type_is_no_port(void **state)
{
	struct bench b;
	enum flow_direction d;
	open_bench(&b, 100);
	struct packet p = udp(&b, 1, 8, 2, 0, START);
	p.protocol = IPPROTO_ICMP;
	p.icmp_type = 8;
	struct flow *f = feed(&b, p, &d);
	assert_int_equal(f->sport, 0);
	assert_int_equal(f->first_icmp, 0x0800);
	p = udp(&b, 2, 0, 1, 1, START + 1);
	p.protocol = IPPROTO_ICMP;
	assert_ptr_equal(feed(&b, p, &d), f);
	assert_int_equal(d, FLOW_REVERSE);
	close_bench(&b);
}

static void syn_ack_names_the_responder(void **state)
{
	struct bench b;
	enum flow_direction d;
	open_bench(&b, 100);
	struct flow *f = feed(&b, tcp(&b, true, TCP_SYN | TCP_ACK, START), &d);
	assert_int_equal(d, FLOW_REVERSE);
	assert_int_equal(f->dport, 80);
	assert_int_equal(f->side[0].packets, 0);
	feed(&b, tcp(&b, false, TCP_ACK, START + 1), &d);
	assert_int_equal(d, FLOW_FORWARD);
	close_bench(&b);
}

static void idle_is_judged_by_packets(void **state)
{
	struct bench b;
	open_bench(&b, 100);
	feed(&b, udp(&b, 1, 1000, 2, 53, START), NULL);
	feed(&b, udp(&b, 1, 1000, 2, 53, START + IDLE), NULL);
	assert_int_equal(b.ended.n, 0);
	struct flow *f = feed(&b, udp(&b, 2, 53, 1, 1000, START + 2 * IDLE + 1000), NULL);
	assert_int_equal(b.ended.n, 1); /* the sweep has not come by once */
	assert_int_equal(b.ended.flows[0].end_reason, FLOW_END_IDLE);
	assert_int_equal(b.ended.flows[0].side[0].packets, 2);
	assert_int_equal(f->sport, 53); /* a new flow: its first packet names the source */
	close_bench(&b);
}

static void the_sweep_ends_what_is_silent(void **state)
{
	struct bench b;
	open_bench(&b, 5000);
	for (uint32_t i = 0; i < 1000; i++)
		feed(&b, udp(&b, 1, (uint16_t)i, 2, 53, START), NULL);
	meter_expire(b.m, START);
	for (int s = 1; s < 900; s++) {
		feed(&b, udp(&b, 3, 1, 4, 1, START + s * SECOND), NULL);
		meter_expire(b.m, START + s * SECOND);
		assert_int_equal(b.ended.n ? b.ended.flows[0].end_reason : FLOW_END_IDLE, FLOW_END_IDLE);
		if (s <= 300)
			assert_int_equal(b.ended.n, 0);
	}
	assert_int_equal(b.ended.n, 1000);
	balanced(&b);
	close_bench(&b);
}

static void a_call_does_bounded_work(void **state)
{
	struct bench b;
	open_bench(&b, 100000);
	for (uint32_t i = 0; i < 50000; i++)
		feed(&b, udp(&b, i, 1, 2, 53, START), NULL);
	meter_expire(b.m, START);
	for (size_t before = 0; b.ended.n < 50000; before = b.ended.n) {
		feed(&b, udp(&b, 3, 1, 4, 9, START + 3000 * SECOND), NULL);
		meter_expire(b.m, START + 3000 * SECOND);
		assert_in_range(b.ended.n - before, 1, 256);
	}
	close_bench(&b);
}

static void one_packet_from_the_future_ends_nothing(void **state)
{
	struct bench b;
	open_bench(&b, 1000);
	for (uint32_t i = 0; i < 100; i++)
		feed(&b, udp(&b, 1, (uint16_t)i, 2, 53, START + i), NULL);
	feed(&b, udp(&b, 9, 9, 9, 10, START + 1000000 * SECOND), NULL);
	for (int i = 0; i < 20; i++) {
		feed(&b, udp(&b, 1, 5, 2, 53, START + 200), NULL);
		meter_expire(b.m, START + 1000000 * SECOND);
	}
	assert_int_equal(b.ended.n, 0);
	close_bench(&b);
}

static void times_at_the_end_of_time_are_harmless(void **state)
{
	static const uint64_t times[] = {UINT64_MAX, UINT64_MAX - IDLE, 0, 1, UINT64_MAX, START};
	struct bench b;
	open_bench(&b, 100);
	for (size_t round = 0; round < 50; round++) {
		for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
			feed(&b, udp(&b, (uint32_t)i, 5, 2, 53, times[(i + round) % 6]), NULL);
			meter_expire(b.m, times[i]);
			balanced(&b);
		}
	}
	for (size_t i = 0; i < b.ended.n; i++)
		assert_in_range(b.ended.flows[i].end_reason, FLOW_END_IDLE, FLOW_END_RESOURCES);
	close_bench(&b);
}

static void active_time_out_goes_on_as_it_was(void **state)
{
	struct bench b;
	enum flow_direction d;
	open_bench(&b, 100);
	struct flow *f = feed(&b, udp(&b, 1, 1000, 2, 53, START), NULL);
	f->application = 53;
	f->inspected = 2;
	for (uint64_t s = 100; s <= 1800; s += 100)
		feed(&b, udp(&b, 1, 1000, 2, 53, START + s * SECOND), NULL);
	assert_int_equal(b.ended.n, 0);
	f = feed(&b, udp(&b, 2, 53, 1, 1000, START + 1801 * SECOND), &d);
	assert_int_equal(b.ended.n, 1);
	assert_int_equal(b.ended.flows[0].end_reason, FLOW_END_ACTIVE);
	assert_int_equal(d, FLOW_REVERSE);
	assert_int_equal(f->dport, 53);
	assert_int_equal(f->application, 53);
	assert_int_equal(f->inspected, 2); /* datagrams stand for themselves: it is as far as it was */
	assert_null(f->inspect);
	assert_int_equal(f->side[0].packets, 0);
	close_bench(&b);
}

/* A counter that is full ends its flow as the active time-out does; nothing is counted twice or not at all. */
static void a_full_counter_begins_a_new_flow(void **state)
{
	struct bench b;
	open_bench(&b, 100);
	struct flow *f = feed(&b, udp(&b, 1, 1000, 2, 53, START), NULL);
	f->side[0].packets = UINT32_MAX - 1;
	feed(&b, udp(&b, 1, 1000, 2, 53, START + SECOND), NULL);
	assert_int_equal(b.ended.n, 0);
	f = feed(&b, udp(&b, 1, 1000, 2, 53, START + 2 * SECOND), NULL);
	assert_int_equal(b.ended.n, 1);
	assert_int_equal(b.ended.flows[0].end_reason, FLOW_END_ACTIVE);
	assert_int_equal(b.ended.flows[0].side[0].packets, UINT32_MAX);
	assert_int_equal(f->side[0].packets, 1);
	close_bench(&b);
}

static void handshake(struct bench *b, uint64_t now)
{
	feed(b, tcp(b, false, TCP_SYN, now), NULL);
	feed(b, tcp(b, true, TCP_SYN | TCP_ACK, now + 1), NULL);
	feed(b, tcp(b, false, TCP_ACK, now + 2), NULL);
}

static void fin_of_both_lingers_for_the_last_ack(void **state)
{
	struct bench b;
	open_bench(&b, 100);
	handshake(&b, START);
	feed(&b, tcp(&b, false, TCP_SYN, START + 3), NULL); /* a retransmission is no new flow */
	feed(&b, tcp(&b, false, TCP_FIN | TCP_ACK, START + 4), NULL);
	feed(&b, tcp(&b, true, TCP_FIN | TCP_ACK, START + 5), NULL);
	feed(&b, tcp(&b, false, TCP_ACK, START + 6), NULL);
	assert_int_equal(b.ended.n, 0);
	for (int s = 0; s < 20; s++) {
		feed(&b, udp(&b, 3, 1, 4, 1, START + s * SECOND), NULL);
		meter_expire(b.m, START + s * SECOND);
	}
	assert_int_equal(b.ended.n, 1);
	assert_int_equal(b.ended.flows[0].end_reason, FLOW_END_DETECTED);
	assert_int_equal(b.ended.flows[0].side[0].packets, 5);
	close_bench(&b);
}

static void syn_after_the_end_is_a_new_flow(void **state)
{
	struct bench b;
	open_bench(&b, 100);
	handshake(&b, START);
	feed(&b, tcp(&b, true, TCP_RST, START + 4), NULL);
	feed(&b, tcp(&b, false, TCP_SYN, START + 5), NULL);
	assert_int_equal(b.ended.n, 1);
	assert_int_equal(b.ended.flows[0].end_reason, FLOW_END_DETECTED);
	feed(&b, tcp(&b, true, TCP_RST | TCP_ACK, START + 6), NULL);
	feed(&b, tcp(&b, false, TCP_ACK, START + 1000 + METER_LINGER_NS + 1000), NULL);
	assert_int_equal(b.ended.n, 2);
	close_bench(&b);
}

static void time_that_steps_back_is_clamped(void **state)
{
	struct bench b;
	open_bench(&b, 100);
	struct flow *f = feed(&b, udp(&b, 1, 1000, 2, 53, START + 10000), NULL);
	feed(&b, udp(&b, 2, 53, 1, 1000, START), NULL);
	assert_int_equal(flow_first_us(f, 1), (START + 10000) / 1000);
	assert_int_equal(meter_counters(b.m)->time_backwards, 1);
	close_bench(&b);
}

static void a_full_table_gives_up_the_unanswered(void **state)
{
	struct bench b;
	open_bench(&b, 16); /* as large as the sample, so the choice is known */
	for (uint16_t i = 0; i < 16; i++) {
		feed(&b, udp(&b, 1, i, 2, 53, START + i), NULL);
		if (i != 7 && i != 9)
			feed(&b, udp(&b, 2, 53, 1, i, START + i), NULL);
	}
	feed(&b, udp(&b, 5, 5, 6, 6, START + 100), NULL);
	assert_int_equal(b.ended.n, 1);
	assert_int_equal(b.ended.flows[0].sport, 7);
	assert_int_equal(b.ended.flows[0].end_reason, FLOW_END_RESOURCES);
	assert_int_equal(meter_counters(b.m)->evicted, 1);
	assert_int_equal(meter_counters(b.m)->active, 16);
	balanced(&b);
	close_bench(&b);
}

static void flush_goes_by_first_packet(void **state)
{
	struct bench b;
	open_bench(&b, 1000);
	for (uint32_t i = 0; i < 500; i++)
		feed(&b, udp(&b, i * 7919 % 499, 1, 600, 53, START + i * 1000), NULL)->inspect = &b;
	meter_flush(b.m);
	for (size_t i = 1; i < b.ended.n; i++)
		assert_true(b.ended.flows[i].start_us > b.ended.flows[i - 1].start_us);
	assert_int_equal(b.ended.flows[0].end_reason, FLOW_END_FORCED);
	close_bench(&b);
}

/* The storm: random packets against a meter that is as simple as can be. */

#define NAIVE_FLOWS 4096

struct naive {
	struct flow flows[NAIVE_FLOWS];
	size_t n;
	uint64_t created, sum[6]; /* by end reason */
	uint64_t digest;          /* order does not matter */
};

static uint64_t first_of(const struct flow *f)
{
	uint64_t a = f->side[0].packets ? flow_first_us(f, 0) : UINT64_MAX;
	uint64_t b = f->side[1].packets ? flow_first_us(f, 1) : UINT64_MAX;
	return a < b ? a : b;
}

static uint64_t last_of(const struct flow *f)
{
	return flow_last_us(f, 0) > flow_last_us(f, 1) ? flow_last_us(f, 0) : flow_last_us(f, 1);
}

static uint64_t digest(const struct flow *f)
{
	uint64_t h = hash_combine(f->start_us, f->sport << 16 | f->dport);
	for (int d = 0; d < 2; d++) {
		h = hash_combine(h, f->side[d].packets);
		h = hash_combine(h, f->side[d].octets);
		h = hash_combine(h, f->side[d].first_us);
		h = hash_combine(h, f->side[d].last_us);
		h = hash_combine(h, f->side[d].tcp_first << 16 | f->side[d].tcp_union);
	}
	return h;
}

static void naive_end(struct naive *n, struct flow *f)
{
	n->digest += digest(f);
	*f = n->flows[--n->n];
}

static bool closed(const struct flow *f)
{
	uint16_t a = f->side[0].tcp_union, b = f->side[1].tcp_union;
	return (a & TCP_RST) || (b & TCP_RST) || ((a & TCP_FIN) && (b & TCP_FIN));
}

static void naive_update(struct naive *n, const struct packet *p)
{
	uint64_t now = p->frame->time_ns / 1000;
	struct flow *f = NULL, old;
	bool back = false, split = false;
	for (size_t i = 0; i < n->n && !f; i++) {
		const struct flow *k = &n->flows[i];
		bool same = address_equal(&k->src, &p->src) && k->sport == p->sport && k->dport == p->dport;
		bool turned = address_equal(&k->src, &p->dst) && k->sport == p->dport && k->dport == p->sport;
		if (same || turned) {
			f = &n->flows[i];
			back = !same;
		}
	}
	if (f && now > last_of(f)) {
		uint64_t gap = now - last_of(f);
		bool lingers = closed(f) && gap <= METER_LINGER_NS / 1000 && now - first_of(f) <= ACTIVE / 1000;
		if (gap > IDLE / 1000 || (closed(f) && !lingers)) {
			naive_end(n, f);
			f = NULL;
		} else if (!closed(f) && now - first_of(f) > ACTIVE / 1000) {
			split = true;
		}
	}
	if (f && closed(f) && (p->tcp.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN) {
		naive_end(n, f);
		f = NULL;
	}
	if (f && split) {
		old = *f;
		naive_end(n, f);
		f = NULL;
	}
	if (!f) {
		assert_true(n->n < NAIVE_FLOWS);
		f = &n->flows[n->n++];
		*f = (struct flow){.start_us = now};
		n->created++;
		bool answer = (p->tcp.flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
		if (!split)
			back = answer;
		f->src = back ? p->dst : p->src;
		f->dst = back ? p->src : p->dst;
		f->sport = back ? p->dport : p->sport;
		f->dport = back ? p->sport : p->dport;
		if (split) {
			f->src = old.src;
			f->dst = old.dst;
			f->sport = old.sport;
			f->dport = old.dport;
		}
	}
	if (now < last_of(f))
		now = last_of(f);
	struct flow_side *s = &f->side[back];
	if (!s->packets++) {
		s->first_us = (uint32_t)(now - f->start_us);
		s->tcp_first = p->tcp.flags;
	}
	s->octets += p->ip_total;
	s->last_us = (uint32_t)(now - f->start_us);
	s->tcp_union |= p->tcp.flags;
}

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* turn: call meter_expire() after so many packets; what becomes of flows must not depend on it. */
static void storm(uint64_t seed, uint32_t turn, bool prefetch)
{
	static const uint16_t flags[] = {TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK, TCP_ACK,
					 TCP_ACK, TCP_ACK | TCP_FIN, TCP_RST};
	struct bench b;
	struct naive *n = calloc(1, sizeof *n);
	uint64_t state = seed, now = START, clock = 0;
	struct frame frames[BATCH_FRAMES];
	struct packet packets[BATCH_FRAMES];
	open_bench(&b, 10000);
	for (uint32_t i = 0; i < 30000; i += BATCH_FRAMES) {
		for (uint32_t j = 0; j < BATCH_FRAMES; j++) {
			uint64_t x = next(&state);
			now += x % 97 == 0 ? 400 * SECOND : x % 7 == 0 ? 3 * SECOND : SECOND / 50;
			uint64_t late = x >> 8 & 15 ? 0 : (x >> 12 & 3) * SECOND;
			packets[j] = tcp(&b, x >> 16 & 1, flags[(x >> 20) % 7], now - late);
			uint16_t port = (uint16_t)(1000 + (x >> 32) % 150);
			*(x >> 16 & 1 ? &packets[j].dport : &packets[j].sport) = port;
			frames[j] = b.frame;
			packets[j].frame = &frames[j];
			clock = now > clock ? now : clock;
		}
		if (prefetch) {
			meter_prefetch(b.m, packets, BATCH_FRAMES);
			for (uint32_t j = 0; j <= BATCH_FRAMES; j++)
				meter_prefetch_flow(b.m, j);
		}
		for (uint32_t j = 0; j < BATCH_FRAMES; j++) {
			enum flow_direction d;
			assert_non_null(meter_update(b.m, &packets[j], &d));
			naive_update(n, &packets[j]);
			if (turn && (i + j) % turn == 0)
				meter_expire(b.m, clock);
		}
		balanced(&b);
	}
	meter_flush(b.m);
	uint64_t sum = 0;
	for (size_t i = 0; i < b.ended.n; i++)
		sum += digest(&b.ended.flows[i]);
	while (n->n)
		naive_end(n, &n->flows[0]);
	assert_int_equal(meter_counters(b.m)->created, n->created);
	assert_true(sum == n->digest);
	close_bench(&b);
	free(n);
}

static void a_storm_agrees_with_the_simple_meter(void **state)
{
	static const uint32_t turns[] = {0, 1, 64, 1000};
	for (uint64_t seed = 1; seed <= 3; seed++)
		for (size_t i = 0; i < 4; i++)
			storm(seed * 0x9e3779b97f4a7c15ull, turns[i], (seed + i) % 2);
}

/* Also those that did not fit their bucket, while the table grows and after half of it has gone. */
static void every_flow_is_found_again(void **state)
{
	enum { N = 30000 };
	struct bench b;
	open_bench(&b, 2 * N);
	for (uint32_t i = 0; i < N; i++) {
		feed(&b, udp(&b, i, 1, 2, 53, START + (i % 2 ? 200 * SECOND : 0)), NULL);
		feed(&b, udp(&b, 2, 53, i / 2, 1, START + (i / 2 % 2 ? 200 * SECOND : 0)), NULL);
	}
	assert_int_equal(meter_counters(b.m)->created, N);
	while (b.ended.n < N / 2) {
		feed(&b, udp(&b, 1, 1, 2, 53, START + 400 * SECOND), NULL);
		meter_expire(b.m, START + 400 * SECOND);
	}
	for (uint32_t i = 1; i < N; i += 2)
		feed(&b, udp(&b, 2, 53, i, 1, START + 400 * SECOND), NULL);
	assert_int_equal(meter_counters(b.m)->created, N);
	close_bench(&b);
}

/* Many more flows than fit, addresses of both versions: the books must balance and memory must hold. */
static void a_flood_balances(void **state)
{
	struct bench b;
	uint64_t x = 88172645463325252ull;
	open_bench(&b, 40000);
	for (uint32_t i = 0; i < 200000; i++) {
		next(&x);
		struct packet p = udp(&b, (uint32_t)x, (uint16_t)(x >> 32), (uint32_t)(x >> 40), 53, START + i * 1000);
		if (x & 1) {
			p.version = 6;
			p.src.words[1] = x;
		}
		assert_non_null(feed(&b, p, NULL));
		if (i % 64 == 0)
			meter_expire(b.m, START + i * 1000);
	}
	balanced(&b);
	assert_int_equal(meter_counters(b.m)->active, 40000);
	assert_int_equal(meter_counters(b.m)->peak, 40000);
	close_bench(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_are_one_flow),
		cmocka_unit_test(a_flow_can_be_asked_for),
		cmocka_unit_test(same_address_and_port_on_both_ends),
		cmocka_unit_test(icmp_type_is_no_port),
		cmocka_unit_test(syn_ack_names_the_responder),
		cmocka_unit_test(idle_is_judged_by_packets),
		cmocka_unit_test(the_sweep_ends_what_is_silent),
		cmocka_unit_test(a_call_does_bounded_work),
		cmocka_unit_test(one_packet_from_the_future_ends_nothing),
		cmocka_unit_test(times_at_the_end_of_time_are_harmless),
		cmocka_unit_test(active_time_out_goes_on_as_it_was),
		cmocka_unit_test(a_full_counter_begins_a_new_flow),
		cmocka_unit_test(fin_of_both_lingers_for_the_last_ack),
		cmocka_unit_test(syn_after_the_end_is_a_new_flow),
		cmocka_unit_test(time_that_steps_back_is_clamped),
		cmocka_unit_test(a_full_table_gives_up_the_unanswered),
		cmocka_unit_test(flush_goes_by_first_packet),
		cmocka_unit_test(a_storm_agrees_with_the_simple_meter),
		cmocka_unit_test(every_flow_is_found_again),
		cmocka_unit_test(a_flood_balances),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
