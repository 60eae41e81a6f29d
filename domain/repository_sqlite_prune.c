/* Forgetting what its retention has passed, and what is left without anything that holds it.
 *
 * A large repository is pruned while it is written and asked: in slices, each a transaction of its own that is short
 * enough for who stores to wait for, with as long a pause behind it. What is found to go is judged again when it goes.
 * Cut short, it has forgotten a part, and the next time does the rest. */
#include "core/monotonic.h"
#include "domain/repository_sqlite.h"
#include "domain/stored_assertion.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLICE_MS 150   /* of work in a transaction; what stores gives up after STORE_BUSY_MS, a hundred times that */
#define PATIENCE 60000 /* milliseconds to wait for one that stores all the time */
#define ROWS     512   /* looked at without a look at the time */

struct pruning {
	struct sqlite *s;
	const struct retention *retention;
	struct pruned *out;
	uint64_t began_ms; /* this slice */
};

/* ---- what goes ---- */

/* The longest that any of the kinds is kept; 0: for ever. */
static uint64_t before_of(const struct retention *retention, uint64_t kinds)
{
	uint64_t before = UINT64_MAX;
	for (unsigned bit = 0; stored_kind_name(bit); bit++)
		if (kinds >> bit & 1 && retention->before_ns[bit] < before)
			before = retention->before_ns[bit];
	return before == UINT64_MAX ? 0 : before;
}

/* What is not older than this stays, whatever it is. */
static uint64_t newest_to_go(const struct retention *retention)
{
	uint64_t newest = 0;
	for (unsigned bit = 0; stored_kind_name(bit); bit++)
		newest = retention->before_ns[bit] > newest ? retention->before_ns[bit] : newest;
	return newest;
}

/* SQL: historic(kinds, collected), an assertion that goes. */
static void historic(sqlite3_context *c, int n, sqlite3_value **v)
{
	(void)n;
	uint64_t before_ns = before_of(sqlite3_user_data(c), (uint64_t)sqlite3_value_int64(v[0]));
	sqlite3_result_int(c, (uint64_t)sqlite3_value_int64(v[1]) < before_ns);
}

/* SQL: ended(kind, end), a claim that goes. */
static void ended(sqlite3_context *c, int n, sqlite3_value **v)
{
	(void)n;
	const struct retention *retention = sqlite3_user_data(c);
	const char *kind = (const char *)sqlite3_value_text(v[0]);
	uint64_t before_ns = 0;
	for (unsigned bit = 0; kind && stored_kind_name(bit); bit++)
		if (strcmp(stored_kind_name(bit), kind) == 0)
			before_ns = retention->before_ns[bit];
	sqlite3_result_int(c, (uint64_t)sqlite3_value_int64(v[1]) < before_ns);
}

/* ---- slices ---- */

static int begin(struct pruning *p)
{
	int code = sqlite_begin(p->s);
	p->began_ms = monotonic_ms();
	return code;
}

static int end(struct pruning *p)
{
	uint64_t took_ms = monotonic_ms() - p->began_ms;
	int code = sqlite_end(p->s);
	if (!code)
		nanosleep(&(struct timespec){.tv_sec = (time_t)(took_ms / 1000),
					     .tv_nsec = (long)(took_ms % 1000) * 1000000},
			  NULL);
	return code;
}

/* Between two steps of the work: another slice when this one has taken long enough. */
static int breathe(struct pruning *p)
{
	if (monotonic_ms() - p->began_ms < SLICE_MS)
		return 0;
	int code = end(p);
	return code ? code : begin(p);
}

static int wait_a_little(void *arg, int times)
{
	(void)arg;
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	return times < PATIENCE;
}

/* A statement that gives no rows; how many it changed is added to *count. */
static int change(struct pruning *p, sqlite3_stmt *q, uint64_t *count)
{
	sqlite3_step(q);
	int code = sqlite3_reset(q);
	if (!code && count)
		*count += (uint64_t)sqlite3_changes(p->s->db);
	return code;
}

