#include "domain/inventory_diff.h"

#include "core/time.h"
#include "domain/claim_text.h"
#include "domain/condense.h"

#include <stdlib.h>
#include <string.h>

struct diff {
	const struct inventory_filter *filter;
	uint64_t since_ns, until_ns;
	inventory_change_fn *fn;
	void *arg;
	struct condenser before, after;
	struct claim_change *changes;
	uint32_t room;
	bool no_memory;
};

const char *change_name(enum change c)
{
	return c == CHANGE_NEW ? "new" : c == CHANGE_CHANGED ? "changed" : "gone";
}

/* When anything was seen last. A packet that claims to be of the future does not say when that was, unless all do. */
struct last {
	uint64_t now_ns, past_ns, ever_ns;
};

static bool latest(void *arg, const struct stored_endpoint *e)
{
	struct last *l = arg;
	l->ever_ns = e->last_ns > l->ever_ns ? e->last_ns : l->ever_ns;
	l->past_ns = e->last_ns > l->past_ns && e->last_ns <= l->now_ns ? e->last_ns : l->past_ns;
	return true;
}

/* What is compared of n sorted claims, and may be told, to the front. */
static uint32_t comparable(const struct inventory_filter *f, struct claim *claims, uint32_t n)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < n && claim_group(&claims[i]) < GROUP_OTHER; i++)
		if (!f || !f->hide_users || strcmp(claims[i].kind, "userName") != 0)
			claims[kept++] = claims[i];
	return kept;
}

/* The order of condense(), without times. */
static int order(const struct claim *a, const struct claim *b)
{
	uint32_t x = claim_rank(a), y = claim_rank(b);
	int by_kind = x != y ? (x < y ? -1 : 1) : strcmp(a->kind, b->kind);
	return by_kind ? by_kind : strcmp(a->value, b->value);
}

static bool make_room(struct diff *d, uint32_t n)
{
	if (n <= d->room)
		return true;
	struct claim_change *changes = realloc(d->changes, n * sizeof *changes);
	if (!changes)
		return false;
	d->changes = changes;
	d->room = n;
	return true;
}

/* What is only in a, then what is only in b: both are sorted. */
static uint32_t part(struct claim_change *out, const struct claim *a, uint32_t n_a, const struct claim *b, uint32_t n_b,
		     bool gone)
{
	uint32_t n = 0;
	for (uint32_t i = 0, k = 0; i < n_a; i++) {
		while (k < n_b && order(&b[k], &a[i]) < 0)
			k++;
		if (k < n_b && order(&b[k], &a[i]) == 0)
			continue;
		if (n && order(gone ? out[n - 1].before : out[n - 1].after, &a[i]) == 0)
			continue; /* the same again, later */
		out[n++] = gone ? (struct claim_change){.before = &a[i]} : (struct claim_change){.after = &a[i]};
	}
	return n;
}

/* Joins what is gone with what took its place. */
static uint32_t pair(const struct diff *d, struct claim_change *changes, uint32_t gone, uint32_t n)
{
	for (uint32_t i = 0; i < gone; i++) {
		uint64_t subject = condense_subject(&d->before, changes[i].before);
		for (uint32_t k = gone; k < n && !changes[i].after; k++)
			if (changes[k].after && condense_subject(&d->before, changes[k].after) == subject) {
				changes[i].after = changes[k].after;
				changes[k].after = NULL;
			}
	}
	uint32_t kept = 0;
	for (uint32_t i = 0; i < n; i++)
		if (changes[i].before || changes[i].after)
			changes[kept++] = changes[i];
	return kept;
}

static int place(const struct claim_change *c)
{
	return !c->after ? 0 : c->before ? 1 : 2;
}

static int by_place(const void *a, const void *b)
{
	const struct claim_change *x = a, *y = b;
	int by = place(x) - place(y);
	return by ? by : order(x->before ? x->before : x->after, y->before ? y->before : y->after);
}

static bool compare(struct diff *d, const struct inventory_endpoint *before, const struct inventory_endpoint *after)
{
	if (!before->n_claims && !after->n_claims)
		return true;
	bool asked = d->filter && !inventory_wanted(d->filter, before) && !inventory_wanted(d->filter, after);
	d->no_memory = !make_room(d, before->n_claims + after->n_claims);
	if (asked || d->no_memory)
		return !d->no_memory;
	struct inventory_change c = {.change = !before->n_claims  ? CHANGE_NEW
					       : !after->n_claims ? CHANGE_GONE
								  : CHANGE_CHANGED,
				     .endpoint = after->n_claims ? *after : *before,
				     .claims = d->changes};
	uint32_t gone = part(d->changes, before->claims, before->n_claims, after->claims, after->n_claims, true);
	uint32_t n =
		gone + part(d->changes + gone, after->claims, after->n_claims, before->claims, before->n_claims, false);
	if (!n)
		return true;
	c.n_claims = pair(d, d->changes, gone, n);
	qsort(d->changes, c.n_claims, sizeof *d->changes, by_place);
	return d->fn(d->arg, &c);
}

static bool each(void *arg, const struct stored_endpoint *s)
{
	struct diff *d = arg;
	struct claim *before, *after;
	if (s->merged || !s->n_claims)
		return true;
	int64_t n = condense(&d->before, s->claims, s->n_claims, d->since_ns, &before);
	int64_t m = condense(&d->after, s->claims, s->n_claims, d->until_ns, &after);
	d->no_memory = n < 0 || m < 0;
	if (d->no_memory)
		return false;
	struct inventory_endpoint e = {.unique = s->unique, .first_ns = s->first_ns, .last_ns = s->last_ns}, f;
	memcpy(e.id, s->id, 16);
	f = e;
	e.claims = before;
	e.n_claims = comparable(d->filter, before, (uint32_t)n);
	f.claims = after;
	f.n_claims = comparable(d->filter, after, (uint32_t)m);
	return compare(d, &e, &f);
}

int inventory_diff(struct repository *r, const struct inventory_filter *filter, uint64_t since_ns, uint64_t *until_ns,
		   inventory_change_fn *fn, void *arg, struct error *error)
{
	struct last last = {.now_ns = time_now()};
	int code = *until_ns ? 0 : repository_endpoints(r, NULL, latest, &last, error);
	if (code)
		return code;
	if (!*until_ns)
		*until_ns = last.past_ns ? last.past_ns : last.ever_ns;
	struct inventory_filter spoken = {.provider = filter ? filter->provider : NULL}; /* no claim says by whom */
	struct diff d = {.filter = filter, .since_ns = since_ns, .until_ns = *until_ns, .fn = fn, .arg = arg};
	condenser_init(&d.before);
	condenser_init(&d.after);
	if (d.until_ns > since_ns)
		code = repository_endpoints(r, spoken.provider ? &spoken : NULL, each, &d, error);
	condenser_fini(&d.before);
	condenser_fini(&d.after);
	free(d.changes);
	return d.no_memory ? error_set(error, ERROR_FAILED, "inventory: no memory for an endpoint's claims") : code;
}
