#include "classify/stack.h"

#include "classify/system.h"

/* Of a node's claims so many are looked at: those of an address that serves thousands of ports are not all read. */
#define CLAIMS_MAX 256u

static bool is_derived(const struct statement_of *s)
{
	return s->known == KNOWN_DERIVED;
}

/* The family a claim is about; none when it is no claim that stands, or not of a system. */
static enum system_family family_of(const struct claim *c)
{
	const struct statement_of *s = c->by || c->stale ? NULL : claim_says(c);
	return s ? (enum system_family)s->system : SYSTEM_NONE;
}

struct claim *stack_upholds(const struct node *n, const struct statement_of *s)
{
	unsigned looked = 0;
	if (!s->system || !is_derived(s))
		return NULL;
	for (struct claim *c = n->claims; c && looked < CLAIMS_MAX; c = c->next_of_node, looked++)
		if (system_agree(family_of(c), (enum system_family)s->system) && !claim_derived(c))
			return stack_follows(c);
	return NULL;
}

static bool are_twins(const struct claim *a, const struct claim *b)
{
	const struct statement_of *x = claim_says(a), *y = claim_says(b);
	return x && y && x->system && x->head == y->head && x->full != y->full;
}

struct claim *stack_follows(struct claim *c)
{
	struct claim *last = c;
	unsigned looked = 0;
	for (struct claim *o = c->twin ? c->node->claims : NULL; o && looked < CLAIMS_MAX;
	     o = o->next_of_node, looked++)
		if (o->twin && !o->by && !o->stale && o->last_ns > last->last_ns && are_twins(c, o))
			last = o;
	return last;
}

/* The machine says another version of its system: how it sends supports that as it did the other. */
static void join_twins(struct registry *r, struct claim *c, struct claim *before)
{
	c->twin = before->twin = true;
	for (unsigned i = 0; i < before->n_supports; i++)
		if (is_derived(support_says(claim_support(before, i))))
			knowledge_support(r, c, claim_support(before, i));
}

/* The derived claim is said no more: what showed it supports the self-report. */
static void uphold(struct registry *r, struct claim *self, struct claim *derived)
{
	saying_close(r, derived);
	for (unsigned i = 0; i < derived->n_supports; i++)
		knowledge_support(r, self, claim_support(derived, i));
	derived->by = self;
}

static void lower(struct registry *r, struct claim *c, uint8_t by)
{
	if (by <= c->disputed)
		return;
	c->disputed = by;
	uint8_t now = claim_confidence(c);
	if (!c->published || claim_band(now) == claim_band(c->confidence))
		return;
	c->confidence = now;
	saying_say(r, c, true);
}

static void contest(struct registry *r, struct claim *c, struct claim *other)
{
	bool known = c->disputed && other->disputed;
	uint8_t mine = claim_weight(c), others = claim_weight(other);
	lower(r, c, others);
	lower(r, other, mine);
	if (!known)
		knowledge_conflict(r, other, c);
}

/* One says what the machine's stack says too, the other does not: the other is in doubt. */
static void doubt(struct registry *r, struct claim *borne_out, struct claim *other)
{
	bool known = other->disputed;
	lower(r, other, claim_weight(borne_out));
	if (!known)
		knowledge_conflict(r, borne_out, other);
}

static void oppose(struct registry *r, struct claim *c, struct claim *o)
{
	bool mine = claim_leans_on_stack(c), others = claim_leans_on_stack(o);
	if (claim_derived(c) || claim_derived(o))
		contest(r, c, o);
	else if (mine && !others)
		doubt(r, c, o);
	else if (others && !mine)
		doubt(r, o, c);
}

void stack_settle(struct registry *r, struct claim *c)
{
	enum system_family family = family_of(c);
	bool derived = claim_derived(c);
	unsigned looked = 0;
	if (!family)
		return;
	for (struct claim *o = c->node->claims; o && looked < CLAIMS_MAX; o = o->next_of_node, looked++) {
		enum system_family other = o == c ? SYSTEM_NONE : family_of(o);
		if (system_differ(family, other))
			oppose(r, c, o);
		else if (system_agree(family, other) && !derived && claim_derived(o))
			uphold(r, c, o);
		else if (other && !derived && are_twins(c, o))
			join_twins(r, c, o);
	}
}
