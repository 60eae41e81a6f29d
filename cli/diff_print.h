/* What is new, changed and gone between two times, for people and as JSON Lines. One thread, the repository's. */
#ifndef ONLOOKER_CLI_DIFF_PRINT_H
#define ONLOOKER_CLI_DIFF_PRINT_H

#include "domain/inventory_diff.h"

#include <stdio.h>

/* Prints it; until_ns 0 stands for the last time anything was seen. 0 or a code, a sentence. */
int diff_print(struct repository *r, const struct inventory_filter *filter, uint64_t since_ns, uint64_t until_ns,
	       bool json, FILE *out, struct error *error);

#endif
