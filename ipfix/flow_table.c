#include "ipfix/flow_table.h"

#include "core/pages.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 1024u
#define SEGMENT_SLOTS (1u << FLOW_SEGMENT_BITS)

_Static_assert(sizeof(struct flow_slot) == 192, "a slot is three cache lines");
_Static_assert(offsetof(struct flow, side[1].mac) == FLOW_HOT_BYTES, "what is hot lies in two cache lines");
_Static_assert(sizeof(struct flow_bucket) == 64, "a bucket is one cache line");

static struct flow_bucket *buckets(uint32_t n)
{
	size_t bytes = (size_t)n * sizeof(struct flow_bucket);
	struct flow_bucket *b = pages_take(bytes);
	return b ? memset(b, 0, bytes) : NULL;
}

int flow_table_init(struct flow_table *t, uint32_t capacity)
{
	*t = (struct flow_table){.capacity = capacity, .mask = FIRST_BUCKETS - 1};
	t->segments = calloc(((size_t)capacity + SEGMENT_SLOTS - 1) / SEGMENT_SLOTS, sizeof(struct flow_slot *));
	t->buckets = buckets(FIRST_BUCKETS);
	if (t->segments && t->buckets)
		return 0;
	flow_table_fini(t);
	return -1;
}

void flow_table_fini(struct flow_table *t)
{
	for (size_t i = 0; t->segments && i < ((size_t)t->capacity + SEGMENT_SLOTS - 1) / SEGMENT_SLOTS; i++)
		free(t->segments[i]);
	free(t->segments);
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

/* Room for one more entry: three quarters full is where buckets begin to pass entries on noticeably. */
static bool room(struct flow_table *t)
{
	uint64_t entries = ((uint64_t)t->mask + 1) * FLOW_BUCKET_ENTRIES;
	if (t->count >= entries / 4 * 3 && t->mask < UINT32_MAX / 4)
		widen(t);
	return t->count < ((uint64_t)t->mask + 1) * FLOW_BUCKET_ENTRIES;
}

static uint32_t take(struct flow_table *t)
{
	if (t->free != FLOW_NONE) {
		uint32_t number = t->free;
		t->free = flow_table_slot(t, number)->next;
		return number;
	}
	if (t->fresh == t->capacity)
		return FLOW_NONE;
	struct flow_slot **segment = &t->segments[t->fresh >> FLOW_SEGMENT_BITS];
	if (!*segment) {
		uint32_t left = t->capacity - t->fresh;
		*segment = pages_take((left < SEGMENT_SLOTS ? left : SEGMENT_SLOTS) * sizeof(struct flow_slot));
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
	struct flow_slot *s = flow_table_slot(t, number);
	memset(s, 0, sizeof *s);
	s->hash = hash;
	s->number = number;
	s->used = true;
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

void flow_table_remove(struct flow_table *t, uint32_t number)
{
	struct flow_slot *s = flow_table_slot(t, number);
	uint32_t at = s->hash;
	while (!clear(&t->buckets[at & t->mask], number))
		t->buckets[at++ & t->mask].passed--;
	s->used = false;
	s->flow.key.version = 0; /* a number remembered from before finds nothing here */
	s->next = t->free;
	t->free = number;
	t->count--;
}
