#include "cli/inventory_table.h"

#include "cli/claim_line.h"
#include "cli/inventory_words.h"
#include "cli/table.h"
#include "classify/system.h"
#include "core/address.h"
#include "domain/claim_text.h"
#include "domain/condense.h"

#include <inttypes.h>
#include <stdlib.h>

#define SHORT_ID        8
#define MOST_CANDIDATES 256 /* of an endpoint that are weighed for a cell */
#define MOST_ADDRESSES  4
#define MOST_NAMES      3
#define MOST_SYSTEMS    2
#define MOST_SOFTWARE   6
#define MOST_DEVICES    2
#define MOST_SERVICES   8
#define TEXT_BYTES      384
#define LIKELY          50 /* %: below it something else is as likely */

/* What may stand in a cell. */
struct candidate {
	const struct claim *claim;
	uint32_t rank; /* less comes first */
	bool system, versioned, hidden;
	char text[TEXT_BYTES];
};

/* A row and what it is sorted by: kind of the address, the address, the identifier. */
struct row_place {
	uint8_t key[1 + 16 + 16];
	size_t at;
};

struct listing {
	struct table table;
	const struct inventory_filter *filter; /* may be NULL */
	struct candidate candidates[MOST_CANDIDATES];
	uint32_t n, beyond; /* candidates, and those there was no room for */
	struct row_place *rows;
	uint64_t count, room, with_software, with_system;
	bool no_memory;
};

/* Choosing. */

static struct candidate *propose(struct listing *l, const struct claim *c, uint32_t rank)
{
	if (l->n == MOST_CANDIDATES) {
		l->beyond++;
		return NULL;
	}
	struct candidate *n = &l->candidates[l->n++];
	n->claim = c;
	n->rank = rank;
	n->system = n->versioned = n->hidden = false;
	n->text[0] = 0;
	return n;
}

static int best_first(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->claim->confidence != y->claim->confidence)
		return x->claim->confidence > y->claim->confidence ? -1 : 1;
	if (x->versioned != y->versioned)
		return x->versioned ? -1 : 1;
	if (x->claim->end_ns != y->claim->end_ns)
		return x->claim->end_ns > y->claim->end_ns ? -1 : 1;
	int by_text = strcmp(x->text, y->text);
	return by_text ? by_text : strcmp(x->claim->value, y->claim->value);
}

/* True when candidate i says nothing that one before it, or a more precise one anywhere, does not say. */
static bool said(const struct listing *l, uint32_t i)
{
	const struct candidate *c = &l->candidates[i];
	for (uint32_t k = 0; k < l->n; k++) {
		const char *other = l->candidates[k].text;
		if (k < i && strcasecmp(other, c->text) == 0)
			return true;
		enum claim_group group = claim_group(c->claim);
		bool coarse = (group == GROUP_SOFTWARE && !c->versioned) || group == GROUP_HARDWARE;
		if (k != i && coarse && strlen(other) > strlen(c->text) && words_in(other, c->text))
			return true;
	}
	return false;
}

/* A system's kernel beside the system, and a guess that something surer speaks against. */
static bool outdone(const struct listing *l, const struct candidate *c)
{
	for (uint32_t k = 0; c->system && k < l->n; k++) {
		const struct candidate *other = &l->candidates[k];
		if (!c->versioned && system_underlies(c->text, other->text))
			return true;
		if (c->claim->confidence < LIKELY && other->claim->confidence >= LIKELY)
			return true;
	}
	return false;
}

/* "name.local" beside "name": one name in two dialects. */
static bool local_alias(const struct listing *l, const struct candidate *c)
{
	size_t len = strlen(c->text);
	if (len <= 6 || strcasecmp(c->text + len - 6, ".local") != 0)
		return false;
	for (uint32_t k = 0; k < l->n; k++)
		if (strlen(l->candidates[k].text) == len - 6 &&
		    strncasecmp(l->candidates[k].text, c->text, len - 6) == 0)
			return true;
	return false;
}

