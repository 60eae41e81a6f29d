/* Forgetting what its retention has passed, and what is left without anything that holds it. */
#include "domain/repository_sqlite.h"
#include "domain/stored_assertion.h"

#include <stdlib.h>

/* The longest that any of the kinds is kept; 0: for ever. */
static uint64_t before_of(const struct retention *retention, uint64_t kinds)
{
	uint64_t before = UINT64_MAX;
	for (unsigned bit = 0; stored_kind_name(bit); bit++)
		if (kinds >> bit & 1 && retention->before_ns[bit] < before)
			before = retention->before_ns[bit];
	return before == UINT64_MAX ? 0 : before;
}

static int run(struct sqlite *s, const char *sql, int64_t number, const char *text, uint64_t before_ns, uint64_t *count)
{
	sqlite3_stmt *q = NULL;
	int code = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);
	if (code)
		return code;
	if (text)
		sqlite_bind(q, 1, text);
	else
		sqlite3_bind_int64(q, 1, number);
	sqlite3_bind_int64(q, 2, (int64_t)before_ns);
	code = sqlite3_step(q);
	if (code == SQLITE_DONE && count)
		*count += (uint64_t)sqlite3_changes(s->db);
	int end = sqlite3_finalize(q);
	return code == SQLITE_DONE ? end : code;
}

/* Every set of kinds that assertions have: few, whatever their number. */
static int sets_of_kinds(struct sqlite *s, int64_t **sets, uint32_t *n)
{
	sqlite3_stmt *q = NULL;
	uint32_t room = 0;
	int code = sqlite3_prepare_v2(s->db, "SELECT DISTINCT kinds FROM assertion", -1, &q, NULL);
	while (!code && sqlite3_step(q) == SQLITE_ROW) {
		if (*n == room) {
			int64_t *more = realloc(*sets, (room = room ? 2 * room : 64) * sizeof **sets);
			if (!more)
				code = SQLITE_NOMEM;
			else
				*sets = more;
		}
		if (!code)
			(*sets)[(*n)++] = sqlite3_column_int64(q, 0);
	}
	int end = sqlite3_finalize(q);
	return code ? code : end;
}

static int prune_history(struct sqlite *s, const struct retention *retention, struct pruned *out)
{
	int64_t *sets = NULL;
	uint32_t n = 0;
	int code = sets_of_kinds(s, &sets, &n);
	for (uint32_t i = 0; i < n && !code; i++) {
		uint64_t before_ns = before_of(retention, (uint64_t)sets[i]);
		if (before_ns)
			code = run(s, "DELETE FROM assertion WHERE kinds=?1 AND collected<?2", sets[i], NULL, before_ns,
				   &out->assertions);
	}
	free(sets);
	return code;
}

static int prune_claims(struct sqlite *s, const struct retention *retention, struct pruned *out)
{
	int code = 0;
	for (unsigned bit = 0; stored_kind_name(bit) && !code; bit++)
		if (retention->before_ns[bit])
			code = run(s, "DELETE FROM claim WHERE kind=?1 AND end<?2 AND open=0", 0, stored_kind_name(bit),
				   retention->before_ns[bit], &out->claims);
	return code;
}

/* An endpoint is kept as long as something is known of it, or another was merged into it. */
static const char bare[] = "DELETE FROM endpoint WHERE last<?2 AND ?1=?1 AND survivor IS NULL"
			   " AND NOT EXISTS(SELECT 1 FROM claim WHERE claim.endpoint=endpoint.n)"
			   " AND NOT EXISTS(SELECT 1 FROM assertion WHERE assertion.endpoint=endpoint.n)"
			   " AND id NOT IN (SELECT survivor FROM endpoint WHERE survivor IS NOT NULL)";
static const char unheld[] = "DELETE FROM held WHERE ?1=?1 AND ?2=?2 AND endpoint NOT IN (SELECT id FROM endpoint)";
static const char unlocated[] =
	"DELETE FROM located WHERE ?1=?1 AND ?2=?2 AND endpoint NOT IN (SELECT id FROM endpoint)";
static const char unobserved[] = "DELETE FROM observed WHERE ?1=?1 AND ?2=?2"
				 " AND endpoint NOT IN (SELECT n FROM endpoint)";
static const char unused[] = "DELETE FROM term WHERE ?1=?1 AND ?2=?2 AND n NOT IN (SELECT term FROM held)";

static int prune_all(struct sqlite *s, const struct retention *retention, struct pruned *out)
{
	int code = prune_history(s, retention, out);
	if (!code)
		code = prune_claims(s, retention, out);
	if (!code)
		code = run(s, bare, 0, NULL, INT64_MAX, &out->endpoints);
	if (!code && out->endpoints)
		code = run(s, unheld, 0, NULL, 0, NULL);
	if (!code && out->endpoints)
		code = run(s, unlocated, 0, NULL, 0, NULL);
	if (!code && out->endpoints)
		code = run(s, unobserved, 0, NULL, 0, NULL);
	if (!code && out->endpoints)
		code = run(s, unused, 0, NULL, 0, NULL);
	return code;
}

int sqlite_prune(struct repository *r, const struct retention *retention, struct pruned *out, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	*out = (struct pruned){0};
	if (sqlite_commit(r, NULL, error) != 0)
		return ERROR_FAILED;
	int code = sqlite_begin(s);
	if (!code)
		code = prune_all(s, retention, out);
	if (!code)
		code = sqlite_end(s);
	int result = code ? sqlite_fail(s, code, error) : 0;
	sqlite_forget(s); /* the caches may tell of rows that are gone */
	return result;
}
