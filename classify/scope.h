/* The endpoints of interest: --local and --exclude.
 *
 * Two questions: does an observation tell of an endpoint that may be observed, and can a packet tell of one at all. The
 * second is asked first, for a batch at once, so that what is of no interest costs its metering and nothing more. Any
 * thread; the scope does not change.
 */
#ifndef ONLOOKER_CLASSIFY_SCOPE_H
#define ONLOOKER_CLASSIFY_SCOPE_H

#include "capture/packet.h"
#include "classify/observation.h"

struct scope {
	const struct prefix *local; /* empty: all */
	uint32_t n_local;
	const struct prefix *excluded;
	uint32_t n_excluded;
	const uint8_t (*excluded_macs)[6];
	uint32_t n_excluded_macs;
};

/* May the holder be observed? */
bool scope_holds(const struct scope *s, const struct holder *h);

/* Is the packet sent by, or to, whom must not be observed? `scope` is a struct scope (decoder_exclude()). */
bool scope_excludes(const void *scope, const struct packet *p);

/* The packets, at most 64, that can tell of an endpoint in scope, as a set: those sent by or to one, those that are not
 * IP or go to many, and those of protocols that speak of others (names, leases, sessions), by their usual ports. */
uint64_t scope_concerned(const struct scope *s, const struct packet *packets, uint32_t count);

#endif
