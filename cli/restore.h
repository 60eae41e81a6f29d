/* Endpoints of an earlier run, out of the repository this one writes to, so that known endpoints are not new.
 * Control thread, before the repository is given to its sink. */
#ifndef ONLOOKER_CLI_RESTORE_H
#define ONLOOKER_CLI_RESTORE_H

#include "cli/collector.h"
#include "domain/repository.h"

/* Reads who is known and by which MACs, or addresses where no MAC designates, and which software they had. 0, or a code
 * and a sentence. */
int restore_known(struct repository *r, struct recalled *out, struct error *error);
void restore_free(struct recalled *known);

#endif
