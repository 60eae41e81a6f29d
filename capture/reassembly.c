#include "capture/reassembly.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_BITS  9
#define BUFFERS      256u
#define BUFFER_BYTES 65536u /* no datagram is longer */
#define RANGES       24     /* runs of octets with holes between them */

_Static_assert(BUFFERS >= 2 * REASSEMBLY_UNSETTLED, "whole datagrams of a batch must leave buffers to work with");

/* Octets `from` to before `to` are there. */
struct range {
	uint32_t from, to;
};

struct reassembly {
	uint64_t opened_ns;
	reassembly_ticket ticket; /* the datagram's it belongs to; REASSEMBLY_NONE: nobody's */
	uint32_t older, younger;  /* in the order of opening, or the next free one */
	uint32_t total;           /* octets of the datagram; 0: not known yet */
	uint8_t n;
	struct range ranges[RANGES]; /* in order, none touches another */
};

struct reassemblies {
	struct reassembly_counters counters;
	uint8_t *buffers;
	uint32_t free, oldest, youngest; /* numbers from 1 */
	uint32_t n_whole;
	uint32_t whole[REASSEMBLY_UNSETTLED];
	struct reassembly of[BUFFERS + 1];
};

static const char *const names[REASSEMBLY_ENDS] = {
	[REASSEMBLY_WHOLE] = "whole",     [REASSEMBLY_TIMED_OUT] = "timedOut",
	[REASSEMBLY_OVERLAP] = "overlap", [REASSEMBLY_MALFORMED] = "malformed",
	[REASSEMBLY_CUT] = "cut",         [REASSEMBLY_SCATTERED] = "scattered",
	[REASSEMBLY_EVICTED] = "evicted",
};

const char *reassembly_end_name(enum reassembly_end end)
{
	return end < REASSEMBLY_ENDS ? names[end] : "unknown";
}

struct reassemblies *reassemblies_new(void)
{
	struct reassemblies *a = calloc(1, sizeof *a);
	if (!a)
		return NULL;
	a->buffers = malloc((size_t)BUFFERS * BUFFER_BYTES);
	if (!a->buffers) {
		free(a);
		return NULL;
	}
	for (uint32_t i = BUFFERS; i; i--) {
		a->of[i].younger = a->free;
		a->free = i;
	}
	return a;
}

void reassemblies_free(struct reassemblies *a)
{
	if (a)
		free(a->buffers);
	free(a);
}

const struct reassembly_counters *reassemblies_counters(const struct reassemblies *a)
{
	return &a->counters;
}

static uint8_t *buffer(const struct reassemblies *a, uint32_t number)
{
	return a->buffers + (size_t)(number - 1) * BUFFER_BYTES;
}

static void give_back(struct reassemblies *a, uint32_t number)
{
	a->of[number].younger = a->free;
	a->free = number;
}

/* Takes a datagram out of the order of opening. */
static void take_out(struct reassemblies *a, uint32_t number)
{
	struct reassembly *x = &a->of[number];
	*(x->older ? &a->of[x->older].younger : &a->oldest) = x->younger;
	*(x->younger ? &a->of[x->younger].older : &a->youngest) = x->older;
	x->ticket = REASSEMBLY_NONE;
}

static uint32_t number_of(reassembly_ticket ticket)
{
	return ticket & ((1u << NUMBER_BITS) - 1);
}

static void close_number(struct reassemblies *a, uint32_t number, enum reassembly_end end)
{
	take_out(a, number);
	give_back(a, number);
	a->counters.ended[end]++;
}

void reassembly_close(struct reassemblies *a, reassembly_ticket ticket, enum reassembly_end end)
{
	close_number(a, number_of(ticket), end);
}

reassembly_ticket reassembly_open(struct reassemblies *a, uint64_t now_ns)
{
	if (!a->free)
		close_number(a, a->oldest, REASSEMBLY_EVICTED);
	uint32_t number = a->free;
	struct reassembly *x = &a->of[number];
	a->free = x->younger;
	x->opened_ns = now_ns;
	x->older = a->youngest;
	x->younger = 0;
	x->total = 0;
	x->n = 0;
	*(a->youngest ? &a->of[a->youngest].younger : &a->oldest) = number;
	a->youngest = number;
	x->ticket = ++a->counters.begun << NUMBER_BITS | number;
	return x->ticket;
}

