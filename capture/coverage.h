/* Which octets of a datagram its fragments have brought, whoever keeps them.
 *
 * All who are given the fragments of a datagram in the same order judge alike when it ends and how. A value; any
 * thread.
 */
#ifndef ONLOOKER_CAPTURE_COVERAGE_H
#define ONLOOKER_CAPTURE_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

#define COVERAGE_MOST   65536u /* no datagram is longer */
#define COVERAGE_RANGES 24     /* runs of octets with holes between them */

/* How a datagram ends. Names for statistics come from reassembly_end_name(). */
enum reassembly_end {
	REASSEMBLY_WHOLE,
	REASSEMBLY_TIMED_OUT, /* the rest did not come in time */
	REASSEMBLY_OVERLAP,   /* fragments that contradict one another */
	REASSEMBLY_MALFORMED, /* a length or place that no fragment can have */
	REASSEMBLY_CUT,       /* the snapshot length cut a fragment */
	REASSEMBLY_SCATTERED, /* more holes than anybody leaves */
	REASSEMBLY_EVICTED,   /* gave way to younger ones */
	REASSEMBLY_ENDS       /* it has not */
};

/* What a fragment says of its datagram's payload. */
struct piece {
	const uint8_t *data;
	uint32_t have;     /* octets of it in the frame */
	uint32_t len;      /* … and on the wire */
	uint32_t offset;   /* octets from the datagram's begin */
	uint32_t id;       /* identification */
	bool more;         /* it is not the last */
	uint8_t protocol;  /* what the fragmented part begins with, if it is the first */
	uint64_t clock_ns; /* when it came */
};

/* Octets `from` to before `to` are there. */
struct coverage_range {
	uint32_t from, to;
};

/* All zero: nothing has come. */
struct coverage {
	uint32_t total; /* octets of the datagram; 0: not known yet */
	uint8_t n;
	struct coverage_range ranges[COVERAGE_RANGES]; /* in order, none touches another */
};

/* Adds a fragment. returns how the datagram ended by it, or REASSEMBLY_ENDS when it goes on
 * *fresh  its octets were not there yet: who keeps them has to take them, all of them
 */
enum reassembly_end coverage_add(struct coverage *x, const struct piece *p, bool *fresh);

#endif
