#include "classify/pool.h"

#include <stdbool.h>
#include <stdlib.h>

static const uint32_t class_bytes[POOL_CLASSES] = {64, 128, 256, 384, 512, 1024, 2048, 8192, POOL_LARGEST};

struct piece {
	struct piece *next;
};

/* Lies at the start of its chunk, which is aligned to its size: a piece finds it by masking its address. */
struct pool_chunk {
	struct pool_chunk *next, *previous; /* in `partial` of the class, or `stock` */
	struct pool_chunk *sibling;         /* in `all` */
	struct piece *free;                 /* given back */
	uint32_t used;                      /* pieces out */
	uint32_t carved, pieces;            /* handed out at least once, and how many there are room for */
	uint32_t class;
	bool listed;
};

#define HEADER_BYTES 64
_Static_assert(sizeof(struct pool_chunk) <= HEADER_BYTES, "the chunk header fits before the first piece");

static uint32_t class_of(size_t bytes)
{
	uint32_t class = 0;
	while (class_bytes[class] < bytes)
		class ++;
	return class;
}

size_t pool_rounded(size_t bytes)
{
	return class_bytes[class_of(bytes)];
}

void pool_init(struct pool *p, size_t limit_bytes)
{
	*p = (struct pool){.limit_bytes = limit_bytes};
}

void pool_fini(struct pool *p)
{
	for (struct pool_chunk *c = p->all, *sibling; c; c = sibling) {
		sibling = c->sibling;
		free(c);
	}
	*p = (struct pool){0};
}

static void list(struct pool_chunk **head, struct pool_chunk *c)
{
	c->previous = NULL;
	c->next = *head;
	if (*head)
		(*head)->previous = c;
	*head = c;
	c->listed = true;
}

static void unlist(struct pool_chunk **head, struct pool_chunk *c)
{
	if (c->next)
		c->next->previous = c->previous;
	if (c->previous)
		c->previous->next = c->next;
	else
		*head = c->next;
	c->listed = false;
}

static struct pool_chunk *fresh(struct pool *p)
{
	if (p->limit_bytes - p->taken_bytes < POOL_CHUNK_BYTES)
		return NULL;
	struct pool_chunk *c = aligned_alloc(POOL_CHUNK_BYTES, POOL_CHUNK_BYTES);
	if (!c)
		return NULL;
	p->taken_bytes += POOL_CHUNK_BYTES;
	c->sibling = p->all;
	p->all = c;
	return c;
}

static struct pool_chunk *take_chunk(struct pool *p, uint32_t class)
{
	struct pool_chunk *c = p->stock;
	if (c)
		unlist(&p->stock, c);
	else if (!(c = fresh(p)))
		return NULL;
	c->free = NULL;
	c->used = c->carved = 0;
	c->pieces = (POOL_CHUNK_BYTES - HEADER_BYTES) / class_bytes[class];
	c->class = class;
	list(&p->partial[class], c);
	return c;
}

void *pool_get(struct pool *p, size_t bytes)
{
	uint32_t class = class_of(bytes);
	struct pool_chunk *c = p->partial[class];
	if (!c && !(c = take_chunk(p, class)))
		return NULL;
	void *piece = c->free;
	if (piece)
		c->free = c->free->next;
	else
		piece = (uint8_t *)c + HEADER_BYTES + (size_t)c->carved++ * class_bytes[class];
	if (++c->used == c->pieces)
		unlist(&p->partial[class], c);
	p->pieces++;
	return piece;
}

void pool_put(struct pool *p, void *piece)
{
	if (!piece)
		return;
	struct pool_chunk *c = (struct pool_chunk *)((uintptr_t)piece & ~(uintptr_t)(POOL_CHUNK_BYTES - 1));
	struct piece *given = piece;
	given->next = c->free;
	c->free = given;
	p->pieces--;
	if (!c->listed)
		list(&p->partial[c->class], c);
	if (--c->used)
		return;
	unlist(&p->partial[c->class], c);
	list(&p->stock, c);
}
