#include "domain/repository_sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID 0x4f6e6c6b /* "Onlk" */
#define SCHEMA_VERSION 2
#define BUSY_MS        3000

/* Times are nanoseconds. `stored` and `relayed` tell when we knew, `start` and `end` when it held. A revision is a row
 * of `assertion`: nothing is ever overwritten there. */
static const char schema[] =
	"CREATE TABLE endpoint(n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, identified INTEGER NOT NULL,"
	" first INTEGER NOT NULL, last INTEGER NOT NULL, survivor BLOB, mergedAt INTEGER);"
	"CREATE TABLE claim(endpoint INTEGER NOT NULL, key INTEGER NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,"
	" start INTEGER NOT NULL, end INTEGER NOT NULL, open INTEGER NOT NULL, confidence INTEGER NOT NULL,"
	" known INTEGER NOT NULL, implied INTEGER NOT NULL, method TEXT, signature TEXT, evidence TEXT,"
	" PRIMARY KEY(endpoint, key)) WITHOUT ROWID;"
	/* Lines are long: a table with rowids holds them without overflow pages, an index names them once. */
	"CREATE TABLE assertion(revision INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL, subject TEXT,"
	" collected INTEGER NOT NULL, id BLOB NOT NULL, stored INTEGER NOT NULL, relayed INTEGER NOT NULL,"
	" kinds INTEGER NOT NULL, provenance INTEGER NOT NULL, line TEXT NOT NULL);"
	"CREATE UNIQUE INDEX assertionOnce ON assertion(endpoint, collected, id);"
	"CREATE INDEX assertionSpoken ON assertion(subject, collected, id) WHERE endpoint=0;"
	"CREATE TABLE sequence(last INTEGER NOT NULL); INSERT INTO sequence VALUES(0);"
	"CREATE TABLE provenance(n INTEGER PRIMARY KEY, line TEXT NOT NULL UNIQUE);"
	"CREATE TABLE observed(endpoint INTEGER NOT NULL, provenance INTEGER NOT NULL,"
	" PRIMARY KEY(endpoint, provenance)) WITHOUT ROWID;"
	/* What endpoints are asked for by: each text once, and who has it. `sort` puts addresses and versions in order.
	 */
	"CREATE TABLE term(n INTEGER PRIMARY KEY, kind INTEGER NOT NULL, text TEXT NOT NULL, creator TEXT NOT NULL,"
	" version TEXT NOT NULL, sort BLOB NOT NULL);"
	"CREATE UNIQUE INDEX termOnce ON term(kind, text, creator, version);"
	"CREATE INDEX termSort ON term(kind, sort);"
	"CREATE TABLE held(term INTEGER NOT NULL, endpoint BLOB NOT NULL, PRIMARY KEY(term, endpoint)) WITHOUT ROWID;";

