#include "domain/repository.h"

#include "domain/stored_assertion.h"
#include "export/json.h"

#include <stdlib.h>
#include <string.h>

static const struct repository_engine *const engines[] = {&repository_memory, &repository_sqlite,
							  &repository_clickhouse};

static int open_engine(const struct repository_engine *engine, const char *rest, enum repository_mode mode,
		       struct repository **out, struct error *error)
{
	int code = engine->open(rest, mode, out, error);
	if (code)
		return code;
	struct stored_assertion_maker *maker = malloc(sizeof *maker);
	if (!maker) {
		engine->close(*out, NULL);
		return error_set(error, ERROR_FAILED, "%s%s: no memory for the repository", engine->scheme, rest);
	}
	stored_assertion_maker_init(maker);
	(*out)->maker = maker;
	return 0;
}

int repository_open(const char *url, enum repository_mode mode, struct repository **out, struct error *error)
{
	for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
		size_t n = strlen(engines[i]->scheme);
		if (strncmp(url, engines[i]->scheme, n) == 0)
			return open_engine(engines[i], url + n, mode, out, error);
	}
	return error_set(error, ERROR_USAGE, "%s: this names no repository; give %s%s", url,
			 strchr(url, ':') ? "sqlite:PATH or clickhouse://HOST:PORT/DATABASE" : "sqlite:",
			 strchr(url, ':') ? "" : url);
}

int repository_provenance(struct repository *r, const struct provenance *p, struct error *error)
{
	struct buffer *line = &r->maker->line;
	buffer_clear(line);
	json_provenance_object(line, p);
	if (line->failed)
		return error_set(error, ERROR_FAILED, "no memory for the provenance of what is stored");
	r->provenance = (struct provenance){.id = p->id};
	return r->engine->provenance(r, line->data, line->len, error);
}

int repository_provenance_line(struct repository *r, const char *line, size_t len, struct error *error)
{
	return r->engine->provenance(r, line, len, error);
}

int repository_write(struct repository *r, const struct assertion *assertions, uint32_t count, struct error *error)
{
	const struct provenance *p = r->engine->history_kept ? &r->provenance : NULL;
	int code = 0;
	for (uint32_t i = 0; i < count && !code; i++) {
		struct stored_assertion a;
		code = stored_assertion_make(r->maker, p, &assertions[i], &a);
		if (code)
			return error_set(error, code, "no memory for an assertion that is to be stored");
		code = r->engine->store(r, &a, NULL, error);
		r->behind += code ? count - i - 1 : 0;
		r->unsure += !code;
	}
	return code;
}

int repository_store(struct repository *r, const struct stored_assertion *a, bool *fresh, struct error *error)
{
	return r->engine->store(r, a, fresh, error);
}

int repository_store_lent(struct repository *r, const struct stored_assertion *a, bool *fresh, struct error *error)
{
	r->lent = true;
	int code = r->engine->store(r, a, fresh, error);
	r->lent = false;
	return code;
}

int repository_commit(struct repository *r, uint64_t *undone, struct error *error)
{
	uint64_t lost = 0;
	int code = r->engine->commit(r, &lost, error), synced = repository_sync(r, code ? NULL : error);
	repository_tend(r);
	if (undone)
		*undone = (synced ? lost + r->unsure : lost) + r->behind;
	r->behind = r->unsure = 0;
	return code ? code : synced;
}

int repository_end(struct repository *r, struct error *error)
{
	r->behind = r->unsure = 0;
	return r->engine->commit(r, NULL, error);
}

int repository_sync(struct repository *r, struct error *error)
{
	return r->engine->sync ? r->engine->sync(r, error) : 0;
}

void repository_tend(struct repository *r)
{
	if (r->engine->tend)
		r->engine->tend(r);
}

int repository_endpoints(struct repository *r, const struct inventory_filter *filter, repository_endpoint_fn *fn,
			 void *arg, struct error *error)
{
	return r->engine->endpoints(r, filter, fn, arg, error);
}

int repository_history(struct repository *r, const uint8_t id[16], repository_change_fn *fn, void *arg,
		       struct error *error)
{
	return r->engine->history(r, id, fn, arg, error);
}

int repository_spoken(struct repository *r, const char *address, repository_change_fn *fn, void *arg,
		      struct error *error)
{
	return r->engine->spoken(r, address, fn, arg, error);
}

int repository_changes(struct repository *r, uint64_t since, repository_change_fn *fn, void *arg, struct error *error)
{
	return r->engine->changes(r, since, fn, arg, error);
}

int repository_revision(struct repository *r, uint64_t *out, struct error *error)
{
	return r->engine->revision(r, out, error);
}

int repository_holders(struct repository *r, const char *kind, const char *value, uint8_t (*ids)[16], uint32_t most)
{
	return r->engine->holders(r, kind, value, ids, most);
}

bool repository_is_near(const struct repository *r)
{
	return r->engine->near;
}

int repository_observers(struct repository *r, const uint8_t id[16], repository_line_fn *fn, void *arg,
			 struct error *error)
{
	return r->engine->observers ? r->engine->observers(r, id, fn, arg, error) : 0;
}

int repository_prune(struct repository *r, const struct retention *retention, struct pruned *out, struct error *error)
{
	int code = r->engine->prune(r, retention, out, error);
	return code ? code : repository_commit(r, NULL, error);
}

int repository_close(struct repository *r, struct error *error)
{
	if (!r)
		return 0;
	struct stored_assertion_maker *maker = r->maker;
	int code = r->engine->close(r, error);
	stored_assertion_maker_fini(maker);
	free(maker);
	return code;
}

/* Above 15: it is none. */
static unsigned nibble(char c)
{
	static const uint8_t values[256] = {['0'] = 0x10, 0x11, 0x12,         0x13, 0x14, 0x15, 0x16, 0x17,
					    0x18,         0x19, ['a'] = 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f};
	return values[(uint8_t)c] ^ 0x10u;
}

bool uuid_parse(const char *text, uint8_t out[16])
{
	for (int i = 0; i < 16; i++, text += 2) {
		if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
			return false;
		unsigned h = nibble(text[0]), l = h > 15 ? h : nibble(text[1]);
		if (l > 15)
			return false;
		out[i] = (uint8_t)(h << 4 | l);
	}
	return *text == 0;
}
