/* Questions to the SQLite engine: what was said and stored when, and by whom. */
#include "domain/repository_sqlite.h"

/* Rows of line, storage and relay time. */
static int said(struct sqlite *s, sqlite3_stmt *q, repository_change_fn *fn, void *arg, struct error *error)
{
	int code;
	while ((code = sqlite3_step(q)) == SQLITE_ROW) {
		struct repository_change c = {.line = (const char *)sqlite3_column_text(q, 0), /* NULL: damaged */
					      .stored_ns = (uint64_t)sqlite3_column_int64(q, 1),
					      .relayed_ns = (uint64_t)sqlite3_column_int64(q, 2)};
		if (c.line && !fn(arg, &c))
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

int sqlite_history(struct repository *r, const uint8_t id[16], repository_change_fn *fn, void *arg, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	sqlite3_stmt *q;
	int code = ask(s,
		       "SELECT line, stored, relayed FROM assertion WHERE endpoint=(SELECT n FROM endpoint WHERE id=?1)"
		       " ORDER BY collected, id",
		       &q, error);
	if (code)
		return code;
	sqlite3_bind_blob(q, 1, id, 16, SQLITE_STATIC);
	return said(s, q, fn, arg, error);
}

int sqlite_spoken(struct repository *r, const char *address, repository_change_fn *fn, void *arg, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	sqlite3_stmt *q;
	int code = ask(
		s, "SELECT line, stored, relayed FROM assertion WHERE endpoint=0 AND subject=?1 ORDER BY collected, id",
		&q, error);
	if (code)
		return code;
	sqlite_bind(q, 1, address);
	return said(s, q, fn, arg, error);
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
	int code = sqlite_check_still(s, error);
	if (!code)
		code = ask(s, "SELECT last FROM sequence", &q, error);
	if (code)
		return code;
	*out = sqlite3_step(q) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(q, 0) : 0;
	code = sqlite3_finalize(q);
	return code ? sqlite_fail(s, code, error) : 0;
}

int sqlite_observers(struct repository *r, const uint8_t id[16], repository_line_fn *fn, void *arg, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	sqlite3_stmt *q = NULL;
	if (s->writing && sqlite_commit(r, NULL, error) != 0)
		return ERROR_FAILED;
	int code = sqlite3_prepare_v2(s->db,
				      "SELECT line FROM provenance WHERE n IN (SELECT provenance FROM observed WHERE"
				      " endpoint=(SELECT n FROM endpoint WHERE id=?1)) ORDER BY n",
				      -1, &q, NULL);
	if (code)
		return sqlite_fail(s, code, error);
	sqlite3_bind_blob(q, 1, id, 16, SQLITE_STATIC);
	bool more = true;
	while (more && (code = sqlite3_step(q)) == SQLITE_ROW) {
		const char *line = (const char *)sqlite3_column_text(q, 0);
		more = !line || fn(arg, line);
	}
	sqlite3_finalize(q);
	return code == SQLITE_ROW || code == SQLITE_DONE ? 0 : sqlite_fail(s, code, error);
}
