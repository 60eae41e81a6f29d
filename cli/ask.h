/* One question to the fabric from the command line: asks, waits, keeps the answer. One thread. */
#ifndef ONLOOKER_CLI_ASK_H
#define ONLOOKER_CLI_ASK_H

#include "domain/component.h"

/* Asks over a connection of its own, without registering. payload is taken. 0 and the answer's payload in *out (to be
 * released), or ERROR_FAILED and a sentence with what was said. *out may be there with a failure too. */
int ask(const struct component_options *connection, const char *operation, const char *to, json_t *payload,
	json_t **out, struct error *error);

#endif
