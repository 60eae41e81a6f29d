/* Answering: a walk through the inventory, each question with its own line for what it meets. */
#include "domain/query_run.h"

#include "core/time.h"
#include "domain/claim_text.h"
#include "domain/collectors.h"
#include "domain/discrepancy.h"
#include "domain/inventory_diff.h"
#include "export/json.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define EXPECTED_NS \
	(3600 * NS_PER_SECOND) /* knowledge that still stands is said again within this (observe --refresh) */

struct answering {
	struct query *query;
	struct repository *repository;
	query_line_fn *fn;
	void *arg;
	struct query_page *page;
	struct related *related;
	struct buffer line;
	uint8_t last[16]; /* endpoint that was given last */
	uint64_t passed;  /* lines of a history that were given before */
	bool failed;
	struct error *error; /* of what is asked beside the walk */
	int wrong;
};

/* Gives what is in `line`; false when the walk has to end. */
static bool give(struct answering *a)
{
	struct buffer *b = &a->line;
	a->failed = b->failed;
	if (b->failed)
		return false;
	if (b->len && b->data[b->len - 1] == '\n')
		b->len--;
	if (a->query->pending && b->len && b->data[b->len - 1] == '}') {
		b->len--;
		BUFFER_LITERAL(b, ",\"pending\":true}");
	}
	a->page->count++;
	return a->fn(a->arg, b->data, b->len);
}

/* True when the page has all it may have and endpoint `id` is the first of the next. */
static bool full(struct answering *a, const uint8_t id[16])
{
	if (a->page->count >= a->query->limit) {
		a->page->cursor[0] = 'e';
		uuid_text(a->last, a->page->cursor + 1);
		return true;
	}
	memcpy(a->last, id, 16);
	return false;
}

static bool is_asked(const struct query *q, const struct claim *c)
{
	for (uint32_t i = 0; i < q->n_attributes; i++)
		if (fnmatch(q->attributes[i], c->kind, FNM_NOESCAPE) == 0)
			return true;
	return false;
}

/* Only what was asked for, of all that is known. */
static void selected_line(struct answering *a, const struct inventory_endpoint *e)
{
	struct buffer *b = &a->line;
	const char *separator = "";
	BUFFER_LITERAL(b, "{\"endpointIdentifier\":");
	json_uuid(b, e->id);
	buffer_text(b, e->unique ? ",\"uniquelyIdentified\":true,\"attributes\":["
				 : ",\"uniquelyIdentified\":false,\"attributes\":[");
	for (uint32_t i = 0; i < e->n_claims; i++) {
		if (!is_asked(a->query, &e->claims[i]))
			continue;
		buffer_text(b, separator);
		inventory_claim_json(b, &e->claims[i]);
		separator = ",";
	}
	BUFFER_LITERAL(b, "],\"firstSeen\":");
	json_time(b, e->first_ns);
	BUFFER_LITERAL(b, ",\"lastSeen\":");
	json_time(b, e->last_ns);
	buffer_char(b, '}');
}

/* Who is asked for by name is told with those who saw it. */
static void add_collectors(struct answering *a, const struct inventory_endpoint *e)
{
	struct buffer *b = &a->line;
	while (b->len && b->data[b->len - 1] != '}')
		b->len--;
	b->len -= b->len > 0;
	BUFFER_LITERAL(b, ",\"collectors\":");
	a->wrong = collectors_json(b, a->repository, e->id, a->error);
	buffer_char(b, '}');
}

static bool each_endpoint(void *arg, const struct inventory_endpoint *e)
{
	struct answering *a = arg;
	if (full(a, e->id))
		return false;
	buffer_clear(&a->line);
	if (a->query->n_attributes)
		selected_line(a, e);
	else
		inventory_json(&a->line, e, a->related);
	if (a->query->kind->wants_endpoint)
		add_collectors(a, e);
	return !a->wrong && give(a);
}

static int run_endpoints(struct answering *a, struct error *error)
{
	int code = a->query->n_attributes ? 0 : related_open(a->repository, &a->related, error);
	a->error = error;
	if (!code)
		code = inventory_each(a->repository, &a->query->filter, each_endpoint, a, error);
	return code ? code : a->wrong;
}

static bool wants_software(const struct query *q, const struct claim *c)
{
	return claim_group(c) == GROUP_SOFTWARE &&
	       (!filter_asks_software(&q->filter) || inventory_asks_software(&q->filter, c));
}

