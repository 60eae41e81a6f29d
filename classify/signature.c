/* Sets: made of the built-in model and, before it, one of the user's own. */
#include "classify/signature.h"

#include "classify/signature_builtin.h"
#include "classify/signature_cache.h"
#include "classify/signature_set.h"
#include "classify/signature_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a set of models ---- */

static int group_number(struct signature_set *set, const char *name)
{
	for (unsigned i = 0; i < set->groups; i++)
		if (!strcmp(set->group_name[i], name))
			return (int)i;
	if (set->groups == SET_GROUPS_MAX)
		return -1;
	set->group_name[set->groups] = name;
	return (int)set->groups++;
}

static int number_groups(struct signature_set *set, struct set_part *part, struct error *error)
{
	uint32_t n = part->model.count[MODEL_ENTRIES];
	part->group = calloc((size_t)n + 1, 1);
	if (!part->group)
		return error_set(error, ERROR_FAILED, "no memory for the signature set");
	for (uint32_t i = 0; i < n; i++) {
		const struct model_entry *e = model_entry(&part->model, i);
		int g = group_number(set, model_text(&part->model, e->group));
		if (g < 0)
			return error_set(error, ERROR_USAGE, "%s:%u: more than %d groups of signatures",
					 e->file ? model_text(&part->model, e->file) : "", e->line, SET_GROUPS_MAX);
		part->group[i] = (uint8_t)g;
	}
	return 0;
}

static void find_databases(struct set_part *part)
{
	const struct model *m = &part->model;
	for (uint32_t i = 0; i < m->count[MODEL_DATABASES]; i++) {
		const struct model_database *d = model_database(m, i);
		if (part->row[d->field])
			continue;
		part->row[d->field] = d;
		if (d->candidates > part->candidates_max)
			part->candidates_max = d->candidates;
	}
}

/* All databases of a part were made together: that this machine can open the smallest tells of all. */
static int try_database(const struct set_part *part, struct error *error)
{
	const struct model *m = &part->model;
	const struct model_database *least = NULL;
	for (uint32_t i = 0; i < m->count[MODEL_DATABASES]; i++) {
		const struct model_database *d = model_database(m, i);
		if (d->len && (!least || d->len < least->len))
			least = d;
	}
	struct match_database *database = NULL;
	int result =
		least ? match_open((const char *)m->row[MODEL_BYTES] + least->offset, least->len, &database, error) : 0;
	match_close(database);
	return result;
}

int signature_set_new(struct model *models, unsigned count, struct signature_set **out, struct error *error)
{
	struct signature_set *set = calloc(1, sizeof *set);
	*out = NULL;
	if (!set || count > SET_MODELS_MAX) {
		for (unsigned i = 0; i < count; i++)
			model_close(&models[i]);
		free(set);
		return error_set(error, ERROR_FAILED, "no memory for the signature set");
	}
	set->parts = count;
	for (unsigned i = 0; i < count; i++)
		set->part[i].model = models[i];
	int result = 0;
	for (unsigned i = 0; !result && i < count; i++) {
		result = number_groups(set, &set->part[i], error);
		if (!result)
			result = try_database(&set->part[i], error);
		if (!result)
			find_databases(&set->part[i]);
	}
	if (result) {
		signature_free(set);
		return result;
	}
	if (count > 1)
		source_digest_pair(models[0].digest, models[1].digest, set->digest);
	else
		snprintf(set->digest, sizeof set->digest, "%s", count ? models[0].digest : "");
	*out = set;
	return 0;
}

void signature_free(struct signature_set *set)
{
	if (!set)
		return;
	for (unsigned i = 0; i < set->parts; i++) {
		free(set->part[i].group);
		model_close(&set->part[i].model);
	}
	free(set);
}

const char *signature_digest(const struct signature_set *set)
{
	return set->digest;
}

/* ---- where models come from ---- */

static int open_builtin(struct model *m, struct error *error)
{
	return model_open(m, signature_builtin_block, signature_builtin_len, false, false, error);
}

int signature_builtin(struct signature_set **out, struct error *error)
{
	struct model m;
	*out = NULL;
	int result = open_builtin(&m, error);
	return result ? result : signature_set_new(&m, 1, out, error);
}

/* What a compiled set depends on: its sources, the compiler that made it and what it was made for. */
static void cache_key(const struct source_list *list, char key[65])
{
	char sources[SOURCE_DIGEST_SIZE], both[SOURCE_DIGEST_SIZE], maker[256];
	source_digest(list, sources);
	snprintf(maker, sizeof maker, "%s %s %s", ONLOOKER_VERSION, match_version(), signature_builtin_maker);
	source_digest_pair(sources, maker, both);
	snprintf(key, 65, "%s", both + strlen("sha256:"));
}

static int open_compiled(const struct source_list *list, struct model *m, struct error *error)
{
	char key[65];
	struct buffer block = {0};
	cache_key(list, key);
	if (signature_cache_get(key, &block) && !model_open(m, block.data, block.len, true, true, NULL))
		return 0;
	buffer_clear(&block);
	int result = source_compile(list, &block, error);
	if (!result) {
		signature_cache_put(key, &block);
		result = model_open(m, block.data, block.len, true, true, error);
	}
	if (result)
		buffer_fini(&block);
	return result;
}

int signature_load(const char *const *paths, size_t count, struct signature_set **out, struct error *error)
{
	struct source_list list = {NULL, 0};
	struct model m[2];
	int result = 0;
	*out = NULL;
	for (size_t i = 0; !result && i < count; i++)
		result = source_add(&list, paths[i], error);
	if (!result)
		result = open_compiled(&list, &m[0], error);
	source_fini(&list);
	if (result)
		return result;
	result = open_builtin(&m[1], error);
	if (result) {
		model_close(&m[0]);
		return result;
	}
	return signature_set_new(m, 2, out, error);
}

/* ---- walking ---- */

static void walk_entry(const struct model *m, const struct model_entry *e,
		       void (*row)(void *context, const struct signature_row *row), void *context)
{
	for (uint32_t k = 0; k < e->fields; k++) {
		enum field f = model_field(m, e->first_field + k);
		const struct model_conclusion *c = e->conclusions ? model_conclusion(m, e->first_conclusion) : NULL;
		const char *role = "";
		if (c && c->kind == CONCLUDES_SOFTWARE)
			role = software_role_name[c->role < ROLES                            ? c->role
						  : field_table[f].side == FIELD_SIDE_CLIENT ? ROLE_CLIENT
											     : ROLE_SERVER];
		struct signature_row r = {
			.name = model_text(m, e->name),
			.field = field_table[f].name,
			.pattern = model_text(m, e->pattern),
			.title = c ? model_text(m, c->title) : NULL,
			.role = role,
			.source = model_text(m, e->file),
		};
		row(context, &r);
	}
}

void signature_each(const struct signature_set *set, void (*row)(void *context, const struct signature_row *row),
		    void *context)
{
	for (unsigned p = 0; p < set->parts; p++)
		for (uint32_t i = 0; i < set->part[p].model.count[MODEL_ENTRIES]; i++)
			walk_entry(&set->part[p].model, model_entry(&set->part[p].model, i), row, context);
}
