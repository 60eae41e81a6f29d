/* Endpoints for people: the table of all, and everything about one. One thread, the repository's. */
#ifndef ONLOOKER_CLI_INVENTORY_PRINT_H
#define ONLOOKER_CLI_INVENTORY_PRINT_H

#include "domain/inventory.h"

#include <stdio.h>

/* The table of every endpoint, as wide as the terminal: what `onlooker observe` ends with when no output is named.
 * Returns 0, or 1 after one sentence on standard error. */
int inventory_print_table(struct repository *r, FILE *out);
/* The same for those that `filter` (may be NULL) wants. */
int inventory_print_filtered(struct repository *r, const struct inventory_filter *filter, FILE *out);

/* Everything about one endpoint; to explain is to name methods, signatures and every evidence, not the first alone. */
void inventory_print_endpoint(const struct inventory_endpoint *e, bool explain, FILE *out);

#endif
