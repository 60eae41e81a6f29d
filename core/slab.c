#include "core/slab.h"

#include <sanitizer/asan_interface.h> /* nothing without the sanitizer: objects that were put back are out of bounds */
#include <stdlib.h>
#include <string.h>

#define SEGMENT_BYTES 65536u

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
}

static void carve(struct slab *s)
{
	size_t n = SEGMENT_BYTES / s->object_bytes;
	n = n ? n : 1;
	struct segment *g = malloc(sizeof *g + n * s->object_bytes);
	if (!g)
		return;
	g->next = s->segments;
	s->segments = g;
	for (size_t i = n; i--;) {
		void *object = g->objects + i * s->object_bytes;
		memcpy(object, &s->free_list, sizeof s->free_list);
		s->free_list = object;
	}
	ASAN_POISON_MEMORY_REGION(g->objects, n * s->object_bytes);
	s->carved += n;
}

void *slab_get(struct slab *s)
{
	if (s->used >= s->capacity)
		return NULL;
	if (!s->free_list)
		carve(s);
	void *object = s->free_list;
	if (!object)
		return NULL;
	ASAN_UNPOISON_MEMORY_REGION(object, s->object_bytes);
	memcpy(&s->free_list, object, sizeof s->free_list);
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
