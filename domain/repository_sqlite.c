#include "domain/repository_sqlite.h"

#include "core/hash.h"
#include "export/json.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID  0x4f6e6c6b /* "Onlk" */
#define SCHEMA_VERSION  1
#define ROWS_PER_COMMIT 10000
#define BUSY_MS         3000
#define ENDPOINT_CACHE  16384 /* powers of two */
#define IMPLIED_CACHE   32768

static const char schema[] =
	"CREATE TABLE endpoint(n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, identified INTEGER NOT NULL,"
	" first INTEGER NOT NULL, last INTEGER NOT NULL, survivor BLOB, mergedAt INTEGER);"
	"CREATE TABLE claim(endpoint INTEGER NOT NULL, key INTEGER NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,"
	" start INTEGER NOT NULL, end INTEGER NOT NULL, open INTEGER NOT NULL, confidence INTEGER NOT NULL,"
	" known INTEGER NOT NULL, implied INTEGER NOT NULL, method TEXT, signature TEXT, evidence TEXT,"
	" PRIMARY KEY(endpoint, key)) WITHOUT ROWID;"
	/* Lines are long: tables with rowids hold them without overflow pages, an index names them once. */
	"CREATE TABLE assertion(endpoint INTEGER NOT NULL, collected INTEGER NOT NULL, id BLOB NOT NULL,"
	" line TEXT NOT NULL);"
	"CREATE UNIQUE INDEX assertionOnce ON assertion(endpoint, collected, id);"
	"CREATE TABLE spoken(address TEXT NOT NULL, collected INTEGER NOT NULL, id BLOB NOT NULL,"
	" line TEXT NOT NULL);"
	"CREATE UNIQUE INDEX spokenOnce ON spoken(address, collected, id);"
	"CREATE TABLE provenance(line TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;";

static const char *const statements[STATEMENTS] = {
	[FIND_ENDPOINT] = "SELECT n, mergedAt FROM endpoint WHERE id=?1",
	[ADD_ENDPOINT] = "INSERT INTO endpoint(id, identified, first, last) VALUES(?1, ?2, 0, 0)",
	[UPDATE_ENDPOINT] = "UPDATE endpoint SET identified=?2, last=max(last, ?4),"
			    " first=CASE WHEN first=0 OR first>?3 THEN ?3 ELSE first END WHERE n=?1",
	[MERGE_ENDPOINT] = "UPDATE endpoint SET survivor=?2, mergedAt=?3 WHERE n=?1",
	[PUT_CLAIM] = "INSERT INTO claim(endpoint, key, kind, value, start, end, open, confidence, known, implied,"
		      " method, signature, evidence) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
		      " ON CONFLICT DO UPDATE SET start=min(start, excluded.start), end=max(end, excluded.end),"
		      " open=excluded.open, confidence=excluded.confidence, known=excluded.known,"
		      " method=excluded.method, signature=excluded.signature,"
		      " evidence=coalesce(excluded.evidence, evidence)",
	[WIDEN_CLAIM] = "UPDATE claim SET start=min(start, ?3), end=max(end, ?4), open=?5, confidence=?6, known=?7"
			" WHERE endpoint=?1 AND key=?2",
	[ADD_HISTORY] = "INSERT OR IGNORE INTO assertion VALUES(?1, ?2, ?3, ?4)",
	[ADD_SPOKEN] = "INSERT OR IGNORE INTO spoken VALUES(?1, ?2, ?3, ?4)",
	[ADD_PROVENANCE] = "INSERT OR IGNORE INTO provenance VALUES(?1)",
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
};

/* A fixed key: keys of claims must be the same on every start. */
static const struct hash_key claim_key = {0x6f6e6c6f6f6b6572ull, 0x636c61696d6b6579ull};

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

