/* The same question to every repository of a fabric, by its identifier: what each keeps for itself. One thread. */
#ifndef ONLOOKER_CLI_ASK_REPOSITORIES_H
#define ONLOOKER_CLI_ASK_REPOSITORIES_H

#include "domain/component.h"

/* Asks the manager who there is, then each; prints a line for each answer, or with `json` an object of them by
 * identifier. payload (NULL: none) is borrowed. 0, or a negative code and the first refusal as a sentence. */
int ask_repositories(const struct component_options *connection, const char *operation, json_t *payload, bool json,
		     struct error *error);

#endif
