/* When two components that speak of the same machine speak of one endpoint. Each has its own identifier for what it
 * saw, made of when and where it first saw it; a repository that hears both joins them (docs/identity.md, Several
 * sensors).
 *
 * They are one when both name the same universally administered unicast MAC on the same segment, the later one is
 * uniquely identified by it, and the earlier is no router: machines behind a router may be told by its MAC. Any thread;
 * nothing is kept.
 */
#ifndef ONLOOKER_DOMAIN_SENSOR_JOIN_H
#define ONLOOKER_DOMAIN_SENSOR_JOIN_H

#include "core/address.h"
#include "domain/repository.h"

struct sensor_key {
	char mac[MAC_TEXT_BYTES];
	const char *segment_kind, *segment; /* the designation and its value; NULL: the segment has none */
};

/* What an assertion can be joined by; texts are the assertion's. False when it cannot. */
bool sensor_join_key(const struct stored_assertion *a, struct sensor_key *out);

/* What the earlier endpoint is known by, claim by claim; begin with zeros. */
struct sensor_candidate {
	bool same_segment, other_segment, router;
};
void sensor_join_look(const struct sensor_key *key, const char *kind, const char *value, struct sensor_candidate *c);
bool sensor_join_is_same(const struct sensor_key *key, const struct sensor_candidate *c);

/* The component's name in a provenance line, "urn:uuid:…". False when there is none. */
#define SENSOR_NAME_BYTES 46
bool sensor_name(const char *provenance, size_t len, char out[SENSOR_NAME_BYTES]);

#endif
