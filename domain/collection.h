/* An observational collection: what an instruction asks a collector to send (docs/fabric.md, 6).
 *
 * Read and checked the same by the orchestrator and by collectors. Immutable once read; any thread may ask it. */
#ifndef ONLOOKER_DOMAIN_COLLECTION_H
#define ONLOOKER_DOMAIN_COLLECTION_H

#include "domain/header.h"
#include "domain/selection.h"

#define COLLECTION_ID_BYTES 65
#define COLLECTION_LIST     256u

struct collection {
	char id[COLLECTION_ID_BYTES];
	json_t *instructions;     /* as given; the lists below point into it */
	const json_t *attributes; /* NULL: all */
	const json_t *endpoints;  /* texts; NULL: all */
	struct prefix *networks;
	uint32_t n_networks;
	struct selection *filter;  /* NULL: all */
	uint64_t start_ns, end_ns; /* 0: now, and until cancelled */
	uint32_t snapshot_seconds; /* 0: none */
	bool immediate, final;
	const char *topic;        /* NULL: the site's */
	const json_t *collectors; /* identifiers; NULL: all */
};

/* Reads the payload of collection.start; `now_ns` begins a period in seconds. REFUSED_NOT and *out; or
 * REFUSED_NONCONFORMING and a sentence that names the member. */
enum refusal collection_read(const json_t *payload, uint64_t now_ns, struct collection **out, struct error *error);
/* The same of a repository's watch list (domain/watch_list.h): it has a `watch-identifier`, and no filter, snapshot or
 * collectors. */
enum refusal collection_read_watch(const json_t *payload, uint64_t now_ns, struct collection **out,
				   struct error *error);
void collection_free(struct collection *c);

bool collection_takes(const struct collection *c, const struct assertion *a);
/* Whether an endpoint with this designation, or identifier, is asked for by it; never when none is asked for by name.
 */
bool collection_names(const struct collection *c, const char *value);
/* Whether it asks for attributes or designations of this name. */
bool collection_takes_kind(const struct collection *c, const char *name);
bool collection_id_valid(const char *id);

#endif
