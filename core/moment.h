/* Times as people say them. Any thread; nothing is kept. */
#ifndef ONLOOKER_CORE_MOMENT_H
#define ONLOOKER_CORE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

/* "2026-11-20T12:00:00Z", "2026-11-20", "now", or how long before `now_ns`: a number with s, m, h, d or w.
 * Returns 0 or a negative code. */
int moment_parse(const char *text, uint64_t now_ns, uint64_t *time_ns);

/* It means another time when it is read later. */
bool moment_moves(const char *text);

#endif