/* Runs a bound statement that gives no rows, and makes it ready for the next time. */
static int step(struct sqlite *s, int which)
{
	sqlite3_step(s->prepared[which]);
	int code = sqlite3_reset(s->prepared[which]);
	s->rows++;
	return code;
}

static void bind_text(sqlite3_stmt *q, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(q, at);
}

static int write_endpoint(struct sqlite *s, struct cached_endpoint *e)
{
	if (!e->dirty)
		return 0;
	sqlite3_stmt *q = s->prepared[UPDATE_ENDPOINT];
	sqlite3_bind_int64(q, 1, e->n);
	sqlite3_bind_int(q, 2, e->unique);
	sqlite3_bind_int64(q, 3, (int64_t)e->first_ns);
	sqlite3_bind_int64(q, 4, (int64_t)e->last_ns);
	e->dirty = false;
	return step(s, UPDATE_ENDPOINT);
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
	return step(s, WIDEN_CLAIM);
}

/* Reads or makes the row of endpoint `e->id`. */
static int load_endpoint(struct sqlite *s, struct cached_endpoint *e)
{
	sqlite3_stmt *q = s->prepared[FIND_ENDPOINT];
	sqlite3_bind_blob(q, 1, e->id, 16, SQLITE_STATIC);
	if (sqlite3_step(q) == SQLITE_ROW) {
		e->n = sqlite3_column_int64(q, 0);
		e->merged_ns = (uint64_t)sqlite3_column_int64(q, 1);
	}
	int code = sqlite3_reset(q);
	if (code || e->n)
		return code;
	q = s->prepared[ADD_ENDPOINT];
	sqlite3_bind_blob(q, 1, e->id, 16, SQLITE_STATIC);
	sqlite3_bind_int(q, 2, e->unique);
	code = step(s, ADD_ENDPOINT);
	if (!code)
		e->n = sqlite3_last_insert_rowid(s->db);
	return code;
}

static int find_endpoint(struct sqlite *s, const struct assertion *a, struct cached_endpoint **out)
{
	uint64_t h = hash_bytes(&claim_key, a->endpoint, 16);
	struct cached_endpoint *e = &s->endpoints[h % ENDPOINT_CACHE];
	*out = e;
	if (e->n && memcmp(e->id, a->endpoint, 16) == 0)
		return 0;
	int code = e->n ? write_endpoint(s, e) : 0;
	*e = (struct cached_endpoint){.unique = a->unique};
	memcpy(e->id, a->endpoint, 16);
	return code ? code : load_endpoint(s, e);
}

/* Names a claim within its endpoint: kind, value, and the start unless it is implied. */
static int64_t key_of(const char *kind, const void *value, size_t len, uint64_t start_ns)
{
	uint64_t h = hash_combine(hash_bytes(&claim_key, kind, strlen(kind)), start_ns);
	return (int64_t)hash_combine(h, hash_bytes(&claim_key, value, len));
}

static int put_claim(struct sqlite *s, int64_t endpoint, int64_t key, const struct claim *c)
{
	sqlite3_stmt *q = s->prepared[PUT_CLAIM];
	sqlite3_bind_int64(q, 1, endpoint);
	sqlite3_bind_int64(q, 2, key);
	bind_text(q, 3, c->kind);
	bind_text(q, 4, c->value);
	sqlite3_bind_int64(q, 5, (int64_t)c->start_ns);
	sqlite3_bind_int64(q, 6, (int64_t)c->end_ns);
	sqlite3_bind_int(q, 7, c->open);
	sqlite3_bind_int(q, 8, c->confidence);
	sqlite3_bind_int(q, 9, c->known);
	sqlite3_bind_int(q, 10, c->implied);
	bind_text(q, 11, c->method);
	bind_text(q, 12, c->signature);
	bind_text(q, 13, c->evidence);
	return step(s, PUT_CLAIM);
}

