/* A hash map from 64-bit keys to pointers: open addressing, linear probing, deletion by shifting back.
 *
 * Keys are expected to be hashes already (hash_mix and friends); 0 is not a key. Grows by doubling, never shrinks.
 * One thread.
 */
#ifndef ONLOOKER_CORE_MAP_H
#define ONLOOKER_CORE_MAP_H

#include <stdbool.h>
#include <stdint.h>

struct map_slot {
	uint64_t key; /* 0: free */
	void *value;
};

struct map {
	struct map_slot *slots;
	uint64_t mask;
	uint64_t count;
};

/* `size` slots to begin with, a power of two. 0, or negative when the heap is out. */
int map_init(struct map *m, uint64_t size);
void map_fini(struct map *m);

/* The value of a key; NULL when there is none. */
static inline void *map_get(const struct map *m, uint64_t key)
{
	for (uint64_t i = key & m->mask;; i = (i + 1) & m->mask) {
		if (m->slots[i].key == key)
			return m->slots[i].value;
		if (!m->slots[i].key)
			return (void *)0;
	}
}

/* Brings the key's home slot near: for a look-up that is to come. */
static inline __attribute__((always_inline)) void map_prefetch(const struct map *m, uint64_t key)
{
	__builtin_prefetch(&m->slots[key & m->mask]);
}

/* Sets the value of a key; false when the map had to grow and the heap is out (nothing is changed then). */
bool map_put(struct map *m, uint64_t key, void *value);
void map_remove(struct map *m, uint64_t key);

#endif
