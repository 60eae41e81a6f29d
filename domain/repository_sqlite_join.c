/* Joining: what a second component says of a machine is kept under the endpoint that was there first. The later
 * identifier becomes an alias for good: its row's `mergedAt` is JOINED, which no assertion comes after. */
#include "core/hash.h"
#include "domain/repository_sqlite.h"
#include "domain/sensor_join.h"

#include <string.h>

#define MOST_HOPS 8

int sqlite_resolve(struct sqlite *s, uint8_t id[16])
{
	int code = 0;
	bool further = true;
	for (unsigned i = 0; i < MOST_HOPS && further && !code; i++) {
		sqlite3_stmt *q = s->prepared[FIND_ENDPOINT];
		sqlite3_bind_blob(q, 1, id, 16, SQLITE_TRANSIENT);
		further = sqlite3_step(q) == SQLITE_ROW && sqlite3_column_bytes(q, 2) == 16;
		if (further)
			memcpy(id, sqlite3_column_blob(q, 2), 16);
		code = sqlite3_reset(q);
	}
	return code;
}

static int look_at(struct sqlite *s, const struct sensor_key *key, int64_t n, bool *same)
{
	struct sensor_candidate c = {.router = false};
	sqlite3_stmt *q = s->prepared[LIST_PLACES];
	sqlite3_bind_int64(q, 1, n);
	while (sqlite3_step(q) == SQLITE_ROW) {
		const char *kind = (const char *)sqlite3_column_text(q, 0),
			   *value = (const char *)sqlite3_column_text(q, 1);
		if (kind && value)
			sensor_join_look(key, kind, value, &c);
	}
	*same = sensor_join_is_same(key, &c);
	return sqlite3_reset(q);
}

/* Most are the first with their address: that is found out at a fifth of what the whole question costs. */
static int any_with_mac(struct sqlite *s, const char *mac, bool *there)
{
	sqlite3_stmt *q = s->prepared[ANY_WITH_MAC];
	sqlite3_bind_blob(q, 1, mac, (int)strlen(mac), SQLITE_STATIC);
	*there = sqlite3_step(q) == SQLITE_ROW;
	return sqlite3_reset(q);
}

/* The endpoint another component has for this; *n 0 when there is none. */
static int find_other(struct sqlite *s, const struct sensor_key *key, int64_t later, int64_t *n, uint8_t id[16])
{
	bool same = false, any;
	int code = any_with_mac(s, key->mac, &any);
	if (code || !any)
		return code;
	sqlite3_stmt *q = s->prepared[FIND_SAME_MAC];
	sqlite3_bind_blob(q, 1, key->mac, (int)strlen(key->mac), SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, later);
	sqlite_bind(q, 3, s->component);
	while (!code && !same && sqlite3_step(q) == SQLITE_ROW) {
		*n = sqlite3_column_int64(q, 0);
		code = look_at(s, key, *n, &same);
		if (same && sqlite3_column_bytes(q, 1) == 16)
			memcpy(id, sqlite3_column_blob(q, 1), 16);
	}
	int end = sqlite3_reset(q);
	if (!same)
		*n = 0;
	return code ? code : end;
}

/* A claim as its row has it, and as it was moved since. */
static struct claim read_claim(struct sqlite *s, sqlite3_stmt *q, int64_t endpoint)
{
	struct claim c = {.kind = (const char *)sqlite3_column_text(q, 1),
			  .value = (const char *)sqlite3_column_text(q, 2),
			  .start_ns = (uint64_t)sqlite3_column_int64(q, 3),
			  .end_ns = (uint64_t)sqlite3_column_int64(q, 4),
			  .open = sqlite3_column_int(q, 5),
			  .confidence = (uint8_t)sqlite3_column_int(q, 6),
			  .known = (uint8_t)sqlite3_column_int(q, 7),
			  .implied = sqlite3_column_int(q, 8),
			  .method = (const char *)sqlite3_column_text(q, 9),
			  .signature = (const char *)sqlite3_column_text(q, 10),
			  .evidence = (const char *)sqlite3_column_text(q, 11)};
	int64_t key = sqlite3_column_int64(q, 0);
	struct cached_claim *moved = sqlite_implied(s, endpoint, key);
	if (moved->endpoint != endpoint || moved->key != key)
		return c;
	c.start_ns = moved->start_ns;
	c.end_ns = moved->end_ns;
	c.open = moved->open;
	*moved = (struct cached_claim){.endpoint = 0};
	return c;
}

static int move_claims(struct sqlite *s, int64_t from, int64_t to, const uint8_t id[16])
{
	sqlite3_stmt *q = s->prepared[LIST_CLAIMS];
	int code = 0;
	sqlite3_bind_int64(q, 1, from);
	while (!code && sqlite3_step(q) == SQLITE_ROW) {
		struct claim c = read_claim(s, q, from);
		if (c.kind && c.value)
			code = sqlite_put_claim(s, to, id, &c);
	}
	int end = sqlite3_reset(q);
	return code ? code : end;
}

static int move(struct sqlite *s, enum sqlite_statement which, int64_t from, int64_t to)
{
	sqlite3_bind_int64(s->prepared[which], 1, from);
	sqlite3_bind_int64(s->prepared[which], 2, to);
	return sqlite_step(s, which);
}

static int join(struct sqlite *s, struct cached_endpoint *e, int64_t n, const uint8_t id[16])
{
	sqlite3_stmt *q = s->prepared[MERGE_ENDPOINT];
	int code = sqlite_write_endpoint(s, e);
	if (!code)
		code = move_claims(s, e->n, n, id);
	static const enum sqlite_statement rest[] = {DROP_CLAIMS, MOVE_HISTORY, MOVE_OBSERVED};
	for (size_t i = 0; i < sizeof rest / sizeof *rest && !code; i++)
		code = move(s, rest[i], e->n, n);
	sqlite3_bind_blob(s->prepared[MOVE_SIGHTING], 1, e->id, 16, SQLITE_STATIC);
	sqlite3_bind_blob(s->prepared[MOVE_SIGHTING], 2, id, 16, SQLITE_STATIC);
	if (!code)
		code = sqlite_step(s, MOVE_SIGHTING);
	if (code)
		return code;
	e->merged_ns = JOINED;
	sqlite3_bind_blob(q, 1, e->id, 16, SQLITE_TRANSIENT);
	sqlite3_bind_blob(q, 2, id, 16, SQLITE_TRANSIENT);
	sqlite3_bind_int64(q, 3, JOINED);
	return sqlite_step(s, MERGE_ENDPOINT);
}

int sqlite_join(struct sqlite *s, struct cached_endpoint *e, const struct stored_assertion *a)
{
	struct sensor_key key;
	uint8_t id[16];
	int64_t n = 0;
	if (e->judged || e->merged_ns || !s->lasting || !*s->component || !sensor_join_key(a, &key))
		return 0;
	e->judged = true;
	int code = find_other(s, &key, e->n, &n, id);
	return code || !n ? code : join(s, e, n, id);
}
