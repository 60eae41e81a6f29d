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

bool steer_fold(const struct frame *frame, uint16_t *folded)
{
	struct address src, dst;
	if (!decode_addresses(frame, &src, &dst))
		return false;
	*folded = fold(&src) ^ fold(&dst);
	return true;
}

bool steer_hash(const struct frame *frame, uint32_t *hash)
{
	uint16_t folded;
	if (!steer_fold(frame, &folded))
		return false;
	uint32_t sum = 0;
	for (uint32_t bits = folded; bits; bits &= bits - 1)
		sum ^= window(15 - (unsigned)__builtin_ctz(bits));
	*hash = sum;
	return true;
}
