/* The table of endpoints for people: the best of what is known of each on one line. One thread, the repository's. */
#ifndef ONLOOKER_CLI_INVENTORY_TABLE_H
#define ONLOOKER_CLI_INVENTORY_TABLE_H

#include "domain/inventory.h"

#include <stdio.h>

/* Every endpoint that `filter` (may be NULL) wants, in the order of addresses (private networks first), as wide as
 * the terminal, and a line that sums up: what `onlooker observe` ends with when no output is named. Software that
 * the filter asks for stands first in its cell. 0 or a code, a sentence. */
int inventory_table(struct repository *r, const struct inventory_filter *filter, FILE *out, struct error *error);

#endif