bool reassembly_holds(const struct reassemblies *a, reassembly_ticket ticket)
{
	return ticket && a->of[number_of(ticket)].ticket == ticket;
}

void reassembly_expire(struct reassemblies *a, uint64_t before_ns)
{
	while (a->oldest && a->of[a->oldest].opened_ns < before_ns)
		close_number(a, a->oldest, REASSEMBLY_TIMED_OUT);
}

void reassembly_settle(struct reassemblies *a)
{
	while (a->n_whole)
		give_back(a, a->whole[--a->n_whole]);
}

/* A place and a length that the datagram can have, as far as it is known. */
static bool possible(const struct reassembly *x, const struct piece *p)
{
	uint32_t end = p->offset + p->len, last = x->n ? x->ranges[x->n - 1].to : 0;
	if (!p->len || end >= BUFFER_BYTES || (p->more && p->len % 8))
		return false;
	if (x->total && (p->more ? end > x->total : end != x->total))
		return false;
	return p->more || end >= last;
}

enum fit { FIT_NEW, FIT_KNOWN, FIT_OVERLAP, FIT_SCATTERED };

/* Notes the octets as being there: joins what they touch. */
static enum fit note(struct reassembly *x, uint32_t from, uint32_t to)
{
	unsigned i = 0;
	while (i < x->n && x->ranges[i].to < from)
		i++;
	struct range *r = &x->ranges[i], *next = r + 1;
	if (i < x->n && r->from <= from && to <= r->to)
		return FIT_KNOWN;
	bool joins = i < x->n && r->to == from, meets = i < x->n && r->from == to;
	if (joins && i + 1 < x->n && next->from < to)
		return FIT_OVERLAP;
	if (joins) {
		r->to = to;
		if (i + 1 < x->n && next->from == to) {
			r->to = next->to;
			memmove(next, next + 1, (x->n - i - 2u) * sizeof *r);
			x->n--;
		}
		return FIT_NEW;
	}
	if (meets) {
		r->from = from;
		return FIT_NEW;
	}
	if (i < x->n && r->from < to)
		return FIT_OVERLAP;
	if (x->n == RANGES)
		return FIT_SCATTERED;
	memmove(next, r, (size_t)(x->n - i) * sizeof *r);
	*r = (struct range){from, to};
	x->n++;
	return FIT_NEW;
}

static bool end_with(struct reassemblies *a, uint32_t number, enum reassembly_end why, enum reassembly_end *end)
{
	close_number(a, number, why);
	*end = why;
	return true;
}

/* The buffer is kept until it is settled. */
static bool make_whole(struct reassemblies *a, uint32_t number, enum reassembly_end *end)
{
	take_out(a, number);
	a->whole[a->n_whole++] = number;
	a->counters.ended[REASSEMBLY_WHOLE]++;
	*end = REASSEMBLY_WHOLE;
	return true;
}

bool reassembly_add(struct reassemblies *a, reassembly_ticket ticket, const struct piece *piece,
		    enum reassembly_end *end, const uint8_t **data, uint32_t *len)
{
	uint32_t number = number_of(ticket);
	struct reassembly *x = &a->of[number];
	if (!possible(x, piece))
		return end_with(a, number, REASSEMBLY_MALFORMED, end);
	if (piece->have < piece->len)
		return end_with(a, number, REASSEMBLY_CUT, end);
	switch (note(x, piece->offset, piece->offset + piece->len)) {
	case FIT_OVERLAP:
		return end_with(a, number, REASSEMBLY_OVERLAP, end);
	case FIT_SCATTERED:
		return end_with(a, number, REASSEMBLY_SCATTERED, end);
	case FIT_NEW:
		memcpy(buffer(a, number) + piece->offset, piece->data, piece->len);
		break;
	case FIT_KNOWN:
		break;
	}
	if (!piece->more)
		x->total = piece->offset + piece->len;
	if (!x->total || x->n != 1 || x->ranges[0].from || x->ranges[0].to != x->total)
		return false;
	*data = buffer(a, number);
	*len = x->total;
	return make_whole(a, number, end);
}
