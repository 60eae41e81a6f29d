/* Which nodes make one endpoint: by the MAC they share while they are on its link, else by the address alone. */
#include "classify/estate_inside.h"

#include <string.h>

static void detach(struct node *n)
{
	*(n->prev_of_endpoint ? &n->prev_of_endpoint->next_of_endpoint : &n->endpoint->nodes) = n->next_of_endpoint;
	if (n->next_of_endpoint)
		n->next_of_endpoint->prev_of_endpoint = n->prev_of_endpoint;
	n->next_of_endpoint = n->prev_of_endpoint = NULL;
}

static void attach(struct estate *e, struct node *n, struct endpoint *to, bool on_link)
{
	struct endpoint *from = n->endpoint;
	if (from == to && n->on_link == on_link)
		return;
	e->leaving(e->context, n, from, from && from != to && !from->into);
	estate_moor(e, n);
	n->on_link = on_link;
	if (from && from != to)
		detach(n);
	if (from != to) {
		n->endpoint = to;
		n->next_of_endpoint = to->nodes;
		if (to->nodes)
			to->nodes->prev_of_endpoint = n;
		to->nodes = n;
	}
	e->moved(e->context, n, from);
}

/* Who was known before is older than who was founded now. */
static struct endpoint *elder(struct endpoint *a, struct endpoint *b)
{
	if (a->known != b->known)
		return a->known ? a : b;
	return a->sequence < b->sequence ? a : b;
}

/* Two endpoints turned out to be one, by a node that is on the link: the older stays, the other points to it. Should it
 * turn out that they are two after all, the other has its identifier again. */
static struct endpoint *join(struct estate *e, struct endpoint *a, struct endpoint *b, const struct node *by)
{
	struct endpoint *keep = elder(a, b), *gone = keep == a ? b : a;
	gone->into = keep;
	keep->references++;
	if (gone->announced)
		estate_know(e, &gone->founder, gone->id);
	while (gone->nodes)
		attach(e, gone->nodes, keep, gone->nodes == by || gone->nodes->on_link);
	estate_touch(e, keep, gone->last_ns);
	estate_unlist(e, gone);
	e->merged++;
	e->joined(e->context, gone, keep);
	estate_release(e, gone);
	return keep;
}

/* ---- the same frames with and without tags ---- */

#define MOST_SEGMENTS 64

/* What a port shows of a trunk's frames is in `less` where those are in `more`: a tag was taken off. */
static bool tag_taken_off(uint32_t more, uint32_t less)
{
	return !(more & SEGMENT_OVERLAY) && more != less && (less == 0 || more >> 12 == less);
}

/* The holder of the same MAC and address on the link of a segment that differs by a tag: a mirror of a port and of the
 * trunk behind it shows one interface in both. NULL when there is none. */
static struct node *mirrored(const struct estate *e, const struct node *n)
{
	unsigned asked = 0;
	for (struct place *p = n->place->next_same; p != n->place && asked < MOST_SEGMENTS; p = p->next_same, asked++) {
		uint32_t here = n->holder.segment, there = p->key.segment;
		if (!tag_taken_off(here, there) && !tag_taken_off(there, here))
			continue;
		struct holder key = n->holder;
		key.segment = there;
		struct node *other = map_get(&e->node_map, estate_key(e, &key));
		if (other && other->on_link && other->endpoint)
			return other;
	}
	return NULL;
}

static struct endpoint *endpoint_of_station(struct estate *e, const struct node *n, uint64_t time_ns)
{
	struct station *s = n->station;
	struct endpoint *own = estate_stands(e, &s->endpoint);
	const struct node *copy = n->place ? mirrored(e, n) : NULL;
	if (copy && own && own != copy->endpoint)
		return join(e, own, copy->endpoint, NULL);
	if (!own)
		estate_lead(e, &s->endpoint, copy ? copy->endpoint : estate_found(e, &s->key, time_ns));
	return s->endpoint;
}

/* ---- the same address behind one router, in another segment ---- */

/* A MAC the manufacturer gave is one router's in every segment it stands in; what it passes on has one meaning there.
 * So it has where routers are known to pass on from one to the other. */
