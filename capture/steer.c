#include "capture/steer.h"

#include "capture/decode.h"

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

bool steer_hash(const struct frame *frame, uint32_t *hash)
{
	struct address src, dst;
	if (!decode_addresses(frame, &src, &dst))
		return false;
	uint32_t sum = 0;
	for (uint32_t bits = (uint32_t)(fold(&src) ^ fold(&dst)); bits; bits &= bits - 1)
		sum ^= window(15 - (unsigned)__builtin_ctz(bits));
	*hash = sum;
	return true;
}