/* A row for each software of an endpoint; an endpoint is never torn over two pages. */
static bool each_software(void *arg, const struct inventory_endpoint *e)
{
	struct answering *a = arg;
	uint32_t n = 0;
	for (uint32_t i = 0; i < e->n_claims; i++) {
		if (!wants_software(a->query, &e->claims[i]))
			continue;
		if (!n++ && full(a, e->id))
			return false;
		buffer_clear(&a->line);
		BUFFER_LITERAL(&a->line, "{\"endpointIdentifier\":");
		json_uuid(&a->line, e->id);
		BUFFER_LITERAL(&a->line, ",\"designation\":");
		inventory_designation_json(&a->line, e);
		BUFFER_LITERAL(&a->line, ",\"software\":");
		inventory_claim_json(&a->line, &e->claims[i]);
		buffer_char(&a->line, '}');
		if (!give(a))
			return false;
	}
	return true;
}

static int run_software(struct answering *a, struct error *error)
{
	return inventory_each(a->repository, &a->query->filter, each_software, a, error);
}

struct one {
	uint8_t id[16];
	uint32_t count;
};

static bool only_one(void *arg, const struct inventory_endpoint *e)
{
	struct one *o = arg;
	memcpy(o->id, e->id, 16);
	return ++o->count < 2;
}

/* A line as it was said, with when that was known. */
static void said_json(struct buffer *b, const struct repository_change *c)
{
	buffer_add(b, c->line, strlen(c->line) - 1);
	if (c->relayed_ns) {
		BUFFER_LITERAL(b, ",\"relayTimestamp\":");
		json_time(b, c->relayed_ns);
	}
	BUFFER_LITERAL(b, ",\"storageTimestamp\":");
	json_time(b, c->stored_ns);
	buffer_char(b, '}');
}

static bool each_said(void *arg, const struct repository_change *c)
{
	struct answering *a = arg;
	if (a->query->known_ns && c->stored_ns / 1000 > a->query->known_ns / 1000) /* times are told in microseconds */
		return true;
	if (a->passed < a->query->skip) { /* on the pages before */
		a->passed++;
		return true;
	}
	if (a->page->count == a->query->limit) {
		snprintf(a->page->cursor, sizeof a->page->cursor, "n%" PRIu64, a->passed + a->page->count);
		return false;
	}
	buffer_clear(&a->line);
	said_json(&a->line, c);
	return give(a);
}

static int run_history(struct answering *a, struct error *error)
{
	struct one one = {.count = 0};
	int code = inventory_each(a->repository, &a->query->filter, only_one, &one, error);
	if (code)
		return code;
	if (one.count > 1)
		return error_set(error, ERROR_USAGE, "endpoint: several are named so; give an identifier");
	return one.count ? repository_history(a->repository, one.id, each_said, a, error)
			 : repository_spoken(a->repository, a->query->endpoint, each_said, a, error);
}

/* Leaves the changes that were asked for; how many. */
static uint32_t keep_asked(const struct query *q, struct claim_change *changes, uint32_t n)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < n; i++)
		if (!q->n_attributes || is_asked(q, changes[i].after ? changes[i].after : changes[i].before))
			changes[kept++] = changes[i];
	return kept;
}

static bool each_change(void *arg, struct inventory_change *c)
{
	struct answering *a = arg;
	const struct inventory_filter *f = &a->query->filter;
	if (f->has_after && memcmp(c->endpoint.id, f->after, 16) <= 0)
		return true;
	c->n_claims = keep_asked(a->query, c->claims, c->n_claims);
	if (!c->n_claims)
		return true;
	if (full(a, c->endpoint.id))
		return false;
	buffer_clear(&a->line);
	inventory_change_json(&a->line, c);
	return give(a);
}

static int run_changes(struct answering *a, struct error *error)
{
	uint64_t until_ns = a->query->until_ns;
	return inventory_diff(a->repository, &a->query->filter, a->query->since_ns, &until_ns, each_change, a, error);
}

