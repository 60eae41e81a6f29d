/* Questions to the ClickHouse engine: endpoints in chunks in order of their identifiers, each put together of its rows.
 */
#include "domain/condense.h"
#include "domain/id_range.h"
#include "domain/repository_clickhouse.h"
#include "domain/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CHUNK 128 /* endpoints: a page is small */
#define MOST_CHUNK  4096
#define MOST_NARROW (128u << 10) /* octets of a condition: a question has a most (max_query_size, 256 KiB) */

struct walking {
	struct clickhouse_repository *r;
	const struct inventory_filter *filter;
	repository_endpoint_fn *fn;
	void *arg;
	struct buffer sql, narrow; /* narrow: the condition that an index gives, empty when none does */
	struct buffer endpoints, claims;
	struct arena texts;
	struct claim *room;
	uint32_t size;
	struct id_range range;
	uint32_t chunk;
	bool ended, no_memory;
};

static const char *database(const struct walking *w)
{
	return clickhouse_database(w->r->server);
}

/* A text of a row as one that ends with NUL; NULL when it is empty. */
static const char *text_of(struct walking *w, struct rowbinary *rows)
{
	size_t len;
	const char *text = rowbinary_get_text(rows, &len);
	if (!text || !len)
		return NULL;
	const char *kept = arena_text(&w->texts, text, len);
	w->no_memory |= !kept;
	return kept;
}

/* Narrowing. */

static void name_condition(struct buffer *b, const char *name)
{
	char text[512], low[516], high[516];
	term_name_range(name, text, low, high);
	BUFFER_LITERAL(b, "kind=3 AND (text=");
	clickhouse_text(b, text);
	BUFFER_LITERAL(b, " OR (text>=");
	clickhouse_text(b, low);
	BUFFER_LITERAL(b, " AND text<");
	clickhouse_text(b, high);
	BUFFER_LITERAL(b, "))");
}

static void address_condition(struct buffer *b, const struct prefix *p)
{
	uint8_t low[17], high[17];
	term_address_range(p, low, high);
	BUFFER_LITERAL(b, "kind=1 AND sort>=");
	clickhouse_bytes(b, low, sizeof low);
	BUFFER_LITERAL(b, " AND sort<=");
	clickhouse_bytes(b, high, sizeof high);
}

/* Texts of one kind are few beside what holds them: all are looked at, those that answer are named. */
static int listed_condition(struct walking *w, enum term_source source, struct error *error)
{
	uint32_t n = 0;
	buffer_clear(&w->sql);
	buffer_format(&w->sql, "SELECT DISTINCT text, creator, version FROM %s.held WHERE kind=%d FORMAT RowBinary",
		      database(w), source == TERM_BY_SOFTWARE ? TERM_SOFTWARE : TERM_NAME);
	int code = clickhouse_ask(w->r, &w->sql, &w->claims, error);
	struct rowbinary rows = clickhouse_rows(&w->claims);
	buffer_format(&w->narrow, "kind=%d AND (text, creator, version) IN (",
		      source == TERM_BY_SOFTWARE ? TERM_SOFTWARE : TERM_NAME);
	arena_reset(&w->texts);
	while (!code && rows.at < rows.end && !rows.failed && n <= TERM_MOST && w->narrow.len < MOST_NARROW) {
		const char *text = text_of(w, &rows), *creator = text_of(w, &rows), *version = text_of(w, &rows);
		if (!text || !term_answers(source, w->filter, text, creator ? creator : "", version ? version : ""))
			continue;
		buffer_text(&w->narrow, n++ ? ",(" : "(");
		clickhouse_text(&w->narrow, text);
		buffer_char(&w->narrow, ',');
		clickhouse_text(&w->narrow, creator ? creator : "");
		buffer_char(&w->narrow, ',');
		clickhouse_text(&w->narrow, version ? version : "");
		buffer_char(&w->narrow, ')');
	}
	code = code ? code : rowbinary_check(&rows, error);
	buffer_char(&w->narrow, ')');
	w->ended = !n; /* nobody has what is asked for */
	if (n > TERM_MOST || w->narrow.len >= MOST_NARROW)
		buffer_clear(&w->narrow);
	return code;
}

static int narrow(struct walking *w, struct error *error)
{
	char mac[MAC_TEXT_BYTES];
	enum term_source source = w->filter ? term_source(w->filter) : TERM_BY_NOTHING;
	switch (source) {
	case TERM_BY_MAC:
		mac_text(w->filter->mac, mac);
		buffer_format(&w->narrow, "kind=2 AND text='%s'", mac);
		return 0;
	case TERM_BY_ADDRESS:
		address_condition(&w->narrow, &w->filter->address);
		return 0;
	case TERM_BY_NAME:
		name_condition(&w->narrow, w->filter->name);
		return 0;
	case TERM_BY_NAMES:
	case TERM_BY_SOFTWARE:
		return listed_condition(w, source, error);
	default:
		return 0;
	}
}

