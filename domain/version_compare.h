/* Versions as software writes them, put in order. Any thread; nothing is kept. */
#ifndef ONLOOKER_DOMAIN_VERSION_COMPARE_H
#define ONLOOKER_DOMAIN_VERSION_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Less than, equal to, greater than zero, as a is older than, the same as, newer than b. Runs of digits compare as
 * numbers of any length, words as words; a missing part is older than a number or a patch letter, newer than a
 * pre-release ("1.0rc1" < "1.0" < "1.0p1" < "1.0.1"). Separators do not matter, letter case does not. */
int version_compare(const char *a, const char *b);

/* Octets that memcmp() puts in the order of version_compare(), so that an index can: at most `size` of them, a longer
 * version is cut behind a whole part. Returns how many. version_prefix() leaves out the end: a version that refines
 * this one begins with these octets. */
size_t version_key(const char *version, uint8_t *out, size_t size);
size_t version_prefix(const char *version, uint8_t *out, size_t size);

/* True when `version` satisfies `wanted`: comparisons (< <= > >= = !=) and plain versions, all of a list with commas.
 * A plain version holds for itself and what refines it ("1.22" for 1.22.1, not for 1.220); "1.22*" for every
 * text that starts so. */
bool version_matches(const char *version, const char *wanted);

/* True when `wanted` can be read; checked once before a search. */
bool version_wanted_valid(const char *wanted);

#endif
