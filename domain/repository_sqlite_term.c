/* The index by which questions are narrowed: terms, each with the endpoints that hold it. */
#include "core/hash.h"
#include "domain/repository_sqlite.h"
#include "domain/term.h"

#include <stdlib.h>
#include <string.h>

static const struct hash_key term_key = {0x7465726d73ull, 0x6f6e6c6f6f6b6572ull};

static int load_term(struct sqlite *s, const struct term *t, int64_t *n)
{
	sqlite3_stmt *q = s->prepared[FIND_TERM];
	for (int i = 0; i < 2; i++) {
		sqlite3_bind_int(q, 1, t->kind);
		sqlite_bind(q, 2, t->text);
		sqlite_bind(q, 3, t->creator);
		sqlite_bind(q, 4, t->version);
		if (i == 0 && sqlite3_step(q) == SQLITE_ROW)
			*n = sqlite3_column_int64(q, 0);
		int code = i == 0 ? sqlite3_reset(q) : 0;
		if (code || *n)
			return code;
		q = s->prepared[ADD_TERM];
	}
	sqlite3_bind_blob(q, 5, t->sort, (int)t->sort_len, SQLITE_STATIC);
	int code = sqlite_step(s, ADD_TERM);
	*n = code ? 0 : sqlite3_last_insert_rowid(s->db);
	return code;
}

static uint64_t hash_term(const struct term *t)
{
	uint64_t h = hash_combine(hash_bytes(&term_key, t->text, strlen(t->text)), t->kind);
	h = hash_combine(h, hash_bytes(&term_key, t->creator, strlen(t->creator)));
	return hash_combine(h, hash_bytes(&term_key, t->version, strlen(t->version)));
}

static int number_of(struct sqlite *s, const struct term *t, int64_t *n)
{
	uint64_t h = hash_term(t);
	struct cached_term *c = &s->terms[h % TERM_CACHE];
	*n = c->n && c->hash == h ? c->n : 0;
	if (*n)
		return 0;
	int code = load_term(s, t, n);
	if (!code)
		*c = (struct cached_term){h, *n};
	return code;
}

static int hold(struct sqlite *s, const uint8_t endpoint[16], const struct term *t)
{
	int64_t n;
	int code = number_of(s, t, &n);
	if (code)
		return code;
	sqlite3_bind_int64(s->prepared[ADD_HELD], 1, n);
	sqlite3_bind_blob(s->prepared[ADD_HELD], 2, endpoint, 16, SQLITE_STATIC);
	return sqlite_step(s, ADD_HELD);
}

int sqlite_index_claim(struct sqlite *s, const uint8_t endpoint[16], const struct claim *c)
{
	struct term terms[TERM_OF_CLAIM];
	uint32_t n = s->lasting ? term_of(c, terms) : 0;
	int code = 0;
	for (uint32_t i = 0; i < n && !code; i++)
		code = hold(s, endpoint, &terms[i]);
	return code;
}

int sqlite_holders(struct repository *r, const char *kind, const char *value, uint8_t (*ids)[16], uint32_t most)
{
	struct sqlite *s = (struct sqlite *)r;
	char text[512];
	sqlite3_stmt *q = NULL;
	int n = 0;
	term_shared_text(kind, value, text, sizeof text);
	if (!s->lasting || (s->writing && sqlite_commit(r, NULL, NULL) != 0) ||
	    sqlite3_prepare_v2(s->db,
			       "SELECT endpoint FROM held JOIN endpoint e ON e.id=held.endpoint AND e.survivor IS NULL"
			       " WHERE term=(SELECT n FROM term WHERE kind=4 AND text=?1) LIMIT ?2",
			       -1, &q, NULL) != SQLITE_OK)
		return -1;
	sqlite_bind(q, 1, text);
	sqlite3_bind_int64(q, 2, most);
	while (sqlite3_step(q) == SQLITE_ROW && n < (int)most)
		if (sqlite3_column_bytes(q, 0) == 16)
			memcpy(ids[n++], sqlite3_column_blob(q, 0), 16);
	sqlite3_finalize(q);
	return n;
}

/* Choosing: the rows an index gives, then what the filter says of each. */

static const char *const selections[TERM_BY_NOTHING] = {
	[TERM_BY_MAC] = "SELECT n, text, creator, version FROM term WHERE kind=2 AND text=?1",
	[TERM_BY_ADDRESS] = "SELECT n, text, creator, version FROM term WHERE kind=1 AND sort BETWEEN ?1 AND ?2",
	[TERM_BY_NAME] =
		"SELECT n, text, creator, version FROM term WHERE kind=3 AND (text=?1 OR text BETWEEN ?2 AND ?3)",
	[TERM_BY_NAMES] = "SELECT n, text, creator, version FROM term WHERE kind=3",
	[TERM_BY_SOFTWARE] = "SELECT n, text, creator, version FROM term WHERE kind=0",
};

static void bind_source(sqlite3_stmt *q, enum term_source source, const struct inventory_filter *f)
{
	char text[512], low[516], high[516];
	uint8_t from[17], to[17];
	if (source == TERM_BY_MAC) {
		mac_text(f->mac, text);
		sqlite3_bind_text(q, 1, text, -1, SQLITE_TRANSIENT);
	} else if (source == TERM_BY_ADDRESS) {
		term_address_range(&f->address, from, to);
		sqlite3_bind_blob(q, 1, from, sizeof from, SQLITE_TRANSIENT);
		sqlite3_bind_blob(q, 2, to, sizeof to, SQLITE_TRANSIENT);
	} else if (source == TERM_BY_NAME) {
		term_name_range(f->name, text, low, high);
		sqlite3_bind_text(q, 1, text, -1, SQLITE_TRANSIENT);
		sqlite3_bind_text(q, 2, low, -1, SQLITE_TRANSIENT);
		sqlite3_bind_text(q, 3, high, -1, SQLITE_TRANSIENT);
	}
}

static bool answers(sqlite3_stmt *q, enum term_source source, const struct inventory_filter *f)
{
	const char *text = (const char *)sqlite3_column_text(q, 1), *creator = (const char *)sqlite3_column_text(q, 2),
		   *version = (const char *)sqlite3_column_text(q, 3);
	return text && creator && version && term_answers(source, f, text, creator, version);
}

int sqlite_choose_terms(struct sqlite *s, const struct inventory_filter *f, int64_t **terms, uint32_t *n,
			bool *narrowed)
{
	enum term_source source = f && s->lasting ? term_source(f) : TERM_BY_NOTHING;
	*terms = NULL;
	*n = 0;
	*narrowed = source != TERM_BY_NOTHING;
	if (!*narrowed)
		return 0;
	sqlite3_stmt *q = NULL;
	*terms = malloc(TERM_MOST * sizeof **terms);
	int code = *terms ? sqlite3_prepare_v2(s->db, selections[source], -1, &q, NULL) : SQLITE_NOMEM;
	if (code)
		return code;
	bind_source(q, source, f);
	while (*narrowed && sqlite3_step(q) == SQLITE_ROW) {
		if (!answers(q, source, f))
			continue;
		if (*n == TERM_MOST)
			*narrowed = false;
		else
			(*terms)[(*n)++] = sqlite3_column_int64(q, 0);
	}
	return sqlite3_finalize(q);
}
