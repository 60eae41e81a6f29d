/* Preloaded: counts what is asked of the allocator, and writes the number to the file COUNT_ALLOCATIONS names at the
 * end. */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);

static _Atomic unsigned long count;

void *malloc(size_t size)
{
	count++;
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	count++;
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	count++;
	return __libc_realloc(p, size);
}

void *aligned_alloc(size_t align, size_t size)
{
	count++;
	return __libc_memalign(align, size);
}

__attribute__((destructor)) static void tell(void)
{
	unsigned long n = count;
	const char *path = getenv("COUNT_ALLOCATIONS");
	FILE *f = path ? fopen(path, "w") : NULL;
	if (!f)
		return;
	fprintf(f, "%lu\n", n);
	fclose(f);
}
