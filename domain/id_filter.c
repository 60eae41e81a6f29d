#include "domain/id_filter.h"

#include <stdlib.h>

#define BLOCK_WORDS  8u
#define BITS_EACH    16u
#define FEWEST_BYTES ((uint64_t)16 << 20)
#define MOST_BYTES   ((uint64_t)256 << 20)
#define PROBES       5u

bool id_filter_init(struct id_filter *f, uint64_t expected)
{
	uint64_t bytes = FEWEST_BYTES;
	while (bytes < MOST_BYTES && bytes / (BITS_EACH / 8) < expected)
		bytes *= 2;
	*f = (struct id_filter){
		.words = calloc(bytes / 8, 8), .blocks = bytes / (8 * BLOCK_WORDS), .key = hash_random_key()};
	return f->words;
}

void id_filter_fini(struct id_filter *f)
{
	free(f->words);
	*f = (struct id_filter){.words = NULL};
}

/* The block is chosen by some bits of the hash, places in it by nine others each. */
static uint64_t *block_of(const struct id_filter *f, const uint8_t id[16], uint64_t *places)
{
	uint64_t h = hash_bytes(&f->key, id, 16);
	*places = hash_mix(h);
	return f->words + (h & (f->blocks - 1)) * BLOCK_WORDS;
}

void id_filter_add(struct id_filter *f, const uint8_t id[16])
{
	uint64_t places, *block = block_of(f, id, &places);
	for (unsigned i = 0; i < PROBES; i++, places >>= 9)
		block[places >> 6 & 7] |= 1ull << (places & 63);
}

bool id_filter_may_have(const struct id_filter *f, const uint8_t id[16])
{
	uint64_t places, *block = block_of(f, id, &places);
	bool may = true;
	for (unsigned i = 0; i < PROBES; i++, places >>= 9)
		may = may && block[places >> 6 & 7] >> (places & 63) & 1;
	return may;
}