static int new_implied(struct sqlite *s, struct cached_claim *c, const struct designation *d)
{
	buffer_clear(&s->value);
	json_text(&s->value, d->value);
	buffer_char(&s->value, 0);
	if (s->value.failed)
		return SQLITE_NOMEM;
	struct claim claim = {.kind = assertion_designation_name(d->name),
			      .value = s->value.data,
			      .known = d->known,
			      .confidence = d->confidence,
			      .start_ns = c->start_ns,
			      .end_ns = c->end_ns,
			      .open = c->open,
			      .implied = true};
	return put_claim(s, c->endpoint, c->key, &claim);
}

static int designate(struct sqlite *s, int64_t endpoint, const struct assertion *a, const struct designation *d)
{
	int64_t key = key_of(assertion_designation_name(d->name), d->value, strlen(d->value), 0);
	uint64_t h = hash_combine((uint64_t)key, (uint64_t)endpoint);
	struct cached_claim *c = &s->implied[h % IMPLIED_CACHE];
	if (c->endpoint != endpoint || c->key != key) {
		int code = c->endpoint ? write_implied(s, c) : 0;
		*c = (struct cached_claim){endpoint, key,           a->start_ns, a->end_ns,
					   d->known, d->confidence, a->open,     false};
		return code ? code : new_implied(s, c, d);
	}
	bool wider = a->start_ns < c->start_ns || a->end_ns > c->end_ns;
	if (!wider && c->open == a->open && c->confidence == d->confidence && c->known == d->known)
		return 0;
	c->start_ns = a->start_ns < c->start_ns ? a->start_ns : c->start_ns;
	c->end_ns = a->end_ns > c->end_ns ? a->end_ns : c->end_ns;
	c->open = a->open;
	c->known = d->known;
	c->confidence = d->confidence;
	c->dirty = true;
	return 0;
}

static int claim_attribute(struct sqlite *s, int64_t endpoint, const struct assertion *a, const struct attribute *t)
{
	buffer_clear(&s->value);
	json_value(&s->value, t);
	size_t len = s->value.len;
	buffer_char(&s->value, 0);
	buffer_clear(&s->evidence);
	json_evidence(&s->evidence, t->evidence, t->n_evidence);
	buffer_char(&s->evidence, 0);
	if (s->value.failed || s->evidence.failed)
		return SQLITE_NOMEM;
	struct claim claim = {.kind = assertion_attribute_name(t),
			      .value = s->value.data,
			      .known = t->known,
			      .confidence = t->confidence,
			      .method = t->method,
			      .signature = t->signature,
			      .evidence = t->n_evidence ? s->evidence.data : NULL,
			      .start_ns = a->start_ns,
			      .end_ns = a->end_ns,
			      .open = a->open};
	return put_claim(s, endpoint, key_of(claim.kind, s->value.data, len, a->start_ns | 1ull << 63), &claim);
}

static const char *member_text(const struct attribute *t, const char *name)
{
	for (uint32_t i = 0; i < t->n_members; i++)
		if (t->members[i].name && strcmp(t->members[i].name, name) == 0)
			return t->members[i].text;
	return NULL;
}

/* The survivor when `a` says that its endpoint turned out to be another. */
static bool merges(const struct assertion *a, uint8_t survivor[16])
{
	for (uint32_t i = 0; i < a->n_attributes; i++) {
		const struct attribute *t = &a->attributes[i];
		const char *kind = t->name == ATTRIBUTE_EVENT ? member_text(t, "kind") : NULL;
		const char *other = kind && strcmp(kind, "gone") == 0 ? member_text(t, "new") : NULL;
		if (other && uuid_parse(other, survivor) && memcmp(survivor, a->endpoint, 16) != 0)
			return true;
	}
	return false;
}

