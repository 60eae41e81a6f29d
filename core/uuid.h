/* Random names: UUIDs of version 4 (RFC 9562, 5.4). Any thread. */
#ifndef ONLOOKER_CORE_UUID_H
#define ONLOOKER_CORE_UUID_H

#include <stdbool.h>
#include <stdint.h>

/* False when the system has no random octets to give. */
bool uuid_random(uint8_t out[16]);

#endif
