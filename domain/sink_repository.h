/* The sink that writes assertions into a repository.
 *
 * Delivered is what was committed. The first failure is kept for close; what was not committed then, and all that
 * follows, is dropped and counted. The repository stays the caller's: it can be asked after close.
 */
#ifndef ONLOOKER_DOMAIN_SINK_REPOSITORY_H
#define ONLOOKER_DOMAIN_SINK_REPOSITORY_H

#include "domain/repository.h"
#include "export/sink.h"

/* thread: control; from then on `r` belongs to the publisher's thread until (*out)->close(). */
int sink_repository_open(struct repository *r, struct sink **out, struct error *error);

#endif
