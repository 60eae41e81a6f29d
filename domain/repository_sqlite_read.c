/* Questions to the SQLite engine. */
#include "domain/condense.h"
#include "domain/id_range.h"
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
#define PROVIDED                                                                    \
	" EXISTS(SELECT 1 FROM observed o WHERE o.endpoint=e.n AND o.provenance IN" \
	" (SELECT n FROM provenance WHERE instr(line, ?5)))"

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
	struct id_range range;
	bool ended, no_memory;
};

/* Every endpoint between the walk's ends. */
static int walk_range(struct walking *w)
{
	const struct inventory_filter *f = w->filter;
	struct gathering *g = &w->gathering;
	sqlite3_stmt *q = NULL;
	int code = sqlite3_prepare_v2(w->sqlite->db, f && f->provider ? walk_provided : walk, -1, &q, NULL);
	if (code)
		return code;
	sqlite3_bind_blob(q, 1, w->range.low, 16, SQLITE_STATIC);
	sqlite3_bind_blob(q, 2, w->range.high, 16, SQLITE_STATIC);
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

/* Identifiers of endpoints that hold a term: the smallest that are left. */
struct chunk {
	struct sqlite_ids ids;
	size_t each;     /* so many of each term at most */
	bool more;       /* some term has more than were taken … */
	uint8_t end[16]; /* … behind this: up to it all are there */
};

static int take_holders(struct walking *w, int64_t term, struct chunk *c)
{
	sqlite3_stmt *q = w->sqlite->prepared[HOLDERS_OF_TERM];
	size_t before = c->ids.count;
	sqlite3_bind_int64(q, 1, term);
	sqlite3_bind_blob(q, 2, w->range.low, 16, SQLITE_STATIC);
	sqlite3_bind_blob(q, 3, c->more ? c->end : w->range.high, 16, SQLITE_STATIC);
	sqlite3_bind_int64(q, 4, (int64_t)c->each);
	while (sqlite3_step(q) == SQLITE_ROW)
		w->no_memory |= !sqlite_ids_add(&c->ids, q, 0);
	int code = sqlite3_reset(q);
	if (c->ids.count > before &&
	    c->ids.count - before == c->each) { /* what others have behind its last is for the next chunk */
		memcpy(c->end, c->ids.ids[c->ids.count - 1], 16);
		c->more = true;
	}
	return w->no_memory ? SQLITE_NOMEM : code;
}

/* In order, up to where all are there. */
static void settle(struct chunk *c)
{
	sqlite_ids_sort(&c->ids);
	while (c->more && c->ids.count && memcmp(c->ids.ids[c->ids.count - 1], c->end, 16) > 0)
		c->ids.count--;
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

static int walk_ids(struct walking *w, sqlite3_stmt *one, const struct sqlite_ids *ids)
{
	int code = 0;
	for (size_t i = 0; i < ids->count && !w->ended && !code; i++)
		if (id_range_holds(&w->range, ids->ids[i]))
			code = walk_one(w, one, ids->ids[i]);
	return code;
}

static int prepare_one(struct walking *w, sqlite3_stmt **one)
{
	const char *provider = w->filter ? w->filter->provider : NULL;
	int code = sqlite3_prepare_v2(w->sqlite->db, provider ? one_provided : one_by_id, -1, one, NULL);
	if (!code && provider)
		sqlite_bind(*one, 5, provider);
	return code;
}

#define PAGE       128u /* endpoints: an answer's page is small */
#define MOST_CHUNK 65536u

/* The endpoints that hold one of the terms. */
static int walk_terms(struct walking *w, sqlite3_stmt *one, const struct sqlite_choice *choice)
{
	struct chunk c = {.each = choice->n_terms ? PAGE / choice->n_terms + 8 : 0};
	int code = 0;
	do {
		c.ids.count = 0;
		c.more = false;
		for (uint32_t i = 0; i < choice->n_terms && !code; i++)
			code = take_holders(w, choice->terms[i], &c);
		settle(&c);
		if (!code)
			code = walk_ids(w, one, &c.ids);
		if (c.more)
			id_range_go_behind(&w->range, c.end);
		w->ended |= !c.more || w->range.empty;
		c.each *= c.each * choice->n_terms < MOST_CHUNK ? 2 : 1;
	} while (!code && !w->ended);
	sqlite_ids_fini(&c.ids);
	return code;
}

static int walk_chosen(struct walking *w, const struct sqlite_choice *choice)
{
	sqlite3_stmt *one = NULL;
	int code = prepare_one(w, &one);
	if (!code)
		code = choice->by == CHOSEN_TERMS ? walk_terms(w, one, choice) : walk_ids(w, one, &choice->ids);
	sqlite3_finalize(one);
	return code;
}

int sqlite_endpoints(struct repository *r, const struct inventory_filter *filter, repository_endpoint_fn *fn, void *arg,
		     struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	if (s->writing && sqlite_commit(r, NULL, error) != 0)
		return ERROR_FAILED;
	struct walking w = {.sqlite = s,
			    .filter = filter,
			    .fn = fn,
			    .arg = arg,
			    .range = id_range_of(filter ? filter->identifier : NULL)};
	struct sqlite_choice choice;
	if (filter && filter->has_after)
		id_range_go_behind(&w.range, filter->after);
	w.ended = w.range.empty;
	/* One state of the file for the whole walk, and one lock instead of one a statement. */
	bool begun = sqlite3_get_autocommit(s->db) && sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL) == 0;
	int code = sqlite_choose(s, filter, &choice);
	if (!code && !w.ended)
		code = choice.by == CHOSEN_NOTHING ? walk_range(&w) : walk_chosen(&w, &choice);
	if (begun)
		sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
	sqlite_choice_fini(&choice);
	buffer_fini(&w.gathering.texts);
	free(w.gathering.rows);
	free(w.gathering.claims);
	return code ? sqlite_fail(s, code, error) : 0;
}
