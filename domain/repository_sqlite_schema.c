/* The tables of an SQLite repository, of today and of before: making them, bringing an older file up, refusing one that
 * is not ours.
 *
 * Times are nanoseconds. `stored` and `relayed` tell when we knew, `start` and `end` when it held. A revision is a row
 * of `assertion`: nothing is ever overwritten there. */
#include "domain/repository_sqlite.h"

#include <string.h>

#define APPLICATION_ID 0x4f6e6c6b /* "Onlk" */
#define SCHEMA_VERSION 3
#define PAGE_BYTES     16384
#define PAUSE_MS       20

/* In the order of their identifiers, as pages of an answer are. */
static const char endpoint_table[] =
	"CREATE TABLE endpoint(id BLOB PRIMARY KEY, n INTEGER NOT NULL, identified INTEGER NOT NULL,"
	" first INTEGER NOT NULL, last INTEGER NOT NULL, survivor BLOB, mergedAt INTEGER) WITHOUT ROWID;"
	"CREATE INDEX endpointMerged ON endpoint(survivor) WHERE survivor IS NOT NULL;"; /* a prune makes it, too */

static const char kept_tables[] =
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
	"CREATE TABLE provenance(n INTEGER PRIMARY KEY, line TEXT NOT NULL UNIQUE);"
	"CREATE TABLE observed(endpoint INTEGER NOT NULL, provenance INTEGER NOT NULL,"
	" PRIMARY KEY(endpoint, provenance)) WITHOUT ROWID;";

/* What was given last: a number is never given twice, whatever goes. */
static const char sequence_table[] = "CREATE TABLE sequence(last INTEGER NOT NULL, endpoints INTEGER NOT NULL);"
				     "INSERT INTO sequence VALUES(0, 0);";

/* What endpoints are asked for by. Names and software: each text once, and who has it; `sort` puts versions in order.
 * Addresses: few have the same, so they stand with who has them, in order (domain/term.h). */
static const char found_tables[] =
	"CREATE TABLE term(n INTEGER PRIMARY KEY, kind INTEGER NOT NULL, text TEXT NOT NULL, creator TEXT NOT NULL,"
	" version TEXT NOT NULL, sort BLOB NOT NULL);"
	"CREATE UNIQUE INDEX termOnce ON term(kind, text, creator, version);"
	"CREATE INDEX termCreator ON term(kind, creator, text, version);"
	"CREATE TABLE held(term INTEGER NOT NULL, endpoint BLOB NOT NULL, PRIMARY KEY(term, endpoint)) WITHOUT ROWID;"
	"CREATE TABLE located(kind INTEGER NOT NULL, place BLOB NOT NULL, endpoint BLOB NOT NULL,"
	" PRIMARY KEY(kind, place, endpoint)) WITHOUT ROWID;";

/* From schema 1: claims get the keys of today and terms to be found by, the history its revisions. Of what was stored
 * then it is not known when it was, nor of what kinds it is: it counts as stored with its collection. */
static const char aside_1[] = "DROP INDEX assertionOnce; ALTER TABLE provenance RENAME TO provenance1;"
			      "ALTER TABLE assertion RENAME TO assertion1; ALTER TABLE claim RENAME TO claim1;"
			      "ALTER TABLE endpoint RENAME TO endpoint1;";

static const char from_1[] =
	"INSERT INTO endpoint SELECT id, n, identified, first, last, survivor, mergedAt FROM endpoint1 ORDER BY id;"
	"INSERT INTO provenance(line) SELECT line FROM provenance1 ORDER BY line;"
	"INSERT INTO assertion(endpoint, subject, collected, id, stored, relayed, kinds, provenance, line)"
	" SELECT endpoint, NULL, collected, id, collected, 0, -1, 0, line FROM assertion1 ORDER BY rowid;"
	"INSERT INTO assertion(endpoint, subject, collected, id, stored, relayed, kinds, provenance, line)"
	" SELECT 0, address, collected, id, collected, 0, -1, 0, line FROM spoken ORDER BY rowid;"
	"UPDATE sequence SET last=(SELECT coalesce(max(revision), 0) FROM assertion),"
	" endpoints=(SELECT coalesce(max(n), 0) FROM endpoint);"
	"DROP TABLE assertion1; DROP TABLE spoken; DROP TABLE provenance1; DROP TABLE endpoint1;";

