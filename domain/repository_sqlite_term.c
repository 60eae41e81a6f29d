/* What endpoints are found by: names, addresses and software as terms, each with the endpoints that hold it. */
#include "core/hash.h"
#include "domain/claim_text.h"
#include "domain/repository_sqlite.h"
#include "domain/version_compare.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_TERMS 1024 /* more than these answer a question: so many endpoints do that any walk soon meets them */
#define SORT_BYTES 128

static const struct hash_key term_key = {0x7465726d73ull, 0x6f6e6c6f6f6b6572ull};

struct term {
	enum term_kind kind;
	char text[512], creator[256], version[128];
	uint8_t sort[SORT_BYTES];
	size_t sort_len;
};

static void lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

static size_t address_sort(const struct address *a, uint8_t version, uint8_t out[17])
{
	out[0] = version;
	memcpy(out + 1, a->bytes, 16);
	return 17;
}

static bool address_term(const struct claim *c, struct term *t)
{
	struct address a;
	uint8_t version = claim_text(c, NULL, t->text, sizeof t->text) ? address_parse(t->text, &a) : 0;
	t->kind = TERM_ADDRESS;
	t->sort_len = version ? address_sort(&a, version, t->sort) : 0;
	return version;
}

static bool mac_term(const struct claim *c, struct term *t)
{
	uint8_t mac[6];
	t->kind = TERM_MAC;
	if (!claim_text(c, NULL, t->text, sizeof t->text) || !mac_parse(t->text, mac))
		return false;
	mac_text(mac, t->text);
	return true;
}

static bool name_term(const struct claim *c, struct term *t)
{
	t->kind = TERM_NAME;
	if (!claim_text(c, NULL, t->text, sizeof t->text))
		return false;
	lower(t->text);
	return true;
}

static bool software_term(const struct claim *c, struct term *t)
{
	t->kind = TERM_SOFTWARE;
	if (!claim_text(c, "softwareTitle", t->text, sizeof t->text))
		return false;
	claim_text(c, "softwareCreator", t->creator, sizeof t->creator);
	claim_text(c, "softwareVersion", t->version, sizeof t->version);
	t->sort_len = version_key(t->version, t->sort, sizeof t->sort);
	return true;
}

/* Identifiers that seldom are shared: who shares one may be the same. Longer ones are told by what they begin with. */
static void shared_text(const char *kind, const char *value, struct term *t)
{
	t->kind = TERM_SHARED;
	snprintf(t->text, sizeof t->text, "%s %s", kind, value);
}

static bool shared_term(const struct claim *c, struct term *t)
{
	shared_text(c->kind, c->value, t);
	return true;
}

/* A kind may have several rows. */
static const struct {
	const char *kind;
	bool (*make)(const struct claim *c, struct term *t);
} makers[] = {
	{"ipv4Address", address_term},
	{"ipv6Address", address_term},
	{"macAddress", mac_term},
	{"hostName", name_term},
	{"domainName", name_term},
	{"softwareInstance", software_term},
	{"hostName", shared_term},
	{"smbServerGuid", shared_term},
	{"snmpEngineId", shared_term},
	{"chassisId", shared_term},
	{"dhcpClientIdentifier", shared_term},
	{"sshHostKeyFingerprint", shared_term},
};

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
	int code = 0;
	for (size_t i = 0; s->lasting && i < sizeof makers / sizeof *makers && !code; i++) {
		struct term t = {0};
		if (strcmp(makers[i].kind, c->kind) == 0 && makers[i].make(c, &t))
			code = hold(s, endpoint, &t);
	}
	return code;
}

int sqlite_holders(struct repository *r, const char *kind, const char *value, uint8_t (*ids)[16], uint32_t most)
{
	struct sqlite *s = (struct sqlite *)r;
	struct term t = {0};
	sqlite3_stmt *q = NULL;
	int n = 0;
	shared_text(kind, value, &t);
	if (!s->lasting || (s->writing && sqlite_commit(r, NULL, NULL) != 0) ||
	    sqlite3_prepare_v2(s->db,
			       "SELECT endpoint FROM held JOIN endpoint e ON e.id=held.endpoint AND e.survivor IS NULL"
			       " WHERE term=(SELECT n FROM term WHERE kind=4 AND text=?1) LIMIT ?2",
			       -1, &q, NULL) != SQLITE_OK)
		return -1;
	sqlite_bind(q, 1, t.text);
	sqlite3_bind_int64(q, 2, most);
	while (sqlite3_step(q) == SQLITE_ROW && n < (int)most)
		if (sqlite3_column_bytes(q, 0) == 16)
			memcpy(ids[n++], sqlite3_column_blob(q, 0), 16);
	sqlite3_finalize(q);
	return n;
}

