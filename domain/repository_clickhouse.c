/* The engine over ClickHouse: opening, its tables, storing. repository_clickhouse_read.c asks.
 *
 * Rows are only ever added: of a claim or an endpoint each batch adds what it says, and a question puts them together
 * (earliest start, latest end, the last word on the rest). A batch of up to 10,000 assertions is kept until it is full,
 * a second old, or committed; what the tables have already repository_clickhouse_known.c finds out, and
 * repository_clickhouse_rows.c makes rows of the rest. One writer at a time.
 * The SQL is what versions 18 to today share.
 */
#include "domain/repository_clickhouse.h"

#include "core/hash.h"
#include "core/monotonic.h"
#include "core/time.h"
#include "domain/stored_assertion.h"
#include "domain/term.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_PENDING 10000
#define MOST_OCTETS  (256u << 20)
#define BATCH_MS     1000

static const struct {
	const char *name, *columns, *order, *engine, *shard;
} tables[CLICKHOUSE_TABLES] = {
	[CLICKHOUSE_ASSERTION] =
		{"assertion",
		 "revision UInt64, endpoint FixedString(16), subject String, collected UInt64, id FixedString(16),"
		 " stored UInt64, relayed UInt64, kinds UInt64, provenance UInt64, line String",
		 "(endpoint, collected, id)", "MergeTree", "cityHash64(endpoint)"},
	[CLICKHOUSE_CLAIM] =
		{"claim",
		 "endpoint FixedString(16), key Int64, kind String, value String, start UInt64, end UInt64, open UInt8,"
		 " confidence UInt8, known UInt8, implied UInt8, method String, signature String, evidence String,"
		 " revision UInt64",
		 "(endpoint, key, revision)", "MergeTree", "cityHash64(endpoint)"},
	/* `sighted` 0: an event that says it was merged into `survivor` at `start` */
	[CLICKHOUSE_ENDPOINT] = {"endpoint",
				 "endpoint FixedString(16), sighted UInt8, identified UInt8, start UInt64, end UInt64,"
				 " survivor FixedString(16), revision UInt64",
				 "(endpoint, revision)", "MergeTree", "cityHash64(endpoint)"},
	[CLICKHOUSE_HELD] =
		{"held",
		 "kind UInt8, text String, creator String, version String, sort String, endpoint FixedString(16)",
		 "(kind, text, creator, version, endpoint)", "ReplacingMergeTree", "cityHash64(endpoint)"},
	[CLICKHOUSE_PROVENANCE] = {"provenance", "n UInt64, line String", "n", "ReplacingMergeTree", "n"},
};

static const struct hash_key number_key = {0x70726f76656eull, 0x616e6365ull};

/* Making the tables. */

static int run(struct clickhouse_repository *r, struct buffer *sql, struct error *error)
{
	int code = clickhouse_run(r->server, sql, NULL, error);
	buffer_clear(sql);
	return code;
}

static void on_cluster(struct clickhouse_repository *r, struct buffer *sql)
{
	const char *cluster = clickhouse_cluster(r->server);
	if (cluster)
		buffer_format(sql, " ON CLUSTER %s", cluster);
}

/* On a cluster: a replicated table on every server, and one over them all by the name that is asked. */
static int create_table(struct clickhouse_repository *r, struct buffer *sql, int t, struct error *error)
{
	const char *database = clickhouse_database(r->server), *cluster = clickhouse_cluster(r->server);
	buffer_format(sql, "CREATE TABLE IF NOT EXISTS %s.%s%s", database, tables[t].name, cluster ? "_local" : "");
	on_cluster(r, sql);
	buffer_format(sql, " (%s) ENGINE=", tables[t].columns);
	if (cluster)
		buffer_format(sql, "Replicated%s('/clickhouse/tables/{shard}/%s/%s', '{replica}')", tables[t].engine,
			      database, tables[t].name);
	else
		buffer_format(sql, "%s()", tables[t].engine);
	buffer_format(sql, " ORDER BY %s", tables[t].order);
	int code = run(r, sql, error);
	if (code || !cluster)
		return code;
	buffer_format(sql,
		      "CREATE TABLE IF NOT EXISTS %s.%s ON CLUSTER %s AS %s.%s_local ENGINE=Distributed(%s, %s, "
		      "%s_local, %s)",
		      database, tables[t].name, cluster, database, tables[t].name, cluster, database, tables[t].name,
		      tables[t].shard);
	return run(r, sql, error);
}