/* Walking. */

static void between(struct walking *w)
{
	BUFFER_LITERAL(&w->sql, " endpoint>=");
	clickhouse_bytes(&w->sql, w->range.low, 16);
	BUFFER_LITERAL(&w->sql, " AND endpoint<=");
	clickhouse_bytes(&w->sql, w->range.high, 16);
}

/* What is known of the next endpoints but their claims. Sightings alone have an interval and tell whether it is unique;
 * one that was merged and seen later has parted again. */
static void endpoints_sql(struct walking *w)
{
	const struct inventory_filter *f = w->filter;
	buffer_clear(&w->sql);
	BUFFER_LITERAL(&w->sql, "SELECT endpoint, toUInt8(argMax(identified, if(sighted=1, revision, 0))) AS u,"
				" minIf(start, sighted=1) AS first, maxIf(end, sighted=1) AS last,"
				" argMax(survivor, if(survivor!=toFixedString('', 16), revision, 0)) AS s,"
				" maxIf(start, survivor!=toFixedString('', 16)) AS merged,"
				" maxIf(start, sighted=1) AS later FROM ");
	buffer_format(&w->sql, "%s.endpoint WHERE", database(w));
	between(w);
	if (w->narrow.len) {
		buffer_format(&w->sql, " AND endpoint IN (SELECT endpoint FROM %s.held WHERE ", database(w));
		buffer_add(&w->sql, w->narrow.data, w->narrow.len);
		BUFFER_LITERAL(&w->sql, " AND");
		between(w);
		buffer_char(&w->sql, ')');
	}
	if (f && f->provider) {
		buffer_format(&w->sql,
			      " AND endpoint IN (SELECT endpoint FROM %s.assertion WHERE provenance IN"
			      " (SELECT n FROM %s.provenance WHERE position(line, ",
			      database(w), database(w));
		clickhouse_text(&w->sql, f->provider);
		BUFFER_LITERAL(&w->sql, ")>0))");
	}
	BUFFER_LITERAL(&w->sql, " GROUP BY endpoint");
	uint64_t since_ns = f && f->at_ns > CONDENSE_GAP_NS ? f->at_ns - CONDENSE_GAP_NS : 0;
	since_ns = f && f->fresh_ns > since_ns ? f->fresh_ns : since_ns;
	if (since_ns || (f && f->at_ns))
		buffer_format(&w->sql, " HAVING merged>0 OR (last>=%llu AND first<=%llu)", (unsigned long long)since_ns,
			      f->at_ns ? (unsigned long long)f->at_ns : (unsigned long long)INT64_MAX);
	buffer_format(&w->sql, " ORDER BY endpoint LIMIT %u FORMAT RowBinary", w->chunk);
}

static bool read_endpoint(struct rowbinary *rows, struct stored_endpoint *e)
{
	const void *id = rowbinary_get_fixed(rows, 16);
	*e = (struct stored_endpoint){.unique = rowbinary_get_u8(rows)};
	e->first_ns = rowbinary_get_u64(rows);
	e->last_ns = rowbinary_get_u64(rows);
	const void *survivor = rowbinary_get_fixed(rows, 16);
	uint64_t merged_ns = rowbinary_get_u64(rows), later_ns = rowbinary_get_u64(rows);
	if (rows->failed)
		return false;
	memcpy(e->id, id, 16);
	memcpy(e->survivor, survivor, 16);
	e->merged = merged_ns && later_ns <= merged_ns;
	if (!e->merged)
		memset(e->survivor, 0, 16);
	return true;
}

/* All claims of the endpoints of this chunk, each put together. */
static void claims_sql(struct walking *w, const uint8_t first[16], const uint8_t last[16])
{
	buffer_clear(&w->sql);
	BUFFER_LITERAL(&w->sql,
		       "SELECT endpoint, key, any(kind), any(value), min(start), max(end), argMax(open, revision),"
		       " argMax(confidence, revision), argMax(known, revision), max(implied), argMax(method, revision),"
		       " argMax(signature, revision), argMax(evidence, if(evidence='', 0, revision)) FROM ");
	buffer_format(&w->sql, "%s.claim WHERE endpoint IN (", database(w));
	struct rowbinary rows = clickhouse_rows(&w->endpoints);
	struct stored_endpoint e;
	for (const char *separator = ""; rows.at < rows.end && read_endpoint(&rows, &e); separator = ",") {
		buffer_text(&w->sql, separator);
		clickhouse_bytes(&w->sql, e.id, 16);
	}
	BUFFER_LITERAL(&w->sql, ") AND endpoint>=");
	clickhouse_bytes(&w->sql, first, 16);
	BUFFER_LITERAL(&w->sql, " AND endpoint<=");
	clickhouse_bytes(&w->sql, last, 16);
	BUFFER_LITERAL(&w->sql, " GROUP BY endpoint, key ORDER BY endpoint, key FORMAT RowBinary");
}

