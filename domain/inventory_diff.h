/* What changed between two times: endpoints and what is known of them that are new, changed or gone.
 *
 * Both times are answered as the inventory answers «at» (domain/holding.h). A value that gave way to another of the
 * same subject (the version of a server on a port, an address, a name) is a change. Fingerprints, banners, certificates
 * and interfaces are not compared. Endpoints come in order of their identifier. One thread at a time, the repository's.
 */
#ifndef ONLOOKER_DOMAIN_INVENTORY_DIFF_H
#define ONLOOKER_DOMAIN_INVENTORY_DIFF_H

#include "domain/inventory.h"

enum change { CHANGE_NEW, CHANGE_CHANGED, CHANGE_GONE };

/* "new", "changed", "gone" */
const char *change_name(enum change c);

/* before is NULL where it is new, after where it is gone. */
struct claim_change {
	const struct claim *before, *after;
};

struct inventory_change {
	enum change change;
	struct inventory_endpoint endpoint; /* as it was at the later time; gone: at the earlier */
	struct claim_change *claims;        /* gone, changed and new, in this order; by group within each */
	uint32_t n_claims;
};

/* `change` is its own until it returns: it may leave some out. */
typedef bool inventory_change_fn(void *arg, struct inventory_change *change);

/* Walks what differs between since_ns and *until_ns; 0 stands for the last time anything was seen (of the past, if
 * anything was), which *until_ns then receives. `filter` (may be NULL) asks what was at either time, and what
 * may be told. Returning false from fn ends it. 0 or a code, a sentence. */
int inventory_diff(struct repository *r, const struct inventory_filter *filter, uint64_t since_ns, uint64_t *until_ns,
		   inventory_change_fn *fn, void *arg, struct error *error);

/* One line of `onlooker inventory diff --json`, with its newline. */
void inventory_change_json(struct buffer *out, const struct inventory_change *c);

#endif
