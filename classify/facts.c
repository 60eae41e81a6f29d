/* What workers report, by tag, and what that shows of claims. */
#include "classify/knowledge.h"
#include "classify/stack.h"

#include <stdlib.h>

struct fact *fact_make(struct registry *r, const struct observation *o, struct node *n, uint32_t claims)
{
	struct fact *f = slab_get(&r->facts);
	if (f) {
		f->tag = o->tag;
		f->epoch = o->epoch;
		f->node = n;
		f->set = r->set;
		f->claims = claims <= 2 ? f->few : calloc(claims, sizeof *f->claims);
	}
	if (!f || !f->claims || !map_put(&r->fact_map, o->tag, f)) {
		if (f && f->claims && f->claims != f->few)
			free(f->claims);
		if (f)
			slab_put(&r->facts, f);
		r->counters.shed_claims++;
		return NULL;
	}
	f->next_of_node = n->facts;
	n->facts = f;
	return f;
}

void fact_join(struct fact *f, struct claim *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < f->n; i++)
		if (f->claims[i] == c)
			return;
	f->claims[f->n++] = c;
	c->facts++;
}

void fact_let_go(struct registry *r, struct claim *c)
{
	if (--c->facts)
		return;
	saying_close(r, c);
	c->stale = true;
	c->by = NULL;
}

/* The claim that is said for `c` now. */
static struct claim *standing(struct claim *c)
{
	while (c->by)
		c = c->by;
	return c;
}

/* They are of one program; false of presence. */
static bool of_one(const struct claim *a, const struct claim *b)
{
	const struct statement_of *x = claim_says(a), *y = claim_says(b);
	return x && y && x->head == y->head;
}

/* It names a program and no version, and is not said for something else. */
static bool is_plain(const struct claim *c)
{
	const struct statement_of *s = claim_says(c);
	return s && s->software && !s->detail && (!c->by || of_one(c, c->by));
}

/* A program that names no version may be any: what it is said to be in detail ends when that was shown last, and so
 * long afterwards it is said again without. */
static void settle_plain(struct registry *r, struct claim *plain, uint64_t time_ns)
{
	struct claim *head = plain->head;
	bool shown = head && !head->stale && time_ns < head->last_ns + KNOWLEDGE_RETURN_NS;
	if (shown && !plain->by)
		saying_close(r, plain);
	plain->by = shown ? head : NULL;
}

/* "10" speaks for "10.0.19045" now, if it did for "10.0.19044" before. */
static void settle_coarse(struct registry *r, struct claim *c)
{
	const struct statement_of *s = claim_says(c);
	if (!s || !s->software || !s->detail)
		return;
	const struct observation at = {.port = c->port, .transport = c->transport};
	const struct claim *plain = map_get(&r->claim_map, knowledge_key(r, &c->node->holder, s, s->head, &at));
	if (plain && plain->head && plain->head != c && knowledge_covers(claim_says(plain->head), s))
		c->by = plain->head;
}

/* The claim that the fact shows by its i-th: that which is said for it now. */
static struct claim *shows(const struct fact *f, uint32_t i)
{
	struct claim *c = standing(f->claims[i]);
	return f->stack ? stack_follows(c) : c;
}

/* The fact says less than what is said for it: it supports that, and shows nothing of it. */
static bool only_supports(const struct claim *own, const struct claim *c)
{
	return own != c && is_plain(own) && of_one(own, c);
}

static void supported(struct registry *r, struct claim *c)
{
	uint8_t confidence = claim_confidence(c);
	bool again = claim_band(confidence) != claim_band(c->confidence) || claim_best(c) != c->words;
	c->confidence = confidence;
	if (again && c->published)
		saying_say(r, c, true);
}

void fact_show(struct registry *r, const struct fact *f, uint32_t i, const struct observation *o)
{
	struct claim *own = f->claims[i];
	if (is_plain(own))
		settle_plain(r, own, o->time_ns);
	else if (own->by)
		settle_coarse(r, own);
	struct claim *c = shows(f, i);
	if (!only_supports(own, c)) {
		knowledge_shown(r, c, o);
		return;
	}
	own->last_ns = o->time_ns > own->last_ns ? o->time_ns : own->last_ns;
	supported(r, c);
}

/* A thing known before is reported in full again: once an epoch. */
void fact_again(struct registry *r, struct fact *f, const struct observation *o)
{
	if (f->node->endpoint)
		estate_touch(&r->estate, f->node->endpoint, o->time_ns);
	else
		estate_mention(&r->estate, f->node, o->time_ns);
	for (uint32_t i = 0; i < f->n; i++)
		fact_show(r, f, i, o);
}

static void fact_last(struct registry *r, struct fact *f, uint64_t time_ns)
{
	struct node *n = f->node;
	if (time_ns > r->latest_ns)
		r->latest_ns = time_ns;
	if (time_ns > n->last_ns)
		n->last_ns = time_ns;
	if (n->endpoint && time_ns > n->endpoint->last_ns)
		n->endpoint->last_ns = time_ns;
	for (uint32_t i = 0; i < f->n; i++) {
		struct claim *c = shows(f, i), *own = f->claims[i];
		c = only_supports(own, c) ? own : c;
		if (time_ns > c->last_ns && !c->stale)
			c->last_ns = time_ns;
	}
}

/* A worker was not the first to report a thing in this epoch. Were it the only worker, it would have handed over a
 * repeat at the end of the epoch; so that is when it counts. */
void fact_late(struct registry *r, struct fact *f, const struct observation *o)
{
	if (!f->late_ns) {
		f->next_late = r->late;
		r->late = f;
	}
	if (o->time_ns > f->late_ns)
		f->late_ns = o->time_ns;
	r->counters.merged += o->count;
}

void facts_account(struct registry *r)
{
	while (r->late) {
		struct fact *f = r->late;
		r->late = f->next_late;
		fact_last(r, f, f->late_ns);
		f->late_ns = 0;
	}
}

void fact_repeat(struct registry *r, const struct observation *o)
{
	struct fact *f = map_get(&r->fact_map, o->tag);
	r->counters.merged += o->count;
	if (f)
		fact_last(r, f, o->time_ns);
}

void facts_drop(struct registry *r, struct node *n)
{
	for (struct fact *f = n->facts, *next; f; f = next) {
		next = f->next_of_node;
		if (f->claims != f->few)
			free(f->claims);
		map_remove(&r->fact_map, f->tag);
		slab_put(&r->facts, f);
	}
	n->facts = NULL;
}
