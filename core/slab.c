#include "core/slab.h"

#include "core/pages.h"

#include <sanitizer/asan_interface.h> /* nothing without the sanitizer: objects that were put back are out of bounds */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The first are small: memory is touched only when it is about to be used. A pool that has grown large takes more at
 * once, with its pages made in one go: a fault for each would cost more than the work that is done in it. Not huge
 * pages: to have one cleared costs more than address translation does later. */
#define SMALL_BYTES    ((size_t)64 << 10)
#define LARGE_BYTES    ((size_t)512 << 10)
#define SMALL_SEGMENTS 32u

struct segment {
	struct segment *next;
	_Alignas(16) uint8_t objects[];
};

void slab_init(struct slab *s, size_t object_bytes, uint64_t capacity)
{
	*s = (struct slab){.object_bytes = (object_bytes + 15) & ~(size_t)15, .capacity = capacity};
}

void slab_fini(struct slab *s)
{
	for (struct segment *g = s->segments, *next; g; g = next) {
		next = g->next;
		free(g);
	}
	s->segments = s->free_list = NULL;
	s->n_fresh = s->n_segments = 0;
}

static __attribute__((noinline)) void add_segment(struct slab *s)
{
	bool large = s->n_segments >= SMALL_SEGMENTS;
	size_t n = ((large ? LARGE_BYTES : SMALL_BYTES) - sizeof(struct segment)) / s->object_bytes;
	n = n ? n : 1;
	size_t bytes = sizeof(struct segment) + n * s->object_bytes;
	struct segment *g = large ? pages_take_ready(bytes) : malloc(bytes);
	if (!g)
		return;
	s->n_segments++;
	g->next = s->segments;
	s->segments = g;
	s->fresh = g->objects;
	s->n_fresh = n;
	ASAN_POISON_MEMORY_REGION(g->objects, n * s->object_bytes);
}

static void *take(struct slab *s)
{
	void *object = s->free_list;
	if (object) {
		ASAN_UNPOISON_MEMORY_REGION(object, s->object_bytes);
		memcpy(&s->free_list, object, sizeof s->free_list);
		return object;
	}
	if (!s->n_fresh)
		add_segment(s);
	if (!s->n_fresh)
		return NULL;
	object = s->fresh;
	s->fresh += s->object_bytes;
	s->n_fresh--;
	ASAN_UNPOISON_MEMORY_REGION(object, s->object_bytes);
	return object;
}

void *slab_get(struct slab *s)
{
	void *object = s->used < s->capacity ? take(s) : NULL;
	if (!object)
		return NULL;
	s->used++;
	return memset(object, 0, s->object_bytes);
}

void slab_put(struct slab *s, void *object)
{
	memcpy(object, &s->free_list, sizeof s->free_list);
	s->free_list = object;
	s->used--;
	ASAN_POISON_MEMORY_REGION(object, s->object_bytes);
}
