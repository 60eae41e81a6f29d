#include "classify/remembered.h"

#include "classify/meaning.h"
#include "core/hash.h"

#include <string.h>

#define MOST_VERSIONS 64u /* of one software of one endpoint */

struct version {
	struct version *next; /* of the same software of the same endpoint */
	const char *text;     /* NULL: none was said */
	uint64_t last_ns;
	uint32_t n; /* with those behind it */
};

int remembered_init(struct remembered *m, uint64_t seed)
{
	arena_init(&m->texts, 64u << 10, 0);
	m->seed = seed;
	return map_init(&m->map, 64);
}

void remembered_fini(struct remembered *m)
{
	map_fini(&m->map);
	arena_fini(&m->texts);
}

static uint64_t key_of(const struct remembered *m, const struct remembered_slot *s)
{
	const struct hash_key key = {m->seed, m->seed};
	uint64_t k = hash_combine(hash_bytes(&key, s->id, 16), hash_bytes(&key, s->title, strlen(s->title)));
	k = hash_combine(k, (uint64_t)s->role << 24 | (uint64_t)s->transport << 16 | s->port);
	return k | !k;
}

bool remembered_add(struct remembered *m, const struct remembered_slot *slot, const char *version, uint64_t last_ns)
{
	uint64_t key = key_of(m, slot);
	struct version *before = map_get(&m->map, key);
	for (struct version *v = before; v; v = v->next)
		if (v->text && version ? strcmp(v->text, version) == 0 : v->text == version) {
			v->last_ns = last_ns > v->last_ns ? last_ns : v->last_ns;
			return true;
		}
	if (before && before->n == MOST_VERSIONS)
		return true;
	struct version *v = arena_take(&m->texts, sizeof *v);
	if (!v)
		return false;
	*v = (struct version){.next = before, .last_ns = last_ns, .n = before ? before->n + 1 : 1};
	if (version && !(v->text = arena_text(&m->texts, version, strlen(version))))
		return false;
	m->n++;
	return map_put(&m->map, key, v);
}

static bool agrees(const char *known, const char *now)
{
	return !known || !now || strcmp(known, now) == 0 || detail_refines(known, now) || detail_refines(now, known);
}

bool remembered_knows(const struct remembered *m, const struct remembered_slot *slot, const char *version,
		      uint64_t now_ns, const char **other)
{
	const struct version *latest = NULL;
	*other = NULL;
	for (const struct version *v = map_get(&m->map, key_of(m, slot)); v; v = v->next) {
		if (agrees(v->text, version))
			return true;
		if (v->last_ns <= now_ns && (!latest || v->last_ns > latest->last_ns))
			latest = v;
	}
	*other = latest ? latest->text : NULL;
	return false;
}
