/* The repository as a component of a fabric: takes what collectors persist, acknowledges it when it is committed, tells
 * everybody what changed, and answers questions (docs/fabric.md, 3).
 *
 * One thread: requests of one turn share a commit. Nothing is acknowledged that is not kept.
 */
#ifndef ONLOOKER_DOMAIN_REPOSITORY_ROLE_H
#define ONLOOKER_DOMAIN_REPOSITORY_ROLE_H

#include "domain/component.h"

#include <stdatomic.h>

struct repository_role_options {
	struct component_options connection; /* url, key, context, state, site, prefix, command */
	const char *repository;              /* URL of the engine */
	const char *trusted;                 /* PEM of public keys; NULL: signatures are not asked for */
};

/* Runs until *stop. 0, or ERROR_USAGE / ERROR_FAILED and a sentence. */
int repository_role_run(const struct repository_role_options *options, const atomic_bool *stop, struct error *error);

#endif
