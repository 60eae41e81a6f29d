#include "core/hash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static inline uint64_t load_le64(const uint8_t *p)
{
	uint64_t x = 0;
	memcpy(&x, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x;
}

static inline void store_le64(uint8_t *p, uint64_t x)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	memcpy(p, &x, 8);
}

static inline void rounds(struct sip *s, int n)
{
	for (int i = 0; i < n; i++) {
		s->v0 += s->v1;
		s->v1 = rotl(s->v1, 13) ^ s->v0;
		s->v0 = rotl(s->v0, 32);
		s->v2 += s->v3;
		s->v3 = rotl(s->v3, 16) ^ s->v2;
		s->v0 += s->v3;
		s->v3 = rotl(s->v3, 21) ^ s->v0;
		s->v2 += s->v1;
		s->v1 = rotl(s->v1, 17) ^ s->v2;
		s->v2 = rotl(s->v2, 32);
	}
}

static inline void begin(struct sip *s, const struct hash_key *key)
{
	s->v0 = key->k0 ^ 0x736f6d6570736575ull;
	s->v1 = key->k1 ^ 0x646f72616e646f6dull;
	s->v2 = key->k0 ^ 0x6c7967656e657261ull;
	s->v3 = key->k1 ^ 0x7465646279746573ull;
}

/* All of the message, with the length in the last word's top byte; `c` compression rounds. */
static inline void absorb(struct sip *s, const uint8_t *p, size_t len, int c)
{
	size_t whole = len & ~(size_t)7;
	for (size_t i = 0; i < whole; i += 8) {
		uint64_t m = load_le64(p + i);
		s->v3 ^= m;
		rounds(s, c);
		s->v0 ^= m;
	}
	uint64_t tail = (uint64_t)len << 56;
	for (size_t i = whole; i < len; i++)
		tail |= (uint64_t)p[i] << 8 * (i - whole);
	s->v3 ^= tail;
	rounds(s, c);
	s->v0 ^= tail;
}

uint64_t hash_bytes(const struct hash_key *key, const void *data, size_t len)
{
	struct sip s;
	begin(&s, key);
	absorb(&s, data, len, 1);
	s.v2 ^= 0xff;
	rounds(&s, 3);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

/* The 128-bit variant with c compression and d finalization rounds. */
static inline void wide(const struct hash_key *key, const void *data, size_t len, uint8_t out[16], int c, int d)
{
	struct sip s;
	begin(&s, key);
	s.v1 ^= 0xee;
	absorb(&s, data, len, c);
	s.v2 ^= 0xee;
	rounds(&s, d);
	store_le64(out, s.v0 ^ s.v1 ^ s.v2 ^ s.v3);
	s.v1 ^= 0xdd;
	rounds(&s, d);
	store_le64(out + 8, s.v0 ^ s.v1 ^ s.v2 ^ s.v3);
}

void hash_name(const struct hash_key *key, const void *data, size_t len, uint8_t out[16])
{
	wide(key, data, len, out, 2, 4);
}

void hash_wide(const struct hash_key *key, const void *data, size_t len, uint8_t out[16])
{
	wide(key, data, len, out, 1, 3);
}

struct hash_key hash_random_key(void)
{
	struct hash_key k;
	if (getrandom(&k, sizeof k, 0) != (ssize_t)sizeof k)
		abort();
	return k;
}
