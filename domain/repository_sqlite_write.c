/* Storing: each assertion once, current knowledge as claims whose intervals it moves. */
#include "core/hash.h"
#include "core/time.h"
#include "domain/repository_sqlite.h"
#include "domain/sensor_join.h"
#include "domain/term.h"

#include <string.h>

#define ROWS_PER_COMMIT 10000

static const struct hash_key place_key = {0x6f6e6c6f6f6b6572ull, 0x706c616365ull};

int sqlite_write_endpoint(struct sqlite *s, struct cached_endpoint *e)
{
	if (!e->dirty)
		return 0;
	sqlite3_stmt *q = s->prepared[UPDATE_ENDPOINT];
	sqlite3_bind_blob(q, 1, e->id, 16, SQLITE_STATIC);
	sqlite3_bind_int(q, 2, e->unique);
	sqlite3_bind_int64(q, 3, (int64_t)e->first_ns);
	sqlite3_bind_int64(q, 4, (int64_t)e->last_ns);
	e->dirty = false;
	return sqlite_step(s, UPDATE_ENDPOINT);
}

static int write_implied(struct sqlite *s, struct cached_claim *c)
{
	if (!c->dirty)
		return 0;
	sqlite3_stmt *q = s->prepared[WIDEN_CLAIM];
	sqlite3_bind_int64(q, 1, c->endpoint);
	sqlite3_bind_int64(q, 2, c->key);
	sqlite3_bind_int64(q, 3, (int64_t)c->start_ns);
	sqlite3_bind_int64(q, 4, (int64_t)c->end_ns);
	sqlite3_bind_int(q, 5, c->open);
	sqlite3_bind_int(q, 6, c->confidence);
	sqlite3_bind_int(q, 7, c->known);
	c->dirty = false;
	return sqlite_step(s, WIDEN_CLAIM);
}

/* True in *there when the endpoint has a row. */
static int load_endpoint(struct sqlite *s, struct cached_endpoint *e, bool *there)
{
	sqlite3_stmt *q = s->prepared[FIND_ENDPOINT];
	sqlite3_bind_blob(q, 1, e->id, 16, SQLITE_STATIC);
	*there = sqlite3_step(q) == SQLITE_ROW;
	if (*there) {
		e->n = sqlite3_column_int64(q, 0);
		e->merged_ns = (uint64_t)sqlite3_column_int64(q, 1);
		e->first_ns = (uint64_t)sqlite3_column_int64(q, 3);
		e->last_ns = (uint64_t)sqlite3_column_int64(q, 4);
	}
	return sqlite3_reset(q);
}

static bool moves_sighting(const struct stored_assertion *a)
{
	return a->statement != STATEMENT_EVENT && !a->reported;
}

static int make_endpoint(struct sqlite *s, struct cached_endpoint *e, const struct stored_assertion *a)
{
	e->unique = a->unique;
	e->first_ns = moves_sighting(a) ? a->start_ns : 0;
	e->last_ns = moves_sighting(a) ? a->end_ns : 0;
	e->n = s->given + 1;
	e->made = true;
	sqlite3_stmt *q = s->prepared[ADD_ENDPOINT];
	sqlite3_bind_blob(q, 1, e->id, 16, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, e->n);
	sqlite3_bind_int(q, 3, e->unique);
	sqlite3_bind_int64(q, 4, (int64_t)e->first_ns);
	sqlite3_bind_int64(q, 5, (int64_t)e->last_ns);
	int code = sqlite_step(s, ADD_ENDPOINT);
	s->given += !code;
	s->numbered = true;
	return code;
}

/* The endpoint `id`, of which `a` is said; made when it is new. */
static int find_endpoint(struct sqlite *s, const uint8_t id[16], const struct stored_assertion *a,
			 struct cached_endpoint **out)
{
	uint64_t h = hash_bytes(&place_key, id, 16);
	struct cached_endpoint *e = &s->endpoints[h % ENDPOINT_CACHE];
	bool there = false;
	*out = e;
	e->made = false;
	if (e->n && memcmp(e->id, id, 16) == 0)
		return 0;
	int code = e->n ? sqlite_write_endpoint(s, e) : 0;
	*e = (struct cached_endpoint){.unique = a->unique};
	memcpy(e->id, id, 16);
	if (!code)
		code = load_endpoint(s, e, &there);
	return code || there ? code : make_endpoint(s, e, a);
}

