#include "capture/steer.h"

/* The exclusive or of the eight 16-bit words of an address, first octet high. */
static uint16_t fold(const struct address *a)
{
	uint64_t x = a->words[0] ^ a->words[1];
	x ^= x >> 32;
	x ^= x >> 16;
	const uint8_t *octets = (const uint8_t *)&(uint16_t){(uint16_t)x};
	return (uint16_t)(octets[0] << 8 | octets[1]);
}

/* The 32 bits of the repeated key from bit `at` on. */
static uint32_t window(unsigned at)
{
	uint32_t once = STEER_KEY, twice = once << 16 | once;
	return at ? twice << at | twice >> (32 - at) : twice;
}

uint16_t steer_fold(const struct ends *ends)
{
	return fold(&ends->src) ^ fold(&ends->dst);
}

uint32_t steer_hash(const struct ends *ends)
{
	uint32_t sum = 0;
	for (uint32_t bits = steer_fold(ends); bits; bits &= bits - 1)
		sum ^= window(15 - (unsigned)__builtin_ctz(bits));
	return sum;
}
