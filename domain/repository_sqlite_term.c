/* The index by which questions are narrowed: terms, each with the endpoints that hold it; addresses, each with the
 * endpoints that have it. */
#include "core/hash.h"
#include "domain/repository_sqlite.h"
#include "domain/term.h"

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

/* A MAC address is its text here, an address what puts it in order. */
static int locate(struct sqlite *s, const uint8_t endpoint[16], const struct term *t)
{
	sqlite3_stmt *q = s->prepared[ADD_LOCATED];
	const void *place = t->kind == TERM_MAC ? (const void *)t->text : t->sort;
	sqlite3_bind_int(q, 1, t->kind);
	sqlite3_bind_blob(q, 2, place, (int)(t->kind == TERM_MAC ? strlen(t->text) : t->sort_len), SQLITE_STATIC);
	sqlite3_bind_blob(q, 3, endpoint, 16, SQLITE_STATIC);
	return sqlite_step(s, ADD_LOCATED);
}

int sqlite_index_claim(struct sqlite *s, const uint8_t endpoint[16], const struct claim *c)
{
	struct term terms[TERM_OF_CLAIM];
	uint32_t n = s->lasting ? term_of(c, terms) : 0;
	int code = 0;
	for (uint32_t i = 0; i < n && !code; i++)
		code = terms[i].kind == TERM_MAC || terms[i].kind == TERM_ADDRESS ? locate(s, endpoint, &terms[i])
										  : hold(s, endpoint, &terms[i]);
	return code;
}
