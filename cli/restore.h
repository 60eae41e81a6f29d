/* Endpoints of an earlier run, out of the repository this one writes to, so that known endpoints are not new.
 * Control thread, before the repository is given to its sink. */
#ifndef ONLOOKER_CLI_RESTORE_H
#define ONLOOKER_CLI_RESTORE_H

#include "cli/collector.h"
#include "domain/repository.h"

/* Reads who is known and by which MACs, or addresses where no MAC designates. The array is the caller's to free.
 * 0, or a code and a sentence. */
int restore_endpoints(struct repository *r, struct known_endpoint **out, size_t *n, struct error *error);

#endif
