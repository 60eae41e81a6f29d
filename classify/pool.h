/* Storage of the inspector: flow state, segments that came early, octets that wait, in a few size classes.
 *
 * Memory is taken from the heap in aligned chunks up to a bound and never given back before pool_fini(); a chunk
 * serves one size class at a time and returns to the common stock when its last piece is put back, so that a burst
 * of one kind cannot starve the others for good. Getting and putting are a few instructions.
 *
 * Owned by one worker. Pieces are not zeroed.
 */
#ifndef ONLOOKER_CLASSIFY_POOL_H
#define ONLOOKER_CLASSIFY_POOL_H

#include <stddef.h>
#include <stdint.h>

#define POOL_CLASSES     9
#define POOL_LARGEST     32768
#define POOL_CHUNK_BYTES (256 * 1024)

struct pool_chunk;

struct pool {
	struct pool_chunk *partial[POOL_CLASSES]; /* chunks of a class with pieces to give */
	struct pool_chunk *stock;                 /* chunks of no class */
	struct pool_chunk *all;                   /* every chunk, for pool_fini() */
	size_t taken_bytes, limit_bytes;
	size_t pieces; /* handed out now */
};

void pool_init(struct pool *p, size_t limit_bytes);
void pool_fini(struct pool *p);

/* A piece of at least `bytes` (at most POOL_LARGEST), aligned to 16; NULL when the bound is reached. */
void *pool_get(struct pool *p, size_t bytes);

/* Gives a piece back; NULL is let through. */
void pool_put(struct pool *p, void *piece);

/* Octets that really are there when `bytes` are asked for. */
size_t pool_rounded(size_t bytes);

#endif
