#include "classify/ordering.h"

#include <string.h>

/* How far ahead of `next` a segment may lie: larger than any window in use, small against half the number space. */
#define WINDOW (64 << 20)
/* So many segments out of the window, and the direction is not what it was taken for. */
#define STRAYS 16
/* Packets that may pass between an acknowledgement and the octets it covers: taps merge their sides unevenly. */
#define PATIENCE 3

struct held {
	struct held *next;
	struct witness witness;
	uint32_t seq;
	uint32_t len;  /* octets here */
	uint32_t wire; /* octets on the wire */
	uint8_t data[];
};

struct piece {
	uint32_t seq;
	const uint8_t *data;
	uint32_t len, wire;
};

/* Serial number arithmetic (RFC 1982): how far b lies behind a; negative when before. */
static int32_t distance(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a);
}

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void cut_front(struct piece *p, uint32_t n)
{
	uint32_t here = min32(n, p->len);
	p->seq += n;
	p->data += here;
	p->len -= here;
	p->wire -= n;
}

/* Takes off what is to be skipped of the n octets at hand; returns how many. */
static uint64_t use_skip(struct ordering *s, uint64_t n)
{
	uint64_t used = s->skip < n ? s->skip : n;
	s->skip -= used;
	return used;
}

/* Passes on octets that begin at s->next, then the loss behind them. */
static void pass(struct ordering *s, struct ordering_run *run, const struct witness *witness, const struct piece *p)
{
	s->next += p->wire;
	uint64_t unwanted = use_skip(s, p->len);
	if (unwanted < p->len)
		run->sink->octets(run->context, witness, p->data + unwanted, p->len - unwanted);
	uint64_t lost = p->wire - p->len;
	lost -= use_skip(s, lost);
	if (!lost || s->over)
		return;
	run->counters->gaps++;
	run->sink->lost(run->context, lost);
}

/* Gives up everything before `seq`. */
static void jump(struct ordering *s, struct ordering_run *run, uint32_t seq)
{
	struct piece hole = {.seq = s->next, .wire = seq - s->next};
	if (distance(s->next, seq) > 0)
		pass(s, run, NULL, &hole);
	s->patience = 0;
}

/* Steps over a hole as far as nobody wants it. */
static void step(struct ordering *s, uint32_t seq)
{
	int32_t ahead = distance(s->next, seq);
	if (ahead > 0 && s->skip)
		s->next += (uint32_t)use_skip(s, (uint32_t)ahead);
}

static struct held *pop(struct ordering *s)
{
	struct held *h = s->held;
	s->held = h->next;
	s->held_bytes -= h->len;
	s->held_segments--;
	return h;
}

/* Passes on what waited and is next now. */
static void drain(struct ordering *s, struct ordering_run *run)
{
	while (s->held && !s->over) {
		step(s, s->held->seq);
		int32_t ahead = distance(s->next, s->held->seq);
		if (ahead > 0)
			return;
		struct held *h = pop(s);
		struct piece p = {h->seq, h->data, h->len, h->wire};
		if ((uint32_t)-ahead < p.wire) {
			cut_front(&p, (uint32_t)-ahead);
			pass(s, run, &h->witness, &p);
		}
		pool_put(run->pool, h);
		s->patience = 0;
	}
}

/* Copies a piece behind `previous`; false when the bounds or the pool say no. */
static bool hold(struct ordering *s, struct ordering_run *run, struct held *previous, const struct piece *p, uint32_t n)
{
	uint32_t here = min32(n, p->len);
	if (s->held_segments == ORDERING_HELD_SEGMENTS || s->held_bytes + here > ORDERING_HELD_BYTES)
		return false;
	struct held *h = pool_get(run->pool, sizeof *h + here);
	if (!h)
		return false;
	struct held **link = previous ? &previous->next : &s->held;
	h->next = *link;
	h->witness = run->witness;
	h->seq = p->seq;
	h->len = here;
	h->wire = n;
	memcpy(h->data, p->data, here);
	*link = h;
	s->held_bytes += here;
	s->held_segments++;
	run->counters->reordered++;
	return true;
}

/* Counts octets that say otherwise than those held. */
static void compare(const struct ordering *s, struct ordering_run *run, const struct piece *p)
{
	for (const struct held *h = s->held; h; h = h->next) {
		uint32_t i = distance(h->seq, p->seq) > 0 ? p->seq - h->seq : 0;
		for (; i < h->len && h->seq + i - p->seq < p->len; i++)
			run->counters->overlaps += p->data[h->seq + i - p->seq] != h->data[i];
	}
}

