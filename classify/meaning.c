#include "classify/meaning.h"

#include "classify/interpret.h"
#include "core/hash.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_BITS 16u

struct meanings {
	struct meaning_options options;
	struct signature_scratch *scratch;
	struct interpreter interpreter;
	struct hash_key key;
	uint32_t held, kept;
	struct meaning *oldest, *newest; /* of those nobody holds */
	struct meaning *table[1u << TABLE_BITS];
};

struct meanings *meanings_new(const struct meaning_options *options)
{
	struct meanings *t = calloc(1, sizeof *t);
	if (!t)
		return NULL;
	t->options = *options;
	t->key = hash_random_key();
	t->scratch = signature_scratch_new(options->signatures);
	if (!t->scratch || interpreter_init(&t->interpreter, options->signatures, t->scratch, options->raw) < 0) {
		meanings_free(t);
		return NULL;
	}
	return t;
}

static void destroy(struct meaning *m)
{
	arena_fini(&m->arena);
	free(m);
}

void meanings_free(struct meanings *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < 1u << TABLE_BITS; i++)
		for (struct meaning *m = t->table[i], *next; m; m = next) {
			next = m->next;
			destroy(m);
		}
	interpreter_fini(&t->interpreter);
	signature_scratch_free(t->scratch);
	free(t);
}

static void unlist(struct meanings *t, struct meaning *m)
{
	*(m->older ? &m->older->newer : &t->oldest) = m->newer;
	*(m->newer ? &m->newer->older : &t->newest) = m->older;
	m->older = m->newer = NULL;
	t->kept--;
}

static void list(struct meanings *t, struct meaning *m)
{
	m->older = t->newest;
	m->newer = NULL;
	*(t->newest ? &t->newest->newer : &t->oldest) = m;
	t->newest = m;
	t->kept++;
}

static struct meaning **slot(struct meanings *t, const uint64_t key[2])
{
	struct meaning **at = &t->table[key[0] & ((1u << TABLE_BITS) - 1)];
	while (*at && ((*at)->key[0] != key[0] || (*at)->key[1] != key[1]))
		at = &(*at)->next;
	return at;
}

static void forget_oldest(struct meanings *t)
{
	struct meaning *m = t->oldest;
	unlist(t, m);
	*slot(t, m->key) = m->next;
	destroy(m);
}

void meaning_hold(struct meaning *m)
{
	m->references++;
}

void meaning_put(struct meanings *t, struct meaning *m)
{
	if (!m || --m->references)
		return;
	t->held--;
	list(t, m);
	if (t->kept > t->options.max_kept)
		forget_oldest(t);
}

static struct meaning *make(struct meanings *t, enum field field, const void *value, size_t len)
{
	struct meaning *m = calloc(1, sizeof *m);
	if (!m)
		return NULL;
	m->field = (uint8_t)field;
	arena_init(&m->arena, 1024, 0);
	if (interpret(&t->interpreter, field, value, len, m) < 0) {
		destroy(m);
		return NULL;
	}
	return m;
}

struct meaning *meaning_get(struct meanings *t, enum field field, const void *value, size_t len)
{
	uint64_t key[2];
	hash_wide(&(struct hash_key){t->key.k0 + field, t->key.k1}, value, len, (uint8_t *)key);
	struct meaning **at = slot(t, key), *m = *at;
	if (!m) {
		if (t->held >= t->options.max_held || !(m = make(t, field, value, len)))
			return NULL;
		memcpy(m->key, key, sizeof key);
		*at = m;
		t->held++;
	} else if (!m->references) {
		unlist(t, m);
		t->held++;
	}
	m->references++;
	return m;
}
