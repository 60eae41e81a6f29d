/* Claims: what is said of a node, since when, on what evidence; and the facts that support them.
 *
 * A fact is a thing a worker reported, by its tag; it keeps the claims it supports alive. A claim is one statement
 * about one node (this software on this port, this name): first and last seen, evidence, what was published of it.
 * A claim with a detail (a version, an application's name) takes the place of the same claim without.
 *
 * The registry's thread alone.
 */
#ifndef ONLOOKER_CLASSIFY_CLAIM_H
#define ONLOOKER_CLASSIFY_CLAIM_H

#include "classify/estate.h"
#include "classify/meaning.h"

#define CLAIM_SUPPORTS 4

struct support {
	struct meaning *meaning; /* held */
	uint16_t index;          /* which of its statements */
	uint16_t source;
	uint64_t number, time_ns;
	struct flow_tuple tuple;
};

struct claim {
	struct node *node;
	uint64_t key; /* in the map of claims */
	struct claim *next_of_node, *prev_of_node;
	struct claim *by;   /* a claim with more detail took its place */
	struct claim *head; /* without detail: the newest with detail, which new support goes to */
	uint64_t first_ns, last_ns;
	uint64_t asserted_ns;
	uint16_t port;
	uint8_t transport; /* IP protocol number */
	uint8_t confidence;
	uint8_t n_supports;
	uint8_t fixed;    /* the confidence, where supports do not give it; then the first support has the words */
	uint8_t words;    /* the support whose statement was said last */
	uint8_t disputed; /* how sure the surest claim is that contradicts it, percent; 0: none does */
	bool presence;    /* the node itself was seen: no support, but `first` is its evidence, index the binding */
	bool published;   /* an open assertion of it is out */
	bool stale;       /* its address has a new holder: not said again until it is shown again */
	bool muted;       /* it was another's word: withdrawn, and not said again */
	bool twin;        /* the node said another version of this system, too (stack_follows()) */
	uint32_t facts;   /* that support it */
	struct support first;
	struct support *more; /* CLAIM_SUPPORTS - 1 of them once there is a second, else NULL: most have one */
};

static inline const struct support *claim_support(const struct claim *c, unsigned i)
{
	return i ? &c->more[i - 1] : &c->first;
}

/* The statement a support makes. */
static inline const struct statement_of *support_says(const struct support *s)
{
	return &s->meaning->says[s->index];
}

/* Sets of signatures are told apart by a number that begins again behind this. */
#define FACT_SETS 0x7ffu

/* What a worker reported, by tag. */
struct fact {
	uint64_t tag;
	struct node *node;
	struct fact *next_late;
	struct fact *next_of_node;
	uint64_t late_ns; /* last seen by other workers in this epoch, not yet accounted; 0: nothing */
	uint32_t epoch;   /* of the last report in full */
	uint32_t n : 20;
	uint32_t set : 11;     /* the signatures its claims are by: a number, which begins again */
	uint32_t stack : 1;    /* only how the machine sends: it tells the family of its system */
	struct claim **claims; /* `few`, or from the heap */
	struct claim *few[2];
};

/* The statement a claim makes, by its first support. NULL for presence. */
static inline const struct statement_of *claim_says(const struct claim *c)
{
	return c->n_supports ? support_says(&c->first) : NULL;
}

/* The support whose statement is the surest: it gives the claim its words. Not of presence. */
unsigned claim_best(const struct claim *c);

/* Percent after agreement and contradiction: independent methods raise it, 99 is the most; what contradicts lowers it,
 * a derived claim more than what its holder says of itself. */
uint8_t claim_confidence(const struct claim *c);

/* The same, as if nothing contradicted. */
uint8_t claim_undisputed(const struct claim *c);

/* What it weighs against a claim that contradicts it, percent: as much as it is sure of undisputed, but little where
 * only words speak for it that others than their owner use (struct statement_of, borrowed). */
uint8_t claim_weight(const struct claim *c);

/* Only how its holder sends supports the claim, nothing it said, or nothing that can be believed. */
bool claim_derived(const struct claim *c);

/* Only words that the packets they stand in speak against support the claim. */
bool claim_doubtful(const struct claim *c);

/* How its holder sends supports the claim, too. */
bool claim_leans_on_stack(const struct claim *c);

/* The band a confidence is in; a change of band is a reason to assert again (50, 75, 90, 97). */
unsigned claim_band(uint8_t confidence);

#endif
