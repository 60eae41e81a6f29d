/* A pool of objects of one size: taken from the heap by segments, up to a capacity, and used again.
 * One thread. What is full gives NULL, and the caller sheds and counts.
 */
#ifndef ONLOOKER_CORE_SLAB_H
#define ONLOOKER_CORE_SLAB_H

#include <stddef.h>
#include <stdint.h>

struct slab {
	size_t object_bytes;
	uint64_t capacity, used; /* objects */
	void *free_list;         /* of objects that were put back */
	uint8_t *fresh;          /* objects of the newest segment that were never given out */
	uint64_t n_fresh;
	void *segments;
	uint32_t n_segments;
};

void slab_init(struct slab *s, size_t object_bytes, uint64_t capacity);
void slab_fini(struct slab *s);

/* An object, zeroed; NULL when the capacity is reached or the heap is out. */
void *slab_get(struct slab *s);
void slab_put(struct slab *s, void *object);

#endif
