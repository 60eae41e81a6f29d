/* Time as everybody here means it: nanoseconds since 1970-01-01T00:00:00Z in a uint64_t.
 * Any thread; nothing is kept except a cache the caller owns. */
#ifndef ONLOOKER_CORE_TIME_H
#define ONLOOKER_CORE_TIME_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_SECOND   1000000000ull
#define TIME_TEXT_BYTES 28 /* "2026-11-20T12:00:00.123456Z" and a NUL */

/* RFC 3339, UTC, microseconds (cut, not rounded). Always 27 characters and a NUL. */
void time_text(uint64_t time_ns, char out[TIME_TEXT_BYTES]);

/* The inverse, for what we wrote ourselves or a user types: "2026-11-20T12:00:00[.frac]Z" or a date alone, of the years
 * 1970 to 2261.
 * Returns 0 or a negative code. */
int time_parse(const char *text, uint64_t *time_ns);

/* Wall clock and CPU time of the whole process, for statistics. Not for the data path. */
uint64_t time_now(void);
double time_cpu_seconds(void);

#endif
