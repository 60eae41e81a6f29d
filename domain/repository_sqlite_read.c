/* Questions to the SQLite engine. */
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

static const char walk[] =
	"SELECT e.n, e.id, e.identified, e.first, e.last, e.survivor, c.kind, c.value, c.start, c.end, c.open,"
	" c.confidence, c.known, c.implied, c.method, c.signature, c.evidence"
	" FROM endpoint e LEFT JOIN claim c ON c.endpoint=e.n ORDER BY e.id";

int sqlite_endpoints(struct repository *r, repository_endpoint_fn *fn, void *arg, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	if (s->writing && sqlite_commit(r, NULL, error) != 0)
		return ERROR_FAILED;
	sqlite3_stmt *q = NULL;
	struct gathering g = {0};
	int code = sqlite3_prepare_v2(s->db, walk, -1, &q, NULL);
	int64_t current = 0;
	bool more = !code;
	while (more && (code = sqlite3_step(q)) == SQLITE_ROW) {
		int64_t n = sqlite3_column_int64(q, 0);
		if (n != current && current)
			more = hand_over(&g, fn, arg);
		if (n != current)
			new_endpoint(&g, q);
		current = n;
		if (!gather(&g, q)) {
			code = SQLITE_NOMEM;
			break;
		}
	}
	if (more && code == SQLITE_DONE && current)
		hand_over(&g, fn, arg);
	bool good = code == SQLITE_DONE || code == SQLITE_ROW;
	int result = good ? 0 : sqlite_fail(s, code, error);
	sqlite3_finalize(q);
	buffer_fini(&g.texts);
	free(g.rows);
	free(g.claims);
	return result;
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

int sqlite_history(struct repository *r, const uint8_t id[16], repository_line_fn *fn, void *arg, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	if (s->writing && sqlite_commit(r, NULL, error) != 0)
		return ERROR_FAILED;
	sqlite3_stmt *q;
	int code = sqlite3_prepare_v2(s->db,
				      "SELECT line FROM assertion WHERE endpoint=(SELECT n FROM endpoint WHERE id=?1)"
				      " ORDER BY collected, id",
				      -1, &q, NULL);
	if (code)
		return sqlite_fail(s, code, error);
	sqlite3_bind_blob(q, 1, id, 16, SQLITE_STATIC);
	return lines(s, q, fn, arg, error);
}

int sqlite_spoken(struct repository *r, const char *address, repository_line_fn *fn, void *arg, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	if (s->writing && sqlite_commit(r, NULL, error) != 0)
		return ERROR_FAILED;
	sqlite3_stmt *q;
	int code = sqlite3_prepare_v2(s->db, "SELECT line FROM spoken WHERE address=?1 ORDER BY collected, id", -1, &q,
				      NULL);
	if (code)
		return sqlite_fail(s, code, error);
	sqlite3_bind_text(q, 1, address, -1, SQLITE_STATIC);
	return lines(s, q, fn, arg, error);
}
