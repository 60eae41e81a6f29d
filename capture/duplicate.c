#include "capture/duplicate.h"

#include "core/hash.h"

#include <stdlib.h>
#include <string.h>

#define SETS       8192 /* a power of two */
#define WAYS       4
#define HEAD_BYTES 192u /* of the packet, with all headers */
#define TAIL_BYTES 32u

struct entry {
	uint64_t hash; /* 0: free */
	uint64_t time_ns;
};

struct duplicates {
	struct hash_key key;
	uint64_t window_ns;
	struct entry entries[SETS][WAYS];
};

struct duplicates *duplicates_new(uint64_t window_ns)
{
	struct duplicates *d = calloc(1, sizeof *d);
	if (!d)
		return NULL;
	d->key = hash_random_key();
	d->window_ns = window_ns;
	return d;
}

void duplicates_free(struct duplicates *d)
{
	free(d);
}

/* What tells one packet from another: addresses, length, its first octets and its last. */
static uint64_t digest(const struct duplicates *d, const struct packet *p)
{
	uint8_t text[12 + 4 + HEAD_BYTES + TAIL_BYTES];
	uint32_t len = p->ip_total && p->ip_total < p->l3_len ? p->ip_total : p->l3_len;
	uint32_t head = len < HEAD_BYTES ? len : HEAD_BYTES;
	uint32_t tail = len - head < TAIL_BYTES ? len - head : TAIL_BYTES;
	memcpy(text, p->src_mac, 6);
	memcpy(text + 6, p->dst_mac, 6);
	memcpy(text + 12, &len, 4);
	memcpy(text + 16, p->l3, head);
	memcpy(text + 16 + head, p->l3 + len - tail, tail);
	uint64_t hash = hash_bytes(&d->key, text, 16 + head + tail);
	return hash + !hash;
}

bool duplicate_is(struct duplicates *d, const struct packet *p)
{
	uint64_t hash = digest(d, p);
	struct entry *set = d->entries[hash & (SETS - 1)], *to = set;
	for (struct entry *e = set; e < set + WAYS; e++) {
		if (e->hash == hash) {
			if (p->clock_ns - e->time_ns <= d->window_ns)
				return true;
			to = e;
			break;
		}
		if (e->time_ns < to->time_ns)
			to = e;
	}
	*to = (struct entry){hash, p->clock_ns};
	return false;
}
