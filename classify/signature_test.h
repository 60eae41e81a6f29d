/* Proves a set by its own examples: what `onlooker signatures test` does.
 *
 * Every example must come out as it says, counter examples must not match, names must be unique within a field,
 * no entry may be hidden by one before it, and no pattern may run into its limits on a hostile value.
 */
#ifndef ONLOOKER_CLASSIFY_SIGNATURE_TEST_H
#define ONLOOKER_CLASSIFY_SIGNATURE_TEST_H

#include "classify/signature.h"

struct signature_test_result {
	unsigned signatures, examples, counters, failures;
};

/* `report` hears one sentence per failure. returns 0, or negative when memory is out. Any one thread. */
int signature_test(const struct signature_set *set, void (*report)(void *context, const char *sentence), void *context,
		   struct signature_test_result *result);

#endif
