#include "domain/repository_sqlite.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOVED                                                                                    \
	" start=min(start, ?5), end=max(end, ?6), open=?7, confidence=?8, known=?9, method=?11," \
	" signature=?12, evidence=coalesce(?13, evidence)"

static const char *const statements[STATEMENTS] = {
	[FIND_ENDPOINT] = "SELECT n, mergedAt, survivor, first, last FROM endpoint WHERE id=?1",
	[ADD_ENDPOINT] = "INSERT INTO endpoint(id, n, identified, first, last) VALUES(?1, ?2, ?3, ?4, ?5)",
	[UPDATE_ENDPOINT] = "UPDATE endpoint SET identified=?2, last=max(last, ?4),"
			    " first=CASE WHEN first=0 OR first>?3 THEN ?3 ELSE first END WHERE id=?1",
	[MERGE_ENDPOINT] = "UPDATE endpoint SET survivor=?2, mergedAt=?3 WHERE id=?1",
	[MOVE_CLAIM] = "UPDATE claim SET" MOVED " WHERE endpoint=?1 AND key=?2",
	[ADD_CLAIM] = "INSERT INTO claim(endpoint, key, kind, value, start, end, open, confidence, known, implied,"
		      " method, signature, evidence) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
		      " ON CONFLICT DO UPDATE SET" MOVED,
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
	[ADD_LOCATED] = "INSERT OR IGNORE INTO located VALUES(?1, ?2, ?3)",
	[HOLDERS_OF_TERM] = "SELECT endpoint FROM held WHERE term=?1 AND endpoint BETWEEN ?2 AND ?3"
			    " ORDER BY endpoint LIMIT ?4",
	[SHARE_MAC] = "SELECT l.endpoint FROM located l JOIN endpoint e ON e.id=l.endpoint AND e.survivor IS NULL"
		      " WHERE l.kind=2 AND l.place=?1 LIMIT ?2",
	[SHARE_TERM] = "SELECT h.endpoint FROM held h JOIN endpoint e ON e.id=h.endpoint AND e.survivor IS NULL"
		       " WHERE h.term=(SELECT n FROM term WHERE kind=4 AND text=CAST(?1 AS TEXT)) LIMIT ?2",
	[GET_SEQUENCE] = "SELECT last, endpoints FROM sequence",
	[SET_SEQUENCE] = "UPDATE sequence SET last=?1, endpoints=?2",
	[LIST_PLACES] = "SELECT kind, value FROM claim WHERE endpoint=?1 AND kind IN ('vlanId', 'layer2SegmentId',"
			" 'hardware')",
	[LIST_CLAIMS] = "SELECT key, kind, value, start, end, open, confidence, known, implied, method, signature,"
			" evidence FROM claim WHERE endpoint=?1",
	[ANY_WITH_MAC] = "SELECT 1 FROM located WHERE kind=2 AND place=?1",
	[FIND_SAME_MAC] = "SELECT e.n, e.id FROM located l JOIN endpoint e ON e.id=l.endpoint"
			  " WHERE l.kind=2 AND l.place=?1 AND e.survivor IS NULL AND e.n<?2 AND NOT EXISTS(SELECT 1"
			  " FROM observed o JOIN provenance p ON p.n=o.provenance WHERE o.endpoint=e.n AND"
			  " instr(p.line, ?3)) ORDER BY e.n LIMIT 16",
	[DROP_CLAIMS] = "DELETE FROM claim WHERE endpoint=?1 AND ?2=?2",
	[MOVE_HISTORY] = "UPDATE OR IGNORE assertion SET endpoint=?2 WHERE endpoint=?1",
	[MOVE_OBSERVED] = "INSERT OR IGNORE INTO observed SELECT ?2, provenance FROM observed WHERE endpoint=?1",
	[MOVE_SIGHTING] = "UPDATE endpoint SET last=max(endpoint.last, a.last), first=CASE WHEN a.first=0 THEN"
			  " endpoint.first WHEN endpoint.first=0 THEN a.first ELSE min(endpoint.first, a.first) END"
			  " FROM endpoint a WHERE a.id=?1 AND endpoint.id=?2",
	[DATA_VERSION] = "PRAGMA data_version",
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

static int sync_sqlite(struct repository *r, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	int code = s->keeper.db ? sqlite_keeper_sync(&s->keeper) : 0;
	if (!code)
		return 0;
	if (code == SQLITE_READONLY_DBMOVED)
		return error_set(error, ERROR_FAILED,
				 "%s: somebody moved or deleted this file; put it back, then start this program again",
				 s->path);
	return error_set(error, ERROR_FAILED,
			 "%s: the disk did not keep what was written; look at it, then start this program again",
			 s->path);
}

static void tend(struct repository *r)
{
	struct sqlite *s = (struct sqlite *)r;
	if (s->keeper.db)
		sqlite_keeper_tend(&s->keeper);
}

static int finish(struct repository *r, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	int result = s->writing ? sqlite_commit(r, NULL, error) : 0;
	if (!result)
		result = sync_sqlite(r, error);
	sqlite_keeper_close(&s->keeper);
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

int sqlite_prepare(struct sqlite *s)
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

/* A writer must be able to write now: a lock, a full disk, a read-only directory show here. What is committed has to
 * survive that the power goes, as who is told so forgets it: the keeper waits for the disk, so SQLite need not. */
static int ready_to_write(struct sqlite *s, const char *path)
{
	int code = sqlite3_exec(s->db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=normal", NULL, NULL, NULL);
	if (!code)
		code = sqlite_begin(s);
	if (!code)
		code = sqlite_end(s);
	return code || !s->lasting ? code : sqlite_keeper_open(&s->keeper, s->db, path);
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

/* Nobody asks how much memory SQLite uses: counting it takes a lock a piece. */
static void configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int open_to_write(struct sqlite *s, const char *path, struct error *error)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int code = sqlite3_open_v2(path, &s->db, flags, NULL);
	return code ? sqlite_fail(s, code, error) : 0;
}

static int set_up(struct sqlite *s, const char *path, struct error *error)
{
	if (strcmp(path, ":memory:") != 0 && look_at(path, s->writing, error) != 0)
		return ERROR_USAGE;
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, configure);
	int result = s->writing ? open_to_write(s, path, error) : sqlite_open_to_read(s, path, error);
	if (result)
		return result;
	if (s->writing && sqlite3_db_readonly(s->db, "main") == 1)
		return error_set(error, ERROR_USAGE, "%s: this file may not be written; look at its permissions", path);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	/* A file from elsewhere may call its traps by our tables' names. */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_exec(s->db, "PRAGMA cache_size=-65536; PRAGMA trusted_schema=off", NULL, NULL, NULL);
	result = sqlite_check_schema(s, error);
	if (result)
		return result;
	int code = sqlite_prepare(s);
	if (!code && s->writing)
		code = ready_to_write(s, path);
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
	if (s->writing)
		sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
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
	.sync = sync_sqlite,
	.tend = tend,
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
	.near = true,
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
	.near = true,
};
