#include "classify/merge.h"

#include "core/error.h"

#include <stdlib.h>

int merge_init(struct merge *m, struct ring *in, struct ring *back, uint32_t workers)
{
	m->in = in;
	m->back = back;
	m->n = workers;
	m->lanes = calloc(workers, sizeof *m->lanes);
	return m->lanes ? 0 : ERROR_FAILED;
}

void merge_fini(struct merge *m)
{
	free(m->lanes);
}

/* Gives a read chunk back and takes the next; leaves the lane without one when none waits. */
static void turn(struct merge *m, uint32_t i)
{
	struct lane *l = &m->lanes[i];
	while (!l->chunk || l->at >= l->chunk->used) {
		if (l->chunk) {
			l->epoch = l->chunk->epoch;
			l->ordinal = l->chunk->ordinal;
			l->ended |= l->chunk->last;
			ring_put(&m->back[i], l->chunk);
		}
		l->chunk = ring_take(&m->in[i]);
		l->at = 0;
		if (!l->chunk)
			return;
	}
}

static const struct observation *head(const struct lane *l)
{
	return (const struct observation *)(const void *)(l->chunk->data + l->at);
}

/* Where a lane stands: its next observation, or how far its worker has come. */
static void position(const struct lane *l, uint32_t *epoch, uint64_t *ordinal)
{
	if (l->chunk) {
		*epoch = head(l)->epoch;
		*ordinal = head(l)->ordinal;
	} else {
		*epoch = l->ended ? UINT32_MAX : l->epoch;
		*ordinal = l->ended ? UINT64_MAX : l->ordinal;
	}
}

const struct observation *merge_next(struct merge *m)
{
	struct lane *first = NULL;
	uint32_t first_epoch = UINT32_MAX;
	uint64_t first_ordinal = UINT64_MAX;
	for (uint32_t i = 0; i < m->n; i++) {
		struct lane *l = &m->lanes[i];
		uint32_t epoch;
		uint64_t ordinal;
		turn(m, i);
		position(l, &epoch, &ordinal);
		bool before = epoch < first_epoch || (epoch == first_epoch && ordinal < first_ordinal);
		bool same = epoch == first_epoch && ordinal == first_ordinal;
		/* What is equal to a worker's progress has been reported by that worker: a chunk goes first. */
		if (before || (same && l->chunk && (!first || !first->chunk))) {
			first = l;
			first_epoch = epoch;
			first_ordinal = ordinal;
		}
	}
	if (!first || !first->chunk)
		return NULL;
	const struct observation *o = head(first);
	first->at += o->bytes;
	m->last = first;
	return o;
}

const struct observation *merge_peek(const struct merge *m, const struct observation *o)
{
	const struct lane *l = m->last;
	const uint8_t *end = l->chunk->data + l->chunk->used;
	const uint8_t *at = o ? (const uint8_t *)o + o->bytes : l->chunk->data + l->at;
	return at < end ? (const struct observation *)(const void *)at : NULL;
}

bool merge_reached(const struct merge *m, uint64_t ordinal)
{
	for (uint32_t i = 0; i < m->n; i++)
		if (m->lanes[i].chunk || (!m->lanes[i].ended && m->lanes[i].ordinal < ordinal))
			return false;
	return true;
}

bool merge_ended(const struct merge *m)
{
	for (uint32_t i = 0; i < m->n; i++)
		if (m->lanes[i].chunk || !m->lanes[i].ended)
			return false;
	return true;
}