/* Ends a cell with the best of its candidates; `left_out` more were none. Returns how many there were. */
static uint32_t choose(struct listing *l, uint32_t most, uint32_t left_out)
{
	uint32_t shown = 0, all = 0;
	qsort(l->candidates, l->n, sizeof *l->candidates, best_first);
	for (uint32_t i = 0; i < l->n; i++)
		l->candidates[i].hidden =
			said(l, i) || local_alias(l, &l->candidates[i]) || outdone(l, &l->candidates[i]);
	for (uint32_t i = 0; i < l->n; i++) {
		if (l->candidates[i].hidden)
			continue;
		if (shown < most) {
			table_item(&l->table, l->candidates[i].text);
			shown++;
		}
		all++;
	}
	all += l->beyond + left_out;
	table_end(&l->table, all - shown);
	l->n = l->beyond = 0;
	return all;
}

/* Columns. */

/* Seen within the last hour that the endpoint was. */
static bool current(const struct inventory_endpoint *e, const struct claim *c)
{
	return c->open || c->end_ns + CONDENSE_GAP_NS >= e->last_ns;
}

enum { RANK_IPV4, RANK_MAC, RANK_IPV6, RANK_LINK_LOCAL, RANK_NONE };

static uint32_t address_rank(const struct claim *c, struct address *a, uint8_t *version)
{
	char text[64];
	*version = 0;
	if (strcmp(c->kind, "macAddress") == 0)
		return RANK_MAC;
	if (strcmp(c->kind, "ipv4Address") != 0 && strcmp(c->kind, "ipv6Address") != 0)
		return RANK_NONE;
	*version = claim_text(c, NULL, text, sizeof text) ? address_parse(text, a) : 0;
	if (*version == 4)
		return RANK_IPV4;
	return *version == 6 && address_is_link_local(a, 6) ? RANK_LINK_LOCAL : RANK_IPV6;
}

/* By the address that is shown first. One's own networks come first, then IPv4; what has no address last. */
static void make_key(struct listing *l, struct row_place *row, const struct inventory_endpoint *e)
{
	struct address a;
	uint8_t version = 0;
	qsort(l->candidates, l->n, sizeof *l->candidates, best_first);
	for (uint32_t i = 0; i < l->n && !version; i++)
		version = address_parse(l->candidates[i].text, &a);
	memset(row->key, 0, sizeof row->key);
	row->key[0] = !version ? 0xff : (address_is_private(&a, version) ? 0 : 2) + (version == 6);
	if (version)
		memcpy(row->key + 1, a.bytes, version == 4 ? 4 : 16);
	memcpy(row->key + 17, e->id, 16);
}

/* The endpoint had the same designation again since: claims of one value follow one another by start. */
static bool again(const struct inventory_endpoint *e, uint32_t i)
{
	const struct claim *c = &e->claims[i], *next = i + 1 < e->n_claims ? c + 1 : NULL;
	return next && strcmp(c->kind, next->kind) == 0 && strcmp(c->value, next->value) == 0;
}

static void addresses(struct listing *l, struct row_place *row, const struct inventory_endpoint *e)
{
	struct address a;
	uint8_t version;
	uint32_t left_out = 0, link_local = 0, routed = 0;
	for (uint32_t i = 0; i < e->n_claims && claim_group(&e->claims[i]) == GROUP_DESIGNATION; i++) {
		uint32_t rank = address_rank(&e->claims[i], &a, &version);
		if (rank == RANK_NONE || again(e, i))
			continue;
		if (!current(e, &e->claims[i])) {
			left_out++;
			continue;
		}
		link_local += rank == RANK_LINK_LOCAL;
		routed += rank == RANK_IPV4 || rank == RANK_IPV6;
		struct candidate *c = propose(l, &e->claims[i], rank);
		if (c)
			claim_text(c->claim, NULL, c->text, sizeof c->text);
	}
	/* where there are others, addresses that every interface has tell nothing */
	for (uint32_t i = l->n; routed && link_local && i-- > 0;)
		if (l->candidates[i].rank == RANK_LINK_LOCAL) {
			l->candidates[i] = l->candidates[--l->n];
			left_out++;
		}
	make_key(l, row, e);
	choose(l, MOST_ADDRESSES, left_out);
}

static void names(struct listing *l, const struct inventory_endpoint *e)
{
	for (uint32_t i = 0; i < e->n_claims && claim_group(&e->claims[i]) == GROUP_DESIGNATION; i++) {
		bool host = strcmp(e->claims[i].kind, "hostName") == 0;
		if (!host && strcmp(e->claims[i].kind, "domainName") != 0)
			continue;
		struct candidate *c = propose(l, &e->claims[i], !host);
		if (c)
			claim_text(c->claim, NULL, c->text, sizeof c->text);
	}
	choose(l, MOST_NAMES, 0);
}