static int create(struct clickhouse_repository *r, struct error *error)
{
	struct buffer sql = {0};
	buffer_format(&sql, "CREATE DATABASE IF NOT EXISTS %s", clickhouse_database(r->server));
	on_cluster(r, &sql);
	int code = run(r, &sql, error);
	for (int t = 0; t < CLICKHOUSE_TABLES && !code; t++)
		code = create_table(r, &sql, t, error);
	buffer_fini(&sql);
	return code;
}

/* A reader must not make what it asks. */
static int look(struct clickhouse_repository *r, struct error *error)
{
	struct buffer sql = {0};
	uint64_t there = 0;
	buffer_format(&sql,
		      "SELECT count() FROM system.tables WHERE database='%s' AND name='assertion' FORMAT RowBinary",
		      clickhouse_database(r->server));
	int code = clickhouse_number(r->server, &sql, &there, error);
	if (!code && !there)
		code = error_set(
			error, ERROR_USAGE,
			"clickhouse: there is no repository in database %s; `onlooker observe -r FILE --repository "
			"clickhouse://…` makes one",
			clickhouse_database(r->server));
	buffer_fini(&sql);
	return code;
}

static int last_revision(struct clickhouse_repository *r, uint64_t *out, struct error *error)
{
	struct buffer sql = {0};
	buffer_format(&sql, "SELECT max(revision) FROM %s.assertion FORMAT RowBinary", clickhouse_database(r->server));
	int code = clickhouse_number(r->server, &sql, out, error);
	buffer_fini(&sql);
	return code;
}

static int open_clickhouse(const char *rest, enum repository_mode mode, struct repository **out, struct error *error)
{
	struct clickhouse_repository *r = calloc(1, sizeof *r);
	if (!r)
		return error_set(error, ERROR_FAILED, "clickhouse:%.64s: no memory for the repository", rest);
	r->repository.engine = &repository_clickhouse;
	r->writing = mode == REPOSITORY_WRITE;
	arena_init(&r->texts, 1u << 20, MOST_OCTETS);
	r->pending = r->writing ? calloc(MOST_PENDING, sizeof *r->pending) : NULL;
	r->fresh = r->writing ? calloc(MOST_PENDING, sizeof(struct pending *)) : NULL;
	int code = r->writing && !(r->pending && r->fresh)
			   ? error_set(error, ERROR_FAILED, "clickhouse: no memory for a batch")
			   : clickhouse_open(rest, &r->server, error);
	if (!code)
		code = r->writing ? create(r, error) : look(r, error);
	if (!code)
		code = last_revision(r, &r->revision, error);
	if (!code) {
		*out = &r->repository;
		return 0;
	}
	if (r->server && !clickhouse_is_away(r->server))
		code = ERROR_USAGE; /* what it answers it will answer again */
	r->writing = false;
	clickhouse_finish(&r->repository, NULL);
	return code;
}

int clickhouse_finish(struct repository *repository, struct error *error)
{
	struct clickhouse_repository *r = (struct clickhouse_repository *)repository;
	int code = r->writing ? clickhouse_commit(repository, NULL, error) : 0;
	clickhouse_close(r->server);
	for (int t = 0; t < CLICKHOUSE_TABLES; t++)
		buffer_fini(&r->rows[t]);
	arena_fini(&r->texts);
	id_filter_fini(&r->filter);
	free(r->pending);
	free(r->fresh);
	free(r->claims);
	free(r);
	return code;
}

/* Keeping a batch. */

static const char *copy(struct clickhouse_repository *r, const char *text, bool *whole)
{
	if (!text)
		return NULL;
	const char *kept = arena_text(&r->texts, text, strlen(text));
	*whole &= kept != NULL;
	return kept;
}

