/* Questions to the SQLite engine. */
#include "domain/condense.h"
#include "domain/repository_sqlite.h"

#include <stdlib.h>

struct row {
	uint32_t kind, value, method, signature, evidence; /* offsets into the texts, 0: none */
	struct claim claim;
};

/* An endpoint's claims while its rows are gathered. */
struct gathering {
	struct buffer texts; /* starts with one byte, so that 0 is no offset */
	struct row *rows;
	struct claim *claims;
	uint32_t count, room;
	struct stored_endpoint endpoint;
};

static uint32_t gather_text(struct gathering *g, sqlite3_stmt *q, int column)
{
	const void *text = sqlite3_column_text(q, column);
	if (!text)
		return 0;
	uint32_t at = (uint32_t)g->texts.len;
	buffer_add(&g->texts, text, (size_t)sqlite3_column_bytes(q, column) + 1);
	return at;
}

static bool gather_room(struct gathering *g)
{
	if (g->count < g->room)
		return true;
	uint32_t room = g->room ? 2 * g->room : 64;
	struct row *rows = realloc(g->rows, room * sizeof *rows);
	if (rows)
		g->rows = rows;
	struct claim *claims = realloc(g->claims, room * sizeof *claims);
	if (claims)
		g->claims = claims;
	if (!rows || !claims)
		return false;
	g->room = room;
	return true;
}

/* Columns of walk[]: 6 … 17 are the claim's. */
static bool gather(struct gathering *g, sqlite3_stmt *q)
{
	if (sqlite3_column_type(q, 6) == SQLITE_NULL)
		return true;
	if (!gather_room(g))
		return false;
	struct row *row = &g->rows[g->count++];
	row->kind = gather_text(g, q, 6);
	row->value = gather_text(g, q, 7);
	row->method = gather_text(g, q, 14);
	row->signature = gather_text(g, q, 15);
	row->evidence = gather_text(g, q, 16);
	row->claim = (struct claim){.start_ns = (uint64_t)sqlite3_column_int64(q, 8),
				    .end_ns = (uint64_t)sqlite3_column_int64(q, 9),
				    .open = sqlite3_column_int(q, 10),
				    .confidence = (uint8_t)sqlite3_column_int(q, 11),
				    .known = (uint8_t)sqlite3_column_int(q, 12),
				    .implied = sqlite3_column_int(q, 13)};
	return !g->texts.failed;
}

static void new_endpoint(struct gathering *g, sqlite3_stmt *q)
{
	buffer_clear(&g->texts);
	buffer_char(&g->texts, 0);
	g->count = 0;
	g->endpoint = (struct stored_endpoint){.unique = sqlite3_column_int(q, 2),
					       .first_ns = (uint64_t)sqlite3_column_int64(q, 3),
					       .last_ns = (uint64_t)sqlite3_column_int64(q, 4)};
	if (sqlite3_column_bytes(q, 1) == 16)
		memcpy(g->endpoint.id, sqlite3_column_blob(q, 1), 16);
	g->endpoint.merged = sqlite3_column_bytes(q, 5) == 16;
	if (g->endpoint.merged)
		memcpy(g->endpoint.survivor, sqlite3_column_blob(q, 5), 16);
}

static bool hand_over(struct gathering *g, repository_endpoint_fn *fn, void *arg)
{
	const char *texts = g->texts.data;
	for (uint32_t i = 0; i < g->count; i++) {
		const struct row *row = &g->rows[i];
		struct claim *c = &g->claims[i];
		*c = row->claim;
		c->kind = texts + row->kind;
		c->value = texts + row->value;
		c->method = row->method ? texts + row->method : NULL;
		c->signature = row->signature ? texts + row->signature : NULL;
		c->evidence = row->evidence ? texts + row->evidence : NULL;
	}
	g->endpoint.claims = g->claims;
	g->endpoint.n_claims = g->count;
	return fn(arg, &g->endpoint);
}

#define COLUMNS                                                                                                 \
	"SELECT e.n, e.id, e.identified, e.first, e.last, e.survivor, c.kind, c.value, c.start, c.end, c.open," \
	" c.confidence, c.known, c.implied, c.method, c.signature, c.evidence"                                  \
	" FROM endpoint e LEFT JOIN claim c ON c.endpoint=e.n"

/* A component's provenance names it in its line. */
#define PROVIDED                                                                 \
	" EXISTS(SELECT 1 FROM observed o JOIN provenance p ON p.n=o.provenance" \
	" WHERE o.endpoint=e.n AND instr(p.line, ?5))"

