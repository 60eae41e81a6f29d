#include "ipfix/flow_table.h"

#include "core/pages.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 1024u
#define SEGMENT_SLOTS (1u << FLOW_SEGMENT_BITS)

_Static_assert(sizeof(struct flow_bucket) == 64, "a bucket is one cache line");

static struct flow_bucket *buckets(uint32_t n)
{
	size_t bytes = (size_t)n * sizeof(struct flow_bucket);
	struct flow_bucket *b = pages_take(bytes);
	return b ? memset(b, 0, bytes) : NULL;
}

int flow_table_init(struct flow_table *t, uint32_t capacity, bool ordinals)
{
	*t = (struct flow_table){.capacity = capacity, .mask = FIRST_BUCKETS - 1};
	/* What stands beside the slots is reserved for the whole capacity: memory comes when it is touched. */
	t->segments = calloc(((size_t)capacity + SEGMENT_SLOTS - 1) / SEGMENT_SLOTS, sizeof(struct flow *));
	t->due = calloc(capacity, sizeof *t->due);
	t->ordinals = ordinals ? calloc(capacity, sizeof *t->ordinals) : NULL;
	t->buckets = buckets(FIRST_BUCKETS);
	if (t->segments && t->due && t->buckets && (t->ordinals || !ordinals))
		return 0;
	flow_table_fini(t);
	return -1;
}

void flow_table_fini(struct flow_table *t)
{
	for (size_t i = 0; t->segments && i < ((size_t)t->capacity + SEGMENT_SLOTS - 1) / SEGMENT_SLOTS; i++)
		free(t->segments[i]);
	free(t->segments);
	free(t->due);
	free(t->ordinals);
	free(t->buckets);
	*t = (struct flow_table){0};
}

static void put(struct flow_bucket *all, uint32_t mask, uint32_t hash, uint32_t number)
{
	for (uint32_t at = hash;; at++) {
		struct flow_bucket *b = &all[at & mask];
		for (int i = 0; i < FLOW_BUCKET_ENTRIES; i++) {
			if (b->slot[i] == FLOW_NONE) {
				b->hash[i] = hash;
				b->slot[i] = number;
				return;
			}
		}
		b->passed++;
	}
}

/* Doubles the buckets. Without memory the old ones serve on until they are full. */
static void widen(struct flow_table *t)
{
	uint32_t mask = t->mask * 2 + 1;
	struct flow_bucket *wide = buckets(mask + 1);
	if (!wide)
		return;
	for (uint32_t i = 0; i <= t->mask; i++)
		for (int j = 0; j < FLOW_BUCKET_ENTRIES; j++)
			if (t->buckets[i].slot[j] != FLOW_NONE)
				put(wide, mask, t->buckets[i].hash[j], t->buckets[i].slot[j]);
	free(t->buckets);
	t->buckets = wide;
	t->mask = mask;
}

/* Room for one more entry. Beyond 25 parts of 32 buckets pass entries on noticeably; fewer would take more memory. */
static bool room(struct flow_table *t)
{
	uint64_t entries = ((uint64_t)t->mask + 1) * FLOW_BUCKET_ENTRIES;
	if (t->count >= entries * 25 / 32 && t->mask < UINT32_MAX / 4)
		widen(t);
	return t->count < ((uint64_t)t->mask + 1) * FLOW_BUCKET_ENTRIES;
}

/* A free slot's start_us is the number of the next free one. */
static uint32_t take(struct flow_table *t)
{
	if (t->free != FLOW_NONE) {
		uint32_t number = t->free;
		t->free = (uint32_t)flow_table_slot(t, number)->start_us;
		if (t->free != FLOW_NONE)
			__builtin_prefetch(flow_table_slot(t, t->free), 1);
		return number;
	}
	if (t->fresh == t->capacity)
		return FLOW_NONE;
	struct flow **segment = &t->segments[t->fresh >> FLOW_SEGMENT_BITS];
	if (!*segment) {
		uint32_t left = t->capacity - t->fresh;
		*segment = pages_take((left < SEGMENT_SLOTS ? left : SEGMENT_SLOTS) * sizeof(struct flow));
		if (!*segment)
			return FLOW_NONE;
	}
	return ++t->fresh;
}

uint32_t flow_table_add(struct flow_table *t, uint32_t hash)
{
	uint32_t number = room(t) ? take(t) : FLOW_NONE;
	if (number == FLOW_NONE)
		return FLOW_NONE;
	memset(flow_table_slot(t, number), 0, sizeof(struct flow));
	put(t->buckets, t->mask, hash, number);
	t->count++;
	return number;
}

static bool clear(struct flow_bucket *b, uint32_t number)
{
	for (int i = 0; i < FLOW_BUCKET_ENTRIES; i++) {
		if (b->slot[i] == number) {
			b->slot[i] = FLOW_NONE;
			b->hash[i] = 0; /* so that few look-ups see it */
			return true;
		}
	}
	return false;
}

void flow_table_remove(struct flow_table *t, uint32_t number, uint32_t hash)
{
	struct flow *f = flow_table_slot(t, number);
	uint32_t at = hash;
	while (!clear(&t->buckets[at & t->mask], number))
		t->buckets[at++ & t->mask].passed--;
	f->version = 0; /* a number remembered from before finds nothing here */
	f->start_us = t->free;
	t->due[number - 1] = FLOW_DUE_NEVER;
	t->free = number;
	t->count--;
}

void flow_table_clear(struct flow_table *t)
{
	memset(t->buckets, 0, ((size_t)t->mask + 1) * sizeof *t->buckets);
	memset(t->due, 0, t->fresh * sizeof *t->due);
	t->count = t->fresh = 0;
	t->free = FLOW_NONE;
}
