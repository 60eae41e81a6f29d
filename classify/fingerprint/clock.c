#include "classify/fingerprint/clock.h"

#include "core/cursor.h"
#include "core/hash.h"
#include "core/pages.h"

#include <stdlib.h>
#include <string.h>

#define SETS  4096u /* a power of two */
#define WAYS  4u
#define LINES 4u

/* Samples behind the first that make a line, and of how many of all the lines must be, in percent. Identifiers have 16
 * bits: some fall on a line by chance, and lines of chance go on by chance. */
static const struct {
	uint8_t hits, share;
} enough[CLOCK_KINDS] = {[CLOCK_STAMPS] = {1, 0}, [CLOCK_COUNTERS] = {3, 50}};

#define REMEMBERED 128u /* samples; then what came before counts half */

#define OLDEST_STAMP_MS   (24u * 3600 * 1000)
#define OLDEST_COUNTER_MS (60u * 1000)
#define MOST_COUNTED      256u /* identifiers between two connections to one destination */
#define JITTER_MS         50   /* of queues and captures */
#define NEAR_MS           5000
#define LEAST_APART_MS    100u /* below, anything that is near is on the line, and proves nothing */

struct line {
	uint32_t value;
	uint32_t seq; /* with `port`: the connection that was last on it */
	uint32_t first_ms, last_ms;
	uint16_t port;
	uint16_t rate; /* ticks a second; 0 while that is open */
	uint8_t hits;
	bool used;
};

struct pair {
	uint64_t key;
	uint32_t last_ms;
	uint8_t told[CLOCK_KINDS], samples[CLOCK_KINDS];
	struct line lines[CLOCK_KINDS][LINES];
};

struct clocks {
	struct pair pairs[SETS][WAYS];
};

struct clocks *clocks_new(void)
{
	struct clocks *c = pages_take(sizeof *c);
	return c ? memset(c, 0, sizeof *c) : NULL;
}

void clocks_free(struct clocks *c)
{
	free(c);
}

/* ---- pairs ---- */

/* The set is chosen as decode_owner() chooses workers: by the high bits of a hash that both directions share. */
static uint32_t set_of(const struct packet *p)
{
	uint64_t h = hash_mix(hash_combine(p->src.words[0], p->src.words[1]) +
			      hash_combine(p->dst.words[0], p->dst.words[1]));
	return (uint32_t)((h >> 32) * SETS >> 32);
}

/* In which order the options stand: systems of one make write them alike, and only those can be taken for one. */
static uint64_t make_of(const struct tcp_header *tcp)
{
	struct cursor c = cursor_init(tcp->options, tcp->options_len);
	uint64_t kinds = 0;
	while (cursor_left(&c)) {
		uint8_t kind = cursor_u8(&c);
		kinds = kinds * 31 + kind + 1;
		if (kind == 0)
			break;
		if (kind == 1)
			continue;
		uint8_t len = cursor_u8(&c);
		if (len < 2)
			break;
		cursor_skip(&c, len - 2u);
	}
	return kinds;
}

static uint64_t key_of(const struct packet *p)
{
	uint64_t mac = 0;
	memcpy(&mac, p->src_mac, sizeof p->src_mac);
	uint64_t src = hash_combine(p->src.words[0], p->src.words[1]),
		 dst = hash_combine(p->dst.words[0], p->dst.words[1]);
	uint64_t pair = hash_combine(hash_combine(src, 3 * dst + p->version), hash_combine(mac, p->segment));
	return hash_mix(hash_combine(pair, make_of(&p->tcp))) | 1;
}

static struct pair *pair_of(struct clocks *c, const struct packet *p, uint32_t now_ms)
{
	struct pair *set = c->pairs[set_of(p)], *oldest = set;
	uint64_t key = key_of(p);
	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (!set[i].key || (oldest->key && now_ms - set[i].last_ms > now_ms - oldest->last_ms))
			oldest = &set[i];
	}
	memset(oldest, 0, sizeof *oldest);
	oldest->key = key;
	return oldest;
}

/* ---- lines ---- */

static const uint16_t rates[] = {1000, 250, 100};

static bool at_rate(uint32_t passed_ms, int32_t ticks, uint16_t rate)
{
	int64_t expected = (int64_t)passed_ms * rate / 1000, off = ticks - expected;
	int64_t allowed = JITTER_MS * rate / 1000 + 1 + (expected >> 11); /* clocks differ by less than 500 ppm */
	return off >= -allowed && off <= allowed;
}

/* Is the sample on the line? Counts it if so. */
static bool stamp_fits(struct line *l, uint32_t value, uint32_t now_ms)
{
	uint32_t passed_ms = now_ms - l->last_ms;
	int32_t ticks = (int32_t)(value - l->value);
	for (size_t i = 0; i < sizeof rates / sizeof *rates && passed_ms <= OLDEST_STAMP_MS; i++) {
		if ((l->rate && l->rate != rates[i]) || !at_rate(passed_ms, ticks, rates[i]))
			continue;
		if (passed_ms < LEAST_APART_MS)
			return true;
		l->rate = rates[i];
		l->value = value;
		l->last_ms = now_ms;
		l->hits += l->hits < UINT8_MAX;
		return true;
	}
	return false;
}

static bool counter_fits(struct line *l, uint32_t value, uint32_t now_ms)
{
	uint16_t counted = (uint16_t)(value - l->value);
	if (now_ms - l->last_ms > OLDEST_COUNTER_MS || counted > MOST_COUNTED)
		return false;
	if (!counted)
		return true;
	l->value = value;
	l->last_ms = now_ms;
	l->hits += l->hits < UINT8_MAX;
	return true;
}