static bool routed_to(const struct estate *e, const struct node *n, const struct place *p)
{
	const struct station *s = n->station;
	return s && ((!s->virtual_mac && !(s->key.mac[0] & 2) && estate_station(e, s->key.mac, p->key.segment)) ||
		     passage_open(e, s->key.segment, p->key.segment));
}

/* Who holds the address on its link in the one other segment that the router of `n` stands in too; NULL when there is
 * nobody, or more than one. */
static struct node *held_elsewhere(const struct estate *e, const struct node *n)
{
	struct node *only = NULL;
	unsigned asked = 0;
	for (struct place *p = n->place->next_same; p != n->place && asked < MOST_SEGMENTS; p = p->next_same, asked++) {
		struct node *holder = p->current;
		if (!holder || !holder->on_link || !routed_to(e, n, p))
			continue;
		if (only)
			return NULL;
		only = holder;
	}
	return only;
}

/* An endpoint that the address alone founded in another segment, behind the same router. */
static struct endpoint *founded_elsewhere(struct estate *e, const struct node *n)
{
	unsigned asked = 0;
	for (struct place *p = n->place->next_same; p != n->place && asked < MOST_SEGMENTS; p = p->next_same, asked++)
		if (p->current && !p->current->on_link && routed_to(e, n, p) && estate_stands(e, &p->endpoint))
			return p->endpoint;
	return NULL;
}

/* The address was known before in this segment, or in another in which the router of `n` was known: makes `founder` say
 * where. */
static bool known_elsewhere(const struct estate *e, const struct node *n, struct holder *founder)
{
	const struct station *s = n->station;
	if (!e->n_known_segments || estate_is_known(e, founder))
		return e->n_known_segments;
	for (uint32_t i = 0; s && !s->virtual_mac && !(s->key.mac[0] & 2) && i < e->n_known_segments; i++) {
		struct holder router = s->key, there = *founder;
		router.segment = there.segment = e->known_segments[i];
		if (estate_is_known(e, &there) && estate_is_known(e, &router)) {
			*founder = there;
			return true;
		}
	}
	return false;
}

static struct endpoint *endpoint_of_place(struct estate *e, struct node *n, uint64_t time_ns)
{
	struct place *p = n->place;
	if (estate_stands(e, &p->endpoint))
		return p->endpoint;
	struct endpoint *to = founded_elsewhere(e, n), *own = NULL;
	struct holder founder = p->key;
	bool known = known_elsewhere(e, n, &founder);
	if (!to || (!to->known && known))
		own = estate_found(e, &founder, time_ns);
	estate_lead(e, &p->endpoint, to && own ? join(e, own, to, NULL) : to ? to : own);
	return p->endpoint;
}

/* The node is on the link: what a router showed of its address in other segments was about it. */
static void gather_elsewhere(struct estate *e, const struct node *n)
{
	unsigned asked = 0;
	for (struct place *p = n->place->next_same; p != n->place && asked < MOST_SEGMENTS; p = p->next_same, asked++) {
		struct node *far = p->current;
		if (!far || far->on_link || !routed_to(e, far, n->place) || held_elsewhere(e, far) != n)
			continue;
		struct endpoint *alone = estate_stands(e, &p->endpoint);
		if (alone && alone != n->endpoint)
			join(e, n->endpoint, alone, NULL);
	}
}

void join_elsewhere(struct estate *e, struct place *p)
{
	const struct node *far = p->current;
	struct endpoint *alone = estate_stands(e, &p->endpoint);
	if (!far || far->on_link || !alone)
		return;
	const struct node *holder = held_elsewhere(e, far);
	struct endpoint *other = holder ? holder->endpoint : founded_elsewhere(e, far);
	if (other && other != alone)
		join(e, other, alone, NULL);
}

/* ---- settling ---- */

/* The node turned out not to be its MAC's, but its address founded the endpoint: that stays with the address, and the
 * others of the MAC leave it. */
static void part(struct estate *e, struct node *n, uint64_t time_ns)
{
	struct endpoint *p = n->endpoint;
	struct endpoint *own = estate_found(e, &n->station->key, time_ns);
	if (!own)
		return;
	estate_lead(e, &n->station->endpoint, own);
	for (struct node *m = p->nodes, *next; m; m = next) {
		next = m->next_of_endpoint;
		if (m != n && m->station == n->station && m->on_link)
			attach(e, m, own, true);
	}
	estate_lead(e, &n->place->endpoint, p);
}

