/* One endpoint for people: everything about it. One thread, the repository's. */
#ifndef ONLOOKER_CLI_INVENTORY_PRINT_H
#define ONLOOKER_CLI_INVENTORY_PRINT_H

#include "domain/inventory.h"

#include <stdio.h>

/* Everything about one endpoint, and which others are related to it; to explain is to name methods, signatures and
 * every evidence, not the first alone. False when the heap is out or `out` failed. */
bool inventory_print_endpoint(const struct inventory_endpoint *e, const struct related *related, bool explain,
			      FILE *out);

#endif
