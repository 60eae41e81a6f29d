#include "classify/seen.h"

#include "core/pages.h"

#include <stdlib.h>
#include <string.h>

bool seen_init(struct seen_cache *c, uint32_t sets)
{
	size_t bytes = (size_t)sets * SEEN_WAYS * sizeof *c->slots;
	c->slots = pages_take(bytes);
	if (c->slots)
		memset(c->slots, 0, bytes);
	c->dirty = malloc((size_t)sets * SEEN_WAYS * sizeof *c->dirty);
	c->mask = sets - 1;
	c->n_dirty = 0;
	return c->slots && c->dirty;
}

void seen_fini(struct seen_cache *c)
{
	free(c->slots);
	free(c->dirty);
}

static struct seen *oldest(struct seen *set)
{
	struct seen *victim = set;
	for (uint32_t i = 1; i < SEEN_WAYS; i++) {
		struct seen *s = &set[i];
		if (s->epoch < victim->epoch || (s->epoch == victim->epoch && s->last_ns < victim->last_ns))
			victim = s;
	}
	return victim;
}

struct seen *seen_slot(struct seen_cache *c, uint64_t tag)
{
	struct seen *s = seen_find(c, tag | !tag);
	return s ? s : oldest(seen_set(c, tag | !tag));
}

void seen_begin(struct seen *s, uint64_t tag, uint32_t epoch, uint64_t time_ns)
{
	s->tag = tag | !tag;
	s->count = 0;
	s->ignored = false;
	s->epoch = epoch;
	s->last_ns = time_ns;
}