static int run_claim(struct sqlite *s, enum sqlite_statement which, int64_t endpoint, int64_t key,
		     const struct claim *c)
{
	sqlite3_stmt *q = s->prepared[which];
	sqlite3_bind_int64(q, 1, endpoint);
	sqlite3_bind_int64(q, 2, key);
	sqlite3_bind_int64(q, 5, (int64_t)c->start_ns);
	sqlite3_bind_int64(q, 6, (int64_t)c->end_ns);
	sqlite3_bind_int(q, 7, c->open);
	sqlite3_bind_int(q, 8, c->confidence);
	sqlite3_bind_int(q, 9, c->known);
	sqlite_bind(q, 11, c->method);
	sqlite_bind(q, 12, c->signature);
	sqlite_bind(q, 13, c->evidence);
	return sqlite_step(s, which);
}

/* Of an endpoint that was just made nothing is there to be moved. */
static int put(struct sqlite *s, const struct cached_endpoint *e, int64_t key, const struct claim *c)
{
	int code = e->made ? 0 : run_claim(s, MOVE_CLAIM, e->n, key, c);
	if (code || (!e->made && sqlite3_changes(s->db)))
		return code;
	sqlite3_stmt *q = s->prepared[ADD_CLAIM];
	sqlite_bind(q, 3, c->kind);
	sqlite_bind(q, 4, c->value);
	sqlite3_bind_int(q, 10, c->implied);
	code = run_claim(s, ADD_CLAIM, e->n, key, c);
	return code ? code : sqlite_index_claim(s, e->id, c);
}

int sqlite_put_claim(struct sqlite *s, int64_t endpoint, const uint8_t id[16], const struct claim *c)
{
	struct cached_endpoint e = {.n = endpoint};
	memcpy(e.id, id, 16);
	return put(s, &e, term_claim_key(c), c);
}

struct cached_claim *sqlite_implied(struct sqlite *s, int64_t endpoint, int64_t key)
{
	return &s->implied[hash_combine((uint64_t)key, (uint64_t)endpoint) % IMPLIED_CACHE];
}

/* A designation comes with every assertion; its interval is written when it is displaced or at the end. */
static int designate(struct sqlite *s, const struct cached_endpoint *e, const struct claim *d)
{
	int64_t key = term_claim_key(d);
	struct cached_claim *c = sqlite_implied(s, e->n, key);
	if (c->endpoint != e->n || c->key != key) {
		int code = c->endpoint ? write_implied(s, c) : 0;
		*c = (struct cached_claim){e->n, key, d->start_ns, d->end_ns, d->known, d->confidence, d->open, false};
		return code ? code : put(s, e, key, d);
	}
	bool wider = d->start_ns < c->start_ns || d->end_ns > c->end_ns;
	if (!wider && c->open == d->open && c->confidence == d->confidence && c->known == d->known)
		return 0;
	c->start_ns = d->start_ns < c->start_ns ? d->start_ns : c->start_ns;
	c->end_ns = d->end_ns > c->end_ns ? d->end_ns : c->end_ns;
	c->open = d->open;
	c->known = d->known;
	c->confidence = d->confidence;
	c->dirty = true;
	return 0;
}

static int merge(struct sqlite *s, struct cached_endpoint *e, const uint8_t *survivor, uint64_t time_ns)
{
	sqlite3_stmt *q = s->prepared[MERGE_ENDPOINT];
	sqlite3_bind_blob(q, 1, e->id, 16, SQLITE_STATIC);
	e->merged_ns = survivor ? time_ns : 0;
	if (survivor) {
		sqlite3_bind_blob(q, 2, survivor, 16, SQLITE_STATIC);
		sqlite3_bind_int64(q, 3, (int64_t)time_ns);
	} else {
		sqlite3_bind_null(q, 2);
		sqlite3_bind_null(q, 3);
	}
	return sqlite_step(s, MERGE_ENDPOINT);
}

static void widen(struct cached_endpoint *e, const struct stored_assertion *a)
{
	bool earlier = !e->first_ns || a->start_ns<e->first_ns, later = a->end_ns> e->last_ns;
	e->dirty |= earlier || later || e->unique != a->unique;
	e->first_ns = earlier ? a->start_ns : e->first_ns;
	e->last_ns = later ? a->end_ns : e->last_ns;
	e->unique = a->unique;
}