static int prepare(struct pruning *p, const char *sql, sqlite3_stmt **out)
{
	return sqlite3_prepare_v2(p->s->db, sql, -1, out, NULL);
}

/* ---- history ---- */

/* What may go is found by the index alone, which is a thirtieth of the table, and put in the table's order. */
static int find_candidates(struct pruning *p)
{
	sqlite3_stmt *q = NULL;
	int code = sqlite3_exec(p->s->db,
				"CREATE TEMP TABLE IF NOT EXISTS old(revision INTEGER PRIMARY KEY); DELETE FROM old",
				NULL, NULL, NULL);
	if (!code)
		code = prepare(
			p,
			"INSERT INTO old SELECT revision FROM assertion INDEXED BY assertionOnce WHERE collected<?1"
			" ORDER BY revision",
			&q);
	sqlite3_bind_int64(q, 1, (int64_t)newest_to_go(p->retention));
	if (!code)
		code = change(p, q, NULL);
	sqlite3_finalize(q);
	return code;
}

/* The next candidates behind *after, which moves on; returns how many. No question stays open: it would hold the state
 * of the tables that it began with. */
static int next_candidates(sqlite3_stmt *q, int64_t *after, int64_t *revisions, uint32_t *n)
{
	sqlite3_bind_int64(q, 1, *after);
	for (*n = 0; *n < ROWS && sqlite3_step(q) == SQLITE_ROW;)
		revisions[(*n)++] = *after = sqlite3_column_int64(q, 0);
	return sqlite3_reset(q);
}

static int delete_candidates(struct pruning *p, sqlite3_stmt *next, sqlite3_stmt *remove)
{
	int64_t revisions[ROWS], after = 0;
	uint32_t n = 1;
	int code = begin(p);
	while (!code && n) {
		code = next_candidates(next, &after, revisions, &n);
		for (uint32_t i = 0; i < n && !code; i++) {
			sqlite3_bind_int64(remove, 1, revisions[i]);
			code = change(p, remove, &p->out->assertions);
		}
		if (!code)
			code = breathe(p);
	}
	return code ? code : end(p);
}

static int prune_history(struct pruning *p)
{
	sqlite3_stmt *next = NULL, *remove = NULL;
	int code = find_candidates(p);
	if (!code)
		code = prepare(p, "SELECT revision FROM old WHERE revision>?1 ORDER BY revision", &next);
	if (!code)
		code = prepare(p, "DELETE FROM assertion WHERE revision=?1 AND historic(kinds, collected)", &remove);
	if (!code)
		code = delete_candidates(p, next, remove);
	sqlite3_finalize(next);
	sqlite3_finalize(remove);
	sqlite3_exec(p->s->db, "DROP TABLE IF EXISTS temp.old", NULL, NULL, NULL);
	return code;
}

/* ---- claims ---- */

/* Endpoints' claims in their order, by their numbers. */
static int prune_claims(struct pruning *p)
{
	sqlite3_stmt *q = NULL;
	int code = prepare(p, "DELETE FROM claim WHERE endpoint BETWEEN ?1 AND ?2 AND open=0 AND ended(kind, end)", &q);
	if (!code)
		code = begin(p);
	for (int64_t n = 0; n <= p->s->given && !code; n += ROWS) {
		sqlite3_bind_int64(q, 1, n);
		sqlite3_bind_int64(q, 2, n + ROWS - 1);
		code = change(p, q, &p->out->claims);
		if (!code)
			code = breathe(p);
	}
	sqlite3_finalize(q);
	return code ? code : end(p);
}

/* ---- what is left bare ---- */

/* Walks a table in the order of its key, of `columns` columns: `first` gives what is before every key, `next` the last
 * of the ROWS behind ?1 …; `remove` removes of those behind it and up to the last, whose columns follow; when that
 * changed something, `rest` do theirs. */
struct walk {
	int columns;
	const char *first, *next, *remove, *rest[4];
};

enum { KEY_MOST = 3, REST_MOST = 4 };