static bool founded_by(const struct endpoint *p, const struct place *place)
{
	const struct holder *f = &p->founder;
	return f->version && f->version == place->key.version && f->segment == place->key.segment &&
	       !memcmp(&f->ip, &place->key.ip, sizeof f->ip);
}

static void settle(struct estate *e, struct node *n, uint64_t time_ns);

/* Who holds the address of `n` on its link; NULL when nobody is known to. */
static struct node *holder_on_link(const struct node *n)
{
	struct node *current = n->place ? n->place->current : NULL;
	return current && current != n && current->on_link ? current : NULL;
}

/* The machine the authority gave the address to, by a relay, on a link that is not seen: now that a packet of the
 * address has come, it is there. */
static struct node *lent_to(struct estate *e, const struct node *n, uint64_t time_ns)
{
	struct node *lent = n->place->lent;
	n->place->lent = NULL;
	if (lent && lent != n)
		settle(e, lent, time_ns);
	return holder_on_link(n);
}

static struct endpoint *off_link(struct estate *e, struct node *n, uint64_t time_ns)
{
	const struct node *holder = holder_on_link(n);
	if (!holder && !(holder = held_elsewhere(e, n)))
		holder = lent_to(e, n, time_ns);
	if (holder)
		return holder->endpoint; /* the same address, seen again behind a router */
	if (n->on_link && n->endpoint && n->station && estate_stands(e, &n->station->endpoint) == n->endpoint &&
	    founded_by(n->endpoint, n->place))
		part(e, n, time_ns);
	return endpoint_of_place(e, n, time_ns);
}

static struct endpoint *on_link(struct estate *e, struct node *n, uint64_t time_ns)
{
	struct endpoint *to = endpoint_of_station(e, n, time_ns);
	if (!n->place)
		return to;
	/* What was known of the address alone, while nothing tied it to a MAC, is about this endpoint. */
	const struct node *current = n->place->current;
	struct endpoint *alone = estate_stands(e, &n->place->endpoint);
	if (to && alone && alone != to && (!current || (current != n && !current->on_link) || n->endpoint == alone))
		to = join(e, to, alone, n);
	estate_lead(e, &n->place->endpoint, NULL);
	return to;
}

/* So many of those that pass an address on are asked at once; the others follow when they are next seen to. */
#define MOST_PASSED_ON 64

/* A node that is on the link no longer made others of its address its endpoint's: they never were. */
static void settle_passed_on(struct estate *e, const struct node *n, const struct endpoint *from, uint64_t time_ns)
{
	unsigned asked = 0;
	for (struct node *m = n->place->nodes; m && asked < MOST_PASSED_ON; m = m->next_of_place, asked++)
		if (m != n && !m->on_link && m->endpoint == from)
			settle(e, m, time_ns);
}

void join_borrows(struct estate *e, struct node *n, bool borrows)
{
	if (n->borrows == borrows)
		return;
	e->leaving(e->context, n, n->endpoint, borrows);
	n->borrows = borrows;
	e->moved(e->context, n, n->endpoint);
}

void join_passed_on(struct estate *e, struct place *p)
{
	struct node *now = p->current;
	unsigned asked = 0;
	for (struct node *m = p->nodes; m && asked < MOST_PASSED_ON; m = m->next_of_place, asked++) {
		if (m == now || m->on_link || !m->endpoint || m->endpoint == now->endpoint)
			continue;
		e->ended(e->context, m);
		attach(e, m, now->endpoint, false);
	}
}

/* Who answers for an address that another has on the same link says that it is its own. */
static bool disputes(const struct node *n)
{
	const struct node *current = n->place ? n->place->current : NULL;
	return current && current->on_link && current->station != n->station && tie_of_nobody(n);
}

/* What was said of a MAC without an address, that the machine itself has not shown: it is the machine's all the same.
 */
