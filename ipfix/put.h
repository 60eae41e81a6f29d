/* Values of a record octet by octet (RFC 7011 6.1). The caller has seen that there is room. Any thread. */
#ifndef ONLOOKER_IPFIX_PUT_H
#define ONLOOKER_IPFIX_PUT_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Each puts a value in network order and gives the place behind it. */

static inline uint8_t *put8(uint8_t *at, uint8_t v)
{
	*at = v;
	return at + 1;
}

static inline uint8_t *put16(uint8_t *at, uint16_t v)
{
	v = htobe16(v);
	memcpy(at, &v, sizeof v);
	return at + sizeof v;
}

static inline uint8_t *put32(uint8_t *at, uint32_t v)
{
	v = htobe32(v);
	memcpy(at, &v, sizeof v);
	return at + sizeof v;
}

static inline uint8_t *put64(uint8_t *at, uint64_t v)
{
	v = htobe64(v);
	memcpy(at, &v, sizeof v);
	return at + sizeof v;
}

static inline uint8_t *put_octets(uint8_t *at, const void *octets, size_t n)
{
	memcpy(at, octets, n);
	return at + n;
}

#endif
