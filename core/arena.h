/* A bump allocator in blocks: many small things of one lifetime, freed together.
 *
 * Owned by one thread at a time. Memory is taken from the heap a block at a time, never per object; reset
 * keeps the blocks. `limit_bytes` bounds it: past that arena_take() gives NULL and the caller sheds and counts.
 */
#ifndef ONLOOKER_CORE_ARENA_H
#define ONLOOKER_CORE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
	struct arena_block *first, *current;
	size_t block_bytes; /* size of a regular block */
	size_t used_bytes;  /* taken from the heap so far */
	size_t taken_bytes; /* handed out since the last reset */
	size_t limit_bytes; /* 0: no bound */
};

void arena_init(struct arena *a, size_t block_bytes, size_t limit_bytes);
void arena_fini(struct arena *a);

/* Forgets every object, keeps the blocks for the next round. */
void arena_reset(struct arena *a);

/* `bytes` of storage aligned to 8, not zeroed; NULL when the bound is reached or the heap is out. */
void *arena_take(struct arena *a, size_t bytes);

/* The same, zeroed. */
void *arena_zero(struct arena *a, size_t bytes);

/* A NUL-terminated copy of `len` bytes; NULL as arena_take(). */
char *arena_text(struct arena *a, const void *data, size_t len);

#endif