static void settle_bare(struct estate *e, const struct station *s)
{
	struct node *bare = s->virtual_mac ? NULL : map_get(&e->node_map, estate_key(e, &s->key));
	if (bare && !bare->endpoint && s->endpoint && !s->endpoint->into && !s->endpoint->forgotten)
		attach(e, bare, s->endpoint, true);
}

static void settle(struct estate *e, struct node *n, uint64_t time_ns)
{
	bool is_on_link = tie_on_link(n) || disputes(n);
	if (!is_on_link && tie_of_nobody(n))
		return;
	if (!is_on_link && !n->place)
		return; /* a MAC that machines share by design, without an address: nobody in particular */
	struct endpoint *to = is_on_link ? on_link(e, n, time_ns) : off_link(e, n, time_ns);
	const struct endpoint *from = n->on_link ? n->endpoint : NULL;
	if (!to)
		return;
	attach(e, n, to, is_on_link);
	if (!n->place)
		return;
	if (from && from != to)
		settle_passed_on(e, n, from, time_ns);
	if (is_on_link)
		settle_bare(e, n->station);
	if (n->tie == TIE_FIRM)
		join_borrows(e, n, false);
	hold_claim(e, n, time_ns);
	passage_note(e, n);
	if (is_on_link && n->place->current == n && n->place->next_same != n->place)
		gather_elsewhere(e, n);
}

/* Verdicts on the station changed: its nodes may be its own now, or no longer. */
static void settle_again(struct estate *e, struct station *s, uint64_t time_ns)
{
	for (struct node *n = s->nodes; n; n = n->next_of_station)
		if (n->endpoint && n->on_link != tie_on_link(n))
			settle(e, n, time_ns);
}

void estate_seen(struct estate *e, struct node *n, enum reach reach, uint64_t time_ns)
{
	uint8_t bit = (uint8_t)(1 << reach);
	bool fresh = !n->seen || !(n->reach & bit);
	n->seen = true;
	n->reach |= bit;
	if (time_ns > n->last_ns)
		n->last_ns = time_ns;
	if (fresh) {
		bool changed = tie_weigh(n);
		settle(e, n, time_ns);
		if (changed && n->station)
			settle_again(e, n->station, time_ns);
	} else if (n->place && n->endpoint) {
		hold_claim(e, n, time_ns);
	}
	if (n->endpoint)
		estate_touch(e, n->endpoint, time_ns);
}

void estate_bound(struct estate *e, struct node *n, enum binding binding, uint64_t time_ns)
{
	uint8_t bit = (uint8_t)(1 << binding);
	bool fresh = !(n->bindings & bit), lease = binding == BINDING_DHCP;
	n->bindings |= bit;
	n->given |= lease;
	bool changed = fresh && tie_weigh(n);
	/* What the authority gave to a machine that was seen is that machine's, before it has used it; unless another
	 * has it, for the machine has to find that out, and declines then (RFC 2131 3.1). */
	bool given = lease && n->station && estate_stands(e, &n->station->endpoint) && !holder_on_link(n);
	if ((fresh || lease) && (n->seen || given))
		settle(e, n, time_ns);
	else if (lease && n->place && n->station)
		n->place->lent = n;
	if (changed && n->station)
		settle_again(e, n->station, time_ns);
}

void estate_follow(struct estate *e, struct node *n, uint64_t time_ns)
{
	if (!n->place && !n->endpoint && estate_stands(e, &n->station->endpoint))
		settle_bare(e, n->station);
	if (!n->place || !n->endpoint || n->on_link)
		return;
	const struct node *holder = holder_on_link(n);
	if (n->place->lent && (!holder || !holder->seen))
		holder = lent_to(e, n, time_ns);
	if (!holder || holder->endpoint == n->endpoint)
		return;
	e->ended(e->context, n);
	attach(e, n, holder->endpoint, false);
}

void estate_relayed(struct estate *e, struct node *n, uint64_t time_ns)
{
	struct node *bridge = n->place ? n->place->current : NULL;
	if (!n->place || n->place->relayed == n || !n->station)
		return;
	n->place->relayed = n;
	if (!bridge || bridge == n || bridge->bindings)
		return;
	bool changed = tie_weigh(bridge);
	settle(e, bridge, time_ns);
	if (changed && bridge->station)
		settle_again(e, bridge->station, time_ns);
}
