/* What was reported, and how often it was seen since: a cache of things by tag, in sets of four ways.
 *
 * A thing stands for itself in the epoch it was reported in; in a later one it must be reported again. Owned by one
 * reporter. No allocation after seen_init().
 */
#ifndef ONLOOKER_CLASSIFY_SEEN_H
#define ONLOOKER_CLASSIFY_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEEN_WAYS 4u

/* A thing that was reported. The ways of a set lie in two cache lines. */
struct seen {
	uint64_t tag; /* 0: free */
	uint64_t last_ns;
	uint32_t epoch;
	uint32_t count; /* sightings since the report */
	bool ignored;   /* out of scope */
	bool listed;    /* the slot stands in the list of those with a count */
};

_Static_assert(sizeof(struct seen) * SEEN_WAYS == 128, "a set is two cache lines");

struct seen_cache {
	struct seen *slots;
	uint32_t mask;   /* sets - 1 */
	uint32_t *dirty; /* slots with a count, each at most once */
	uint32_t n_dirty;
};

/* sets     a power of two. False when the heap is out; seen_fini() then, too. */
bool seen_init(struct seen_cache *c, uint32_t sets);
void seen_fini(struct seen_cache *c);

static inline struct seen *seen_set(const struct seen_cache *c, uint64_t tag)
{
	return &c->slots[(size_t)(tag & c->mask) * SEEN_WAYS];
}

/* Must be inlined: GCC 12 takes a function that only prefetches for one without effect. */
__attribute__((always_inline)) static inline void seen_prefetch(const struct seen_cache *c, uint64_t tag)
{
	struct seen *set = seen_set(c, tag);
	__builtin_prefetch(set, 1);
	__builtin_prefetch(set + 2, 1);
}

/* The way that holds the tag; NULL when none does. Without branches: which way it is cannot be predicted. */
static inline __attribute__((always_inline)) struct seen *seen_find(const struct seen_cache *c, uint64_t tag)
{
	struct seen *set = seen_set(c, tag);
	unsigned ways = 0;
	for (unsigned i = 0; i < SEEN_WAYS; i++)
		ways |= (unsigned)(set[i].tag == tag) << i;
	return ways ? &set[__builtin_ctz(ways)] : NULL;
}

/* Once more in this epoch: counted. */
static inline void seen_again(struct seen_cache *c, struct seen *s, uint64_t time_ns)
{
	/* A repeat stands for the sightings after the report alone: the report speaks for itself. */
	if (!s->count || time_ns > s->last_ns)
		s->last_ns = time_ns;
	if (!s->count++ && !s->listed) {
		s->listed = true;
		c->dirty[c->n_dirty++] = (uint32_t)(s - c->slots);
	}
}

/* True when the thing was reported in this epoch; it is counted then. */
static inline __attribute__((always_inline)) bool seen_known(struct seen_cache *c, uint64_t tag, uint32_t epoch,
							     uint64_t time_ns)
{
	struct seen *s = seen_find(c, tag | !tag);
	if (!s || s->epoch != epoch)
		return false;
	seen_again(c, s, time_ns);
	return true;
}

/* The slot to report a thing in: its own, or that of the thing of its set that was reported longest ago. What is
 * counted there is the caller's to tell, before seen_begin(). */
struct seen *seen_slot(struct seen_cache *c, uint64_t tag);

/* The slot is this thing's, reported in this epoch. */
void seen_begin(struct seen *s, uint64_t tag, uint32_t epoch, uint64_t time_ns);

#endif
