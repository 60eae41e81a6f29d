/* Octets of one direction that wait for more: what a dissector left, or what selection still looks at.
 *
 * Grows through the size classes of the pool up to INSPECT_PENDING_BYTES; empty it holds no memory. For datagram
 * protocols, which leave nothing, the same storage serves as the reassembly memory of dissection_memory().
 * Worker threads only.
 */
#ifndef ONLOOKER_CLASSIFY_PENDING_H
#define ONLOOKER_CLASSIFY_PENDING_H

#include "classify/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pending {
	uint8_t *data; /* a piece of the pool, NULL when nothing waits */
	uint32_t at;   /* first octet that waits */
	uint32_t len;  /* how many */
	uint32_t size; /* of the piece */
};

static inline const uint8_t *pending_data(const struct pending *p)
{
	return p->data + p->at;
}

/* Adds octets at the end; false when the pool is out or the sum passes INSPECT_PENDING_BYTES. */
bool pending_add(struct pending *p, struct pool *pool, const uint8_t *data, size_t len);

/* Takes n octets off the front; they stay readable until the next call of another function here. */
void pending_drop(struct pending *p, size_t n);

/* Forgets everything. */
void pending_close(struct pending *p, struct pool *pool);

#endif
