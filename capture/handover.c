#include "capture/handover.h"

#include "core/error.h"

#include <stdlib.h>

_Static_assert(!(PARCELS_A_WAY & (PARCELS_A_WAY - 1)), "a ring has a power of two of slots");

int handover_init(struct handover *h)
{
	*h = (struct handover){.parcels = calloc(PARCELS_A_WAY, sizeof *h->parcels)};
	if (!h->parcels || ring_init(&h->full, PARCELS_A_WAY) || ring_init(&h->back, PARCELS_A_WAY)) {
		handover_fini(h);
		return ERROR_FAILED;
	}
	for (uint32_t i = 0; i < PARCELS_A_WAY; i++)
		(void)ring_put(&h->back, &h->parcels[i]);
	return 0;
}

void handover_fini(struct handover *h)
{
	free(h->parcels);
	h->parcels = NULL;
	ring_fini(&h->full);
	ring_fini(&h->back);
}
