/* Flows in the order of their first packets. Any thread. */
#ifndef ONLOOKER_IPFIX_FLOW_PLACES_H
#define ONLOOKER_IPFIX_FLOW_PLACES_H

#include <stddef.h>
#include <stdint.h>

struct flow_place {
	uint64_t ordinal; /* of the first packet */
	uint32_t number;  /* of the flow's slot */
};

/* Sorts n places by ordinal; `to` has room for as many. Returns the array that holds the result, one of the two. */
struct flow_place *flow_places_sort(struct flow_place *from, struct flow_place *to, size_t n);

#endif
