/* The octets of one TCP direction, put in order.
 *
 * A segment that is next goes to the sink in place. What comes early is copied and held, within bounds. The octet
 * that was seen first stays: a later copy of it is dropped, and counted when it says otherwise and the first is
 * still there to compare. A hole is given up when the receiver has acknowledged past it (it had the octets, the
 * capture has not), when too much waits behind it, or at the end of the flow. Octets that nobody wants (skip) need
 * not be seen: a hole among them is none.
 *
 * Worker threads only. Held segments come from the pool; ordering_close() gives them back.
 */
#ifndef ONLOOKER_CLASSIFY_ORDERING_H
#define ONLOOKER_CLASSIFY_ORDERING_H

#include "classify/inspect.h"
#include "classify/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most octets, and most segments, of a direction that wait behind a hole. */
#define ORDERING_HELD_BYTES    65536
#define ORDERING_HELD_SEGMENTS 64

/* Which packet brought octets that are kept: enough to name it as evidence when it is gone. */
struct witness {
	uint64_t ordinal, number, time_ns;
	uint16_t source;
	uint8_t ttl;
};

struct held;

struct ordering {
	struct held *held; /* in order, without overlap; the first begins behind `next` */
	uint64_t skip;     /* octets from `next` on that nobody wants */
	uint32_t next;     /* sequence number of the first octet that was not passed on */
	uint32_t isn;      /* of the SYN; else one before the first octet seen */
	uint32_t acked;    /* highest acknowledgement of the receiver */
	uint32_t held_bytes;
	uint16_t held_segments;
	uint8_t strays;   /* segments that lay nowhere near `next` */
	uint8_t patience; /* packets seen since the first hole was acknowledged */
	bool started, ack_seen;
	bool over; /* nothing is taken any more */
};

/* Where octets go. A callee may set skip (of octets behind those at hand) and over. */
struct ordering_sink {
	/* In order. witness: of the packet that brought them, NULL when it is the packet at hand. */
	void (*octets)(void *context, const struct witness *witness, const uint8_t *data, size_t len);
	/* That many octets will never be seen. */
	void (*lost)(void *context, uint64_t octets);
	/* `len` octets that lie `back` octets before `next` came again; returns how many contradict those kept. */
	size_t (*again)(void *context, uint32_t back, const uint8_t *data, size_t len);
};

/* What a call works with. */
struct ordering_run {
	struct pool *pool;
	struct inspect_counters *counters; /* gaps, overlaps, reordered */
	const struct ordering_sink *sink;
	void *context;
	struct witness witness; /* of the packet at hand */
};

/* The SYN was seen: the first octet has number isn + 1. */
void ordering_syn(struct ordering *s, uint32_t isn);

/* Octets arrived: `len` of them are here, the segment had `wire`. Without SYN the first segment is the start. */
void ordering_segment(struct ordering *s, struct ordering_run *run, uint32_t seq, const uint8_t *data, uint32_t len,
		      uint32_t wire);

/* The receiver of this direction acknowledged up to `ack`. */
void ordering_ack(struct ordering *s, struct ordering_run *run, uint32_t ack);

/* Nothing more will come: holes are given up, what waits behind them is passed on. */
void ordering_flush(struct ordering *s, struct ordering_run *run);

/* Gives everything back and takes nothing more. */
void ordering_close(struct ordering *s, struct pool *pool);

#endif
