/* Large pieces of memory, on huge pages: with tables of many megabytes that are read at random, address translation
 * would cost more than the cache misses. Any thread.
 */
#ifndef ONLOOKER_CORE_PAGES_H
#define ONLOOKER_CORE_PAGES_H

#include <stddef.h>

#define PAGES_HUGE ((size_t)2 << 20)

/* `bytes` of memory, contents undefined, aligned to a cache line, from PAGES_HUGE on to a huge page; NULL when there is
 * none. Goes back by free(). */
void *pages_take(size_t bytes);

/* Memory of ordinary pages that are there already, where the kernel offers it (Linux 5.14): for what will be used at
 * once. Contents undefined; NULL when there is none. Goes back by free(). */
void *pages_take_ready(size_t bytes);

#endif
