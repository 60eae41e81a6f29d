#include "capture/handover.h"

#include <stdlib.h>
#include <string.h>

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

int mesh_init(struct mesh *m, uint32_t workers)
{
	size_t n = (size_t)workers * workers;
	*m = (struct mesh){.lanes = aligned_alloc(64, n * sizeof *m->lanes), .workers = workers};
	if (!m->lanes)
		return ERROR_FAILED;
	memset(m->lanes, 0, n * sizeof *m->lanes);
	for (uint32_t from = 0; from < workers; from++)
		for (uint32_t to = 0; to < workers; to++)
			if (from != to && handover_init(mesh_lane(m, from, to)))
				return ERROR_FAILED;
	return 0;
}

void mesh_fini(struct mesh *m)
{
	for (size_t i = 0; m->lanes && i < (size_t)m->workers * m->workers; i++)
		handover_fini(&m->lanes[i]);
	free(m->lanes);
	m->lanes = NULL;
}