/* From schema 2: endpoints in order, addresses with who has them. */
static const char aside_2[] = "DROP INDEX termOnce; DROP INDEX termSort; ALTER TABLE endpoint RENAME TO endpoint2;"
			      "ALTER TABLE term RENAME TO term2; ALTER TABLE held RENAME TO held2;"
			      "ALTER TABLE sequence RENAME TO sequence2;";

#define CLIENT_IDENTIFIER "text GLOB 'dhcpClientIdentifier \"ff*' AND length(term2.text)>22+15"

static const char from_2[] =
	"INSERT INTO endpoint SELECT id, n, identified, first, last, survivor, mergedAt FROM endpoint2 ORDER BY id;"
	"INSERT INTO term SELECT n, kind, text, creator, version, sort FROM term2 WHERE kind NOT IN (1, 2);"
	"INSERT INTO held SELECT term, endpoint FROM held2 JOIN term ON n=term ORDER BY term, endpoint;"
	/* a client identifier is shared by its machine's part (term_shared()) */
	"INSERT OR IGNORE INTO term(kind, text, creator, version, sort)"
	" SELECT 4, substr(text, 1, 22)||substr(text, 33), '', '', x'' FROM term2 WHERE " CLIENT_IDENTIFIER ";"
	"INSERT OR IGNORE INTO held SELECT t.n, h.endpoint FROM term2 JOIN held2 h ON h.term=term2.n JOIN term t ON "
	"t.kind=4"
	" AND t.text=substr(term2.text, 1, 22)||substr(term2.text, 33) WHERE term2." CLIENT_IDENTIFIER ";"
	"INSERT INTO located SELECT kind, CASE kind WHEN 1 THEN sort ELSE CAST(text AS BLOB) END, endpoint"
	" FROM term2 JOIN held2 ON term=n WHERE kind IN (1, 2);"
	"INSERT INTO term(kind, text, creator, version, sort) SELECT DISTINCT 5, json_extract(value, '$.role'), '', "
	"'', x''"
	" FROM claim WHERE kind='softwareInstance' AND json_extract(value, '$.role') IS NOT NULL;"
	"INSERT OR IGNORE INTO held SELECT t.n, e.id FROM claim c JOIN endpoint e ON e.n=c.endpoint JOIN term t ON "
	"t.kind=5"
	" AND t.text=json_extract(c.value, '$.role') WHERE c.kind='softwareInstance';"
	"UPDATE sequence SET last=(SELECT last FROM sequence2), endpoints=(SELECT coalesce(max(n), 0) FROM endpoint);"
	"DROP TABLE held2; DROP TABLE term2; DROP TABLE endpoint2; DROP TABLE sequence2;";

static int run_all(struct sqlite *s, const char *const *texts)
{
	int code = 0;
	for (; *texts && !code; texts++)
		code = sqlite3_exec(s->db, *texts, NULL, NULL, NULL);
	return code;
}

static int64_t ask(struct sqlite *s, const char *sql, int *code)
{
	sqlite3_stmt *q = NULL;
	int64_t value = 0;
	*code = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);
	if (!*code && sqlite3_step(q) == SQLITE_ROW)
		value = sqlite3_column_int64(q, 0);
	int end = sqlite3_finalize(q);
	if (!*code)
		*code = end;
	return value;
}

static int undo(struct sqlite *s, int code)
{
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return code;
}

