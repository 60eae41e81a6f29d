#include "core/pages.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

void *pages_take(size_t bytes)
{
	bool big = bytes >= PAGES_HUGE;
	size_t align = big ? PAGES_HUGE : 64;
	void *p = aligned_alloc(align, (bytes + align - 1) / align * align);
	if (p && big)
		(void)madvise(p, bytes, MADV_HUGEPAGE); /* an offer: without it all works, slower */
	return p;
}

#define PAGE ((size_t)4096)

void *pages_take_ready(size_t bytes)
{
	bytes = (bytes + PAGE - 1) / PAGE * PAGE;
	void *p = aligned_alloc(PAGE, bytes);
	if (p)
		(void)madvise(p, bytes, MADV_POPULATE_WRITE);
	return p;
}
