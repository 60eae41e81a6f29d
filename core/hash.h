/* Hashes: mixing for tables, and SipHash (Aumasson, Bernstein 2012) where an attacker chooses the keys or
 * where a name must be the same on every machine.
 *
 * Any thread; nothing is kept. Results of the sip functions do not depend on the machine's byte order.
 */
#ifndef ONLOOKER_CORE_HASH_H
#define ONLOOKER_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* A secret of 128 bits. */
struct hash_key {
	uint64_t k0, k1;
};

/* Finalizer with full avalanche over 64 bits; bijective. */
static inline uint64_t hash_mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ull;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ull;
	return x ^ x >> 32;
}

/* Order-dependent combination of two words. */
static inline uint64_t hash_combine(uint64_t a, uint64_t b)
{
	return hash_mix(a ^ (b * 0x9e3779b97f4a7c15ull + (a << 6) + (a >> 2)));
}

/* The two halves of a product, folded into one word. */
static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* SipHash-1-3 of `len` bytes: keyed, fast, for tables fed by the wire. */
uint64_t hash_bytes(const struct hash_key *key, const void *data, size_t len);

/* SipHash-2-4 with a 128-bit result: keyed names that must not collide by intent. out[16]. */
void hash_name(const struct hash_key *key, const void *data, size_t len, uint8_t out[16]);

/* 128 bits of content by folded products (after Wang Yi's wyhash): no secret, not against intent; for names of content,
 * where nobody gains by a collision. out[16]. */
void hash_content(const void *data, size_t len, uint8_t out[16]);

/* Takes more content into a digest that began as zeros: piece by piece, in order. */
void hash_content_more(uint8_t digest[16], const void *data, size_t len);

/* A fresh key from the system's random source; aborts only if the system has none. */
struct hash_key hash_random_key(void);

#endif