struct key {
	sqlite3_value *columns[KEY_MOST];
};

static void key_fini(struct key *k)
{
	for (int i = 0; i < KEY_MOST; i++)
		sqlite3_value_free(k->columns[i]);
	*k = (struct key){{NULL}};
}

static void bind_key(sqlite3_stmt *q, int at, const struct key *k, int columns)
{
	for (int i = 0; i < columns; i++)
		sqlite3_bind_value(q, at + i, k->columns[i]);
}

/* The key in a statement's only row; without one *there is false. */
static int read_key(sqlite3_stmt *q, int columns, struct key *out, bool *there)
{
	bool memory = true;
	*there = sqlite3_step(q) == SQLITE_ROW;
	for (int i = 0; *there && i < columns; i++)
		memory &= (out->columns[i] = sqlite3_value_dup(sqlite3_column_value(q, i))) != NULL;
	int code = sqlite3_reset(q);
	return code ? code : memory ? 0 : SQLITE_NOMEM;
}

struct walking {
	sqlite3_stmt *first, *next, *remove, *rest[REST_MOST];
};

static int prepare_walk(struct pruning *p, const struct walk *w, struct walking *out)
{
	int code = prepare(p, w->first, &out->first);
	if (!code)
		code = prepare(p, w->next, &out->next);
	if (!code)
		code = prepare(p, w->remove, &out->remove);
	for (int i = 0; i < REST_MOST && w->rest[i] && !code; i++)
		code = prepare(p, w->rest[i], &out->rest[i]);
	return code;
}

static void walking_fini(struct walking *w)
{
	sqlite3_finalize(w->first);
	sqlite3_finalize(w->next);
	sqlite3_finalize(w->remove);
	for (int i = 0; i < REST_MOST; i++)
		sqlite3_finalize(w->rest[i]);
}

/* Removes between the keys; *count is of the first statement. */
static int remove_between(struct pruning *p, const struct walk *w, const struct walking *q, const struct key *key,
			  const struct key *last, uint64_t *count)
{
	uint64_t removed = 0;
	bind_key(q->remove, 1, key, w->columns);
	bind_key(q->remove, 1 + w->columns, last, w->columns);
	int code = change(p, q->remove, &removed);
	for (int i = 0; i < REST_MOST && q->rest[i] && removed && !code; i++)
		code = change(p, q->rest[i], NULL);
	*count += removed;
	return code;
}

static int walk_on(struct pruning *p, const struct walk *w, const struct walking *q, uint64_t *count)
{
	struct key key = {{NULL}};
	bool more = true;
	int code = begin(p);
	if (!code)
		code = read_key(q->first, w->columns, &key, &more);
	while (!code && more) {
		struct key last = {{NULL}};
		bind_key(q->next, 1, &key, w->columns);
		code = read_key(q->next, w->columns, &last, &more);
		if (!code && more)
			code = remove_between(p, w, q, &key, &last, count);
		key_fini(&key);
		key = last;
		if (!code)
			code = breathe(p);
	}
	key_fini(&key);
	return code ? code : end(p);
}

static int walk(struct pruning *p, const struct walk *w, uint64_t *count)
{
	struct walking q = {.next = NULL};
	int code = prepare_walk(p, w, &q);
	if (!code)
		code = walk_on(p, w, &q, count);
	walking_fini(&q);
	return code;
}

#define LAST_OF(columns, down, table, behind)                                                           \
	"SELECT " columns " FROM (SELECT " columns " FROM " table " WHERE " behind " ORDER BY " columns \
	" LIMIT 512) ORDER BY " down " LIMIT 1"