/* Most octets of one piece: it must fit the largest piece of the pool. */
#define PIECE_BYTES (POOL_LARGEST - sizeof(struct held))

/* Puts the front of the piece where it belongs and cuts it off; what was seen before stays. */
static void place(struct ordering *s, struct ordering_run *run, struct piece *p)
{
	struct held *previous = NULL, *h = s->held;
	while (h && distance(h->seq + h->wire, p->seq) >= 0) {
		previous = h;
		h = h->next;
	}
	if (h && distance(h->seq, p->seq) >= 0) {
		cut_front(p, min32(p->wire, h->seq + h->wire - p->seq));
		return;
	}
	uint32_t n = h ? min32(p->wire, h->seq - p->seq) : p->wire;
	if (p->seq == s->next) {
		struct piece front = {p->seq, p->data, min32(n, p->len), n};
		cut_front(p, n);
		pass(s, run, NULL, &front);
		return;
	}
	if (n > PIECE_BYTES && p->len > PIECE_BYTES)
		n = PIECE_BYTES;
	if (hold(s, run, previous, p, n))
		cut_front(p, n);
	else
		jump(s, run, s->held && distance(s->held->seq, p->seq) > 0 ? s->held->seq : p->seq);
}

/* Cuts off what was passed on before; false when nothing is left. */
static bool cut_old(struct ordering *s, struct piece *p)
{
	int32_t ahead = distance(s->next, p->seq);
	if (ahead >= 0)
		return p->wire;
	if ((uint32_t)-ahead >= p->wire)
		return false;
	cut_front(p, (uint32_t)-ahead);
	return true;
}

static void merge(struct ordering *s, struct ordering_run *run, struct piece *p)
{
	while (!s->over) {
		drain(s, run);
		if (s->over || !cut_old(s, p))
			return;
		step(s, p->seq);
		place(s, run, p);
	}
}

/* The first hole was acknowledged: gives it up when its octets still do not come. */
static void lose_patience(struct ordering *s, struct ordering_run *run)
{
	if (!s->held || s->over || !s->ack_seen || distance(s->held->seq, s->acked) < 0)
		return;
	if (++s->patience < PATIENCE)
		return;
	jump(s, run, s->held->seq);
	drain(s, run);
}

void ordering_syn(struct ordering *s, uint32_t isn)
{
	if (s->started)
		return;
	s->started = true;
	s->isn = isn;
	s->next = isn + 1;
}

static void begin(struct ordering *s, uint32_t seq)
{
	s->started = true;
	s->isn = seq - 1;
	s->next = seq;
}

void ordering_segment(struct ordering *s, struct ordering_run *run, uint32_t seq, const uint8_t *data, uint32_t len,
		      uint32_t wire)
{
	if (s->over || !wire)
		return;
	if (!s->started)
		begin(s, seq);
	struct piece p = {seq, data, len, wire};
	int32_t ahead = distance(s->next, seq);
	if (!ahead && !s->held) {
		pass(s, run, NULL, &p);
		return;
	}
	if (ahead > WINDOW || ahead < -WINDOW) {
		s->over = ++s->strays >= STRAYS;
		return;
	}
	if (ahead == -1 && wire == 1)
		return; /* a keep-alive probe: its octet means nothing (RFC 9293 3.8.4) */
	if (ahead < 0)
		run->counters->overlaps += run->sink->again(run->context, (uint32_t)-ahead, data, len);
	compare(s, run, &p);
	merge(s, run, &p);
	lose_patience(s, run);
}

void ordering_ack(struct ordering *s, struct ordering_run *run, uint32_t ack)
{
	if (s->over || !s->started)
		return;
	if (!s->ack_seen || distance(s->acked, ack) > 0)
		s->acked = ack;
	s->ack_seen = true;
	if (s->held)
		lose_patience(s, run);
}

void ordering_flush(struct ordering *s, struct ordering_run *run)
{
	while (s->held && !s->over) {
		jump(s, run, s->held->seq);
		drain(s, run);
	}
}

void ordering_close(struct ordering *s, struct pool *pool)
{
	while (s->held)
		pool_put(pool, pop(s));
	s->over = true;
}