static const char *const statements[STATEMENTS] = {
	[FIND_ENDPOINT] = "SELECT n, mergedAt, survivor FROM endpoint WHERE id=?1",
	[ADD_ENDPOINT] = "INSERT INTO endpoint(id, identified, first, last) VALUES(?1, ?2, 0, 0)",
	[UPDATE_ENDPOINT] = "UPDATE endpoint SET identified=?2, last=max(last, ?4),"
			    " first=CASE WHEN first=0 OR first>?3 THEN ?3 ELSE first END WHERE n=?1",
	[MERGE_ENDPOINT] = "UPDATE endpoint SET survivor=?2, mergedAt=?3 WHERE n=?1",
	[MOVE_CLAIM] = "UPDATE claim SET start=min(start, ?5), end=max(end, ?6), open=?7, confidence=?8, known=?9,"
		       " method=?11, signature=?12, evidence=coalesce(?13, evidence) WHERE endpoint=?1 AND key=?2",
	[ADD_CLAIM] = "INSERT INTO claim(endpoint, key, kind, value, start, end, open, confidence, known, implied,"
		      " method, signature, evidence) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
	[WIDEN_CLAIM] = "UPDATE claim SET start=min(start, ?3), end=max(end, ?4), open=?5, confidence=?6, known=?7"
			" WHERE endpoint=?1 AND key=?2",
	[ADD_HISTORY] = "INSERT OR IGNORE INTO assertion(endpoint, subject, collected, id, stored, relayed, kinds,"
			" provenance, line, revision) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[ADD_PROVENANCE] = "INSERT OR IGNORE INTO provenance(line) VALUES(?1)",
	[FIND_PROVENANCE] = "SELECT n FROM provenance WHERE line=?1",
	[ADD_OBSERVED] = "INSERT OR IGNORE INTO observed VALUES(?1, ?2)",
	[FIND_TERM] = "SELECT n FROM term WHERE kind=?1 AND text=?2 AND creator=?3 AND version=?4",
	[ADD_TERM] = "INSERT INTO term(kind, text, creator, version, sort) VALUES(?1, ?2, ?3, ?4, ?5)",
	[ADD_HELD] = "INSERT OR IGNORE INTO held VALUES(?1, ?2)",
	/* kept when rows go: a revision is never given twice */
	[GET_REVISION] = "SELECT last FROM sequence",
	[SET_REVISION] = "UPDATE sequence SET last=?1",
	[LIST_PLACES] = "SELECT kind, value FROM claim WHERE endpoint=?1 AND kind IN ('vlanId', 'layer2SegmentId',"
			" 'hardware')",
	[LIST_CLAIMS] = "SELECT key, kind, value, start, end, open, confidence, known, implied, method, signature,"
			" evidence FROM claim WHERE endpoint=?1",
	[FIND_SAME_MAC] = "SELECT e.n, e.id FROM term t JOIN held h ON h.term=t.n JOIN endpoint e ON e.id=h.endpoint"
			  " WHERE t.kind=2 AND t.text=?1 AND e.survivor IS NULL AND e.n<?2 AND NOT EXISTS(SELECT 1"
			  " FROM observed o JOIN provenance p ON p.n=o.provenance WHERE o.endpoint=e.n AND"
			  " instr(p.line, ?3)) ORDER BY e.n LIMIT 16",
	[DROP_CLAIMS] = "DELETE FROM claim WHERE endpoint=?1 AND ?2=?2",
	[MOVE_HISTORY] = "UPDATE OR IGNORE assertion SET endpoint=?2 WHERE endpoint=?1",
	[MOVE_OBSERVED] = "INSERT OR IGNORE INTO observed SELECT ?2, provenance FROM observed WHERE endpoint=?1",
	[MOVE_SIGHTING] = "UPDATE endpoint SET last=max(endpoint.last, a.last), first=CASE WHEN a.first=0 THEN"
			  " endpoint.first WHEN endpoint.first=0 THEN a.first ELSE min(endpoint.first, a.first) END"
			  " FROM endpoint a WHERE a.n=?1 AND endpoint.n=?2",
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
};

int sqlite_fail(const struct sqlite *s, int code, struct error *error)
{
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return error_set(error, ERROR_FAILED,
				 "%s: another program is writing to this repository; wait for it or name another file",
				 s->path);
	case SQLITE_FULL:
		return error_set(error, ERROR_FAILED, "%s: the disk is full; make room or name a file on another disk",
				 s->path);
	case SQLITE_NOTADB:
		return error_set(error, ERROR_FAILED, "%s: this is no repository of Onlooker; name another file",
				 s->path);
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return error_set(error, ERROR_FAILED,
				 "%s: cannot be opened or written; look at the rights of the file and its directory",
				 s->path);
	case SQLITE_CORRUPT:
		return error_set(error, ERROR_FAILED,
				 "%s: the repository is damaged; restore it from a copy or name another file", s->path);
	default:
		return error_set(error, ERROR_FAILED, "%s: %s; look at the disk and its rights", s->path,
				 sqlite3_errmsg(s->db));
	}
}

