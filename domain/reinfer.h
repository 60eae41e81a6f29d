/* Re-inference: what another signature set says of what endpoints showed, without their packets.
 *
 * The repository keeps the raw features of endpoints as the evidence of claims: banners, user agents, first segments,
 * DHCP options, lists of hellos. They are read again with a set, and what it concludes is compared with what stands.
 * Nothing is written. One thread at a time, the repository's.
 */
#ifndef ONLOOKER_DOMAIN_REINFER_H
#define ONLOOKER_DOMAIN_REINFER_H

#include "classify/signature.h"
#include "domain/inventory.h"

/* Returning false ends the walk. `line` is a JSON object with its newline: {"change": "changed", "endpointIdentifier":
 * …, "gone": [member, …], "new": [member, …]}. */
typedef bool reinfer_fn(void *arg, const char *line, size_t len);

struct reinfer_counts {
	uint64_t endpoints, changed; /* looked at; of which the set says something else */
	uint64_t features;           /* distinct values that were read again */
};

int reinfer(struct repository *r, const struct inventory_filter *filter, const struct signature_set *signatures,
	    reinfer_fn *fn, void *arg, struct reinfer_counts *counts, struct error *error);

#endif