static bool keep(struct clickhouse_repository *r, const struct stored_assertion *a)
{
	if (!r->n_pending)
		r->began_ms = monotonic_ms();
	struct pending *p = &r->pending[r->n_pending];
	bool whole = true;
	p->assertion = *a;
	p->provenance = r->provenance;
	if (r->repository.lent) {
		r->n_pending++;
		return true;
	}
	p->assertion.line = arena_text(&r->texts, a->line, a->line_len);
	p->assertion.subject = copy(r, a->subject, &whole);
	struct claim *claims = arena_take(&r->texts, (a->n_claims + 1) * sizeof *claims);
	if (!p->assertion.line || !claims)
		return false;
	for (uint32_t i = 0; i < a->n_claims; i++) {
		claims[i] = a->claims[i];
		claims[i].kind = copy(r, a->claims[i].kind, &whole);
		claims[i].value = copy(r, a->claims[i].value, &whole);
		claims[i].method = copy(r, a->claims[i].method, &whole);
		claims[i].signature = copy(r, a->claims[i].signature, &whole);
		claims[i].evidence = copy(r, a->claims[i].evidence, &whole);
	}
	p->assertion.claims = claims;
	r->n_pending += whole;
	return whole;
}

/* Writing it. */

static int insert_all(struct clickhouse_repository *r, struct error *error)
{
	/* the history last: what is in it was stored whole */
	const struct clickhouse_insertion before[] = {{tables[CLICKHOUSE_CLAIM].name, &r->rows[CLICKHOUSE_CLAIM]},
						      {tables[CLICKHOUSE_HELD].name, &r->rows[CLICKHOUSE_HELD]},
						      {tables[CLICKHOUSE_ENDPOINT].name, &r->rows[CLICKHOUSE_ENDPOINT]},
						      {tables[CLICKHOUSE_PROVENANCE].name,
						       &r->rows[CLICKHOUSE_PROVENANCE]}},
					  last = {tables[CLICKHOUSE_ASSERTION].name, &r->rows[CLICKHOUSE_ASSERTION]};
	int code = clickhouse_insert(r->server, before, sizeof before / sizeof *before, error);
	if (!code)
		code = clickhouse_insert(r->server, &last, 1, error);
	for (int t = 0; t < CLICKHOUSE_TABLES; t++)
		if (r->rows[t].failed)
			buffer_fini(&r->rows[t]);
		else
			buffer_clear(&r->rows[t]);
	return code;
}

/* An identifier twice in one batch counts once, too. */
static bool is_again(struct clickhouse_repository *r, uint32_t i)
{
	uint64_t h = hash_bytes(&number_key, r->pending[i].assertion.id, 16);
	for (uint32_t at = (uint32_t)h % SEEN_SLOTS;; at = (at + 1) % SEEN_SLOTS) {
		if (!r->seen[at]) {
			r->seen[at] = i + 1;
			return false;
		}
		if (memcmp(r->pending[r->seen[at] - 1].assertion.id, r->pending[i].assertion.id, 16) == 0)
			return true;
	}
}

static void put_batch(struct clickhouse_repository *r, const struct buffer *known)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < r->n_pending; i++) {
		struct pending *p = &r->pending[i];
		if (is_again(r, i) || clickhouse_is_known(known, p->assertion.id))
			continue;
		p->revision = ++r->revision;
		r->rows_there++;
		if (r->filter.words) /* before it is there: whether it is may not be known */
			id_filter_add(&r->filter, p->assertion.id);
		r->fresh[n++] = p;
	}
	clickhouse_put_rows(r, r->fresh, n, time_now());
}

static int write_batch(struct clickhouse_repository *r, struct error *error)
{
	struct buffer known = {0};
	if (!r->n_pending)
		return insert_all(r, error);
	memset(r->seen, 0, sizeof r->seen);
	int code = clickhouse_ask_known(r, &known, error);
	if (!code)
		put_batch(r, &known);
	if (!code)
		code = insert_all(r, error);
	/* its numbers are used up when it failed, too: the server may have taken the rows and could not say so */
	buffer_fini(&known);
	return code;
}

static void forget_batch(struct clickhouse_repository *r)
{
	r->n_pending = 0;
	arena_reset(&r->texts);
}