static uint32_t role_rank(const char *role)
{
	static const char *const order[] = {"operatingSystem", "server", "firmware", "client"};
	uint32_t rank = 0;
	while (rank < 4 && strcmp(role, order[rank]) != 0)
		rank++;
	return rank;
}

/* "at least two: Linux, Windows" stands in the place of every single system. True when there are several. */
static bool several(struct listing *l, const struct inventory_endpoint *e)
{
	const struct claim *surest = NULL;
	for (uint32_t i = 0; i < e->n_claims; i++) {
		const struct claim *claim = &e->claims[i];
		if (claim_group(claim) == GROUP_SYSTEMS && current(e, claim) &&
		    (!surest || claim->confidence > surest->confidence))
			surest = claim;
	}
	if (!surest)
		return false;
	l->n = l->beyond = 0;
	struct candidate *c = propose(l, surest, 0);
	struct buffer words = {0};
	claim_systems(&words, surest);
	buffer_char(&words, 0);
	if (!words.failed)
		snprintf(c->text, sizeof c->text, "%s", words.data);
	buffer_fini(&words);
	return true;
}

/* What was asked for stands first in its cell, whatever is surer or has another role. */
static bool asked(const struct listing *l, const struct claim *claim)
{
	const struct inventory_filter *f = l->filter;
	return f && (f->software || f->creator || f->version || f->role) && inventory_asks_software(f, claim);
}

/* "title version" */
static uint32_t software(struct listing *l, const struct inventory_endpoint *e, bool system)
{
	char role[64], title[256], version[120];
	for (uint32_t i = 0; i < e->n_claims; i++) {
		const struct claim *claim = &e->claims[i];
		if (claim_group(claim) != GROUP_SOFTWARE || !claim_text(claim, "softwareTitle", title, sizeof title))
			continue;
		uint32_t rank = claim_text(claim, "role", role, sizeof role) ? role_rank(role) : UINT32_MAX;
		uint32_t place = asked(l, claim) ? 0 : rank == UINT32_MAX ? rank : rank + 1;
		struct candidate *c = (rank == 0) == system ? propose(l, claim, place) : NULL;
		if (!c)
			continue;
		c->system = system;
		c->versioned = claim_text(claim, "softwareVersion", version, sizeof version) && *version;
		snprintf(c->text, sizeof c->text, "%s%s%s", title, c->versioned ? " " : "",
			 c->versioned ? version : "");
	}
	if (system && several(l, e))
		return choose(l, 1, 0);
	return choose(l, system ? MOST_SYSTEMS : MOST_SOFTWARE, 0);
}

/* The maker of a card tells something only where nothing else does. */
static void devices(struct listing *l, const struct inventory_endpoint *e)
{
	bool better = false;
	for (uint32_t i = 0; i < e->n_claims; i++) {
		const struct claim *claim = &e->claims[i];
		struct candidate *c = claim_group(claim) == GROUP_HARDWARE ? propose(l, claim, 0) : NULL;
		if (!c)
			continue;
		c->rank = device_words(claim, c->text, sizeof c->text);
		better |= c->rank != DEVICE_INTERFACE;
		if (l->filter && l->filter->device && inventory_asks_device(l->filter, claim))
			c->rank = DEVICE_MODEL;
	}
	for (uint32_t i = l->n; better && i-- > 0;)
		if (l->candidates[i].rank == DEVICE_INTERFACE)
			l->candidates[i] = l->candidates[--l->n];
	choose(l, MOST_DEVICES, 0);
}

static void services(struct listing *l, const struct inventory_endpoint *e)
{
	for (uint32_t i = 0; i < e->n_claims; i++) {
		const struct claim *claim = &e->claims[i];
		struct candidate *c = claim_group(claim) == GROUP_SERVICE ? propose(l, claim, 0) : NULL;
		if (c)
			c->rank = service_words(claim, c->text, sizeof c->text);
		if (c && l->filter && l->filter->service && inventory_asks_service(l->filter, claim))
			c->rank = 0;
	}
	choose(l, MOST_SERVICES, 0);
}