/* An endpoint is kept as long as something is known of it, or another was merged into it. */
static const struct walk endpoints = {
	1,
	"SELECT x''",
	LAST_OF("id", "id DESC", "endpoint", "id>?1"),
	"INSERT INTO gone SELECT n, id FROM endpoint WHERE id>?1 AND id<=?2 AND survivor IS NULL"
	" AND NOT EXISTS(SELECT 1 FROM claim WHERE claim.endpoint=endpoint.n)"
	" AND NOT EXISTS(SELECT 1 FROM assertion WHERE assertion.endpoint=endpoint.n)"
	" AND NOT EXISTS(SELECT 1 FROM endpoint merged WHERE merged.survivor=endpoint.id)",
	{"DELETE FROM endpoint WHERE id IN (SELECT id FROM gone)",
	 "DELETE FROM observed WHERE endpoint IN (SELECT n FROM gone)", "DELETE FROM gone"}};

/* What endpoints were found by that are there no more; also what a prune left that was cut short. */
static const struct walk indexes[] = {
	{2,
	 "SELECT -1, x''",
	 LAST_OF("term, endpoint", "term DESC, endpoint DESC", "held", "(term, endpoint)>(?1, ?2)"),
	 "DELETE FROM held WHERE (term, endpoint)>(?1, ?2) AND (term, endpoint)<=(?3, ?4)"
	 " AND NOT EXISTS(SELECT 1 FROM endpoint WHERE id=held.endpoint)",
	 {NULL}},
	{3,
	 "SELECT -1, x'', x''",
	 LAST_OF("kind, place, endpoint", "kind DESC, place DESC, endpoint DESC", "located",
		 "(kind, place, endpoint)>(?1, ?2, ?3)"),
	 "DELETE FROM located WHERE (kind, place, endpoint)>(?1, ?2, ?3) AND (kind, place, endpoint)<=(?4, ?5, ?6)"
	 " AND NOT EXISTS(SELECT 1 FROM endpoint WHERE id=located.endpoint)",
	 {NULL}},
	{1,
	 "SELECT -1",
	 LAST_OF("n", "n DESC", "term", "n>?1"),
	 "DELETE FROM term WHERE n>?1 AND n<=?2 AND NOT EXISTS(SELECT 1 FROM held WHERE term=term.n)",
	 {NULL}},
};

static int prune_bare(struct pruning *p)
{
	uint64_t rows = 0;
	int code = sqlite3_exec(
		p->s->db,
		"CREATE TEMP TABLE gone(n INTEGER, id BLOB);"
		"CREATE INDEX IF NOT EXISTS endpointMerged ON endpoint(survivor) WHERE survivor IS NOT NULL",
		NULL, NULL, NULL);
	if (!code)
		code = walk(p, &endpoints, &p->out->endpoints);
	for (size_t i = 0; i < sizeof indexes / sizeof *indexes && !code; i++)
		code = walk(p, &indexes[i], &rows);
	sqlite3_exec(p->s->db, "DROP TABLE IF EXISTS temp.gone", NULL, NULL, NULL);
	return code;
}

/* ---- all ---- */

static int prune_all(struct pruning *p)
{
	void *retention = (void *)(uintptr_t)p->retention;
	int code = sqlite3_create_function(p->s->db, "historic", 2, SQLITE_UTF8, retention, historic, NULL, NULL);
	if (!code)
		code = sqlite3_create_function(p->s->db, "ended", 2, SQLITE_UTF8, retention, ended, NULL, NULL);
	if (!code && newest_to_go(p->retention))
		code = prune_history(p);
	if (!code && newest_to_go(p->retention))
		code = prune_claims(p);
	return code ? code : prune_bare(p);
}

int sqlite_prune(struct repository *r, const struct retention *retention, struct pruned *out, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	struct pruning p = {.s = s, .retention = retention, .out = out};
	*out = (struct pruned){0};
	if (sqlite_commit(r, NULL, error) != 0)
		return ERROR_FAILED;
	sqlite3_busy_handler(s->db, wait_a_little, NULL);
	int code = prune_all(&p);
	int result = code ? sqlite_fail(s, code, error) : 0;
	sqlite_forget(s); /* the caches may tell of rows that are gone */
	if (s->keeper.db)
		sqlite_keeper_bring_all(&s->keeper);
	sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
	return result;
}
