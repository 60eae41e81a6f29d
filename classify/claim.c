#include "classify/claim.h"

uint8_t claim_confidence(const struct claim *c)
{
	if (c->presence)
		return c->node->on_link ? 99 : 95;
	if (c->fixed)
		return c->fixed;
	unsigned doubt = 10000; /* of 10,000: what all supports together leave open */
	for (unsigned i = 0; i < c->n_supports; i++)
		doubt = doubt * (100u - support_says(claim_support(c, i))->confidence) / 100u;
	unsigned percent = 100 - (doubt + 50) / 100;
	return (uint8_t)(percent > 99 ? 99 : percent);
}

unsigned claim_best(const struct claim *c)
{
	unsigned best = 0;
	if (c->fixed)
		return 0;
	for (unsigned i = 1; i < c->n_supports; i++) {
		const struct statement_of *s = support_says(claim_support(c, best));
		const struct statement_of *o = support_says(claim_support(c, i));
		if ((o->detail && !s->detail) || (!o->detail == !s->detail && o->confidence > s->confidence))
			best = i;
	}
	return best;
}

unsigned claim_band(uint8_t confidence)
{
	return (confidence >= 50) + (confidence >= 75) + (confidence >= 90) + (confidence >= 97);
}
