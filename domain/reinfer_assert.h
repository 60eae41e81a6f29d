/* What re-inference finds, as assertions: what no signature says any more is withdrawn, what one says now is said of
 * the time in which it was shown, both known by the new set, whose digest is in the provenance. There are no events:
 * nothing changed at the endpoint, it is read otherwise.
 *
 * One thread; what is given stays the caller's.
 */
#ifndef ONLOOKER_DOMAIN_REINFER_ASSERT_H
#define ONLOOKER_DOMAIN_REINFER_ASSERT_H

#include "domain/reinfer.h"
#include "export/sink.h"

struct reinfer_asserter;

/* The sinks are told of the provenance at once, which stays as long as the asserter. NULL: no memory. */
struct reinfer_asserter *reinfer_asserter_new(const struct provenance *provenance, struct sink *const *sinks,
					      uint32_t n_sinks);
void reinfer_asserter_free(struct reinfer_asserter *a);

/* A reinfer_fn: hands the assertions to the sinks. False without memory; what a sink could not deliver it
 * counts. */
bool reinfer_assert(void *asserter, const struct reinferred *what);

struct reinfer_asserted {
	uint64_t withdrawn, said;
	uint64_t unplaced; /* servers whose port is not known any more: not said */
};
struct reinfer_asserted reinfer_asserted(const struct reinfer_asserter *a);

#endif
