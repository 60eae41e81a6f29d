#include "classify/claim.h"

/* Of what contradicts, so much counts: most against a guess and against words that others use too, some against a
 * self-report. Percent. */
enum { DISPUTED_DERIVED = 90, DISPUTED_SELF = 30 };

/* So much do words that others use too weigh against how a machine sends, percent. */
enum { BORROWED_WEIGHT = 30 };

static bool is_derived(const struct support *s)
{
	return support_says(s)->known == KNOWN_DERIVED;
}

static bool is_doubtful(const struct support *s)
{
	return support_says(s)->doubtful;
}

/* The word of the holder, which can be believed. */
static bool is_own_word(const struct support *s)
{
	return !is_derived(s) && !is_doubtful(s);
}

bool claim_derived(const struct claim *c)
{
	for (unsigned i = 0; i < c->n_supports; i++)
		if (is_own_word(claim_support(c, i)))
			return false;
	return c->n_supports > 0;
}

bool claim_doubtful(const struct claim *c)
{
	for (unsigned i = 0; i < c->n_supports; i++)
		if (!is_doubtful(claim_support(c, i)))
			return false;
	return c->n_supports > 0;
}

/* No support but borrowed words, and what counts no more than they. */
static bool is_borrowed(const struct claim *c)
{
	for (unsigned i = 0; i < c->n_supports; i++)
		if (is_own_word(claim_support(c, i)) && !support_says(claim_support(c, i))->borrowed)
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

/* Guesses from how a machine sends lean on the same stack, and tell its family alone: beside others they count half.
 */
uint8_t claim_undisputed(const struct claim *c)
{
	unsigned doubt = 10000; /* of 10,000: what all supports together leave open */
	if (c->presence)
		return c->node->on_link ? 99 : 95;
	if (c->fixed)
		return c->fixed;
	bool beside = !claim_derived(c);
	for (unsigned i = 0; i < c->n_supports; i++) {
		const struct support *s = claim_support(c, i);
		unsigned percent = support_says(s)->confidence;
		if (is_derived(s)) {
			percent = beside ? percent / 2 : percent;
			beside = true;
		}
		doubt = doubt * (100u - percent) / 100u;
	}
	unsigned percent = 100 - (doubt + 50) / 100;
	return (uint8_t)(percent > 99 ? 99 : percent);
}

uint8_t claim_confidence(const struct claim *c)
{
	unsigned percent = claim_undisputed(c);
	if (!c->disputed || c->fixed)
		return (uint8_t)percent;
	unsigned counts = is_borrowed(c) ? DISPUTED_DERIVED : DISPUTED_SELF;
	percent -= percent * c->disputed * counts / 10000;
	return (uint8_t)(percent > CONFIDENCE_WITHDRAWN ? percent : CONFIDENCE_WITHDRAWN + 1);
}

uint8_t claim_weight(const struct claim *c)
{
	uint8_t percent = claim_undisputed(c);
	bool words = is_borrowed(c) && !claim_derived(c) && !claim_leans_on_stack(c);
	return words && percent > BORROWED_WEIGHT ? BORROWED_WEIGHT : percent;
}

/* Its own word goes before how it sends, and that before a word that it does not bear out. */
static unsigned rank(const struct support *s)
{
	return is_doubtful(s) ? 0 : is_derived(s) ? 1 : 2;
}

unsigned claim_best(const struct claim *c)
{
	unsigned best = 0;
	if (c->fixed)
		return 0;
	for (unsigned i = 1; i < c->n_supports; i++) {
		const struct statement_of *s = support_says(claim_support(c, best));
		const struct statement_of *o = support_says(claim_support(c, i));
		unsigned before = rank(claim_support(c, best)), after = rank(claim_support(c, i));
		if (before != after) {
			if (after > before)
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
