/* Large pieces of memory on huge pages: with tables of many megabytes that are read at random, address translation
 * would cost more than the cache misses. Any thread.
 */
#ifndef ONLOOKER_CORE_PAGES_H
#define ONLOOKER_CORE_PAGES_H

#include <stddef.h>

#define PAGES_HUGE ((size_t)2 << 20)

/* `bytes` of memory, contents undefined, aligned to a cache line, from PAGES_HUGE on to a huge page; NULL when there is
 * none. Goes back by free(). */
void *pages_take(size_t bytes);

#endif
