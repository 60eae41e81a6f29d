#include "domain/standing.h"

#include "core/hash.h"
#include "core/map.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	size_t bytes;
	struct assertion assertion;
	const char *line;
	size_t len;
};

struct standing {
	struct map entries;
	struct hash_key key;
	uint64_t bytes, most_bytes, left_out;
};

struct standing *standing_new(uint64_t most_bytes)
{
	struct standing *s = calloc(1, sizeof *s);
	if (!s || map_init(&s->entries, 1024) != 0) {
		free(s);
		return NULL;
	}
	s->key = hash_random_key();
	s->most_bytes = most_bytes;
	return s;
}

void standing_free(struct standing *s)
{
	if (!s)
		return;
	for (uint64_t i = 0; i <= s->entries.mask; i++)
		free(s->entries.slots[i].value);
	map_fini(&s->entries);
	free(s);
}

static uint64_t hash_text(const struct standing *s, uint64_t h, const char *text)
{
	return text ? hash_combine(h, hash_bytes(&s->key, text, strlen(text))) : h;
}

/* A thing is who it is of, and each attribute with its value. */
static uint64_t name_of(const struct standing *s, const struct assertion *a)
{
	uint64_t h = a->has_endpoint ? hash_bytes(&s->key, a->endpoint, 16) : 1;
	for (uint32_t i = 0; !a->has_endpoint && i < a->n_designations; i++)
		h = hash_text(s, h, a->designations[i].value);
	for (uint32_t i = 0; i < a->n_attributes; i++) {
		const struct attribute *t = &a->attributes[i];
		h = hash_text(s, h, assertion_attribute_name(t));
		for (uint32_t k = 0; k < t->n_members; k++) {
			const struct member *m = &t->members[k];
			h = hash_combine(hash_text(s, hash_text(s, h, m->name), m->text), (uint64_t)m->number);
			for (size_t n = 0; m->list && m->list[n]; n++)
				h = hash_text(s, h, m->list[n]);
		}
	}
	return h ? h : 1;
}

/* ---- copies, in one piece of the heap ---- */

struct copying {
	char *at; /* NULL: only measuring */
	size_t bytes;
};

static void *room(struct copying *c, size_t n)
{
	n = (n + 7) & ~(size_t)7;
	char *p = c->at;
	if (c->at)
		c->at += n;
	c->bytes += n;
	return p;
}

static const char *copy_text(struct copying *c, const char *text)
{
	if (!text)
		return NULL;
	size_t n = strlen(text) + 1;
	char *p = room(c, n);
	if (p)
		memcpy(p, text, n);
	return p;
}

static const char *const *copy_list(struct copying *c, const char *const *list)
{
	size_t n = 0;
	if (!list)
		return NULL;
	while (list[n])
		n++;
	const char **p = room(c, (n + 1) * sizeof *p);
	for (size_t i = 0; i < n; i++) {
		const char *text = copy_text(c, list[i]);
		if (p)
			p[i] = text;
	}
	if (p)
		p[n] = NULL;
	return p;
}

static const struct member *copy_members(struct copying *c, const struct attribute *t)
{
	struct member *p = room(c, t->n_members * sizeof *p);
	for (uint32_t i = 0; i < t->n_members; i++) {
		struct member m = t->members[i]; /* names are static texts */
		m.text = copy_text(c, m.text);
		m.list = copy_list(c, m.list);
		if (p)
			p[i] = m;
	}
	return p;
}

static const struct attribute *copy_attributes(struct copying *c, const struct assertion *a)
{
	struct attribute *p = room(c, a->n_attributes * sizeof *p);
	for (uint32_t i = 0; i < a->n_attributes; i++) {
		struct attribute t = a->attributes[i];
		t.members = copy_members(c, &t);
		t.method = t.signature = NULL;
		t.evidence = NULL;
		t.n_evidence = 0;
		if (p)
			p[i] = t;
	}
	return p;
}

static const struct designation *copy_designations(struct copying *c, const struct assertion *a)
{
	struct designation *p = room(c, a->n_designations * sizeof *p);
	for (uint32_t i = 0; i < a->n_designations; i++) {
		struct designation d = a->designations[i];
		d.value = copy_text(c, d.value);
		if (p)
			p[i] = d;
	}
	return p;
}

static void copy_entry(struct copying *c, const struct assertion *a, const char *line, size_t len)
{
	struct entry *e = room(c, sizeof *e);
	struct assertion copy = *a;
	copy.designations = copy_designations(c, a);
	copy.attributes = copy_attributes(c, a);
	copy.basis = NULL;
	copy.n_basis = 0;
	char *text = room(c, len);
	if (!e)
		return;
	memcpy(text, line, len);
	*e = (struct entry){.assertion = copy, .line = text, .len = len};
}

/* ---- */

static void remove_entry(struct standing *s, uint64_t name)
{
	struct entry *e = map_get(&s->entries, name);
	if (!e)
		return;
	s->bytes -= e->bytes;
	map_remove(&s->entries, name);
	free(e);
}

void standing_take(struct standing *s, const struct assertion *a, const char *line, size_t len)
{
	if (a->statement == STATEMENT_EVENT)
		return;
	uint64_t name = name_of(s, a);
	remove_entry(s, name);
	if (!a->open)
		return;
	struct copying c = {0};
	copy_entry(&c, a, line, len);
	size_t bytes = c.bytes;
	struct entry *e = s->bytes + bytes <= s->most_bytes ? malloc(bytes) : NULL;
	if (!e || !map_put(&s->entries, name, e)) {
		free(e);
		s->left_out++;
		return;
	}
	c = (struct copying){.at = (char *)e};
	copy_entry(&c, a, line, len);
	e->bytes = bytes;
	s->bytes += bytes;
}

void standing_walk(const struct standing *s, standing_fn *fn, void *arg)
{
	for (uint64_t i = 0; i <= s->entries.mask; i++) {
		const struct entry *e = s->entries.slots[i].key ? s->entries.slots[i].value : NULL;
		if (e && !fn(arg, &e->assertion, e->line, e->len))
			return;
	}
}

uint64_t standing_left_out(const struct standing *s)
{
	return s->left_out;
}
