/* Endpoints that may be the same or act for one another: they share an identifier that seldom is shared.
 *
 * Nothing here joins endpoints, it only says so. One thread.
 */
#ifndef ONLOOKER_DOMAIN_RELATED_H
#define ONLOOKER_DOMAIN_RELATED_H

#include "core/buffer.h"
#include "domain/repository.h"

struct related;

/* For all endpoints: by the index of a repository that is near, else in one pass over it beforehand, bounded.
 * `repository` must stay. 0 and *out; free with related_free(). */
int related_find(struct repository *r, struct related **out, struct error *error);

/* The same for a few endpoints of many: asks the repository's index for each, where it has one. */
int related_open(struct repository *repository, struct related **out, struct error *error);
void related_free(struct related *r);

/* Appends [{"endpointIdentifier":…,"reason":…,"confidence":…},…] for the claims of endpoint `id`. `r` may be NULL. */
void related_json(struct buffer *out, const struct related *r, const uint8_t id[16], const struct claim *claims,
		  uint32_t n_claims);

#endif