static void currency_json(struct buffer *b, const struct claim *c, uint64_t from_ns)
{
	BUFFER_LITERAL(b, "{\"name\":");
	json_text(b, c->kind);
	BUFFER_LITERAL(b, ",\"value\":");
	buffer_text(b, c->value);
	BUFFER_LITERAL(b, ",\"lastSeen\":");
	json_time(b, c->end_ns);
	BUFFER_LITERAL(b, ",\"ageSeconds\":");
	buffer_u64(b, from_ns > c->end_ns ? (from_ns - c->end_ns) / NS_PER_SECOND : 0);
	BUFFER_LITERAL(b, ",\"expectedBy\":");
	json_time(b, c->end_ns + EXPECTED_NS);
	bool current = c->open && from_ns <= c->end_ns + EXPECTED_NS;
	buffer_text(b, current ? ",\"current\":true}" : ",\"current\":false}");
}

/* Whether what is known of an endpoint can still be relied on. */
static bool each_currency(void *arg, const struct inventory_endpoint *e)
{
	struct answering *a = arg;
	struct buffer *b = &a->line;
	const char *separator = "";
	uint64_t from_ns = a->query->filter.at_ns ? a->query->filter.at_ns : a->query->now_ns;
	if (full(a, e->id))
		return false;
	buffer_clear(b);
	BUFFER_LITERAL(b, "{\"endpointIdentifier\":");
	json_uuid(b, e->id);
	BUFFER_LITERAL(b, ",\"lastSeen\":");
	json_time(b, e->last_ns);
	BUFFER_LITERAL(b, ",\"attributes\":[");
	for (uint32_t i = 0; i < e->n_claims; i++) {
		const struct claim *c = &e->claims[i];
		if (claim_group(c) == GROUP_EVENT || (a->query->n_attributes && !is_asked(a->query, c)))
			continue;
		buffer_text(b, separator);
		separator = ",";
		currency_json(b, c, from_ns);
	}
	BUFFER_LITERAL(b, "]}");
	return give(a);
}

static int run_currency(struct answering *a, struct error *error)
{
	return inventory_each(a->repository, &a->query->filter, each_currency, a, error);
}

static bool each_discrepancy(void *arg, const struct inventory_endpoint *e)
{
	struct answering *a = arg;
	buffer_clear(&a->line);
	if (!discrepancy_json(&a->line, e))
		return true;
	return !full(a, e->id) && give(a);
}

/* A report is set against what stands: not against a version that another has taken the place of. */
static int run_discrepancies(struct answering *a, struct error *error)
{
	a->query->filter.latest = true;
	return inventory_each(a->repository, &a->query->filter, each_discrepancy, a, error);
}

#define PARTS_USUAL (PART_WHO | PART_KNOWN | PART_MOMENT | PART_PAGE)

const struct query_kind query_kinds[] = {
	{.name = "endpoints", .parts = PARTS_USUAL | PART_ATTRIBUTES, .run = run_endpoints},
	{.name = "endpoint", .parts = PARTS_USUAL | PART_ATTRIBUTES, .wants_endpoint = true, .run = run_endpoints},
	{.name = "software", .parts = PARTS_USUAL, .run = run_software},
	{.name = "history",
	 .parts = PART_WHO | PART_STORED | PART_PAGE,
	 .wants_endpoint = true,
	 .raw = true,
	 .run = run_history},
	{.name = "changes",
	 .parts = PART_WHO | PART_KNOWN | PART_PERIOD | PART_ATTRIBUTES | PART_PAGE,
	 .wants_since = true,
	 .run = run_changes},
	{.name = "currency", .parts = PARTS_USUAL | PART_ATTRIBUTES, .run = run_currency},
	{.name = "discrepancies", .parts = PARTS_USUAL, .run = run_discrepancies},
	{.name = NULL},
};

const char *query_name(unsigned i)
{
	return query_kinds[i].name;
}

const struct query_kind *query_kind(const char *name)
{
	for (const struct query_kind *k = query_kinds; k->name; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

int query_run(struct query *q, struct repository *r, query_line_fn *fn, void *arg, struct query_page *page,
	      struct error *error)
{
	struct answering a = {.query = q, .repository = r, .fn = fn, .arg = arg, .page = page};
	*page = (struct query_page){.as_of_ns = q->now_ns};
	int code = q->kind->run(&a, error);
	if (!code)
		code = repository_revision(r, &page->revision, error);
	if (!code && a.failed)
		code = error_set(error, ERROR_FAILED, "no memory for an answer");
	related_free(a.related);
	buffer_fini(&a.line);
	return code;
}
