/* The inventory: which endpoints there are, what they are called and what runs on them, out of a repository.
 *
 * Endpoints come in order of their identifier; those that were merged into another or of which nothing is known
 * but events are left out. The same content gives the same bytes. One thread at a time, the repository's.
 */
#ifndef ONLOOKER_DOMAIN_INVENTORY_H
#define ONLOOKER_DOMAIN_INVENTORY_H

#include "core/buffer.h"
#include "domain/related.h"
#include "domain/repository.h"

/* An endpoint as it is shown: claims condensed (domain/condense.h), sorted by group, name, value and start. */
struct inventory_endpoint {
	uint8_t id[16];
	bool unique;
	uint64_t first_ns, last_ns;
	const struct claim *claims;
	uint32_t n_claims;
	const struct claim *all; /* as they are kept, before they were condensed */
	uint32_t n_all;
};

typedef bool inventory_fn(void *arg, const struct inventory_endpoint *endpoint);

/* Walks the endpoints that `filter` (may be NULL) wants. Returning false from fn ends it. 0 or a code, a sentence. */
int inventory_each(struct repository *r, const struct inventory_filter *filter, inventory_fn *fn, void *arg,
		   struct error *error);

/* True when a claim is the software that `filter` asks for. */
bool inventory_asks_software(const struct inventory_filter *filter, const struct claim *claim);

/* True when a claim is the service, the device that `filter` asks for. */
bool inventory_asks_service(const struct inventory_filter *filter, const struct claim *claim);
bool inventory_asks_device(const struct inventory_filter *filter, const struct claim *claim);

/* True when the endpoint has all that `filter` asks for. */
bool inventory_wanted(const struct inventory_filter *filter, const struct inventory_endpoint *e);

/* One line of `onlooker inventory --json` (contract), with its newline. */
void inventory_json(struct buffer *out, const struct inventory_endpoint *e, const struct related *related);

/* The same, and with every member its `explanation` (domain/explain.h), names with their evidence too. */
void inventory_json_explained(struct buffer *out, const struct inventory_endpoint *e, const struct related *related);
/* Pieces of it, without a newline: the array of its names, and one claim. */
void inventory_designation_json(struct buffer *out, const struct inventory_endpoint *e);
void inventory_claim_json(struct buffer *out, const struct claim *claim);

#endif
