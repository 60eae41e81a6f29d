/* What a dissector may ask of the flow it reads: memory until the flow ends, and connections it heard announced. */
#include "classify/inspection.h"

#include <string.h>

void *dissection_memory(struct dissection *x, size_t bytes)
{
	if (!x->inspection || bytes > INSPECT_PENDING_BYTES)
		return NULL;
	struct pending *p = &x->inspection->pending[x->direction];
	if (p->data)
		return bytes <= p->size ? p->data : NULL;
	p->data = pool_get(&x->inspection->in->pool, bytes);
	if (!p->data)
		return NULL;
	p->size = p->len = (uint32_t)bytes;
	return memset(p->data, 0, bytes);
}

void dissection_expect(struct dissection *x, uint16_t port, const char *application)
{
	if (x->inspection && port)
		expectations_add(x->inspection->in->expectations, x->flow, x->direction, port, application,
				 x->packet->clock_ns);
}

void dissection_await(struct dissection *x)
{
	if (x->inspection)
		expectations_await(x->inspection->in->expectations, x->flow, x->direction, x->packet->clock_ns);
}

bool dissection_answer(struct dissection *x)
{
	uint16_t port = x->inspection ? expectations_answered(x->inspection->in->expectations, x->packet) : 0;
	if (!port)
		return false;
	dissection_server(x, x->direction);
	dissection_service_at(x, port);
	return true;
}

void dissection_memory_drop(struct dissection *x)
{
	if (x->inspection)
		pending_close(&x->inspection->pending[x->direction], &x->inspection->in->pool);
}