static bool read_claim(struct walking *w, struct rowbinary *rows, struct claim *c)
{
	*c = (struct claim){.kind = text_of(w, rows), .value = text_of(w, rows)};
	c->start_ns = rowbinary_get_u64(rows);
	c->end_ns = rowbinary_get_u64(rows);
	c->open = rowbinary_get_u8(rows);
	c->confidence = rowbinary_get_u8(rows);
	c->known = rowbinary_get_u8(rows);
	c->implied = rowbinary_get_u8(rows);
	c->method = text_of(w, rows);
	c->signature = text_of(w, rows);
	c->evidence = text_of(w, rows);
	return c->kind && c->value && !rows->failed;
}

static struct claim *next_claim(struct walking *w, uint32_t n)
{
	if (n < w->size)
		return &w->room[n];
	uint32_t size = w->size ? 2 * w->size : 256;
	struct claim *room = realloc(w->room, size * sizeof *room);
	w->no_memory |= !room;
	if (!room)
		return NULL;
	w->room = room;
	w->size = size;
	return &w->room[n];
}

/* The claims of one endpoint, from where the rows stand. */
static uint32_t claims_of(struct walking *w, struct rowbinary *rows, const uint8_t id[16])
{
	uint32_t n = 0;
	while (rows->end - rows->at >= 16 && memcmp(rows->at, id, 16) == 0) {
		struct claim *c = next_claim(w, n);
		if (!c)
			break;
		rowbinary_get_fixed(rows, 16);
		rowbinary_get_u64(rows); /* key */
		if (!read_claim(w, rows, c))
			break;
		n++;
	}
	return n;
}

static int hand_over(struct walking *w, uint32_t n, const uint8_t first[16], const uint8_t last[16],
		     struct error *error)
{
	struct stored_endpoint e;
	claims_sql(w, first, last);
	int code = clickhouse_ask(w->r, &w->sql, &w->claims, error);
	struct rowbinary endpoints = clickhouse_rows(&w->endpoints), claims = clickhouse_rows(&w->claims);
	arena_reset(&w->texts);
	while (!code && endpoints.at < endpoints.end && read_endpoint(&endpoints, &e)) {
		e.n_claims = claims_of(w, &claims, e.id);
		e.claims = w->room;
		if (w->no_memory || !w->fn(w->arg, &e)) {
			w->ended = true;
			return 0;
		}
	}
	code = code ? code : rowbinary_check(&claims, error);
	w->ended |= n < w->chunk;
	id_range_go_behind(&w->range, last);
	w->ended |= w->range.empty;
	return code;
}

static int walk_chunk(struct walking *w, struct error *error)
{
	struct stored_endpoint e;
	uint8_t first[16] = {0}, last[16] = {0};
	uint32_t n = 0;
	endpoints_sql(w);
	int code = clickhouse_ask(w->r, &w->sql, &w->endpoints, error);
	struct rowbinary rows = clickhouse_rows(&w->endpoints);
	for (; !code && rows.at < rows.end && read_endpoint(&rows, &e); n++) {
		memcpy(n ? last : first, e.id, 16);
		memcpy(last, e.id, 16);
	}
	code = code ? code : rowbinary_check(&rows, error);
	if (code || !n) {
		w->ended = true;
		return code;
	}
	code = hand_over(w, n, first, last, error);
	w->chunk = w->chunk < MOST_CHUNK ? 2 * w->chunk : w->chunk;
	return code;
}

int clickhouse_endpoints(struct repository *repository, const struct inventory_filter *filter,
			 repository_endpoint_fn *fn, void *arg, struct error *error)
{
	struct walking w = {.r = (struct clickhouse_repository *)repository,
			    .filter = filter,
			    .fn = fn,
			    .arg = arg,
			    .chunk = FIRST_CHUNK};
	arena_init(&w.texts, 1u << 20, 1u << 30);
	w.range = id_range_of(filter ? filter->identifier : NULL);
	if (filter && filter->has_after)
		id_range_go_behind(&w.range, filter->after);
	w.ended = w.range.empty;
	int code = w.ended ? 0 : narrow(&w, error);
	while (!code && !w.ended)
		code = walk_chunk(&w, error);
	if (!code && w.no_memory)
		code = error_set(error, ERROR_FAILED, "clickhouse: no memory for an endpoint's claims");
	buffer_fini(&w.sql);
	buffer_fini(&w.narrow);
	buffer_fini(&w.endpoints);
	buffer_fini(&w.claims);
	arena_fini(&w.texts);
	free(w.room);
	return code;
}
