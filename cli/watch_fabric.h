/* Following a fabric: what collectors say as they say it, or all that stands and then every change, without a gap
 * (docs/fabric.md, 3.3). One thread. */
#ifndef ONLOOKER_CLI_WATCH_FABRIC_H
#define ONLOOKER_CLI_WATCH_FABRIC_H

#include "domain/component.h"

struct watch_fabric_options {
	struct component_options connection;
	const char *topic; /* what the topics begin with; NULL: observations of the site, or of all */
	const char *form;  /* "json" or "ipfix": of observations */
	bool snapshot;     /* from the repository: what stands, then changes */
	/* With `snapshot`, lines of JSON: assertions, or with `endpoints` what stands. False ends it. */
	bool (*lines)(void *arg, const char *lines, size_t len, bool endpoints);
	/* A broadcast, without `snapshot`. False ends it. */
	bool (*broadcast)(void *arg, const struct component_broadcast *broadcast);
	/* Now and then: true ends it. */
	bool (*over)(void *arg);
	void *arg;
};

/* Until over() or lines() end it. 0, or a negative code and a sentence; *missed receives broadcasts that were missed
 * and not made up for. */
int watch_fabric(const struct watch_fabric_options *options, uint64_t *missed, struct error *error);

#endif