int clickhouse_commit(struct repository *repository, uint64_t *undone, struct error *error)
{
	struct clickhouse_repository *r = (struct clickhouse_repository *)repository;
	int code = write_batch(r, error);
	if (undone)
		*undone = code ? r->n_pending : 0;
	forget_batch(r);
	return code;
}

static int store(struct repository *repository, const struct stored_assertion *a, bool *fresh, struct error *error)
{
	struct clickhouse_repository *r = (struct clickhouse_repository *)repository;
	int code = 0;
	if (fresh)
		*fresh = true; /* it turns out when the batch is written */
	if (r->n_pending == MOST_PENDING || (r->n_pending && monotonic_ms() - r->began_ms > BATCH_MS)) {
		code = write_batch(r, error);
		if (!code)
			forget_batch(r);
	}
	if (code)
		return code;
	if (keep(r, a))
		return 0;
	/* the arena is full: a batch of very long ones */
	code = write_batch(r, error);
	if (code)
		return code;
	forget_batch(r);
	return keep(r, a) ? 0 : error_set(error, ERROR_FAILED, "clickhouse: no memory for an assertion");
}

static int provenance(struct repository *repository, const char *line, size_t len, struct error *error)
{
	struct clickhouse_repository *r = (struct clickhouse_repository *)repository;
	(void)error;
	r->provenance = hash_bytes(&number_key, line, len) | 1;
	rowbinary_u64(&r->rows[CLICKHOUSE_PROVENANCE], r->provenance);
	rowbinary_text(&r->rows[CLICKHOUSE_PROVENANCE], line, len);
	return 0;
}

int clickhouse_revision(struct repository *repository, uint64_t *out, struct error *error)
{
	struct clickhouse_repository *r = (struct clickhouse_repository *)repository;
	if (!r->writing)
		return last_revision(r, out, error);
	int code = clickhouse_commit(repository, NULL, error);
	*out = r->revision; /* nobody else gives any */
	return code;
}

/* Forgetting. ClickHouse deletes in the background: what goes is counted before. */

static int count_where(struct clickhouse_repository *r, const char *table, const char *counted,
		       const struct buffer *where, uint64_t *out, struct error *error)
{
	struct buffer sql = {0};
	uint64_t n = 0;
	buffer_format(&sql, "SELECT uniqExact(%s) FROM %s.%s WHERE ", counted, clickhouse_database(r->server), table);
	buffer_add(&sql, where->data, where->len);
	BUFFER_LITERAL(&sql, " FORMAT RowBinary");
	int code = clickhouse_number(r->server, &sql, &n, error);
	*out += n;
	buffer_fini(&sql);
	return code;
}

static int delete_where(struct clickhouse_repository *r, const char *table, const struct buffer *where,
			struct error *error)
{
	struct buffer sql = {0};
	bool cluster = clickhouse_cluster(r->server);
	buffer_format(&sql, "ALTER TABLE %s.%s%s", clickhouse_database(r->server), table, cluster ? "_local" : "");
	on_cluster(r, &sql);
	BUFFER_LITERAL(&sql, " DELETE WHERE ");
	buffer_add(&sql, where->data, where->len);
	int code = run(r, &sql, error);
	buffer_fini(&sql);
	return code;
}

/* The conditions of a retention as SQL; false when nothing is to go. */
static bool history_goes(const struct retention *retention, struct buffer *where)
{
	bool any = false;
	BUFFER_LITERAL(where, "kinds!=0");
	for (unsigned bit = 0; stored_kind_name(bit); bit++) {
		uint64_t before_ns = retention->before_ns[bit];
		any |= before_ns != 0;
		/* kinds that are kept longer hold it back */
		buffer_format(where, " AND (bitAnd(kinds, toUInt64(%llu))=0 OR collected<%llu)", 1ull << bit,
			      (unsigned long long)before_ns);
	}
	return any;
}

