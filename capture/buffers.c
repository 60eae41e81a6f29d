#include "capture/buffers.h"

#include "capture/stream.h"

#include <stdlib.h>
#include <string.h>

struct mark {
	_Alignas(64) _Atomic uint64_t done; /* chunks; the worker releases, whoever reads acquires */
	_Alignas(64) uint64_t noted;        /* the last chunk with a frame in it */
};

struct buffers {
	/* set before start */
	uint32_t queues, room;
	struct mark *marks;
	/* one thread at a time: the oldest retired first, a ring of `room` places */
	uint8_t **retired;
	uint64_t *until; /* of each place, for each queue */
	uint32_t head, n_retired;
	uint8_t **free;
	uint32_t n_free;
};

struct buffers *buffers_new(uint32_t n, uint32_t queues)
{
	struct buffers *b = calloc(1, sizeof *b);
	if (!b)
		return NULL;
	b->queues = queues;
	b->room = n + 1;
	b->marks = aligned_alloc(64, queues * sizeof *b->marks);
	b->retired = calloc(b->room, sizeof *b->retired);
	b->until = calloc((size_t)b->room * queues, sizeof *b->until);
	b->free = calloc(n, sizeof *b->free);
	bool ok = b->marks && b->retired && b->until && b->free;
	if (b->marks)
		memset(b->marks, 0, queues * sizeof *b->marks);
	while (ok && b->n_free < n && (b->free[b->n_free] = malloc(STREAM_BUFFER_BYTES)))
		b->n_free++;
	if (ok && b->n_free == n)
		return b;
	buffers_free(b);
	return NULL;
}

void buffers_free(struct buffers *b)
{
	if (!b)
		return;
	for (uint32_t i = 0; i < b->n_free; i++)
		free(b->free[i]);
	for (uint32_t i = 0; i < b->n_retired; i++)
		free(b->retired[(b->head + i) % b->room]);
	free(b->marks);
	free(b->retired);
	free(b->until);
	free(b->free);
	free(b);
}

/* Nobody will look at it again. */
static bool over(struct buffers *b, uint32_t place)
{
	for (uint32_t q = 0; q < b->queues; q++)
		if (atomic_load_explicit(&b->marks[q].done, memory_order_acquire) <
		    b->until[(size_t)place * b->queues + q])
			return false;
	return true;
}

static uint8_t *take(struct buffers *b)
{
	if (b->n_free)
		return b->free[--b->n_free];
	if (!b->n_retired || !over(b, b->head))
		return NULL;
	uint8_t *data = b->retired[b->head];
	b->head = (b->head + 1) % b->room;
	b->n_retired--;
	return data;
}

uint8_t *buffers_swap(void *buffers, uint8_t *old)
{
	struct buffers *b = buffers;
	uint8_t *fresh = take(b);
	if (!fresh)
		return NULL;
	uint32_t place = (b->head + b->n_retired++) % b->room;
	b->retired[place] = old;
	for (uint32_t q = 0; q < b->queues; q++)
		b->until[(size_t)place * b->queues + q] = b->marks[q].noted;
	return fresh;
}

void buffers_note(struct buffers *b, uint32_t queue, uint64_t number)
{
	b->marks[queue].noted = number;
}

void buffers_done(struct buffers *b, uint32_t queue)
{
	_Atomic uint64_t *done = &b->marks[queue].done;
	atomic_store_explicit(done, atomic_load_explicit(done, memory_order_relaxed) + 1, memory_order_release);
}
