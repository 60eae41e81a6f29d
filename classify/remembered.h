/* Software that endpoints were known to have before: before this run, out of a repository, or before they went. What is
 * seen again is not new, and another version is a change.
 *
 * Filled by the control thread before the registry runs; the registry's thread's afterwards.
 */
#ifndef ONLOOKER_CLASSIFY_REMEMBERED_H
#define ONLOOKER_CLASSIFY_REMEMBERED_H

#include "core/arena.h"
#include "core/map.h"

#include <stdbool.h>

/* Which software of which endpoint: server programs by their port, else port and transport are 0. */
struct remembered_slot {
	const uint8_t *id; /* the endpoint's, 16 octets */
	const char *title;
	uint8_t role;      /* enum software_role */
	uint8_t transport; /* IP protocol number */
	uint16_t port;
};

struct remembered {
	struct map map;
	struct arena texts;
	uint64_t seed;
	uint64_t n; /* versions */
};

/* 0, or negative when the heap is out. */
int remembered_init(struct remembered *m, uint64_t seed);
void remembered_fini(struct remembered *m);

/* `version` may be NULL: it is not known. A version that is there is seen later. False when the heap is out. */
bool remembered_add(struct remembered *m, const struct remembered_slot *slot, const char *version, uint64_t last_ns);

/* True when this version (NULL: none is said) of the software was known, or one that refines it or is refined by it: it
 * is nothing new. Else *other is the version that was seen last up to `now_ns`; NULL when there was none. */
bool remembered_knows(const struct remembered *m, const struct remembered_slot *slot, const char *version,
		      uint64_t now_ns, const char **other);

#endif
