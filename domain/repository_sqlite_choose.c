/* Narrowing: which terms or endpoints an index gives for a question, then what the filter says of each. */
#include "domain/repository_sqlite.h"
#include "domain/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More that are in a network: so many are that any walk soon meets them. */
#define MOST_LOCATED 65536u

bool sqlite_ids_add(struct sqlite_ids *l, sqlite3_stmt *q, int column)
{
	if (sqlite3_column_bytes(q, column) != 16) /* a damaged file */
		return true;
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 1024;
		uint8_t(*ids)[16] = realloc(l->ids, room * sizeof *ids);
		if (!ids)
			return false;
		l->ids = ids;
		l->room = room;
	}
	memcpy(l->ids[l->count++], sqlite3_column_blob(q, column), 16);
	return true;
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

void sqlite_ids_sort(struct sqlite_ids *l)
{
	size_t kept = 0;
	if (l->count)
		qsort(l->ids, l->count, 16, compare_ids);
	for (size_t i = 0; i < l->count; i++)
		if (!kept || memcmp(l->ids[kept - 1], l->ids[i], 16) != 0)
			memmove(l->ids[kept++], l->ids[i], 16);
	l->count = kept;
}

void sqlite_ids_fini(struct sqlite_ids *l)
{
	free(l->ids);
	*l = (struct sqlite_ids){.count = 0};
}

/* ---- addresses ---- */

static int take_located(sqlite3_stmt *q, struct sqlite_choice *out)
{
	bool memory = true;
	out->by = CHOSEN_IDS;
	while (memory && out->by == CHOSEN_IDS && sqlite3_step(q) == SQLITE_ROW) {
		memory = sqlite_ids_add(&out->ids, q, 0);
		if (out->ids.count > MOST_LOCATED)
			out->by = CHOSEN_NOTHING;
	}
	sqlite_ids_sort(&out->ids);
	int code = sqlite3_finalize(q);
	return memory ? code : SQLITE_NOMEM;
}

static int choose_mac(struct sqlite *s, const struct inventory_filter *f, struct sqlite_choice *out)
{
	char text[MAC_TEXT_BYTES];
	sqlite3_stmt *q = NULL;
	int code = sqlite3_prepare_v2(s->db, "SELECT endpoint FROM located WHERE kind=2 AND place=?1", -1, &q, NULL);
	if (code)
		return code;
	mac_text(f->mac, text);
	sqlite3_bind_blob(q, 1, text, (int)strlen(text), SQLITE_TRANSIENT);
	return take_located(q, out);
}

static int choose_address(struct sqlite *s, const struct inventory_filter *f, struct sqlite_choice *out)
{
	uint8_t from[17], to[17];
	sqlite3_stmt *q = NULL;
	int code = sqlite3_prepare_v2(s->db, "SELECT endpoint FROM located WHERE kind=1 AND place BETWEEN ?1 AND ?2",
				      -1, &q, NULL);
	if (code)
		return code;
	term_address_range(&f->address, from, to);
	sqlite3_bind_blob(q, 1, from, sizeof from, SQLITE_TRANSIENT);
	sqlite3_bind_blob(q, 2, to, sizeof to, SQLITE_TRANSIENT);
	return take_located(q, out);
}

/* ---- names and software ---- */

/* Adds the terms of a bound statement (n, text, creator, version) that answer. Too many: no term tells. */
static int take_terms(sqlite3_stmt *q, enum term_source source, const struct inventory_filter *f,
		      struct sqlite_choice *out)
{
	while (out->by == CHOSEN_TERMS && sqlite3_step(q) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(q, 1),
			   *creator = (const char *)sqlite3_column_text(q, 2),
			   *version = (const char *)sqlite3_column_text(q, 3);
		if (!text || !creator || !version || !term_answers(source, f, text, creator, version))
			continue;
		if (out->n_terms == TERM_MOST)
			out->by = CHOSEN_NOTHING;
		else
			out->terms[out->n_terms++] = sqlite3_column_int64(q, 0);
	}
	return sqlite3_reset(q);
}

static int choose_name(struct sqlite *s, const struct inventory_filter *f, struct sqlite_choice *out)
{
	char text[512], low[516], high[516];
	sqlite3_stmt *q = NULL;
	int code = sqlite3_prepare_v2(s->db,
				      "SELECT n, text, creator, version FROM term WHERE kind=3 AND text=?1 UNION ALL"
				      " SELECT n, text, creator, version FROM term WHERE kind=3 AND text BETWEEN ?2"
				      " AND ?3",
				      -1, &q, NULL);
	term_name_range(f->name, text, low, high);
	sqlite3_bind_text(q, 1, text, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 2, low, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 3, high, -1, SQLITE_STATIC);
	if (!code)
		code = take_terms(q, TERM_BY_NAME, f, out);
	sqlite3_finalize(q);
	return code;
}

static int choose_role(struct sqlite *s, const struct inventory_filter *f, struct sqlite_choice *out)
{
	sqlite3_stmt *q = NULL;
	int code = sqlite3_prepare_v2(s->db, "SELECT n, text, creator, version FROM term WHERE kind=5 AND text=?1", -1,
				      &q, NULL);
	sqlite_bind(q, 1, f->role);
	if (!code)
		code = take_terms(q, TERM_BY_ROLE, f, out);
	sqlite3_finalize(q);
	return code;
}