int sqlite_step(struct sqlite *s, enum sqlite_statement which)
{
	sqlite3_step(s->prepared[which]);
	int code = sqlite3_reset(s->prepared[which]);
	s->rows++;
	return code;
}

void sqlite_bind(sqlite3_stmt *q, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(q, at);
}

static int finish(struct repository *r, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	int result = s->writing ? sqlite_commit(r, NULL, error) : 0;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->prepared[i]);
	sqlite3_close(s->db);
	free(s->endpoints);
	free(s->implied);
	free(s->terms);
	free(s->path);
	free(s);
	return result;
}

static int64_t ask(struct sqlite *s, const char *sql, int *code)
{
	sqlite3_stmt *q = NULL;
	int64_t value = 0;
	*code = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);
	if (!*code && sqlite3_step(q) == SQLITE_ROW)
		value = sqlite3_column_int64(q, 0);
	int code2 = sqlite3_finalize(q);
	if (!*code)
		*code = code2;
	return value;
}

static int prepare(struct sqlite *s)
{
	int code = 0;
	for (int i = 0; i < STATEMENTS && !code; i++)
		if (!s->prepared[i])
			code = sqlite3_prepare_v3(s->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &s->prepared[i],
						  NULL);
	if (!s->terms) {
		s->endpoints = calloc(ENDPOINT_CACHE, sizeof *s->endpoints);
		s->implied = calloc(IMPLIED_CACHE, sizeof *s->implied);
		s->terms = calloc(TERM_CACHE, sizeof *s->terms);
	}
	return code ? code : s->endpoints && s->implied && s->terms ? 0 : SQLITE_NOMEM;
}

