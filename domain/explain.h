/* Why something is said of an endpoint: what speaks for it, what speaks against it or lost to it and why, and what
 * would have to be seen for the answer to change. Everything in it is the endpoint's. Any thread; nothing is kept. */
#ifndef ONLOOKER_DOMAIN_EXPLAIN_H
#define ONLOOKER_DOMAIN_EXPLAIN_H

#include "domain/inventory.h"

#define EXPLAIN_RIVALS 8

struct rival {
	const struct claim *claim;
	const char *why; /* it is not what is said, or stands beside it */
};

struct explanation {
	const char
		*evidence;  /* JSON array: of the claim, or for a name that is only used, of what used it; NULL: none */
	const char *rule;   /* by which a claim without signature or fingerprint came about */
	const char *change; /* what would have to be seen for another answer */
	struct rival rivals[EXPLAIN_RIVALS];
	uint32_t n_rivals, more; /* rivals there was no room for */
};

void explain_claim(const struct inventory_endpoint *e, const struct claim *c, struct explanation *out);

/* Why the endpoint is, or is not, uniquely identified. */
const char *explain_unique(const struct inventory_endpoint *e);

#endif
