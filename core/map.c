#include "core/map.h"

#include "core/error.h"
#include "core/pages.h"

#include <stdlib.h>
#include <string.h>

/* Large ones stand on huge pages, as they are read at random. Written at once: a slot is looked at before it is filled,
 * and memory that the kernel promised to be zero would fault for each, the second time for all threads.
 */
static struct map_slot *slots_new(uint64_t size)
{
	size_t bytes = size * sizeof(struct map_slot);
	struct map_slot *slots = pages_take(bytes);
	return slots ? memset(slots, 0, bytes) : NULL;
}

int map_init(struct map *m, uint64_t size)
{
	m->slots = slots_new(size);
	m->mask = size - 1;
	m->count = 0;
	return m->slots ? 0 : ERROR_FAILED;
}

void map_fini(struct map *m)
{
	free(m->slots);
	m->slots = NULL;
}

static struct map_slot *find(const struct map *m, uint64_t key)
{
	uint64_t i = key & m->mask;
	while (m->slots[i].key && m->slots[i].key != key)
		i = (i + 1) & m->mask;
	return &m->slots[i];
}

static __attribute__((noinline)) bool grow(struct map *m)
{
	struct map old = *m;
	if (map_init(m, 2 * (old.mask + 1)) < 0) {
		*m = old;
		return false;
	}
	for (uint64_t i = 0; i <= old.mask; i++)
		if (old.slots[i].key)
			*find(m, old.slots[i].key) = old.slots[i];
	m->count = old.count;
	free(old.slots);
	return true;
}

bool map_put(struct map *m, uint64_t key, void *value)
{
	struct map_slot *s = find(m, key);
	if (!s->key) { /* to replace a value needs no room */
		if (m->count * 4 >= (m->mask + 1) * 3) {
			if (!grow(m))
				return false;
			s = find(m, key);
		}
		m->count++;
	}
	*s = (struct map_slot){key, value};
	return true;
}

void map_remove(struct map *m, uint64_t key)
{
	struct map_slot *s = find(m, key);
	if (!s->key)
		return;
	m->count--;
	uint64_t hole = (uint64_t)(s - m->slots), i = hole;
	for (;;) {
		i = (i + 1) & m->mask;
		if (!m->slots[i].key)
			break;
		/* An entry may move back to the hole if its home is not between the hole and itself. */
		uint64_t home = m->slots[i].key & m->mask;
		if (((i - home) & m->mask) >= ((i - hole) & m->mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole] = (struct map_slot){0, NULL};
}
