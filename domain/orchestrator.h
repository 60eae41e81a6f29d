/* The orchestrator: takes instructions for observational collections, keeps them, and has collectors carry them out
 * (docs/fabric.md, 6). It lives in the manager's process, on the manager's connection and roster. One thread. */
#ifndef ONLOOKER_DOMAIN_ORCHESTRATOR_H
#define ONLOOKER_DOMAIN_ORCHESTRATOR_H

#include "domain/component.h"
#include "domain/roster.h"

struct orchestrator;

/* Restores what ran from collections.jsonl in `state` (NULL: nothing is kept). 0, or ERROR_USAGE and a sentence. */
int orchestrator_open(struct component *component, const struct roster *roster, const char *prefix, const char *state,
		      struct orchestrator **out, struct error *error);
void orchestrator_close(struct orchestrator *o);

/* Answers a request of its own operations; false when it is another's. */
bool orchestrator_serve(struct orchestrator *o, const struct component_request *request);

/* A component can do what it says now: what runs is told to it. */
void orchestrator_onboarded(struct orchestrator *o, const struct roster_entry *e);

/* True when it advertised a capability, whatever the prefix. */
bool orchestrator_has(const struct roster_entry *e, const char *capability);

#endif
