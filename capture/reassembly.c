#include "capture/reassembly.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_BITS  9
#define BUFFERS      256u
#define BUFFER_BYTES COVERAGE_MOST

_Static_assert(BUFFERS >= 2 * REASSEMBLY_UNSETTLED, "whole datagrams of a batch must leave buffers to work with");

struct reassembly {
	uint64_t opened_ns;
	reassembly_ticket ticket; /* the datagram's it belongs to; REASSEMBLY_NONE: nobody's */
	uint32_t older, younger;  /* in the order of opening, or the next free one */
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

void reassembly_put(struct reassemblies *a, reassembly_ticket ticket, const struct piece *piece)
{
	memcpy(buffer(a, number_of(ticket)) + piece->offset, piece->data, piece->len);
}

const uint8_t *reassembly_finish(struct reassemblies *a, reassembly_ticket ticket)
{
	uint32_t number = number_of(ticket);
	take_out(a, number);
	a->whole[a->n_whole++] = number;
	a->counters.ended[REASSEMBLY_WHOLE]++;
	return buffer(a, number);
}
