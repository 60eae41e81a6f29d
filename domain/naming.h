/* By which names what is said of a kept endpoint speaks of it: the designations of an assertion made from a repository.
 * Any thread; what is given belongs to the caller. */
#ifndef ONLOOKER_DOMAIN_NAMING_H
#define ONLOOKER_DOMAIN_NAMING_H

#include "domain/inventory.h"

#define NAMING_MOST 8

struct naming {
	struct designation names[NAMING_MOST];
	char texts[NAMING_MOST][256];
	uint32_t n;
};

/* Those an inventory shows first, of the ones that held from `start_ns` to `end_ns`; 0 and 0: whenever. */
void naming_of(const struct inventory_endpoint *e, uint64_t start_ns, uint64_t end_ns, struct naming *out);

#endif
