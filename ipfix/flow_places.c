#include "ipfix/flow_places.h"

/* Octet by octet from the lowest, each time stably from one array to the other; octets that all ordinals share are
 * passed over. */
struct flow_place *flow_places_sort(struct flow_place *from, struct flow_place *to, size_t n)
{
	uint64_t any = 0, all = UINT64_MAX;
	for (size_t i = 0; i < n; i++) {
		any |= from[i].ordinal;
		all &= from[i].ordinal;
	}
	for (unsigned shift = 0; shift < 64; shift += 8) {
		if (!((any ^ all) >> shift & 255))
			continue;
		size_t place[256] = {0}, sum = 0;
		for (size_t i = 0; i < n; i++)
			place[from[i].ordinal >> shift & 255]++;
		for (unsigned b = 0; b < 256; b++) {
			size_t count = place[b];
			place[b] = sum;
			sum += count;
		}
		for (size_t i = 0; i < n; i++)
			to[place[from[i].ordinal >> shift & 255]++] = from[i];
		struct flow_place *turned = from;
		from = to;
		to = turned;
	}
	return from;
}
