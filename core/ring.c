#include "core/ring.h"

#include "core/error.h"

#include <stdlib.h>
#include <string.h>

int ring_init(struct ring *r, uint32_t size)
{
	memset(r, 0, sizeof *r);
	r->slots = calloc(size, sizeof *r->slots);
	if (!r->slots)
		return ERROR_FAILED;
	r->mask = size - 1;
	return 0;
}

void ring_fini(struct ring *r)
{
	free(r->slots);
	r->slots = NULL;
}