static int merge(struct sqlite *s, struct cached_endpoint *e, const uint8_t *survivor, uint64_t time_ns)
{
	sqlite3_stmt *q = s->prepared[MERGE_ENDPOINT];
	sqlite3_bind_int64(q, 1, e->n);
	e->merged_ns = survivor ? time_ns : 0;
	if (survivor) {
		sqlite3_bind_blob(q, 2, survivor, 16, SQLITE_STATIC);
		sqlite3_bind_int64(q, 3, (int64_t)time_ns);
	} else {
		sqlite3_bind_null(q, 2);
		sqlite3_bind_null(q, 3);
	}
	return step(s, MERGE_ENDPOINT);
}

static void widen(struct cached_endpoint *e, const struct assertion *a)
{
	if (!e->first_ns || a->start_ns < e->first_ns)
		e->first_ns = a->start_ns;
	if (a->end_ns > e->last_ns)
		e->last_ns = a->end_ns;
	e->unique = a->unique;
	e->dirty = true;
}

static int know(struct sqlite *s, struct cached_endpoint *e, const struct assertion *a)
{
	uint8_t survivor[16];
	if (a->statement == STATEMENT_EVENT && merges(a, survivor))
		return merge(s, e, survivor, a->start_ns);
	int code = 0;
	if (e->merged_ns && a->start_ns > e->merged_ns) /* parted again */
		code = merge(s, e, NULL, 0);
	if (a->statement != STATEMENT_EVENT)
		widen(e, a);
	for (uint32_t i = 0; i < a->n_designations && !code && a->statement != STATEMENT_EVENT; i++)
		code = designate(s, e->n, a, &a->designations[i]);
	for (uint32_t i = 0; i < a->n_attributes && !code; i++)
		code = claim_attribute(s, e->n, a, &a->attributes[i]);
	return code;
}

static const char *subject(const struct assertion *a)
{
	for (uint32_t i = 0; i < a->n_designations; i++)
		if (a->designations[i].name == DESIGNATION_IPV4 || a->designations[i].name == DESIGNATION_IPV6)
			return a->designations[i].value;
	return a->n_designations ? a->designations[0].value : "";
}

static int remember(struct sqlite *s, const struct cached_endpoint *e, const struct assertion *a)
{
	buffer_clear(&s->line);
	json_assertion(&s->line, &s->provenance, a);
	if (s->line.failed)
		return SQLITE_NOMEM;
	sqlite3_stmt *q = s->prepared[e ? ADD_HISTORY : ADD_SPOKEN];
	if (e)
		sqlite3_bind_int64(q, 1, e->n);
	else
		bind_text(q, 1, subject(a));
	sqlite3_bind_int64(q, 2, (int64_t)a->collected_ns);
	sqlite3_bind_blob(q, 3, a->id, 16, SQLITE_STATIC);
	sqlite3_bind_text(q, 4, s->line.data, (int)s->line.len - 1, SQLITE_STATIC);
	return step(s, e ? ADD_HISTORY : ADD_SPOKEN);
}

static int take(struct sqlite *s, const struct assertion *a)
{
	struct cached_endpoint *e = NULL;
	int code = a->has_endpoint ? find_endpoint(s, a, &e) : 0;
	if (!code && e)
		code = know(s, e, a);
	if (!code && s->history)
		code = remember(s, e, a);
	return code;
}

static int begin(struct sqlite *s)
{
	if (s->in_transaction)
		return 0;
	int code = step(s, BEGIN);
	s->in_transaction = !code;
	s->rows = 0;
	return code;
}

static void forget(struct sqlite *s)
{
	if (s->in_transaction)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->in_transaction = false;
	memset(s->endpoints, 0, ENDPOINT_CACHE * sizeof *s->endpoints);
	memset(s->implied, 0, IMPLIED_CACHE * sizeof *s->implied);
}

static int write_caches(struct sqlite *s)
{
	int code = 0;
	for (size_t i = 0; i < ENDPOINT_CACHE && !code; i++)
		code = write_endpoint(s, &s->endpoints[i]);
	for (size_t i = 0; i < IMPLIED_CACHE && !code; i++)
		code = write_implied(s, &s->implied[i]);
	return code;
}

