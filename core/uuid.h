/* UUIDs: random ones (RFC 9562, 5.4), and those made of a digest of what they name (5.8). Any thread. */
#ifndef ONLOOKER_CORE_UUID_H
#define ONLOOKER_CORE_UUID_H

#include <stdbool.h>
#include <stdint.h>

/* Version 4. False when the system has no random octets to give. */
bool uuid_random(uint8_t out[16]);

/* Makes sixteen octets of a digest a UUID of version 8: the marks of version and variant are put in place. */
void uuid_of_digest(uint8_t id[16]);

#endif