/* It is kept under another than it was said of. */
static bool joined_away(const struct cached_endpoint *e, const struct stored_assertion *a)
{
	return memcmp(e->id, a->endpoint, 16) != 0;
}

/* Who speaks of this endpoint. */
static int observe(struct sqlite *s, struct cached_endpoint *e)
{
	if (e->provenance == s->provenance)
		return 0;
	e->provenance = s->provenance;
	sqlite3_bind_int64(s->prepared[ADD_OBSERVED], 1, e->n);
	sqlite3_bind_int64(s->prepared[ADD_OBSERVED], 2, s->provenance);
	return sqlite_step(s, ADD_OBSERVED);
}

/* What another has become since is what this one has become. An endpoint that was joined does not become another by
 * what its own component says: it is the earlier one's already. */
static int merge_by_event(struct sqlite *s, struct cached_endpoint *e, const struct stored_assertion *a)
{
	uint8_t survivor[16];
	memcpy(survivor, a->survivor, 16);
	int code = joined_away(e, a) ? 0 : sqlite_resolve(s, survivor);
	if (code || joined_away(e, a) || memcmp(survivor, e->id, 16) == 0)
		return code;
	return merge(s, e, survivor, a->start_ns);
}

static int know(struct sqlite *s, struct cached_endpoint *e, const struct stored_assertion *a)
{
	bool event = a->statement == STATEMENT_EVENT;
	if (event && a->merges)
		return merge_by_event(s, e, a);
	int code = observe(s, e);
	if (!code && e->merged_ns && a->start_ns > e->merged_ns && !joined_away(e, a)) /* parted again */
		code = merge(s, e, NULL, 0);
	if (moves_sighting(a))
		widen(e, a);
	for (uint32_t i = 0; i < a->n_claims && !code; i++)
		if (!a->claims[i].implied)
			code = put(s, e, term_claim_key(&a->claims[i]), &a->claims[i]);
		else if (!a->reported)
			code = designate(s, e, &a->claims[i]);
	return code;
}

/* False in *fresh when this assertion is there already. */
static int remember(struct sqlite *s, const struct cached_endpoint *e, const struct stored_assertion *a, bool *fresh)
{
	sqlite3_stmt *q = s->prepared[ADD_HISTORY];
	sqlite3_bind_int64(q, 1, e ? e->n : 0);
	sqlite_bind(q, 2, a->subject);
	sqlite3_bind_int64(q, 3, (int64_t)a->collected_ns);
	sqlite3_bind_blob(q, 4, a->id, 16, SQLITE_STATIC);
	sqlite3_bind_int64(q, 5, (int64_t)s->stored_ns);
	sqlite3_bind_int64(q, 6, (int64_t)a->relayed_ns);
	sqlite3_bind_int64(q, 7, (int64_t)a->kinds);
	sqlite3_bind_int64(q, 8, s->provenance);
	sqlite3_bind_text(q, 9, a->line, (int)a->line_len, SQLITE_STATIC);
	sqlite3_bind_int64(q, 10, s->revision + 1);
	int code = sqlite_step(s, ADD_HISTORY);
	*fresh = sqlite3_changes(s->db);
	s->revision += *fresh;
	s->numbered |= *fresh;
	return code;
}

/* Under which endpoint an assertion is kept. */
static int keeper(struct sqlite *s, const struct stored_assertion *a, struct cached_endpoint **out)
{
	uint8_t id[16];
	memcpy(id, a->endpoint, 16);
	int code = find_endpoint(s, id, a, out);
	if (!code)
		code = sqlite_join(s, *out, a);
	if (code || (*out)->merged_ns != JOINED)
		return code;
	code = sqlite_resolve(s, id);
	return code ? code : find_endpoint(s, id, a, out);
}

static int take(struct sqlite *s, const struct stored_assertion *a, bool *fresh)
{
	struct cached_endpoint *e = NULL;
	*fresh = true;
	int code = a->has_endpoint ? keeper(s, a, &e) : 0;
	if (!code && s->lasting)
		code = remember(s, e, a, fresh);
	if (!code && e && *fresh)
		code = know(s, e, a);
	return code;
}

