#include "capture/coverage.h"

#include <string.h>

/* A place and a length that the datagram can have, as far as it is known. */
static bool possible(const struct coverage *x, const struct piece *p)
{
	uint32_t end = p->offset + p->len, last = x->n ? x->ranges[x->n - 1].to : 0;
	if (!p->len || end >= COVERAGE_MOST || (p->more && p->len % 8))
		return false;
	if (x->total && (p->more ? end > x->total : end != x->total))
		return false;
	return p->more || end >= last;
}

enum fit { FIT_NEW, FIT_KNOWN, FIT_OVERLAP, FIT_SCATTERED };

/* Notes the octets as being there: joins what they touch. */
static enum fit note(struct coverage *x, uint32_t from, uint32_t to)
{
	unsigned i = 0;
	while (i < x->n && x->ranges[i].to < from)
		i++;
	struct coverage_range *r = &x->ranges[i], *next = r + 1;
	if (i < x->n && r->from <= from && to <= r->to)
		return FIT_KNOWN;
	bool joins = i < x->n && r->to == from, meets = i < x->n && r->from == to;
	if (joins && i + 1 < x->n && next->from < to)
		return FIT_OVERLAP;
	if (joins) {
		r->to = to;
		if (i + 1 < x->n && next->from == to) {
			r->to = next->to;
			memmove(next, next + 1, (x->n - i - 2u) * sizeof *r);
			x->n--;
		}
		return FIT_NEW;
	}
	if (meets) {
		r->from = from;
		return FIT_NEW;
	}
	if (i < x->n && r->from < to)
		return FIT_OVERLAP;
	if (x->n == COVERAGE_RANGES)
		return FIT_SCATTERED;
	memmove(next, r, (size_t)(x->n - i) * sizeof *r);
	*r = (struct coverage_range){from, to};
	x->n++;
	return FIT_NEW;
}

enum reassembly_end coverage_add(struct coverage *x, const struct piece *p, bool *fresh)
{
	*fresh = false;
	if (!possible(x, p))
		return REASSEMBLY_MALFORMED;
	if (p->have < p->len)
		return REASSEMBLY_CUT;
	switch (note(x, p->offset, p->offset + p->len)) {
	case FIT_OVERLAP:
		return REASSEMBLY_OVERLAP;
	case FIT_SCATTERED:
		return REASSEMBLY_SCATTERED;
	case FIT_NEW:
		*fresh = true;
		break;
	case FIT_KNOWN:
		break;
	}
	if (!p->more)
		x->total = p->offset + p->len;
	bool whole = x->total && x->n == 1 && !x->ranges[0].from && x->ranges[0].to == x->total;
	return whole ? REASSEMBLY_WHOLE : REASSEMBLY_ENDS;
}
