/* The roster of a running manager, for people or as JSON. One thread. */
#ifndef ONLOOKER_CLI_ROSTER_TABLE_H
#define ONLOOKER_CLI_ROSTER_TABLE_H

#include "domain/component.h"

/* Asks and prints. 0, or a negative code and a sentence. */
int roster_show(const struct component_options *connection, bool json, struct error *error);

#endif
