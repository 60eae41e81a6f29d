#include "classify/pending.h"

#include "classify/dissect.h"

#include <string.h>

/* Makes room for `more` octets: by moving to the front, else into a larger piece. */
static bool reserve(struct pending *p, struct pool *pool, size_t more)
{
	if (p->size - p->at - p->len >= more)
		return true;
	if (p->len + more > INSPECT_PENDING_BYTES)
		return false;
	if (p->size >= p->len + more) {
		memmove(p->data, p->data + p->at, p->len);
		p->at = 0;
		return true;
	}
	size_t least = p->size ? 2 * (size_t)p->size : 256; /* most that waits is short, and many wait */
	size_t size = p->len + more > least ? p->len + more : least;
	size = pool_rounded(size < INSPECT_PENDING_BYTES ? size : INSPECT_PENDING_BYTES);
	uint8_t *data = pool_get(pool, size);
	if (!data)
		return false;
	if (p->len)
		memcpy(data, p->data + p->at, p->len);
	pool_put(pool, p->data);
	*p = (struct pending){data, 0, p->len, (uint32_t)size};
	return true;
}

bool pending_add(struct pending *p, struct pool *pool, const uint8_t *data, size_t len)
{
	if (!len)
		return true;
	if (!reserve(p, pool, len))
		return false;
	memcpy(p->data + p->at + p->len, data, len);
	p->len += (uint32_t)len;
	return true;
}

void pending_drop(struct pending *p, size_t n)
{
	uint32_t dropped = n < p->len ? (uint32_t)n : p->len;
	p->at += dropped;
	p->len -= dropped;
}

void pending_close(struct pending *p, struct pool *pool)
{
	pool_put(pool, p->data);
	*p = (struct pending){0};
}
