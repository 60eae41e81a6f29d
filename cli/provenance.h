/* Who observes, from where and by what: the provenance that all assertions of a stretch share.
 *
 * When anything in it changes – the signatures, the clock, whether something is being lost – there is a new record
 * with the next number. All of them live until provenance_fini(), for sinks keep pointers. Control thread.
 */
#ifndef ONLOOKER_CLI_PROVENANCE_H
#define ONLOOKER_CLI_PROVENANCE_H

#include "capture/source.h"
#include "classify/signature.h"
#include "cli/observe_options.h"
#include "core/hash.h"
#include "ipfix/assertion.h"

#define SENSOR_ADDRESSES 8

struct provenance_record;

struct provenances {
	struct provenance_record *newest; /* and behind it the older */
	char host_name[256];
	char observation_point[512];
	char addresses[2][SENSOR_ADDRESSES][ADDRESS_TEXT_BYTES];
	const char *address_list[2][SENSOR_ADDRESSES + 1];
	bool live, stamped;
};

/* signatures may be NULL. 0, or ERROR_FAILED without memory. */
int provenance_init(struct provenances *p, const struct observe_options *options, const struct source *source,
		    const struct hash_key *site_key, const struct signature_set *signatures, struct error *error);
void provenance_fini(struct provenances *p);

const struct provenance *provenance_now(const struct provenances *p);

/* The record for what holds now: signatures (NULL: the same as before), whether something is being lost, and the
 * clock's state, which is asked for here. NULL when nothing has changed, or without memory. */
const struct provenance *provenance_next(struct provenances *p, const struct signature_set *signatures, bool lossy);

#endif