/* How much a line is worth keeping: one that others fell on before one that stands alone, then the later. */
static bool worth_less(const struct line *a, const struct line *b, uint8_t hits)
{
	bool proven_a = a->hits >= hits, proven_b = b->hits >= hits;
	return proven_a != proven_b ? proven_b : (int32_t)(a->last_ms - b->last_ms) < 0;
}

/* A SYN sent again is on its connection's own line, and would make one of it where each begins at random. */
static bool sent_again(const struct pair *p, const struct packet *syn)
{
	for (unsigned kind = 0; kind < CLOCK_KINDS; kind++)
		for (unsigned i = 0; i < LINES; i++)
			if (p->lines[kind][i].used && p->lines[kind][i].seq == syn->tcp.seq &&
			    p->lines[kind][i].port == syn->sport)
				return true;
	return false;
}

static void draw(struct line lines[LINES], uint32_t value, const struct packet *syn, uint32_t now_ms,
		 enum clock_kind kind)
{
	static bool (*const fits[CLOCK_KINDS])(struct line *, uint32_t, uint32_t) = {stamp_fits, counter_fits};
	struct line *victim = lines;
	for (unsigned i = 0; i < LINES; i++) {
		struct line *l = &lines[i];
		if (l->used && fits[kind](l, value, now_ms)) {
			l->seq = syn->tcp.seq;
			l->port = syn->sport;
			return;
		}
		if (victim->used && (!l->used || worth_less(l, victim, enough[kind].hits)))
			victim = l;
	}
	*victim = (struct line){.value = value,
				.seq = syn->tcp.seq,
				.port = syn->sport,
				.first_ms = now_ms,
				.last_ms = now_ms,
				.used = true};
}

static void count_sample(struct pair *p, enum clock_kind kind)
{
	if (++p->samples[kind] < REMEMBERED)
		return;
	p->samples[kind] /= 2;
	for (unsigned i = 0; i < LINES; i++)
		p->lines[kind][i].hits /= 2;
}

/* Stamps less than NEAR_MS apart are of one clock: what lies between is a queue's delay, or a telephone's sleep. */
static bool one_clock(const struct line *a, const struct line *b, enum clock_kind kind)
{
	if (kind != CLOCK_STAMPS || a->rate != b->rate)
		return false;
	int64_t passed_ms = (int32_t)(b->last_ms - a->last_ms);
	int64_t off = (int32_t)(b->value - a->value) - passed_ms * a->rate / 1000;
	return (off < 0 ? -off : off) < (int64_t)NEAR_MS * a->rate / 1000;
}

/* The lines that another began on, or went on, before they ended. */
static unsigned interlocked(const struct pair *p, enum clock_kind kind)
{
	const struct line *lines = p->lines[kind];
	uint8_t hits = enough[kind].hits;
	unsigned set = 0, on_lines = 0;
	for (unsigned i = 0; i < LINES; i++)
		for (unsigned k = 0; k < i; k++) {
			const struct line *a = &lines[i], *b = &lines[k];
			bool both = a->used && b->used && a->hits >= hits && b->hits >= hits;
			if (both && !one_clock(a, b, kind) && (int32_t)(a->first_ms - b->last_ms) < 0 &&
			    (int32_t)(b->first_ms - a->last_ms) < 0)
				set |= 1u << i | 1u << k;
		}
	for (unsigned i = 0; i < LINES; i++)
		on_lines += set >> i & 1 ? lines[i].hits + 1u : 0;
	return 100 * on_lines < (unsigned)enough[kind].share * p->samples[kind] ? 0 : (unsigned)__builtin_popcount(set);
}

/* ---- samples ---- */

/* The sender's timestamp; 0 when there is none. */
static uint32_t stamp_of(const struct tcp_header *tcp)
{
	struct cursor c = cursor_init(tcp->options, tcp->options_len);
	while (cursor_left(&c)) {
		uint8_t kind = cursor_u8(&c);
		if (kind == 0)
			break;
		if (kind == 1)
			continue;
		uint8_t len = cursor_u8(&c);
		if (len < 2)
			break;
		struct cursor body = cursor_sub(&c, len - 2u);
		if (kind == 8)
			return cursor_u32(&body);
	}
	return 0;
}

bool clocks_note(struct clocks *c, const struct packet *syn, unsigned at_least[CLOCK_KINDS])
{
	const uint32_t samples[CLOCK_KINDS] = {
		[CLOCK_STAMPS] = stamp_of(&syn->tcp),
		[CLOCK_COUNTERS] = syn->version == 4 ? syn->ip_id : 0,
	};
	bool any = false;
	memset(at_least, 0, CLOCK_KINDS * sizeof *at_least);
	if (!samples[CLOCK_STAMPS] && !samples[CLOCK_COUNTERS])
		return false;
	uint32_t now_ms = (uint32_t)(syn->frame->time_ns / 1000000);
	struct pair *p = pair_of(c, syn, now_ms);
	p->last_ms = now_ms;
	if (sent_again(p, syn))
		return false;
	for (unsigned kind = 0; kind < CLOCK_KINDS; kind++) {
		if (!samples[kind])
			continue;
		count_sample(p, (enum clock_kind)kind);
		draw(p->lines[kind], samples[kind], syn, now_ms, (enum clock_kind)kind);
		unsigned n = interlocked(p, (enum clock_kind)kind);
		if (n <= p->told[kind])
			continue;
		p->told[kind] = (uint8_t)n;
		at_least[kind] = n;
		any = true;
	}
	return any;
}
