#include "core/slab.h"

#include <sanitizer/asan_interface.h> /* nothing without the sanitizer: objects that were put back are out of bounds */
#include <stdlib.h>
#include <string.h>

/* Small enough that memory is touched only when it is about to be used: to have a huge page cleared at once costs more
 * than address translation does later. */
#define SEGMENT_BYTES ((size_t)64 << 10)

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
	s->n_fresh = 0;
}

static void add_segment(struct slab *s)
{
	size_t n = (SEGMENT_BYTES - sizeof(struct segment)) / s->object_bytes;
	n = n ? n : 1;
	struct segment *g = malloc(sizeof *g + n * s->object_bytes);
	if (!g)
		return;
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
