/* Single-producer single-consumer ring of pointers: how blocks of work pass between two threads.
 *
 * One thread calls the put side, one the take side. Positions are free-running; the release store of one
 * side pairs with the acquire load of the other. Both sides cache the other's position, so the shared lines
 * move only when a side runs dry or full. The ring never owns what it carries.
 */
#ifndef ONLOOKER_CORE_RING_H
#define ONLOOKER_CORE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	/* set before start */
	void **slots;
	uint32_t mask;
	/* producer */
	_Alignas(64) _Atomic uint32_t head; /* next slot to write; released by put, acquired by take */
	uint32_t tail_seen;
	/* consumer */
	_Alignas(64) _Atomic uint32_t tail; /* next slot to read; released by take, acquired by put */
	uint32_t head_seen;
};

/* `size` slots, a power of two. Returns 0, or a negative code when the heap is out. */
int ring_init(struct ring *r, uint32_t size);
void ring_fini(struct ring *r);

/* Producer. False when full: the caller waits or sheds and counts. */
static inline bool ring_put(struct ring *r, void *item)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	if (head - r->tail_seen > r->mask) {
		r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
		if (head - r->tail_seen > r->mask)
			return false;
	}
	r->slots[head & r->mask] = item;
	atomic_store_explicit(&r->head, head + 1, memory_order_release);
	return true;
}

/* Consumer. NULL when empty. */
static inline void *ring_take(struct ring *r)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	if (tail == r->head_seen) {
		r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
		if (tail == r->head_seen)
			return NULL;
	}
	void *item = r->slots[tail & r->mask];
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
	return item;
}

/* How many items wait; exact for neither side while the other is at work. */
static inline uint32_t ring_count(const struct ring *r)
{
	return atomic_load_explicit(&r->head, memory_order_relaxed) -
	       atomic_load_explicit(&r->tail, memory_order_relaxed);
}

#endif
