/* Where biflows live: slots in segments, found through buckets of one cache line.
 *
 * A slot's address never changes while its flow lives. A bucket keeps 32 bits of hash beside each slot number, so a
 * look-up touches a slot only when it is almost surely the right one, and the buckets can be doubled without
 * touching slots at all. What does not fit its bucket goes to the next; each bucket counts what passed it by, so
 * a look-up knows when to stop. When a flow is to be looked at stands beside the slots, four octets each in their
 * order, so that whoever looks for what is over reads sixteen flows to a cache line. Owned by one meter; no other
 * module touches it.
 */
#ifndef ONLOOKER_IPFIX_FLOW_TABLE_H
#define ONLOOKER_IPFIX_FLOW_TABLE_H

#include "ipfix/flow_key.h"

#include <stddef.h>

#define FLOW_NONE           0u /* slot numbers count from 1 */
#define FLOW_SEGMENT_BITS   15 /* 32768 slots of 128 octets: two huge pages */
#define FLOW_BUCKET_ENTRIES 7
#define FLOW_DUE_NEVER      0u

struct flow_bucket {
	uint32_t hash[FLOW_BUCKET_ENTRIES];
	uint32_t slot[FLOW_BUCKET_ENTRIES]; /* FLOW_NONE: free */
	uint32_t passed;                    /* entries that belong here or before and lie further on */
	uint32_t unused;
} __attribute__((aligned(64)));

struct flow_table {
	struct flow_bucket *buckets;
	uint32_t mask;            /* buckets - 1 */
	uint32_t count;           /* entries */
	struct flow **segments;   /* pointers for the whole capacity, memory as needed */
	uint32_t *due;            /* of slot number - 1: the tick from which to look at it, or FLOW_DUE_NEVER */
	uint64_t *ordinals;       /* of slot number - 1: its first packet's; NULL: nobody asks for them */
	uint32_t capacity, fresh; /* slots 1..fresh have been used at least once */
	uint32_t free;            /* head of the chain of free slots */
};

/* 0, or -1 when the heap is out. capacity at least 1. */
int flow_table_init(struct flow_table *t, uint32_t capacity, bool ordinals);
void flow_table_fini(struct flow_table *t);

/* A slot for a new flow, entered under `hash`, contents zero, never due; FLOW_NONE when the capacity is reached or the
 * heap is out. The caller gives it a version, by which used slots are known. */
uint32_t flow_table_add(struct flow_table *t, uint32_t hash);

/* Takes the slot, which was entered under `hash`, out; it may be given to the next flow. */
void flow_table_remove(struct flow_table *t, uint32_t number, uint32_t hash);

/* Takes all slots out at once. */
void flow_table_clear(struct flow_table *t);

static inline struct flow *flow_table_slot(const struct flow_table *t, uint32_t number)
{
	number--;
	return &t->segments[number >> FLOW_SEGMENT_BITS][number & ((1u << FLOW_SEGMENT_BITS) - 1)];
}

static inline bool flow_used(const struct flow *f)
{
	return f->version;
}

/* Zero when the ends a-b are the ends c-d. */
static inline uint64_t flow_ends_differ(const struct address *a, const struct address *b, uint32_t ab,
					const struct address *c, const struct address *d, uint32_t cd)
{
	return (a->words[0] ^ c->words[0]) | (a->words[1] ^ c->words[1]) | (b->words[0] ^ d->words[0]) |
	       (b->words[1] ^ d->words[1]) | (ab ^ cd);
}

/* A set of the entries whose hash is `hash`, free ones perhaps among them; without branches, for which entry it is
 * cannot be predicted. */
static inline unsigned flow_bucket_match(const struct flow_bucket *b, uint32_t hash)
{
	unsigned set = 0;
#pragma GCC unroll 7
	for (int i = 0; i < FLOW_BUCKET_ENTRIES; i++)
		set |= (unsigned)(b->hash[i] == hash) << i;
	return set;
}

/* Is it the flow of `key`? Without branches: which direction a packet has cannot be predicted. */
static inline bool flow_is(const struct flow *f, const struct flow_key *key, enum flow_direction *direction)
{
	uint32_t ports = (uint32_t)key->sport << 16 | key->dport, turned = (uint32_t)key->dport << 16 | key->sport;
	uint32_t own = (uint32_t)f->sport << 16 | f->dport;
	uint64_t forward = flow_ends_differ(&key->src, &key->dst, ports, &f->src, &f->dst, own);
	uint64_t reverse = flow_ends_differ(&key->dst, &key->src, turned, &f->src, &f->dst, own);
	*direction = forward ? FLOW_REVERSE : FLOW_FORWARD;
	return (!forward | !reverse) & (key->segment == f->segment) & (key->protocol == f->protocol) &
	       (key->version == f->version);
}

/* The slot of `key`, in either direction, or FLOW_NONE. *direction is that of the key in the flow. */
static inline uint32_t flow_table_find(const struct flow_table *t, const struct flow_key *key, uint32_t hash,
				       enum flow_direction *direction)
{
	for (uint32_t step = 0; step <= t->mask; step++) {
		const struct flow_bucket *b = &t->buckets[(hash + step) & t->mask];
		for (unsigned set = flow_bucket_match(b, hash); set; set &= set - 1) {
			uint32_t number = b->slot[__builtin_ctz(set)];
			if (number != FLOW_NONE && flow_is(flow_table_slot(t, number), key, direction))
				return number;
		}
		if (!b->passed)
			return FLOW_NONE;
	}
	return FLOW_NONE;
}

__attribute__((always_inline)) static inline void flow_table_prefetch_bucket(const struct flow_table *t, uint32_t hash)
{
	__builtin_prefetch(&t->buckets[hash & t->mask]);
}

/* Fetches the slot of the home bucket that looks like `hash` and gives its number, or FLOW_NONE; the bucket should
 * have arrived. Must be inlined: GCC 12 takes a function that only prefetches for one without effect. */
__attribute__((always_inline)) static inline uint32_t flow_table_prefetch_slot(const struct flow_table *t,
									       uint32_t hash)
{
	const struct flow_bucket *b = &t->buckets[hash & t->mask];
	unsigned set = flow_bucket_match(b, hash);
	if (!set)
		return FLOW_NONE;
	uint32_t number = b->slot[__builtin_ctz(set)];
	if (number == FLOW_NONE)
		return FLOW_NONE;
	const char *f = (const char *)flow_table_slot(t, number);
	__builtin_prefetch(f);
	__builtin_prefetch(f + 64, 1);
	return number;
}

#endif
