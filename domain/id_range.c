#include "domain/id_range.h"

#include <string.h>

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	char small = c | 0x20; /* RFC 9562, 4: either case is read */
	return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

static void set_digit(uint8_t *octet, unsigned shift, unsigned digit)
{
	*octet = (uint8_t)((*octet & ~(15u << shift)) | digit << shift);
}

struct id_range id_range_of(const char *prefix)
{
	struct id_range r = {.empty = false};
	unsigned at = 0;
	memset(r.high, 0xff, 16);
	for (; prefix && *prefix && at < 32; prefix++) {
		int digit = nibble(*prefix);
		if (digit < 0)
			continue;
		set_digit(&r.low[at / 2], at & 1 ? 0 : 4, (unsigned)digit);
		set_digit(&r.high[at / 2], at & 1 ? 0 : 4, (unsigned)digit);
		at++;
	}
	return r;
}

void id_range_go_behind(struct id_range *r, const uint8_t after[16])
{
	if (memcmp(after, r->low, 16) < 0)
		return;
	memcpy(r->low, after, 16);
	for (int i = 15; i >= 0 && ++r->low[i] == 0; i--)
		r->empty = i == 0;
	r->empty |= memcmp(r->low, r->high, 16) > 0;
}

bool id_range_holds(const struct id_range *r, const uint8_t id[16])
{
	return !r->empty && memcmp(r->low, id, 16) <= 0 && memcmp(id, r->high, 16) <= 0;
}
