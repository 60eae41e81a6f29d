/* Versions as software writes them, put in order. Any thread; nothing is kept. */
#ifndef ONLOOKER_DOMAIN_VERSION_COMPARE_H
#define ONLOOKER_DOMAIN_VERSION_COMPARE_H

#include <stdbool.h>

/* Less than, equal to, greater than zero, as a is older than, the same as, newer than b. Runs of digits compare as
 * numbers of any length, words as words; a missing part is older than a number or a patch letter, newer than a
 * pre-release ("1.0rc1" < "1.0" < "1.0p1" < "1.0.1"). Separators do not matter, letter case does not. */
int version_compare(const char *a, const char *b);

/* True when `version` satisfies `wanted`: comparisons (< <= > >= = !=) and plain versions, all of a list with commas.
 * A plain version holds for itself and what refines it ("1.22" for 1.22.1, not for 1.220); "1.22*" for every
 * text that starts so. */
bool version_matches(const char *version, const char *wanted);

/* True when `wanted` can be read; checked once before a search. */
bool version_wanted_valid(const char *wanted);

#endif