/* SQLite does not wait itself where two change the kind of log at once. */
static int begin_to_create(struct sqlite *s, const char *head)
{
	sqlite3_busy_timeout(s->db, 0);
	int code = sqlite3_exec(s->db, head, NULL, NULL, NULL);
	for (int waited_ms = 0; code == SQLITE_BUSY && waited_ms < BUSY_MS; waited_ms += PAUSE_MS) {
		sqlite3_sleep(PAUSE_MS);
		code = sqlite3_exec(s->db, head, NULL, NULL, NULL);
	}
	sqlite3_busy_timeout(s->db, BUSY_MS);
	return code;
}

/* Two that begin at once both find an empty file: who comes second to the lock finds what the first has made. */
static int create(struct sqlite *s)
{
	char *head = sqlite3_mprintf("PRAGMA page_size=%d; PRAGMA journal_mode=WAL; BEGIN IMMEDIATE;", PAGE_BYTES),
	     *tail = sqlite3_mprintf("PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT;", APPLICATION_ID,
				     SCHEMA_VERSION);
	const char *const texts[] = {endpoint_table, kept_tables, sequence_table, found_tables, tail, NULL};
	int code = head && tail ? begin_to_create(s, head) : SQLITE_NOMEM;
	bool begun = !code;
	int64_t tables = begun ? ask(s, "SELECT count(*) FROM sqlite_master", &code) : 0;
	if (!code && !tables)
		code = run_all(s, texts);
	if (begun && (code || tables))
		code = undo(s, code);
	sqlite3_free(head);
	sqlite3_free(tail);
	return code;
}

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

static int carry_from_1(struct sqlite *s)
{
	const char *const before[] = {aside_1, endpoint_table, kept_tables, sequence_table, found_tables, from_1, NULL};
	int code = run_all(s, before);
	if (!code)
		code = sqlite_prepare(s);
	if (!code)
		code = carry_claims(s);
	return code ? code : sqlite3_exec(s->db, "DROP TABLE claim1", NULL, NULL, NULL);
}

static int carry_from_2(struct sqlite *s)
{
	const char *const texts[] = {aside_2, endpoint_table, sequence_table, found_tables, from_2, NULL};
	return run_all(s, texts);
}

/* All or nothing: an older repository stays as it was when this fails. Another may have done it meanwhile. */
static int migrate(struct sqlite *s)
{
	int code = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (code)
		return code;
	int64_t version = ask(s, "PRAGMA user_version", &code);
	if (!code && version == SCHEMA_VERSION)
		return undo(s, 0);
	if (!code)
		code = version == 1 ? carry_from_1(s) : carry_from_2(s);
	if (!code)
		code = sqlite3_exec(s->db, "PRAGMA user_version=3; COMMIT", NULL, NULL, NULL);
	return code ? undo(s, code) : 0;
}

static int bring_up(struct sqlite *s, int64_t version, struct error *error)
{
	if (version < 1)
		return error_set(error, ERROR_USAGE, "%s: its schema (%lld) is of no Onlooker; restore it from a copy",
				 s->path, (long long)version);
	if (!s->writing)
		return error_set(error, ERROR_USAGE,
				 "%s: written by an older Onlooker (schema %lld); `onlooker repository upgrade "
				 "--repository sqlite:%s` brings it up to date",
				 s->path, (long long)version, s->path);
	int code = migrate(s);
	return code ? sqlite_fail(s, code, error) : 0;
}

int sqlite_check_schema(struct sqlite *s, struct error *error)
{
	int code;
	int64_t tables = ask(s, "SELECT count(*) FROM sqlite_master", &code);
	if (code)
		return sqlite_fail(s, code, error);
	int64_t application = ask(s, "PRAGMA application_id", &code);
	if (!code && !tables && !application && s->writing) {
		code = create(s);
		application = code ? 0 : ask(s, "PRAGMA application_id", &code);
	}
	if (code)
		return sqlite_fail(s, code, error);
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