/* Claims that ended before their time and are not open: all their rows. */
static bool claims_go(struct clickhouse_repository *r, const struct retention *retention, struct buffer *where)
{
	const char *separator = "";
	buffer_format(where,
		      "(endpoint, key) IN (SELECT endpoint, key FROM %s.claim GROUP BY endpoint, key"
		      " HAVING argMax(open, revision)=0 AND (",
		      clickhouse_database(r->server));
	for (unsigned bit = 0; stored_kind_name(bit); bit++) {
		if (!retention->before_ns[bit])
			continue;
		buffer_format(where, "%s(any(kind)='%s' AND max(end)<%llu)", separator, stored_kind_name(bit),
			      (unsigned long long)retention->before_ns[bit]);
		separator = " OR ";
	}
	BUFFER_LITERAL(where, "))");
	return *separator;
}

/* Endpoints of which nothing is left, and into which nobody was merged. */
static void endpoints_go(struct clickhouse_repository *r, struct buffer *where)
{
	const char *database = clickhouse_database(r->server);
	buffer_format(where,
		      "endpoint NOT IN (SELECT endpoint FROM %s.claim) AND endpoint NOT IN (SELECT endpoint FROM"
		      " %s.assertion) AND endpoint NOT IN (SELECT survivor FROM %s.endpoint)",
		      database, database, database);
}

/* Until the server, and one of each shard, has done what it was told to delete. */
static int wait_for_deletion(struct clickhouse_repository *r, struct error *error)
{
	struct buffer sql = {0};
	uint64_t left = 1, until_ns = time_now() + 120 * NS_PER_SECOND;
	int code = 0;
	const char *cluster = clickhouse_cluster(r->server);
	BUFFER_LITERAL(&sql, "SELECT count() FROM ");
	if (cluster)
		buffer_format(&sql, "cluster('%s', system.mutations)", cluster);
	else
		BUFFER_LITERAL(&sql, "system.mutations");
	buffer_format(&sql, " WHERE database='%s' AND is_done=0 FORMAT RowBinary", clickhouse_database(r->server));
	while (!code && left && time_now() < until_ns) {
		code = clickhouse_number(r->server, &sql, &left, error);
		if (!code && left)
			nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
	buffer_fini(&sql);
	return code || !left ? code
			     : error_set(error, ERROR_FAILED, "clickhouse: the server is still deleting; look there");
}

static int remove_rows(struct clickhouse_repository *r, const char *table, const char *counted,
		       const struct buffer *where, uint64_t *out, struct error *error)
{
	int code = count_where(r, table, counted, where, out, error);
	if (!code && *out)
		code = delete_where(r, table, where, error);
	return code ? code : wait_for_deletion(r, error);
}

static int prune(struct repository *repository, const struct retention *retention, struct pruned *out,
		 struct error *error)
{
	struct clickhouse_repository *r = (struct clickhouse_repository *)repository;
	struct buffer where = {0};
	uint64_t held = 0;
	*out = (struct pruned){0};
	int code = clickhouse_commit(repository, NULL, error);
	if (!code && history_goes(retention, &where))
		code = remove_rows(r, "assertion", "id", &where, &out->assertions, error);
	buffer_clear(&where);
	if (!code && claims_go(r, retention, &where))
		code = remove_rows(r, "claim", "(endpoint, key)", &where, &out->claims, error);
	buffer_clear(&where);
	endpoints_go(r, &where);
	if (!code)
		code = remove_rows(r, "endpoint", "endpoint", &where, &out->endpoints, error);
	buffer_clear(&where);
	buffer_format(&where, "endpoint NOT IN (SELECT endpoint FROM %s.endpoint)", clickhouse_database(r->server));
	if (!code && out->endpoints)
		code = remove_rows(r, "held", "endpoint", &where, &held, error);
	buffer_fini(&where);
	return code;
}

const struct repository_engine repository_clickhouse = {
	.scheme = "clickhouse:",
	.open = open_clickhouse,
	.provenance = provenance,
	.store = store,
	.commit = clickhouse_commit,
	.endpoints = clickhouse_endpoints,
	.history = clickhouse_history,
	.spoken = clickhouse_spoken,
	.observers = clickhouse_observers,
	.changes = clickhouse_changes,
	.revision = clickhouse_revision,
	.holders = clickhouse_holders,
	.prune = prune,
	.close = clickhouse_finish,
	.history_kept = true,
};
