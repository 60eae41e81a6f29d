/* A range of identifiers of endpoints, in the order of their octets, that a walk passes through from its low end. Any
 * thread; nothing is kept. */
#ifndef ONLOOKER_DOMAIN_ID_RANGE_H
#define ONLOOKER_DOMAIN_ID_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct id_range {
	uint8_t low[16], high[16]; /* both ends belong to it */
	bool empty;
};

/* The identifiers that begin with a text of hexadecimal digits; dashes do not count. NULL: all. */
struct id_range id_range_of(const char *prefix);

/* Takes away `after` and all before it. */
void id_range_go_behind(struct id_range *r, const uint8_t after[16]);

bool id_range_holds(const struct id_range *r, const uint8_t id[16]);

#endif
