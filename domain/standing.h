/* What stands: the latest assertion of each thing a collector knows and has not closed, for snapshots of collections.
 *
 * Bounded in octets: what finds no room is left out, and counted. Assertions are copied, without their evidence but
 * with their line as it was said. One thread at a time.
 */
#ifndef ONLOOKER_DOMAIN_STANDING_H
#define ONLOOKER_DOMAIN_STANDING_H

#include "ipfix/assertion.h"

struct standing;

struct standing *standing_new(uint64_t most_bytes); /* NULL when the heap is out */
void standing_free(struct standing *s);

/* Takes the place of what was said of the same thing before; one that is closed ends it. Events do not stand. */
void standing_take(struct standing *s, const struct assertion *a, const char *line, size_t len);

/* Every one, in no order. Returning false ends the walk. */
typedef bool standing_fn(void *arg, const struct assertion *a, const char *line, size_t len);
void standing_walk(const struct standing *s, standing_fn *fn, void *arg);

/* How many found no room. */
uint64_t standing_left_out(const struct standing *s);

#endif