static int end_transaction(struct sqlite *s)
{
	if (!s->in_transaction)
		return 0;
	int code = write_caches(s);
	if (!code)
		code = step(s, COMMIT);
	if (code)
		return code;
	s->in_transaction = false;
	s->taken = 0;
	return 0;
}

static int write_assertions(struct repository *r, const struct assertion *assertions, uint32_t count,
			    struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	int code = 0;
	uint32_t i = 0;
	for (; i < count && !code; i++) {
		code = begin(s);
		if (!code)
			code = take(s, &assertions[i]);
		s->taken++;
		if (!code && s->rows >= ROWS_PER_COMMIT)
			code = end_transaction(s);
	}
	if (!code)
		return 0;
	s->taken += count - i; /* those behind it are undone too */
	int result = sqlite_fail(s, code, error);
	forget(s);
	return result;
}

int sqlite_commit(struct repository *r, uint64_t *undone, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	int code = end_transaction(s), result = 0;
	if (code) {
		result = sqlite_fail(s, code, error);
		forget(s);
	}
	if (undone)
		*undone = s->taken;
	s->taken = 0;
	return result;
}

static int write_provenance(struct repository *r, const struct provenance *p, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	s->provenance = *p;
	buffer_clear(&s->line);
	json_provenance(&s->line, p);
	sqlite3_bind_text(s->prepared[ADD_PROVENANCE], 1, s->line.data, (int)s->line.len - 1, SQLITE_STATIC);
	int code = step(s, ADD_PROVENANCE);
	return code ? sqlite_fail(s, code, error) : 0;
}

static int finish(struct repository *r, struct error *error)
{
	struct sqlite *s = (struct sqlite *)r;
	int result = s->writing ? sqlite_commit(r, NULL, error) : 0;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->prepared[i]);
	sqlite3_close(s->db);
	buffer_fini(&s->value);
	buffer_fini(&s->evidence);
	buffer_fini(&s->line);
	free(s->endpoints);
	free(s->implied);
	free(s->path);
	free(s);
	return result;
}

/* Opening. */

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
	if (version > SCHEMA_VERSION)
		return error_set(error, ERROR_USAGE,
				 "%s: written by a newer Onlooker (schema %lld, this one knows %d); use that one",
				 s->path, (long long)version, SCHEMA_VERSION);
	return 0;
}

static int prepare(struct sqlite *s)
{
	int code = 0;
	for (int i = 0; i < STATEMENTS && !code; i++)
		code = sqlite3_prepare_v3(s->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &s->prepared[i], NULL);
	s->endpoints = calloc(ENDPOINT_CACHE, sizeof *s->endpoints);
	s->implied = calloc(IMPLIED_CACHE, sizeof *s->implied);
	return code ? code : s->endpoints && s->implied ? 0 : SQLITE_NOMEM;
}

/* A writer must be able to write now: a lock, a full disk, a read-only directory show here. */
static int ready_to_write(struct sqlite *s)
{
	int code = sqlite3_exec(s->db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=normal", NULL, NULL, NULL);
	if (!code)
		code = prepare(s);
	if (!code)
		code = begin(s);
	return code ? code : end_transaction(s);
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

static int open_database(const char *path, enum repository_mode mode, bool keep_history,
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
	s->history = keep_history;
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
	.provenance = write_provenance,
	.write = write_assertions,
	.commit = sqlite_commit,
	.endpoints = sqlite_endpoints,
	.history = sqlite_history,
	.spoken = sqlite_spoken,
	.close = finish,
};

const struct repository_engine repository_memory = {
	.scheme = ":memory:",
	.open = open_memory,
	.provenance = write_provenance,
	.write = write_assertions,
	.commit = sqlite_commit,
	.endpoints = sqlite_endpoints,
	.history = sqlite_history,
	.spoken = sqlite_spoken,
	.close = finish,
};