/* Choosing: the rows an index gives, then what the filter says of each. */

enum source { BY_MAC, BY_ADDRESS, BY_NAME, BY_NAMES, BY_SOFTWARE, SOURCES };

static const char *const selections[SOURCES] = {
	[BY_MAC] = "SELECT n, text, creator, version FROM term WHERE kind=2 AND text=?1",
	[BY_ADDRESS] = "SELECT n, text, creator, version FROM term WHERE kind=1 AND sort BETWEEN ?1 AND ?2",
	[BY_NAME] = "SELECT n, text, creator, version FROM term WHERE kind=3 AND (text=?1 OR text BETWEEN ?2 AND ?3)",
	[BY_NAMES] = "SELECT n, text, creator, version FROM term WHERE kind=3",
	[BY_SOFTWARE] = "SELECT n, text, creator, version FROM term WHERE kind=0",
};

static void bind_prefix(sqlite3_stmt *q, const struct prefix *p)
{
	uint8_t low[17], high[17];
	struct address last = p->address;
	unsigned width = p->version == 4 ? 32 : 128;
	for (unsigned bit = p->bits; bit < width; bit++)
		last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	sqlite3_bind_blob(q, 1, low, (int)address_sort(&p->address, p->version, low), SQLITE_TRANSIENT);
	sqlite3_bind_blob(q, 2, high, (int)address_sort(&last, p->version, high), SQLITE_TRANSIENT);
}

/* A name, or what begins with it and a dot. */
static void bind_name(sqlite3_stmt *q, const char *name)
{
	char text[512], low[516], high[516];
	snprintf(text, sizeof text, "%s", name);
	lower(text);
	snprintf(low, sizeof low, "%s.", text);
	snprintf(high, sizeof high, "%s/", text); /* the character behind the dot */
	sqlite3_bind_text(q, 1, text, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(q, 2, low, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(q, 3, high, -1, SQLITE_TRANSIENT);
}

static enum source source_of(const struct inventory_filter *f)
{
	if (f->has_mac)
		return BY_MAC;
	if (f->name)
		return strpbrk(f->name, "*?[") ? BY_NAMES : BY_NAME;
	if (filter_asks_software(f) && !(f->has_address && f->address.bits >= 24))
		return BY_SOFTWARE;
	return f->has_address ? BY_ADDRESS : SOURCES;
}

static void bind_source(sqlite3_stmt *q, enum source source, const struct inventory_filter *f)
{
	char mac[MAC_TEXT_BYTES];
	if (source == BY_MAC) {
		mac_text(f->mac, mac);
		sqlite3_bind_text(q, 1, mac, -1, SQLITE_TRANSIENT);
	} else if (source == BY_ADDRESS)
		bind_prefix(q, &f->address);
	else if (source == BY_NAME)
		bind_name(q, f->name);
}

static bool answers(sqlite3_stmt *q, enum source source, const struct inventory_filter *f)
{
	const char *text = (const char *)sqlite3_column_text(q, 1), *creator = (const char *)sqlite3_column_text(q, 2),
		   *version = (const char *)sqlite3_column_text(q, 3);
	if (!text || !creator || !version)
		return false;
	if (source == BY_NAME || source == BY_NAMES)
		return filter_takes_name(f, text);
	return source != BY_SOFTWARE ||
	       (filter_takes_title(f, text) && filter_takes_creator(f, creator) && filter_takes_version(f, version));
}

int sqlite_choose_terms(struct sqlite *s, const struct inventory_filter *f, int64_t **terms, uint32_t *n,
			bool *narrowed)
{
	enum source source = f && s->lasting ? source_of(f) : SOURCES;
	*terms = NULL;
	*n = 0;
	*narrowed = source != SOURCES;
	if (!*narrowed)
		return 0;
	sqlite3_stmt *q = NULL;
	*terms = malloc(MOST_TERMS * sizeof **terms);
	int code = *terms ? sqlite3_prepare_v2(s->db, selections[source], -1, &q, NULL) : SQLITE_NOMEM;
	if (code)
		return code;
	bind_source(q, source, f);
	while (*narrowed && sqlite3_step(q) == SQLITE_ROW) {
		if (!answers(q, source, f))
			continue;
		if (*n == MOST_TERMS)
			*narrowed = false;
		else
			(*terms)[(*n)++] = sqlite3_column_int64(q, 0);
	}
	return sqlite3_finalize(q);
}