/* Merged ones are always told: who asks for an alias has its interval from the survivor. */
static const char walk[] = COLUMNS " WHERE e.id BETWEEN ?1 AND ?2 AND"
				   " (e.survivor IS NOT NULL OR (e.last>=?3 AND e.first<=?4)) ORDER BY e.id";
static const char walk_provided[] =
	COLUMNS " WHERE e.id BETWEEN ?1 AND ?2 AND e.last>=?3 AND e.first<=?4 AND" PROVIDED " ORDER BY e.id";
static const char one_by_id[] = COLUMNS " WHERE e.id=?1";
static const char one_provided[] = COLUMNS " WHERE e.id=?1 AND" PROVIDED;

struct walking {
	struct sqlite *sqlite;
	const struct inventory_filter *filter;
	repository_endpoint_fn *fn;
	void *arg;
	struct gathering gathering;
	uint8_t low[16], high[16]; /* identifiers, both ends belong to it */
	bool ended, no_memory;
};

static int nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The identifiers that begin with a text of hexadecimal digits; dashes do not count. */
static void set_range(struct walking *w, const char *prefix)
{
	memset(w->low, 0, 16);
	memset(w->high, 0xff, 16);
	unsigned at = 0;
	for (; prefix && *prefix && at < 32; prefix++) {
		int digit = nibble(*prefix);
		if (digit < 0)
			continue;
		unsigned shift = at & 1 ? 0 : 4;
		uint8_t *low = &w->low[at / 2], *high = &w->high[at / 2];
		*low = (uint8_t)((*low & ~(15u << shift)) | (unsigned)digit << shift);
		*high = (uint8_t)((*high & ~(15u << shift)) | (unsigned)digit << shift);
		at++;
	}
}

/* The walk goes on behind `after`. */
static void go_behind(struct walking *w, const uint8_t after[16])
{
	if (memcmp(after, w->low, 16) < 0)
		return;
	memcpy(w->low, after, 16);
	for (int i = 15; i >= 0 && ++w->low[i] == 0; i--)
		w->ended = i == 0;
	w->ended |= memcmp(w->low, w->high, 16) > 0;
}

/* Every endpoint between the walk's ends. */
static int walk_range(struct walking *w)
{
	const struct inventory_filter *f = w->filter;
	struct gathering *g = &w->gathering;
	sqlite3_stmt *q = NULL;
	int code = sqlite3_prepare_v2(w->sqlite->db, f && f->provider ? walk_provided : walk, -1, &q, NULL);
	if (code)
		return code;
	sqlite3_bind_blob(q, 1, w->low, 16, SQLITE_STATIC);
	sqlite3_bind_blob(q, 2, w->high, 16, SQLITE_STATIC);
	uint64_t since_ns = f && f->at_ns > CONDENSE_GAP_NS ? f->at_ns - CONDENSE_GAP_NS : 0;
	if (f && f->fresh_ns > since_ns)
		since_ns = f->fresh_ns;
	sqlite3_bind_int64(q, 3, (int64_t)since_ns);
	sqlite3_bind_int64(q, 4, f && f->at_ns ? (int64_t)f->at_ns : INT64_MAX);
	if (f && f->provider)
		sqlite_bind(q, 5, f->provider);
	int64_t current = 0;
	while (!w->ended && (code = sqlite3_step(q)) == SQLITE_ROW) {
		int64_t n = sqlite3_column_int64(q, 0);
		if (n != current && current)
			w->ended = !hand_over(g, w->fn, w->arg);
		if (n != current && !w->ended)
			new_endpoint(g, q);
		current = n;
		w->no_memory = !w->ended && !gather(g, q);
		w->ended |= w->no_memory;
	}
	if (!w->ended && current)
		w->ended = !hand_over(g, w->fn, w->arg);
	sqlite3_finalize(q);
	return w->no_memory ? SQLITE_NOMEM : code == SQLITE_DONE || code == SQLITE_ROW ? 0 : code;
}

/* Identifiers of the endpoints that hold a term, a chunk of the smallest that are left. */
struct chunk {
	uint8_t (*ids)[16];
	size_t count, room, wanted;
	bool more; /* some term has more than were taken */
};

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

