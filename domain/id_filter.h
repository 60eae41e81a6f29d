/* Which identifiers may have been seen: a Bloom filter in blocks of a cache line (Putze, Sanders, Singler 2007). It
 * never forgets one, and at sixteen bits for each says of one in some hundred others that it may have been, too.
 */
#ifndef ONLOOKER_DOMAIN_ID_FILTER_H
#define ONLOOKER_DOMAIN_ID_FILTER_H

#include "core/hash.h"

#include <stdbool.h>

struct id_filter {
	uint64_t *words; /* NULL: not made */
	uint64_t blocks; /* a power of two */
	struct hash_key key;
};

/* Room for so many, within 16 and 256 MiB. False when the heap is out. */
bool id_filter_init(struct id_filter *f, uint64_t expected);
void id_filter_fini(struct id_filter *f);

void id_filter_add(struct id_filter *f, const uint8_t id[16]);
bool id_filter_may_have(const struct id_filter *f, const uint8_t id[16]);

#endif
