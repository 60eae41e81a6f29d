/* The registry: which endpoint held the address then, and what is known of it.
 *
 * One thread takes the observations of every worker in order (epoch, then ordinal; repeats behind their epoch),
 * holding back until every worker has come that far, so that the answer is the same with any number of workers. It
 * owns endpoints, claims and meanings, and makes assertions: at first sight, when a value, its holder or its
 * confidence band changes, at every refresh while it is still seen, and closing.
 *
 * Nothing flows back to the workers.
 */
#ifndef ONLOOKER_CLASSIFY_REGISTRY_H
#define ONLOOKER_CLASSIFY_REGISTRY_H

#include "classify/meaning.h"
#include "classify/observation.h"
#include "classify/privacy.h"
#include "classify/remembered.h"
#include "classify/sensor.h"
#include "classify/vendor.h"
#include "core/error.h"
#include "core/ring.h"

/* Where assertions go: fits the publisher, which stands a floor higher. Blocks are read in the order in which they are
 * submitted, and taken again only when they were read. */
struct outlet {
	struct assertion_block *(*take)(void *context);
	void (*submit)(void *context, struct assertion_block *block);
	void *context;
};

struct registry_options {
	struct ring *in;   /* one per worker: chunks that are full */
	struct ring *back; /* one per worker: chunks that are empty again */
	uint32_t workers;
	struct outlet outlet;
	const struct signature_set *signatures;
	const struct vendors *vendors;       /* may be NULL */
	const struct sensor_interfaces *own; /* may be NULL */
	const struct privacy *privacy;
	struct hash_key site_key; /* keys endpoint identifiers and hashed values */
	uint8_t component[16];
	uint32_t observation_domain;
	uint64_t refresh_ns, gone_ns; /* how often standing knowledge is said again; when an endpoint is given up */
	uint64_t max_endpoints;
	bool raw;
	/* Names of sources, for evidence. Any thread. */
	const char *(*source_name)(const void *context, uint16_t index);
	const void *source_context;
};

/* Single writer (the registry's thread). */
struct registry_counters {
	uint64_t taken;          /* observations in full */
	uint64_t merged;         /* sightings that repeats stood for */
	uint64_t assertions;     /* made */
	uint64_t endpoints;      /* that have sent a packet and are not given up or merged away */
	uint64_t endpoints_seen; /* ever announced, less those merged into others */
	uint64_t shed_endpoints, shed_claims, shed_values; /* observations that found no room */
};

struct registry;

int registry_new(const struct registry_options *options, struct registry **out, struct error *error);
void registry_free(struct registry *r);
/* An endpoint founded by this holder is known by this identifier from before (out of a repository): when it is seen it
 * keeps it and is not new. thread: control, before registry_run() */
void registry_know(struct registry *r, const struct holder *founder, const uint8_t id[16]);

/* An endpoint that is known so had this software, in this version (NULL: not said), last seen then: what is seen of it
 * is no news, and another version is a change. False when there is no memory. thread: control, before registry_run() */
bool registry_know_software(struct registry *r, const struct remembered_slot *slot, const char *version,
			    uint64_t last_ns);

/* What control changes while the registry runs: assertions are made under this provenance from now on, and values met
 * from now on are matched by these signatures (NULL: by the same as before). What is known stays. */
struct registry_change {
	const struct provenance *provenance;
	const struct signature_set *signatures;
};

/* Hands a change over; it is taken between two observations. One at a time. thread: control */
void registry_change(struct registry *r, const struct registry_change *change);
/* True when the last change was taken: the signatures before it are used no longer. thread: control */
bool registry_changed(const struct registry *r);

const struct registry_counters *registry_counters(const struct registry *r);

/* The thread's body: returns when every worker has ended, all is closed and submitted. */
void *registry_run(void *registry);

#endif
