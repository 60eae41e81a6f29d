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

/* Odd constants without pattern: the binary digits of the roots of 2, 3, 5 and 7 behind the point. */
#define ROOT2 0x6a09e667f3bcc909ull
#define ROOT3 0xbb67ae8584caa73bull
#define ROOT5 0x3c6ef372fe94f82bull
#define ROOT7 0xa54ff53a5f1d36f1ull

void hash_content(const void *data, size_t len, uint8_t out[16])
{
	const uint8_t *p = data;
	uint64_t a = ROOT2 ^ len, b = ROOT3 + len;
	uint8_t tail[16] = {0};
	for (; len >= 16; p += 16, len -= 16) {
		uint64_t x = load_le64(p), y = load_le64(p + 8);
		a = hash_fold(a ^ x, y ^ ROOT5) + y;
		b = hash_fold(b ^ y, x ^ ROOT7) + x;
	}
	if (len)
		memcpy(tail, p, len);
	uint64_t x = load_le64(tail), y = load_le64(tail + 8);
	a = hash_fold(a ^ x, y ^ ROOT5) + y;
	b = hash_fold(b ^ y, x ^ ROOT7) + x;
	store_le64(out, hash_mix(hash_fold(a ^ ROOT7, b ^ ROOT2)));
	store_le64(out + 8, hash_mix(a + hash_fold(b ^ ROOT5, ROOT3)));
}

void hash_content_more(uint8_t digest[16], const void *data, size_t len)
{
	uint8_t both[32];
	memcpy(both, digest, 16);
	hash_content(data, len, both + 16);
	hash_content(both, sizeof both, digest);
}

struct hash_key hash_random_key(void)
{
	struct hash_key k;
	if (getrandom(&k, sizeof k, 0) != (ssize_t)sizeof k)
		abort();
	return k;
}