static bool add_id(struct chunk *c, const void *id)
{
	if (c->count == c->room) {
		size_t room = c->room ? 2 * c->room : 1024;
		uint8_t(*ids)[16] = realloc(c->ids, room * sizeof *ids);
		if (!ids)
			return false;
		c->ids = ids;
		c->room = room;
	}
	memcpy(c->ids[c->count++], id, 16);
	return true;
}

static int take_holders(struct walking *w, sqlite3_stmt *q, int64_t term, struct chunk *c)
{
	size_t taken = 0;
	int code;
	sqlite3_bind_int64(q, 1, term);
	sqlite3_bind_blob(q, 2, w->low, 16, SQLITE_STATIC);
	sqlite3_bind_blob(q, 3, w->high, 16, SQLITE_STATIC);
	sqlite3_bind_int64(q, 4, (int64_t)c->wanted);
	while ((code = sqlite3_step(q)) == SQLITE_ROW) {
		taken++;
		if (sqlite3_column_bytes(q, 0) == 16 && !add_id(c, sqlite3_column_blob(q, 0)))
			w->no_memory = true;
	}
	sqlite3_reset(q);
	c->more |= taken == c->wanted;
	return w->no_memory ? SQLITE_NOMEM : code == SQLITE_DONE ? 0 : code;
}

/* The smallest `wanted` of what was taken, each once: behind them a term may have some that were not. */
static void settle(struct chunk *c)
{
	size_t kept = 0;
	if (c->count)
		qsort(c->ids, c->count, 16, compare_ids);
	for (size_t i = 0; i < c->count; i++)
		if (!kept || memcmp(c->ids[kept - 1], c->ids[i], 16) != 0)
			memmove(c->ids[kept++], c->ids[i], 16);
	c->more |= kept > c->wanted;
	c->count = kept < c->wanted ? kept : c->wanted;
}

static int walk_one(struct walking *w, sqlite3_stmt *q, const uint8_t id[16])
{
	struct gathering *g = &w->gathering;
	bool there = false;
	int code;
	sqlite3_bind_blob(q, 1, id, 16, SQLITE_STATIC);
	while ((code = sqlite3_step(q)) == SQLITE_ROW && !w->no_memory) {
		if (!there)
			new_endpoint(g, q);
		there = true;
		w->no_memory = !gather(g, q);
	}
	sqlite3_reset(q);
	const struct stored_endpoint *e = &g->endpoint;
	if (!w->no_memory && there && (e->merged || filter_takes_interval(w->filter, e->first_ns, e->last_ns)))
		w->ended = !hand_over(g, w->fn, w->arg);
	return w->no_memory ? SQLITE_NOMEM : code == SQLITE_DONE ? 0 : code;
}

static int walk_chunk(struct walking *w, sqlite3_stmt *one, struct chunk *c)
{
	int code = 0;
	for (size_t i = 0; i < c->count && !w->ended && !code; i++)
		code = walk_one(w, one, c->ids[i]);
	if (!c->more)
		w->ended = true;
	else if (c->count && !w->ended)
		go_behind(w, c->ids[c->count - 1]);
	return code;
}

/* The endpoints that hold one of the terms. A page is small: the first chunk is, too. */
static int walk_terms(struct walking *w, const int64_t *terms, uint32_t n)
{
	struct chunk c = {.wanted = 128};
	sqlite3_stmt *holders = NULL, *one = NULL;
	const char *provider = w->filter ? w->filter->provider : NULL;
	int code = sqlite3_prepare_v2(w->sqlite->db,
				      "SELECT endpoint FROM held WHERE term=?1 AND endpoint BETWEEN ?2 AND ?3"
				      " ORDER BY endpoint LIMIT ?4",
				      -1, &holders, NULL);
	if (!code)
		code = sqlite3_prepare_v2(w->sqlite->db, provider ? one_provided : one_by_id, -1, &one, NULL);
	if (!code && provider)
		sqlite_bind(one, 5, provider);
	while (!code && !w->ended) {
		c.count = 0;
		c.more = false;
		for (uint32_t i = 0; i < n && !code; i++)
			code = take_holders(w, holders, terms[i], &c);
		settle(&c);
		if (!code)
			code = walk_chunk(w, one, &c);
		c.wanted = c.wanted < 16384 ? 2 * c.wanted : c.wanted;
	}
	sqlite3_finalize(holders);
	sqlite3_finalize(one);
	free(c.ids);
	return code;
}

