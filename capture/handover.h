/* Frames on their way from the worker that received them to the one that owns them: a one-way lane between two.
 *
 * Parcels go round between two rings, full ones out and empty ones back, so memory is bounded and nothing is allocated
 * while running. What an item is, only the two sides know. When the taker has all parcels, the giver finds no room and
 * must not take more in: the lane loses nothing.
 */
#ifndef ONLOOKER_CAPTURE_HANDOVER_H
#define ONLOOKER_CAPTURE_HANDOVER_H

#include "core/error.h"
#include "core/ring.h"

#define PARCEL_ITEMS  64u
#define PARCELS_A_WAY 16u /* a power of two */

struct parcel_item {
	void *item;
	uint64_t time_ns, number; /* as in struct frame */
	uint16_t source;
	uint8_t part;
};

struct parcel {
	uint32_t count;
	struct parcel_item items[PARCEL_ITEMS];
};

struct handover {
	/* set before start */
	struct parcel *parcels;
	struct ring full, back;
	/* giver only */
	_Alignas(64) struct parcel *filling;
};

/* 0, or a negative code when the heap is out. */
int handover_init(struct handover *h);
/* Items still under way are the caller's to take out first. */
void handover_fini(struct handover *h);

/* Giver: the parcel to fill, empty unless it was begun before; NULL when the taker has them all. */
static inline struct parcel *handover_room(struct handover *h)
{
	if (!h->filling && (h->filling = ring_take(&h->back)))
		h->filling->count = 0;
	return h->filling;
}

/* Giver: sends what is in the parcel, if anything. */
static inline void handover_send(struct handover *h)
{
	if (h->filling && h->filling->count) {
		(void)ring_put(&h->full, h->filling); /* never full: as many slots as parcels */
		h->filling = NULL;
	}
}

/* Taker: the next parcel or NULL. It must be given back. */
static inline struct parcel *handover_take(struct handover *h)
{
	return ring_take(&h->full);
}

static inline void handover_return(struct handover *h, struct parcel *p)
{
	(void)ring_put(&h->back, p);
}

/* The lanes of all workers, one from each to each other. */
struct mesh {
	struct handover *lanes;
	uint32_t workers;
};

/* 0, or a negative code when the heap is out; mesh_fini() then, too. */
int mesh_init(struct mesh *m, uint32_t workers);
void mesh_fini(struct mesh *m);

static inline struct handover *mesh_lane(const struct mesh *m, uint32_t from, uint32_t to)
{
	return &m->lanes[(size_t)from * m->workers + to];
}

/* Giver: true when PARCEL_ITEMS items find room whoever they are for, but for what is in the parcels begun. */
static inline bool mesh_room(const struct mesh *m, uint32_t from)
{
	for (uint32_t to = 0; to < m->workers; to++)
		if (to != from && !handover_room(mesh_lane(m, from, to)))
			return false;
	return true;
}

/* Giver: sends every parcel that was begun. */
static inline void mesh_send(const struct mesh *m, uint32_t from)
{
	for (uint32_t to = 0; to < m->workers; to++)
		if (to != from)
			handover_send(mesh_lane(m, from, to));
}

/* Giver: the next free item of the parcel begun for another, which has room. */
static inline struct parcel_item *mesh_item(const struct mesh *m, uint32_t from, uint32_t to)
{
	struct parcel *p = mesh_lane(m, from, to)->filling;
	return &p->items[p->count++];
}

#endif
