#include "classify/dissect/assembly.h"

#include <string.h>

/* Makes [from, to) one with what it touches; the place of the first range that ends at or behind `from` is i. */
static void join(struct assembly *a, uint16_t i, uint16_t from, uint16_t to)
{
	uint16_t j = i;
	while (j < a->count && a->range[j].from <= to) {
		from = a->range[j].from < from ? a->range[j].from : from;
		to = a->range[j].to > to ? a->range[j].to : to;
		j++;
	}
	memmove(&a->range[i + 1], &a->range[j], (size_t)(a->count - j) * sizeof a->range[0]);
	a->count = (uint16_t)(a->count - (j - i) + 1);
	a->range[i].from = from;
	a->range[i].to = to;
}

/* Copies what lies in no range yet. */
static void fill(struct assembly *a, uint16_t i, uint16_t from, uint16_t to, const uint8_t *data)
{
	uint16_t at = from;
	for (; i < a->count && at < to && a->range[i].from < to; i++) {
		if (a->range[i].from > at)
			memcpy(a->data + at, data + (at - from), (size_t)(a->range[i].from - at));
		at = a->range[i].to > at ? a->range[i].to : at;
	}
	if (at < to)
		memcpy(a->data + at, data + (at - from), (size_t)(to - at));
}

void assembly_add(struct assembly *a, uint64_t offset, const uint8_t *data, size_t len)
{
	if (offset >= ASSEMBLY_BYTES || !len)
		return;
	if (len > ASSEMBLY_BYTES - offset)
		len = ASSEMBLY_BYTES - (size_t)offset;
	uint16_t from = (uint16_t)offset, to = (uint16_t)(offset + len), i = 0;
	while (i < a->count && a->range[i].to < from)
		i++;
	if (a->count == ASSEMBLY_RANGES && (i == a->count || a->range[i].from > to))
		return;
	fill(a, i, from, to, data);
	join(a, i, from, to);
}
