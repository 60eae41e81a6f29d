/* The rows of a batch. What a question would put together of several rows of one batch is put together here: a claim
 * has one row, the sightings of an endpoint have two at most. Rows stand in the order of their table, which spares the
 * server putting them there. */
#include "domain/repository_clickhouse.h"
#include "domain/term.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_REMEMBERED 8u

static const uint8_t nobody[16];

static const uint8_t *endpoint_of(const struct pending *p)
{
	return p->assertion.has_endpoint ? p->assertion.endpoint : nobody;
}

static void put_text(struct buffer *b, const char *text)
{
	rowbinary_text(b, text ? text : "", text ? strlen(text) : 0);
}

static void put_assertion(struct clickhouse_repository *r, const struct pending *p, uint64_t stored_ns)
{
	const struct stored_assertion *a = &p->assertion;
	struct buffer *b = &r->rows[CLICKHOUSE_ASSERTION];
	rowbinary_u64(b, p->revision);
	buffer_add(b, endpoint_of(p), 16);
	put_text(b, a->subject);
	rowbinary_u64(b, a->collected_ns);
	buffer_add(b, a->id, 16);
	rowbinary_u64(b, stored_ns);
	rowbinary_u64(b, a->relayed_ns);
	rowbinary_u64(b, a->kinds);
	rowbinary_u64(b, p->provenance);
	rowbinary_text(b, a->line, a->line_len);
}

/* Endpoints. */

static bool is_merge(const struct stored_assertion *a)
{
	return a->statement == STATEMENT_EVENT && a->merges;
}

/* An event or a report makes an endpoint known, but moves no sighting. */
static bool is_sighting(const struct stored_assertion *a)
{
	return a->statement != STATEMENT_EVENT && !a->reported;
}

static void put_endpoint(struct clickhouse_repository *r, const struct pending *p, uint64_t start_ns, uint64_t end_ns)
{
	const struct stored_assertion *a = &p->assertion;
	struct buffer *b = &r->rows[CLICKHOUSE_ENDPOINT];
	buffer_add(b, a->endpoint, 16);
	rowbinary_u8(b, is_sighting(a));
	rowbinary_u8(b, a->unique);
	rowbinary_u64(b, start_ns);
	rowbinary_u64(b, end_ns);
	buffer_add(b, is_merge(a) ? a->survivor : nobody, 16);
	rowbinary_u64(b, p->revision);
}

/* Of the sightings a question wants the earliest start, the latest start and end, and the last word on the rest. */
struct sightings {
	const struct pending *last;
	uint64_t first_ns, later_ns, end_ns;
};

static void sight(struct sightings *s, const struct pending *p)
{
	const struct stored_assertion *a = &p->assertion;
	if (!s->last || a->start_ns < s->first_ns)
		s->first_ns = a->start_ns;
	if (!s->last || a->start_ns > s->later_ns)
		s->later_ns = a->start_ns;
	if (!s->last || a->end_ns > s->end_ns)
		s->end_ns = a->end_ns;
	if (!s->last || p->revision > s->last->revision)
		s->last = p;
}

static void put_endpoints(struct clickhouse_repository *r, struct pending *const *some, uint32_t n)
{
	struct sightings s = {.last = NULL};
	const struct pending *mentioned = NULL;
	for (uint32_t i = 0; i < n; i++) {
		const struct stored_assertion *a = &some[i]->assertion;
		if (is_merge(a))
			put_endpoint(r, some[i], a->start_ns, a->end_ns);
		else if (is_sighting(a))
			sight(&s, some[i]);
		else
			mentioned = some[i];
	}
	if (mentioned)
		put_endpoint(r, mentioned, mentioned->assertion.start_ns, mentioned->assertion.end_ns);
	if (s.last)
		put_endpoint(r, s.last, s.first_ns, s.end_ns);
	if (s.last && s.later_ns > s.first_ns)
		put_endpoint(r, s.last, s.later_ns, s.end_ns);
}

/* Claims. */

static void put_claim(struct clickhouse_repository *r, const uint8_t endpoint[16], const struct batch_claim *b,
		      const struct claim *c)
{
	struct buffer *to = &r->rows[CLICKHOUSE_CLAIM];
	buffer_add(to, endpoint, 16);
	rowbinary_u64(to, (uint64_t)b->key);
	put_text(to, c->kind);
	put_text(to, c->value);
	rowbinary_u64(to, c->start_ns);
	rowbinary_u64(to, c->end_ns);
	rowbinary_u8(to, c->open);
	rowbinary_u8(to, c->confidence);
	rowbinary_u8(to, c->known);
	rowbinary_u8(to, c->implied);
	put_text(to, c->method);
	put_text(to, c->signature);
	put_text(to, c->evidence);
	rowbinary_u64(to, b->revision);
}

/* Rows of terms of one endpoint, the last that were put. */
struct rows_put {
	struct {
		size_t at, len;
	} row[ROWS_REMEMBERED];
	uint32_t n;
};

/* Claims of an endpoint share terms: all its servers have the role of one. What slips through the table keeps once,
 * too.
 */
