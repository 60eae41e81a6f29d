#include "core/arena.h"

#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	_Alignas(16) uint8_t data[];
};

void arena_init(struct arena *a, size_t block_bytes, size_t limit_bytes)
{
	*a = (struct arena){.block_bytes = block_bytes, .limit_bytes = limit_bytes};
}

void arena_fini(struct arena *a)
{
	for (struct arena_block *b = a->first, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	a->first = a->current = NULL;
	a->used_bytes = 0;
}

void arena_reset(struct arena *a)
{
	for (struct arena_block *b = a->first; b; b = b->next)
		b->used = 0;
	a->current = a->first;
	a->taken_bytes = 0;
}

static __attribute__((noinline)) struct arena_block *grow(struct arena *a, size_t bytes)
{
	size_t size = bytes > a->block_bytes ? bytes : a->block_bytes;
	if (a->limit_bytes && a->used_bytes + size > a->limit_bytes)
		return NULL;
	struct arena_block *b = malloc(sizeof *b + size);
	if (!b)
		return NULL;
	b->next = NULL;
	b->size = size;
	b->used = 0;
	a->used_bytes += size;
	if (a->current) {
		b->next = a->current->next;
		a->current->next = b;
	} else {
		a->first = b;
	}
	return b;
}

void *arena_take(struct arena *a, size_t bytes)
{
	bytes = (bytes + 7) & ~(size_t)7;
	struct arena_block *b = a->current;
	while (!b || b->size - b->used < bytes) {
		b = b && b->next ? b->next : grow(a, bytes);
		if (!b)
			return NULL;
		a->current = b;
	}
	void *p = b->data + b->used;
	b->used += bytes;
	a->taken_bytes += bytes;
	return p;
}

void *arena_zero(struct arena *a, size_t bytes)
{
	void *p = arena_take(a, bytes);
	return p ? memset(p, 0, bytes) : NULL;
}

char *arena_text(struct arena *a, const void *data, size_t len)
{
	char *p = arena_take(a, len + 1);
	if (!p)
		return NULL;
	if (len)
		memcpy(p, data, len);
	p[len] = 0;
	return p;
}