static void clear_caches(struct sqlite *s)
{
	memset(s->endpoints, 0, ENDPOINT_CACHE * sizeof *s->endpoints);
	memset(s->implied, 0, IMPLIED_CACHE * sizeof *s->implied);
	memset(s->terms, 0, TERM_CACHE * sizeof *s->terms);
}

/* What another wrote since, who pruned for one, may have taken away what the caches tell of. */
static int look_for_others(struct sqlite *s)
{
	sqlite3_stmt *q = s->prepared[DATA_VERSION];
	int64_t version = sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int64(q, 0) : 0;
	if (version != s->version)
		clear_caches(s);
	s->version = version;
	return sqlite3_reset(q);
}

int sqlite_begin(struct sqlite *s)
{
	if (s->in_transaction)
		return 0;
	if (s->keeper.db)
		sqlite_keeper_shorten(&s->keeper, s->db);
	int code = sqlite_step(s, BEGIN);
	s->in_transaction = !code;
	if (!code)
		code = look_for_others(s);
	s->rows = 0;
	sqlite3_stmt *q = s->prepared[GET_SEQUENCE];
	bool there = !code && sqlite3_step(q) == SQLITE_ROW;
	s->revision = there ? sqlite3_column_int64(q, 0) : 0;
	s->given = there ? sqlite3_column_int64(q, 1) : 0;
	s->numbered = false;
	sqlite3_reset(q);
	s->stored_ns = time_now();
	return code;
}

void sqlite_forget(struct sqlite *s)
{
	if (s->in_transaction)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->in_transaction = false;
	clear_caches(s);
}

static int write_caches(struct sqlite *s)
{
	int code = 0;
	for (size_t i = 0; i < ENDPOINT_CACHE && !code; i++)
		code = sqlite_write_endpoint(s, &s->endpoints[i]);
	for (size_t i = 0; i < IMPLIED_CACHE && !code; i++)
		code = write_implied(s, &s->implied[i]);
	return code;
}

int sqlite_end(struct sqlite *s)
{
	if (!s->in_transaction)
		return 0;
	int code = write_caches(s);
	if (!code && s->numbered) {
		sqlite3_bind_int64(s->prepared[SET_SEQUENCE], 1, s->revision);
		sqlite3_bind_int64(s->prepared[SET_SEQUENCE], 2, s->given);
		code = sqlite_step(s, SET_SEQUENCE);
	}
	if (!code)
		code = sqlite_step(s, COMMIT);
	if (code)
		return code;
	s->in_transaction = false;
	s->taken = 0;
	return 0;
}

int sqlite_store(struct repository *r, const struct stored_assertion *a, bool *fresh, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	bool is_fresh = false;
	int code = sqlite_begin(s);
	if (!code)
		code = take(s, a, &is_fresh);
	if (fresh)
		*fresh = is_fresh;
	s->taken++;
	if (!code && s->rows >= ROWS_PER_COMMIT)
		code = sqlite_end(s);
	if (!code)
		return 0;
	int result = sqlite_fail(s, code, error);
	sqlite_forget(s);
	return result;
}

int sqlite_commit(struct repository *r, uint64_t *undone, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	int code = sqlite_end(s), result = 0;
	if (code) {
		result = sqlite_fail(s, code, error);
		sqlite_forget(s);
	}
	if (undone)
		*undone = s->taken;
	s->taken = 0;
	return result;
}

int sqlite_provenance(struct repository *r, const char *line, size_t len, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	sqlite3_bind_text(s->prepared[ADD_PROVENANCE], 1, line, (int)len, SQLITE_STATIC);
	int code = sqlite_begin(s);
	if (!code)
		code = sqlite_step(s, ADD_PROVENANCE);
	sqlite3_stmt *q = s->prepared[FIND_PROVENANCE];
	sqlite3_bind_text(q, 1, line, (int)len, SQLITE_STATIC);
	if (!code && sqlite3_step(q) == SQLITE_ROW)
		s->provenance = sqlite3_column_int64(q, 0);
	int end = sqlite3_reset(q);
	if (!sensor_name(line, len, s->component))
		*s->component = 0;
	return code || end ? sqlite_fail(s, code ? code : end, error) : 0;
}
