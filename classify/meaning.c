#include "classify/meaning.h"

#include "classify/interpret.h"
#include "core/hash.h"
#include "core/map.h"

#include <stdlib.h>
#include <string.h>

/* Of a meaning's own arena: one statement with its texts. */
#define BLOCK_BYTES 512u

struct meanings {
	struct meaning_options options;
	struct signature_scratch *scratch;
	struct interpreter interpreter;
	uint32_t held, kept;
	uint64_t read;                   /* stretches of assertions up to this one are read by all */
	struct meaning *oldest, *newest; /* of those nobody holds */
	struct meaning *stale;           /* those that are held and not in the table */
	struct map table; /* by the first half of the key; the second tells the few apart that share it */
};

bool detail_refines(const char *fine, const char *coarse)
{
	size_t n = strlen(coarse);
	return !strncmp(fine, coarse, n) && fine[n] && strchr(".-+~p", fine[n]);
}

static bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool list_equal(const char *const *a, const char *const *b)
{
	size_t i = 0;
	while (a && b && a[i] && b[i] && strcmp(a[i], b[i]) == 0)
		i++;
	return a == b || (a && b && !a[i] && !b[i]);
}

static bool member_equal(const struct member *a, const struct member *b)
{
	return text_equal(a->name, b->name) && text_equal(a->text, b->text) && a->number == b->number &&
	       list_equal(a->list, b->list);
}

bool statement_equal(const struct statement_of *a, const struct statement_of *b)
{
	if (a->full != b->full || a->confidence != b->confidence || a->known != b->known ||
	    a->n_members != b->n_members || !text_equal(a->signature, b->signature))
		return false;
	for (unsigned i = 0; i < a->n_members; i++)
		if (!member_equal(&a->members[i], &b->members[i]))
			return false;
	return true;
}

struct meanings *meanings_new(const struct meaning_options *options)
{
	struct meanings *t = calloc(1, sizeof *t);
	if (!t)
		return NULL;
	t->options = *options;
	t->scratch = signature_scratch_new(options->signatures);
	if (map_init(&t->table, 4096) < 0 || !t->scratch ||
	    interpreter_init(&t->interpreter, options->signatures, t->scratch, options->raw) < 0) {
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

/* Calls `each` for every meaning in the table, which may be freed there. */
static void for_all(struct meanings *t, void (*each)(struct meanings *t, struct meaning *m))
{
	for (size_t i = 0; t->table.slots && i <= t->table.mask; i++)
		for (struct meaning *m = t->table.slots[i].key ? t->table.slots[i].value : NULL, *next; m; m = next) {
			next = m->next;
			each(t, m);
		}
}

static void drop(struct meanings *t, struct meaning *m)
{
	(void)t;
	destroy(m);
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

static struct meaning *find(const struct meanings *t, const uint64_t key[2])
{
	struct meaning *m = map_get(&t->table, key[0]);
	while (m && m->key[1] != key[1])
		m = m->next;
	return m;
}

static bool insert(struct meanings *t, struct meaning *m)
{
	m->next = map_get(&t->table, m->key[0]);
	return map_put(&t->table, m->key[0], m);
}

static void take_out(struct meanings *t, struct meaning *m)
{
	struct meaning *first = map_get(&t->table, m->key[0]);
	if (first != m) {
		while (first->next != m)
			first = first->next;
		first->next = m->next;
	} else if (m->next) {
		map_put(&t->table, m->key[0], m->next); /* in its place: needs no room */
	} else {
		map_remove(&t->table, m->key[0]);
	}
}

static void forget_oldest(struct meanings *t)
{
	struct meaning *m = t->oldest;
	t->oldest = m->newer;
	*(m->newer ? &m->newer->older : &t->newest) = NULL;
	t->kept--;
	if (!m->stale)
		take_out(t, m);
	destroy(m);
}

/* What is too much goes, the oldest first; but not what somebody may still read. */
static void trim(struct meanings *t)
{
	while (t->oldest && t->oldest->said <= t->read && (t->oldest->stale || t->kept > t->options.max_kept))
		forget_oldest(t);
}

void meanings_free(struct meanings *t)
{
	if (!t)
		return;
	t->options.max_kept = 0;
	meanings_read(t, UINT64_MAX);
	for_all(t, drop);
	for (struct meaning *m = t->stale, *next; m; m = next) {
		next = m->newer;
		destroy(m);
	}
	map_fini(&t->table);
	interpreter_fini(&t->interpreter);
	signature_scratch_free(t->scratch);
	free(t);
}

/* Who holds it keeps it; nobody else finds it. */
static void retire(struct meanings *t, struct meaning *m)
{
	m->stale = true;
	if (!m->references)
		return;
	m->older = NULL;
	m->newer = t->stale;
	if (t->stale)
		t->stale->older = m;
	t->stale = m;
}

int meanings_renew(struct meanings *t, const struct signature_set *signatures)
{
	struct signature_scratch *scratch = signature_scratch_new(signatures);
	struct map empty;
	if (!scratch || map_init(&empty, 4096) < 0) {
		signature_scratch_free(scratch);
		return ERROR_FAILED;
	}
	for_all(t, retire);
	map_fini(&t->table);
	t->table = empty;
	trim(t);
	signature_scratch_free(t->scratch);
	t->scratch = t->interpreter.scratch = scratch;
	t->options.signatures = t->interpreter.signatures = signatures;
	return 0;
}

static void unlist_stale(struct meanings *t, struct meaning *m)
{
	*(m->older ? &m->older->newer : &t->stale) = m->newer;
	if (m->newer)
		m->newer->older = m->older;
}

void meanings_read(struct meanings *t, uint64_t stretch)
{
	if (stretch > t->read)
		t->read = stretch;
	trim(t);
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
	if (m->stale)
		unlist_stale(t, m);
	list(t, m);
	trim(t);
}

static struct meaning *make(struct meanings *t, enum field field, const void *value, size_t len)
{
	struct meaning *m = calloc(1, sizeof *m);
	if (!m)
		return NULL;
	m->field = (uint16_t)field;
	arena_init(&m->arena, BLOCK_BYTES, 0);
	if (interpret(&t->interpreter, field, value, len, m) < 0) {
		destroy(m);
		return NULL;
	}
	return m;
}

static uint64_t key_of(enum field field, uint64_t hash)
{
	uint64_t key = hash_mix(hash + field);
	return key | !key; /* 0 is no key */
}

static uint64_t second_of(enum field field, size_t len)
{
	return (uint64_t)len << 16 | field;
}

void meaning_prefetch(const struct meanings *t, enum field field, uint64_t hash)
{
	map_prefetch(&t->table, key_of(field, hash));
}

const struct meaning *meaning_peek(const struct meanings *t, enum field field, uint64_t hash, size_t len)
{
	return find(t, (uint64_t[2]){key_of(field, hash), second_of(field, len)});
}

struct meaning *meaning_get(struct meanings *t, enum field field, uint64_t hash, const void *value, size_t len)
{
	uint64_t key[2] = {key_of(field, hash), second_of(field, len)};
	struct meaning *m = find(t, key);
	if (!m) {
		if (t->held >= t->options.max_held || !(m = make(t, field, value, len)))
			return NULL;
		memcpy(m->key, key, sizeof key);
		if (!insert(t, m)) {
			destroy(m);
			return NULL;
		}
		t->held++;
	} else if (!m->references) {
		unlist(t, m);
		t->held++;
	}
	m->references++;
	return m;
}