static int create(struct sqlite *s)
{
	char *sql = sqlite3_mprintf(
		"PRAGMA page_size=16384; PRAGMA journal_mode=WAL; BEGIN IMMEDIATE; %s PRAGMA application_id=%d;"
		"PRAGMA user_version=%d; COMMIT;",
		schema, APPLICATION_ID, SCHEMA_VERSION);
	int code = sql ? sqlite3_exec(s->db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
	sqlite3_free(sql);
	return code;
}

/* From schema 1: claims get the keys of today and terms to be found by, the history its revisions. Of what was stored
 * then it is not known when it was, nor of what kinds it is: it counts as stored with its collection. */
static const char from_1[] =
	"INSERT INTO provenance(line) SELECT line FROM provenance1 ORDER BY line;"
	"INSERT INTO assertion(endpoint, subject, collected, id, stored, relayed, kinds, provenance, line)"
	" SELECT endpoint, NULL, collected, id, collected, 0, -1, 0, line FROM assertion1 ORDER BY rowid;"
	"INSERT INTO assertion(endpoint, subject, collected, id, stored, relayed, kinds, provenance, line)"
	" SELECT 0, address, collected, id, collected, 0, -1, 0, line FROM spoken ORDER BY rowid;"
	"UPDATE sequence SET last=(SELECT coalesce(max(revision), 0) FROM assertion);"
	"DROP TABLE assertion1; DROP TABLE spoken; DROP TABLE provenance1; DROP TABLE claim1;";

static const char aside_1[] = "DROP INDEX assertionOnce; ALTER TABLE provenance RENAME TO provenance1;"
			      "ALTER TABLE assertion RENAME TO assertion1; ALTER TABLE claim RENAME TO claim1;";

static int carry_claims(struct sqlite *s)
{
	sqlite3_stmt *q = NULL;
	int code =
		sqlite3_prepare_v2(s->db,
				   "SELECT endpoint, e.id, kind, value, start, end, open, confidence, known, implied,"
				   " method, signature, evidence FROM claim1 JOIN endpoint e ON e.n=endpoint",
				   -1, &q, NULL);
	while (!code && sqlite3_step(q) == SQLITE_ROW) {
		struct claim c = {.kind = (const char *)sqlite3_column_text(q, 2),
				  .value = (const char *)sqlite3_column_text(q, 3),
				  .start_ns = (uint64_t)sqlite3_column_int64(q, 4) / 1000 * 1000,
				  .end_ns = (uint64_t)sqlite3_column_int64(q, 5) / 1000 * 1000,
				  .open = sqlite3_column_int(q, 6),
				  .confidence = (uint8_t)sqlite3_column_int(q, 7),
				  .known = (uint8_t)sqlite3_column_int(q, 8),
				  .implied = sqlite3_column_int(q, 9),
				  .method = (const char *)sqlite3_column_text(q, 10),
				  .signature = (const char *)sqlite3_column_text(q, 11),
				  .evidence = (const char *)sqlite3_column_text(q, 12)};
		if (c.kind && c.value && sqlite3_column_bytes(q, 1) == 16)
			code = sqlite_put_claim(s, sqlite3_column_int64(q, 0), sqlite3_column_blob(q, 1), &c);
	}
	int end = sqlite3_finalize(q);
	return code ? code : end;
}

/* All or nothing: an older repository stays as it was when this fails. */
static int migrate(struct sqlite *s)
{
	int code = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (!code)
		code = sqlite3_exec(s->db, aside_1, NULL, NULL, NULL);
	/* `endpoint` is as it was: only what follows it is new */
	if (!code)
		code = sqlite3_exec(s->db, strstr(schema, "CREATE TABLE claim"), NULL, NULL, NULL);
	if (!code)
		code = prepare(s);
	if (!code)
		code = carry_claims(s);
	if (!code)
		code = sqlite3_exec(s->db, from_1, NULL, NULL, NULL);
	if (!code)
		code = sqlite3_exec(s->db, "PRAGMA user_version=2; COMMIT", NULL, NULL, NULL);
	if (code)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return code;
}

static int bring_up(struct sqlite *s, int64_t version, struct error *error)
{
	if (version != 1)
		return error_set(error, ERROR_USAGE, "%s: its schema (%lld) is of no Onlooker; restore it from a copy",
				 s->path, (long long)version);
	if (!s->writing)
		return error_set(error, ERROR_USAGE,
				 "%s: written by an older Onlooker (schema 1); `onlooker repository upgrade "
				 "sqlite:%s` brings it up to date",
				 s->path, s->path);
	int code = migrate(s);
	return code ? sqlite_fail(s, code, error) : 0;
}

/* Ours, and of this version; made when the file is empty. */
static int check_schema(struct sqlite *s, struct error *error)
{
	int code;
	int64_t tables = ask(s, "SELECT count(*) FROM sqlite_master", &code);
	if (code)
		return sqlite_fail(s, code, error);
	int64_t application = ask(s, "PRAGMA application_id", &code);
	if (!tables && !application && s->writing) {
		code = create(s);
		return code ? sqlite_fail(s, code, error) : 0;
	}
	if (application != APPLICATION_ID)
		return error_set(error, ERROR_USAGE,
				 "%s: this is a database, but no repository of Onlooker; name another file", s->path);
	int64_t version = ask(s, "PRAGMA user_version", &code);
	if (version < SCHEMA_VERSION)
		return bring_up(s, version, error);
	if (version > SCHEMA_VERSION)
		return error_set(error, ERROR_USAGE,
				 "%s: written by a newer Onlooker (schema %lld, this one knows %d); use that one",
				 s->path, (long long)version, SCHEMA_VERSION);
	return 0;
}

/* A writer must be able to write now: a lock, a full disk, a read-only directory show here. */
static int ready_to_write(struct sqlite *s)
{
	int code = sqlite3_exec(s->db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=normal", NULL, NULL, NULL);
	if (!code)
		code = prepare(s);
	if (!code)
		code = sqlite_begin(s);
	return code ? code : sqlite_end(s);
}

/* What SQLite would say less well. */
static int look_at(const char *path, bool writing, struct error *error)
{
	struct stat status;
	bool there = stat(path, &status) == 0;
	if (there && S_ISDIR(status.st_mode))
		return error_set(error, ERROR_USAGE, "%s: is a directory; name a file in it", path);
	if (there || (writing && errno != ENOENT))
		return 0;
	if (!writing)
		return error_set(error, ERROR_USAGE,
				 "%s: %s; name a repository with --repository sqlite:PATH; `onlooker observe -r FILE "
				 "--repository sqlite:PATH` makes one",
				 path, strerror(errno));
	const char *slash = strrchr(path, '/');
	char parent[4096];
	snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - path) : 0, path);
	if (*parent && access(parent, F_OK) != 0)
		return error_set(error, ERROR_USAGE, "%s: there is no directory %s; make it or name another file", path,
				 parent);
	return 0;
}