/* Titles, makers or names, each once however many versions it has, are few beside what holds them: all are looked at,
 * and the terms of those that answer. */
struct listing {
	bool (*takes)(const struct inventory_filter *f, const char *text);
	const char *next, *terms;
};

static const struct listing titles = {
	filter_takes_title,
	"SELECT text FROM term WHERE kind=0 AND text>?1 ORDER BY text LIMIT 1",
	"SELECT n, text, creator, version FROM term WHERE kind=0 AND text=?1",
};
static const struct listing makers = {
	filter_takes_creator,
	"SELECT creator FROM term WHERE kind=0 AND creator>?1 ORDER BY creator LIMIT 1",
	"SELECT n, text, creator, version FROM term WHERE kind=0 AND creator=?1",
};
static const struct listing names = {
	filter_takes_name,
	"SELECT text FROM term WHERE kind=3 AND text>?1 ORDER BY text LIMIT 1",
	"SELECT n, text, creator, version FROM term WHERE kind=3 AND text=?1",
};

/* Copies the next text behind `last` over it; false at the end. */
static bool next_text(sqlite3_stmt *next, char *last, size_t size)
{
	sqlite3_bind_text(next, 1, last, -1, SQLITE_STATIC);
	bool there = sqlite3_step(next) == SQLITE_ROW;
	const char *text = there ? (const char *)sqlite3_column_text(next, 0) : NULL;
	char copy[512];
	snprintf(copy, sizeof copy, "%s", text ? text : "");
	sqlite3_reset(next);
	snprintf(last, size, "%s", copy);
	return text;
}

static int choose_listed(struct sqlite *s, const struct listing *l, enum term_source source,
			 const struct inventory_filter *f, struct sqlite_choice *out)
{
	char last[512] = "";
	sqlite3_stmt *next = NULL, *terms = NULL;
	int code = sqlite3_prepare_v2(s->db, l->next, -1, &next, NULL);
	if (!code)
		code = sqlite3_prepare_v2(s->db, l->terms, -1, &terms, NULL);
	while (!code && out->by == CHOSEN_TERMS && next_text(next, last, sizeof last)) {
		if (!l->takes(f, last))
			continue;
		sqlite3_bind_text(terms, 1, last, -1, SQLITE_STATIC);
		code = take_terms(terms, source, f, out);
	}
	int end = sqlite3_finalize(next);
	sqlite3_finalize(terms);
	return code ? code : end;
}

static int choose_software(struct sqlite *s, const struct inventory_filter *f, struct sqlite_choice *out)
{
	return choose_listed(s, f->creator && !f->software ? &makers : &titles, TERM_BY_SOFTWARE, f, out);
}

static int choose_names(struct sqlite *s, const struct inventory_filter *f, struct sqlite_choice *out)
{
	return choose_listed(s, &names, TERM_BY_NAMES, f, out);
}

static const struct {
	int (*choose)(struct sqlite *s, const struct inventory_filter *f, struct sqlite_choice *out);
	bool terms;
} choosers[TERM_BY_NOTHING] = {
	[TERM_BY_MAC] = {choose_mac, false},          [TERM_BY_ADDRESS] = {choose_address, false},
	[TERM_BY_NAME] = {choose_name, true},         [TERM_BY_NAMES] = {choose_names, true},
	[TERM_BY_SOFTWARE] = {choose_software, true}, [TERM_BY_ROLE] = {choose_role, true},
};

int sqlite_choose(struct sqlite *s, const struct inventory_filter *f, struct sqlite_choice *out)
{
	enum term_source source = f && s->lasting ? term_source(f) : TERM_BY_NOTHING;
	*out = (struct sqlite_choice){.by = CHOSEN_NOTHING};
	if (source == TERM_BY_NOTHING)
		return 0;
	if (choosers[source].terms) {
		out->by = CHOSEN_TERMS;
		out->terms = malloc(TERM_MOST * sizeof *out->terms);
		if (!out->terms)
			return SQLITE_NOMEM;
	}
	return choosers[source].choose(s, f, out);
}

void sqlite_choice_fini(struct sqlite_choice *c)
{
	free(c->terms);
	sqlite_ids_fini(&c->ids);
}

/* ---- who shares an identifier ---- */

int sqlite_holders(struct repository *r, const char *kind, const char *value, uint8_t (*ids)[16], uint32_t most)
{
	struct sqlite *s = (struct sqlite *)r;
	char text[512];
	int n = 0;
	enum term_kind shared = term_shared(kind, value, text, sizeof text);
	sqlite3_stmt *q = s->prepared[shared == TERM_MAC ? SHARE_MAC : SHARE_TERM];
	if (!s->lasting || (s->writing && sqlite_commit(r, NULL, NULL) != 0))
		return -1;
	sqlite3_bind_blob(q, 1, text, (int)strlen(text), SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, most);
	while (sqlite3_step(q) == SQLITE_ROW && n < (int)most)
		if (sqlite3_column_bytes(q, 0) == 16)
			memcpy(ids[n++], sqlite3_column_blob(q, 0), 16);
	sqlite3_reset(q);
	return n;
}
