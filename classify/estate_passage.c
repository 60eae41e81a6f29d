/* Segments between which somebody routes: what a router shows of an address in one of them is about who has it in the
 * other.
 *
 * A router that has one MAC in both is known by it. One with a MAC for each interface is known by what it does: in each
 * of two segments it shows an address that a host of the other has on its link, firmly. Tenants that use the same
 * addresses have them on their own links, and do not see each other's from behind a router, both ways. Until both ways
 * are seen, places whose address is in the other segment too wait. */
#include "classify/estate_inside.h"

#define MOST_ASKED 64

struct passage {
	struct place *waiting;
	bool shows[2]; /* the lower numbered segment shows hosts of the higher, and the other way */
};

size_t passage_bytes(void)
{
	return sizeof(struct passage);
}

static uint64_t key_of(const struct estate *e, uint32_t low, uint32_t high)
{
	return hash_mix(e->seed ^ ((uint64_t)low << 32 | high)) | 1;
}

static struct passage *between(const struct estate *e, uint32_t a, uint32_t b)
{
	return map_get(&e->passage_map, key_of(e, a < b ? a : b, a < b ? b : a));
}

static struct passage *passage_for(struct estate *e, uint32_t a, uint32_t b)
{
	struct passage *w = between(e, a, b);
	if (w || !(w = slab_get(&e->passages)))
		return w;
	if (map_put(&e->passage_map, key_of(e, a < b ? a : b, a < b ? b : a), w))
		return w;
	slab_put(&e->passages, w);
	return NULL;
}

static bool is_open(const struct passage *w)
{
	return w && w->shows[0] && w->shows[1];
}

bool passage_open(const struct estate *e, uint32_t a, uint32_t b)
{
	return e->passages.used && is_open(between(e, a, b));
}

void passage_leave(struct place *p)
{
	struct passage *w = p->waits;
	if (!w)
		return;
	*(p->prev_waiting ? &p->prev_waiting->next_waiting : &w->waiting) = p->next_waiting;
	if (p->next_waiting)
		p->next_waiting->prev_waiting = p->prev_waiting;
	p->next_waiting = p->prev_waiting = NULL;
	p->waits = NULL;
}

static void wait_for(struct passage *w, struct place *p)
{
	if (p->waits)
		return;
	p->waits = w;
	p->next_waiting = w->waiting;
	if (w->waiting)
		w->waiting->prev_waiting = p;
	w->waiting = p;
}

/* Both ways are known now: those that waited are told. */
static void open_up(struct estate *e, struct passage *w)
{
	for (struct place *p; (p = w->waiting);) {
		passage_leave(p);
		join_elsewhere(e, p);
	}
}

/* In the segment of `far` a router shows the address that `near` has on the link of its own. */
static void shown(struct estate *e, const struct node *far, const struct node *near)
{
	uint32_t here = far->holder.segment, there = near->holder.segment;
	struct passage *w = passage_for(e, here, there);
	if (!w || is_open(w))
		return;
	w->shows[here < there] = true;
	wait_for(w, far->place);
	if (is_open(w))
		open_up(e, w);
}

/* An initial TTL is enough for a private address: behind a router it would be lower. */
static bool is_near(const struct node *n)
{
	return n && n->on_link &&
	       (n->tie == TIE_FIRM || (n->tie == TIE_DIRECT && address_is_private(&n->holder.ip, n->holder.version)));
}

static bool is_far(const struct node *n)
{
	return n && !n->on_link && n->tie == TIE_FORWARDED;
}

/* The node of a router's: who else has its address, on a link or from behind a router? */
static void note_far(struct estate *e, const struct node *n)
{
	const struct node *near = NULL, *far = NULL;
	unsigned asked = 0, nears = 0;
	for (struct place *p = n->place->next_same; p != n->place && asked < MOST_ASKED; p = p->next_same, asked++) {
		if (is_near(p->current)) {
			near = p->current;
			nears++;
		} else if (is_far(p->current) && !far) {
			far = p->current;
		}
	}
	if (nears == 1)
		shown(e, n, near);
	else if (!nears && far) {
		struct passage *w = passage_for(e, n->holder.segment, far->holder.segment);
		if (w && !is_open(w))
			wait_for(w, n->place);
	}
}

/* The node is on its link: which routers of other segments show its address? */
static void note_near(struct estate *e, const struct node *n)
{
	const struct node *fars[8];
	unsigned asked = 0, count = 0;
	for (struct place *p = n->place->next_same; p != n->place && asked < MOST_ASKED; p = p->next_same, asked++) {
		if (is_near(p->current))
			return; /* whose it is that they show cannot be told */
		if (is_far(p->current) && count < sizeof fars / sizeof *fars)
			fars[count++] = p->current;
	}
	for (unsigned i = 0; i < count; i++)
		shown(e, fars[i], n);
}

void passage_note(struct estate *e, const struct node *n)
{
	if (!n->place || n->place->next_same == n->place || n->place->current != n)
		return;
	if (is_near(n))
		note_near(e, n);
	else if (is_far(n))
		note_far(e, n);
}