static int set_up(struct sqlite *s, const char *path, struct error *error)
{
	int flags = s->writing ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
	if (strcmp(path, ":memory:") != 0 && look_at(path, s->writing, error) != 0)
		return ERROR_USAGE;
	int code = sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (code)
		return sqlite_fail(s, code, error);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	/* A file from elsewhere may call its traps by our tables' names. */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_exec(s->db, "PRAGMA cache_size=-65536; PRAGMA trusted_schema=off", NULL, NULL, NULL);
	int result = check_schema(s, error);
	if (result || !s->writing)
		return result;
	code = ready_to_write(s);
	return code ? sqlite_fail(s, code, error) : 0;
}

static int open_database(const char *path, enum repository_mode mode, bool lasting,
			 const struct repository_engine *engine, struct repository **out, struct error *error)
{
	struct sqlite *s = calloc(1, sizeof *s);
	char *name = strdup(path);
	if (!s || !name) {
		free(s);
		free(name);
		return error_set(error, ERROR_FAILED, "%s: no memory for the repository", path);
	}
	s->repository.engine = engine;
	s->path = name;
	s->writing = mode == REPOSITORY_WRITE;
	s->lasting = lasting;
	if (set_up(s, path, error) != 0) {
		s->writing = false;
		finish(&s->repository, NULL);
		return ERROR_USAGE; /* whatever it was, nothing was started */
	}
	*out = &s->repository;
	return 0;
}

static int open_file(const char *path, enum repository_mode mode, struct repository **out, struct error *error)
{
	if (!*path)
		return error_set(error, ERROR_USAGE, "sqlite: names no file; give sqlite:PATH");
	return open_database(path, mode, true, &repository_sqlite, out, error);
}

/* Nobody can ask it later what was said when, so it keeps no history. */
static int open_memory(const char *rest, enum repository_mode mode, struct repository **out, struct error *error)
{
	if (*rest)
		return error_set(error, ERROR_USAGE, ":memory:%s: no such URL; give :memory: alone", rest);
	return open_database(":memory:", REPOSITORY_WRITE, false, &repository_memory, out, error);
}

const struct repository_engine repository_sqlite = {
	.scheme = "sqlite:",
	.open = open_file,
	.provenance = sqlite_provenance,
	.store = sqlite_store,
	.commit = sqlite_commit,
	.endpoints = sqlite_endpoints,
	.history = sqlite_history,
	.spoken = sqlite_spoken,
	.changes = sqlite_changes,
	.revision = sqlite_revision,
	.holders = sqlite_holders,
	.observers = sqlite_observers,
	.prune = sqlite_prune,
	.close = finish,
	.history_kept = true,
};

const struct repository_engine repository_memory = {
	.scheme = ":memory:",
	.open = open_memory,
	.provenance = sqlite_provenance,
	.store = sqlite_store,
	.commit = sqlite_commit,
	.endpoints = sqlite_endpoints,
	.history = sqlite_history,
	.spoken = sqlite_spoken,
	.changes = sqlite_changes,
	.revision = sqlite_revision,
	.holders = sqlite_holders,
	.observers = sqlite_observers,
	.prune = sqlite_prune,
	.close = finish,
};
