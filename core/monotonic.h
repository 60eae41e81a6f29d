/* Time that only runs forward, for waiting and for deadlines; never compared with the time of day. Any thread. */
#ifndef ONLOOKER_CORE_MONOTONIC_H
#define ONLOOKER_CORE_MONOTONIC_H

#include <stdint.h>

uint64_t monotonic_ms(void);

#endif