static bool is_put(const struct rows_put *put, const struct buffer *b, size_t at)
{
	size_t len = b->len - at;
	uint32_t n = put->n < ROWS_REMEMBERED ? put->n : ROWS_REMEMBERED;
	for (uint32_t i = 0; i < n && !b->failed; i++)
		if (put->row[i].len == len && memcmp(b->data + put->row[i].at, b->data + at, len) == 0)
			return true;
	return false;
}

static void put_terms(struct clickhouse_repository *r, const uint8_t endpoint[16], const struct claim *c,
		      struct rows_put *put)
{
	struct term terms[TERM_OF_CLAIM];
	uint32_t n = term_of(c, terms);
	struct buffer *b = &r->rows[CLICKHOUSE_HELD];
	for (uint32_t i = 0; i < n; i++) {
		size_t at = b->len;
		rowbinary_u8(b, (uint8_t)terms[i].kind);
		put_text(b, terms[i].text);
		put_text(b, terms[i].creator);
		put_text(b, terms[i].version);
		rowbinary_text(b, terms[i].sort, terms[i].sort_len);
		buffer_add(b, endpoint, 16);
		if (is_put(put, b, at)) {
			b->len = at;
			continue;
		}
		put->row[put->n % ROWS_REMEMBERED].at = at;
		put->row[put->n++ % ROWS_REMEMBERED].len = b->len - at;
	}
}

static bool room_for_claims(struct clickhouse_repository *r, uint32_t n)
{
	if (n <= r->claims_room)
		return true;
	uint32_t room = 2 * n;
	struct batch_claim *more = realloc(r->claims, room * sizeof *more);
	if (!more)
		return false;
	r->claims = more;
	r->claims_room = room;
	return true;
}

/* False when the heap is out. */
static bool gather(struct clickhouse_repository *r, const struct pending *p, uint32_t *n)
{
	const struct stored_assertion *a = &p->assertion;
	if (is_merge(a))
		return true;
	if (!room_for_claims(r, *n + a->n_claims))
		return false;
	for (uint32_t i = 0; i < a->n_claims; i++)
		if (!(a->claims[i].implied && a->reported))
			r->claims[(*n)++] =
				(struct batch_claim){term_claim_key(&a->claims[i]), p->revision, &a->claims[i]};
	return true;
}

static int by_key(const void *a, const void *b)
{
	const struct batch_claim *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->revision != y->revision)
		return x->revision < y->revision ? -1 : 1;
	return x->claim < y->claim ? -1 : x->claim > y->claim; /* of one assertion: in its order */
}

/* What was said before of the claim that `c` has the last word on. */
static void fold(struct claim *c, const struct claim *before)
{
	if (before->start_ns < c->start_ns)
		c->start_ns = before->start_ns;
	if (before->end_ns > c->end_ns)
		c->end_ns = before->end_ns;
	c->implied |= before->implied;
	if (!c->evidence || !*c->evidence)
		c->evidence = before->evidence;
}

static void put_claims(struct clickhouse_repository *r, struct pending *const *some, uint32_t n)
{
	const uint8_t *endpoint = some[0]->assertion.endpoint;
	struct rows_put put = {.n = 0};
	uint32_t count = 0;
	for (uint32_t i = 0; i < n; i++)
		if (!gather(r, some[i], &count)) {
			r->rows[CLICKHOUSE_CLAIM].failed = true;
			return;
		}
	if (count > 1)
		qsort(r->claims, count, sizeof *r->claims, by_key);
	for (uint32_t first = 0, next; first < count; first = next) {
		for (next = first + 1; next < count && r->claims[next].key == r->claims[first].key;)
			next++;
		struct claim c = *r->claims[next - 1].claim;
		for (uint32_t i = next - 1; i-- > first;)
			fold(&c, r->claims[i].claim);
		put_claim(r, endpoint, &r->claims[next - 1], &c);
		put_terms(r, endpoint, &c, &put);
	}
}

/* The batch. */

static int by_table_order(const void *a, const void *b)
{
	const struct pending *x = *(struct pending *const *)a, *y = *(struct pending *const *)b;
	int order = memcmp(endpoint_of(x), endpoint_of(y), 16);
	if (order)
		return order;
	if (x->assertion.collected_ns != y->assertion.collected_ns)
		return x->assertion.collected_ns < y->assertion.collected_ns ? -1 : 1;
	return memcmp(x->assertion.id, y->assertion.id, 16);
}

void clickhouse_put_rows(struct clickhouse_repository *r, struct pending **some, uint32_t n, uint64_t stored_ns)
{
	if (n > 1)
		qsort(some, n, sizeof *some, by_table_order);
	for (uint32_t i = 0; i < n; i++)
		put_assertion(r, some[i], stored_ns);
	for (uint32_t first = 0, next; first < n; first = next) {
		for (next = first + 1; next < n && memcmp(endpoint_of(some[next]), endpoint_of(some[first]), 16) == 0;)
			next++;
		if (!some[first]->assertion.has_endpoint)
			continue;
		put_endpoints(r, some + first, next - first);
		put_claims(r, some + first, next - first);
	}
}
