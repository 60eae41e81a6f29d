/* `onlooker inventory reinfer`: what other signatures say of what is kept, for people or as JSON Lines. */
#ifndef ONLOOKER_CLI_REINFER_PRINT_H
#define ONLOOKER_CLI_REINFER_PRINT_H

#include "cli/options.h"
#include "domain/inventory.h"

/* 0 or a code and a sentence. */
int reinfer_print(struct repository *r, const struct inventory_filter *filter, const struct option_texts *signatures,
		  bool json, struct error *error);

#endif
