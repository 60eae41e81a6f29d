/* What was read of a line, judged as a whole and set in the order a repository takes it in. Part of
 * stored_assertion_read.c's work; the thread that owns the maker calls it.
 */
#ifndef ONLOOKER_DOMAIN_STORED_ASSERTION_ARRANGE_H
#define ONLOOKER_DOMAIN_STORED_ASSERTION_ARRANGE_H

#include "domain/stored_assertion.h"

/* m        has the attributes among its claims (out->n_claims) and n_names designations among its names
 * texts    where what is made of texts is kept
 * Completes `out`; its claims are the maker's: names before attributes, as they stand in an assertion. The names of an
 * event are no claims: they held before. NULL, or what is wrong with it, a static text. */
const char *stored_assertion_arrange(struct stored_assertion_maker *m, struct arena *texts, uint32_t n_names,
				     struct stored_assertion *out);

#endif
