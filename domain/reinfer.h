/* Re-inference: what another signature set says of what endpoints showed, without their packets.
 *
 * The repository keeps the raw features of endpoints as the evidence of claims: banners, user agents, first segments,
 * DHCP options, lists of hellos. They are read again with a set, and what it concludes is compared with what stands.
 * Nothing is written here; domain/reinfer_assert.h makes assertions of the difference. One thread at a time, the
 * repository's.
 */
#ifndef ONLOOKER_DOMAIN_REINFER_H
#define ONLOOKER_DOMAIN_REINFER_H

#include "classify/signature.h"
#include "domain/inventory.h"

/* Software or a device, as an assertion says it. */
struct reinferred_claim {
	struct attribute attribute; /* of what is gone: as it stands */
	uint64_t start_ns, end_ns;  /* when it was so; of what is new: when that was shown which it is concluded of */
	bool again;                 /* one before it in the list says the same, of another time */
	bool placed; /* false: a server, and at which port is not known any more: there is no asserting it */
};

struct reinferred {
	const struct inventory_endpoint *endpoint;
	const struct reinferred_claim *gone, *fresh;
	uint32_t n_gone, n_fresh; /* not both 0 */
};

/* Returning false ends the walk. All is valid during the call. */
typedef bool reinfer_fn(void *arg, const struct reinferred *what);

struct reinfer_counts {
	uint64_t endpoints, changed; /* looked at; of which the set says something else */
	uint64_t features;           /* distinct values that were read again */
	uint64_t unread;             /* of endpoints that showed more than is read of one */
};

int reinfer(struct repository *r, const struct inventory_filter *filter, const struct signature_set *signatures,
	    reinfer_fn *fn, void *arg, struct reinfer_counts *counts, struct error *error);

/* {"change": "changed", "endpointIdentifier": …, "gone": [member, …], "new": [member, …]} and a newline. */
void reinfer_json(struct buffer *out, const struct reinferred *what);

#endif
