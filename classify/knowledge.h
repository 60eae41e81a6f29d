/* The registry from inside: its state, and what registry.c, which takes observations, stands on.
 *
 *   saying.c     what is told to the outside: claims that open and close, endpoints that are new, joined, moved
 *   knowledge.c  what is known: claims, what makes them and supports them, which take the place of which
 *   facts.c      what workers reported, by tag, and which claims that shows
 *
 * Nobody else includes this. The registry's thread alone.
 */
#ifndef ONLOOKER_CLASSIFY_KNOWLEDGE_H
#define ONLOOKER_CLASSIFY_KNOWLEDGE_H

#include "classify/assert.h"
#include "classify/crowd.h"
#include "classify/ending.h"
#include "classify/merge.h"
#include "classify/registry.h"

struct registry {
	struct registry_options options;
	struct merge merge;
	struct estate estate;
	struct asserter asserter;
	struct meanings *meanings;
	struct crowds crowds;
	struct slab claims, facts, supports;
	struct map claim_map, fact_map;
	struct remembered remembered;
	struct ending ending;
	struct fact *late; /* seen by more than one worker in this epoch */
	uint32_t epoch;
	uint32_t set;       /* the number of the signatures in use, as a fact has it */
	bool rereading;     /* by other signatures a value that was seen before: nothing changed, no event is told */
	uint64_t ordinal;   /* of the observation at hand */
	uint64_t now_ns;    /* of the observation at hand; the same with any number of workers */
	uint64_t latest_ns; /* of any sighting */
	uint64_t seed;
	struct registry_counters counters;
	/* control sets, the registry takes: read by an acquire, given back by a release */
	_Atomic(const struct registry_change *) change;
};

/* saying.c */

/* Makes the estate tell saying.c of what happens to nodes and endpoints. */
void saying_set_up(struct registry *r);

/* Says a claim of its endpoint as it stands now: open, or closing. */
void saying_say(struct registry *r, struct claim *c, bool open);

/* Says that a claim is over, if it was said. */
void saying_close(struct registry *r, struct claim *c);

/* Says that there is an endpoint, once; `n` is the node it was seen by. */
void saying_announce(struct registry *r, struct endpoint *p, const struct node *n);

/* What others said of an address ends with its holder. */
void saying_let_go(struct registry *r, struct place *p);

/* knowledge.c */

/* The claim of a key, made if new; NULL when there is no room (counted). */
struct claim *knowledge_claim(struct registry *r, struct node *n, uint64_t key, const struct observation *o);

/* The key of what a statement says of a holder: `what` is its head or its full hash. */
uint64_t knowledge_key(const struct registry *r, const struct holder *h, const struct statement_of *s, uint64_t what,
		       const struct observation *o);

/* So long a version must not have been seen before its return is a change, for servers behind a balancer answer in
 * turn; and so long a program that names no version is taken to be what it was in detail. */
#define KNOWLEDGE_RETURN_NS (3600 * 1000000000ull)

/* True when `a` says all that `b` says, and more; both have a detail. */
bool knowledge_covers(const struct statement_of *a, const struct statement_of *b);

/* The claim was shown: says it if it is new, if its confidence changed band, or if it is time to say it again. */
void knowledge_shown(struct registry *r, struct claim *c, const struct observation *o);

/* The claim a statement of an observation makes or supports; NULL when there is no room. */
struct claim *knowledge_of(struct registry *r, struct node *n, struct meaning *m, uint32_t index,
			   const struct observation *o);

/* The claim is supported by what supports another too. */
void knowledge_support(struct registry *r, struct claim *c, const struct support *s);

/* Tells that two claims of a node contradict one another; `c` is the one that came later. */
void knowledge_conflict(struct registry *r, const struct claim *before, const struct claim *c);

/* Brings all of a claim near. */
static inline void knowledge_prefetch(const struct claim *c)
{
	__builtin_prefetch(c);
	__builtin_prefetch(&c->first_ns);
	__builtin_prefetch(&c->first);
}

/* Where what is remembered of the claim's software stands; it leads into claim and endpoint. */
struct remembered_slot knowledge_slot(const struct endpoint *p, const struct claim *c);

/* Takes the claims of a node out. */
void knowledge_drop_claims(struct registry *r, struct node *n);

/* facts.c */

/* A new fact of a node, with room for so many claims; NULL when there is no room (counted). */
struct fact *fact_make(struct registry *r, const struct observation *o, struct node *n, uint32_t claims);

/* The fact supports the claim. */
void fact_join(struct fact *f, struct claim *c);

/* … and no more: a claim that no fact supports is said no more. */
void fact_let_go(struct registry *r, struct claim *c);

/* The fact shows its i-th claim: knowledge_shown() of what is said for it, but for a fact that says less than that. */
void fact_show(struct registry *r, const struct fact *f, uint32_t i, const struct observation *o);

/* A thing known before is reported in full again: once an epoch. */
void fact_again(struct registry *r, struct fact *f, const struct observation *o);

/* A worker was not the first to report a thing in this epoch: it counts at the epoch's end. */
void fact_late(struct registry *r, struct fact *f, const struct observation *o);

/* The epoch ends: what came late counts now. */
void facts_account(struct registry *r);

/* A repeat: last seen, how often. */
void fact_repeat(struct registry *r, const struct observation *o);

/* Takes the facts of a node out. */
void facts_drop(struct registry *r, struct node *n);

#endif