/* The table. */

/* Where there is no room for all, times go first, then services, then devices. */
static const struct {
	const char *head;
	uint8_t stay;
} columns[] = {{"ENDPOINT", TABLE_ALWAYS},   {"ADDRESSES", TABLE_ALWAYS},   {"NAMES", TABLE_FILLED},
	       {"SYSTEM", TABLE_FILLED},     {"DEVICE", TABLE_ROOM},        {"SOFTWARE", TABLE_FILLED},
	       {"SERVICES", TABLE_ROOM + 1}, {"SEEN (UTC)", TABLE_ROOM + 2}};
#define COLUMNS (sizeof columns / sizeof *columns)
_Static_assert(COLUMNS <= TABLE_COLUMNS, "all columns have room");

static void start_table(struct table *t)
{
	const char *heads[COLUMNS];
	for (size_t i = 0; i < COLUMNS; i++)
		heads[i] = columns[i].head;
	table_init(t, heads, COLUMNS);
	for (size_t i = 0; i < COLUMNS; i++)
		t->stay[i] = columns[i].stay;
}

static struct row_place *add_row(struct listing *l)
{
	if (l->count == l->room) {
		uint64_t room = l->room ? 2 * l->room : 256;
		struct row_place *rows = realloc(l->rows, room * sizeof *rows);
		l->no_memory = !rows;
		if (!rows)
			return NULL;
		l->rows = rows;
		l->room = room;
	}
	l->rows[l->count].at = l->table.cells.len;
	return &l->rows[l->count++];
}

static bool add(void *arg, const struct inventory_endpoint *e)
{
	struct listing *l = arg;
	struct row_place *row = add_row(l);
	char id[37], seen[64];
	if (!row)
		return false;
	uuid_text(e->id, id);
	id[SHORT_ID] = 0;
	table_cell(&l->table, id);
	addresses(l, row, e);
	names(l, e);
	l->with_system += software(l, e, true) > 0;
	devices(l, e);
	l->with_software += software(l, e, false) > 0;
	services(l, e);
	seen_words(e, seen, sizeof seen);
	table_cell(&l->table, seen);
	return !l->table.cells.failed;
}

static int by_key(const void *a, const void *b)
{
	return memcmp(((const struct row_place *)a)->key, ((const struct row_place *)b)->key,
		      sizeof((const struct row_place *)a)->key);
}

static void print_sum(const struct listing *l, FILE *out)
{
	if (!l->count) {
		fputs("no endpoints\n", out);
		return;
	}
	fprintf(out, "\n%" PRIu64 " endpoint%s, %" PRIu64 " with software, %" PRIu64 " with an operating system\n",
		l->count, l->count == 1 ? "" : "s", l->with_software, l->with_system);
	const char *before = "a wider terminal also shows ";
	for (size_t i = 0; i < COLUMNS; i++) {
		if (!l->table.no_room[i])
			continue;
		fprintf(out, "%s%s", before, columns[i].head);
		before = ", ";
	}
	fputs(*before == ',' ? "\n" : "", out);
}

static int print(struct listing *l, FILE *out, struct error *error)
{
	size_t *order = malloc((l->count + 1) * sizeof *order);
	if (!order || l->no_memory || l->table.cells.failed) {
		free(order);
		return error_set(error, ERROR_FAILED, "no memory for the table; ask for fewer endpoints, or --json");
	}
	if (l->count)
		qsort(l->rows, l->count, sizeof *l->rows, by_key);
	for (uint64_t i = 0; i < l->count; i++)
		order[i] = l->rows[i].at;
	if (l->count)
		table_print(&l->table, order, out, table_width(out));
	free(order);
	print_sum(l, out);
	return 0;
}

int inventory_table(struct repository *r, const struct inventory_filter *filter, FILE *out, struct error *error)
{
	struct listing *l = calloc(1, sizeof *l);
	int code = l ? 0 : error_set(error, ERROR_FAILED, "no memory for the table");
	if (l) {
		start_table(&l->table);
		l->filter = filter;
		code = inventory_each(r, filter, add, l, error);
		code = code ? code : print(l, out, error);
		table_fini(&l->table);
		free(l->rows);
		free(l);
	}
	return code;
}
