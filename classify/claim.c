#include "classify/claim.h"

/* Of what contradicts, so much counts: most against a guess, some against a self-report. Percent. */
enum { DISPUTED_DERIVED = 90, DISPUTED_SELF = 30 };

static bool is_derived(const struct support *s)
{
	return support_says(s)->known == KNOWN_DERIVED;
}

bool claim_derived(const struct claim *c)
{
	for (unsigned i = 0; i < c->n_supports; i++)
		if (!is_derived(claim_support(c, i)))
			return false;
	return c->n_supports > 0;
}

bool claim_leans_on_stack(const struct claim *c)
{
	for (unsigned i = 0; i < c->n_supports; i++)
		if (is_derived(claim_support(c, i)))
			return true;
	return false;
}

/* What a support is worth. Guesses from how a machine sends lean on the same stack, and tell its family alone: beside
 * others they count half. */
static unsigned worth(const struct claim *c, unsigned i, bool derived)
{
	const struct support *s = claim_support(c, i);
	unsigned percent = support_says(s)->confidence;
	return is_derived(s) && (i || !derived) ? percent / 2 : percent;
}

uint8_t claim_undisputed(const struct claim *c)
{
	unsigned doubt = 10000; /* of 10,000: what all supports together leave open */
	if (c->presence)
		return c->node->on_link ? 99 : 95;
	if (c->fixed)
		return c->fixed;
	bool derived = claim_derived(c);
	for (unsigned i = 0; i < c->n_supports; i++)
		doubt = doubt * (100u - worth(c, i, derived)) / 100u;
	unsigned percent = 100 - (doubt + 50) / 100;
	return (uint8_t)(percent > 99 ? 99 : percent);
}

uint8_t claim_confidence(const struct claim *c)
{
	unsigned percent = claim_undisputed(c);
	if (!c->disputed || c->fixed)
		return (uint8_t)percent;
	unsigned counts = claim_derived(c) ? DISPUTED_DERIVED : DISPUTED_SELF;
	percent -= percent * c->disputed * counts / 10000;
	return (uint8_t)(percent > CONFIDENCE_WITHDRAWN ? percent : CONFIDENCE_WITHDRAWN + 1);
}

unsigned claim_best(const struct claim *c)
{
	unsigned best = 0;
	if (c->fixed)
		return 0;
	for (unsigned i = 1; i < c->n_supports; i++) {
		const struct statement_of *s = support_says(claim_support(c, best));
		const struct statement_of *o = support_says(claim_support(c, i));
		bool derived = s->known == KNOWN_DERIVED;
		if (derived != (o->known == KNOWN_DERIVED)) {
			if (derived) /* its own word goes before how it sends */
				best = i;
		} else if ((o->detail && !s->detail) || (!o->detail == !s->detail && o->confidence > s->confidence)) {
			best = i;
		}
	}
	return best;
}

unsigned claim_band(uint8_t confidence)
{
	return (confidence >= 50) + (confidence >= 75) + (confidence >= 90) + (confidence >= 97);
}
