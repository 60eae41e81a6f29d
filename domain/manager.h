/* The manager: who belongs to the fabric, what each can do, and whether it lives (docs/fabric.md, 4 and 5).
 *
 * Gives identifiers and keeps them in a roster on disk, answers registration, advertisement and heartbeats, asks after
 * components that fall silent, and names every change of state in a status message. It is a component of the fabric
 * itself, registered with itself. Its process is the orchestrator's, too. One thread.
 */
#ifndef ONLOOKER_DOMAIN_MANAGER_H
#define ONLOOKER_DOMAIN_MANAGER_H

#include "domain/component.h"

#include <stdatomic.h>

struct manager_options {
	struct component_options
		connection; /* url, key, context, site, prefix, command, state: of the state's directory */
	uint32_t pulse_seconds, ping_seconds;
};

/* Runs until *stop. 0, or ERROR_USAGE / ERROR_FAILED and a sentence when it could not begin. */
int manager_run(const struct manager_options *options, const atomic_bool *stop, struct error *error);

#endif