int sqlite_endpoints(struct repository *r, const struct inventory_filter *filter, repository_endpoint_fn *fn, void *arg,
		     struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	if (s->writing && sqlite_commit(r, NULL, error) != 0)
		return ERROR_FAILED;
	struct walking w = {.sqlite = s, .filter = filter, .fn = fn, .arg = arg};
	int64_t *terms;
	uint32_t n;
	bool narrowed;
	set_range(&w, filter ? filter->identifier : NULL);
	if (filter && filter->has_after)
		go_behind(&w, filter->after);
	int code = sqlite_choose_terms(s, filter, &terms, &n, &narrowed);
	if (!code && !w.ended)
		code = narrowed ? walk_terms(&w, terms, n) : walk_range(&w);
	free(terms);
	buffer_fini(&w.gathering.texts);
	free(w.gathering.rows);
	free(w.gathering.claims);
	return code ? sqlite_fail(s, code, error) : 0;
}

static int lines(struct sqlite *s, sqlite3_stmt *q, repository_line_fn *fn, void *arg, struct error *error)
{
	int code;
	while ((code = sqlite3_step(q)) == SQLITE_ROW) {
		const char *line = (const char *)sqlite3_column_text(q, 0); /* NULL in a damaged file */
		if (line && !fn(arg, line))
			break;
	}
	int result = code == SQLITE_DONE || code == SQLITE_ROW ? 0 : sqlite_fail(s, code, error);
	sqlite3_finalize(q);
	return result;
}

/* What is asked has to be what was written. */
static int ask(struct sqlite *s, const char *sql, sqlite3_stmt **q, struct error *error)
{
	if (s->writing && sqlite_commit(&s->repository, NULL, error) != 0)
		return ERROR_FAILED;
	int code = sqlite3_prepare_v2(s->db, sql, -1, q, NULL);
	return code ? sqlite_fail(s, code, error) : 0;
}

int sqlite_history(struct repository *r, const uint8_t id[16], repository_line_fn *fn, void *arg, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	sqlite3_stmt *q;
	int code = ask(s,
		       "SELECT line FROM assertion WHERE endpoint=(SELECT n FROM endpoint WHERE id=?1)"
		       " ORDER BY collected, id",
		       &q, error);
	if (code)
		return code;
	sqlite3_bind_blob(q, 1, id, 16, SQLITE_STATIC);
	return lines(s, q, fn, arg, error);
}

int sqlite_spoken(struct repository *r, const char *address, repository_line_fn *fn, void *arg, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	sqlite3_stmt *q;
	int code =
		ask(s, "SELECT line FROM assertion WHERE endpoint=0 AND subject=?1 ORDER BY collected, id", &q, error);
	if (code)
		return code;
	sqlite_bind(q, 1, address);
	return lines(s, q, fn, arg, error);
}

int sqlite_changes(struct repository *r, uint64_t since, repository_change_fn *fn, void *arg, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	sqlite3_stmt *q;
	int code = ask(s,
		       "SELECT revision, stored, relayed, coalesce(p.line, ''), a.line FROM assertion a"
		       " LEFT JOIN provenance p ON p.n=a.provenance WHERE revision>?1 ORDER BY revision",
		       &q, error);
	if (code)
		return code;
	sqlite3_bind_int64(q, 1, since > INT64_MAX ? INT64_MAX : (int64_t)since);
	bool more = true;
	while (more && (code = sqlite3_step(q)) == SQLITE_ROW) {
		struct repository_change c = {.revision = (uint64_t)sqlite3_column_int64(q, 0),
					      .stored_ns = (uint64_t)sqlite3_column_int64(q, 1),
					      .relayed_ns = (uint64_t)sqlite3_column_int64(q, 2),
					      .provenance = (const char *)sqlite3_column_text(q, 3),
					      .line = (const char *)sqlite3_column_text(q, 4)};
		more = !c.line || !c.provenance || fn(arg, &c); /* NULL in a damaged file */
	}
	int result = code == SQLITE_DONE || code == SQLITE_ROW ? 0 : sqlite_fail(s, code, error);
	sqlite3_finalize(q);
	return result;
}

int sqlite_revision(struct repository *r, uint64_t *out, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	sqlite3_stmt *q;
	int code = ask(s, "SELECT last FROM sequence", &q, error);
	if (code)
		return code;
	*out = sqlite3_step(q) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(q, 0) : 0;
	code = sqlite3_finalize(q);
	return code ? sqlite_fail(s, code, error) : 0;
}
