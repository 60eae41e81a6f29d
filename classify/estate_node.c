/* Nodes, stations and places: made when they are met, dropped when nobody needs them. */
#include "classify/estate_inside.h"

#include <string.h>

/* ---- nodes without an endpoint, in order of last mention ---- */

void estate_moor(struct estate *e, struct node *n)
{
	if (!n->mentioned_ns)
		return;
	*(n->older ? &n->older->newer : &e->oldest_adrift) = n->newer;
	*(n->newer ? &n->newer->older : &e->newest_adrift) = n->older;
	n->older = n->newer = NULL;
	n->mentioned_ns = 0;
}

void estate_mention(struct estate *e, struct node *n, uint64_t time_ns)
{
	if (time_ns > n->last_ns)
		n->last_ns = time_ns;
	if (n->endpoint)
		return;
	estate_moor(e, n);
	n->mentioned_ns = time_ns | 1;
	n->older = e->newest_adrift;
	*(e->newest_adrift ? &e->newest_adrift->newer : &e->oldest_adrift) = n;
	e->newest_adrift = n;
}

struct node *estate_adrift(struct estate *e, uint64_t before_ns, uint64_t now_ns)
{
	for (struct node *n; (n = e->oldest_adrift) && n->mentioned_ns < before_ns;) {
		if (n->last_ns < before_ns && estate_holder(n) == n)
			return n;
		uint64_t last_ns = n->last_ns;
		estate_mention(e, n, now_ns);
		n->last_ns = last_ns;
	}
	return NULL;
}

/* ---- nodes, stations, places ---- */

/* MACs that several machines share by design: VRRP (RFC 5798 7.3), HSRP (for IPv6 too), GLBP; and the one that Azure's
 * virtual network shows in the place of everybody's. */
static bool shared_mac(const uint8_t m[6])
{
	static const uint8_t vrrp[] = {0x00, 0x00, 0x5e, 0x00}, hsrp1[] = {0x00, 0x00, 0x0c, 0x07, 0xac},
			     hsrp2[] = {0x00, 0x00, 0x0c, 0x9f}, glbp[] = {0x00, 0x07, 0xb4},
			     hsrp6[] = {0x00, 0x05, 0x73, 0xa0}, azure[] = {0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc};
	return !memcmp(m, vrrp, 4) || !memcmp(m, hsrp1, 5) || !memcmp(m, hsrp2, 4) || !memcmp(m, glbp, 3) ||
	       !memcmp(m, hsrp6, 4) || !memcmp(m, azure, 6);
}

struct station *estate_station(const struct estate *e, const uint8_t mac[6], uint32_t segment)
{
	struct holder key = {.segment = segment};
	memcpy(key.mac, mac, 6);
	return map_get(&e->station_map, estate_key(e, &key));
}

static struct station *station_of(struct estate *e, const struct holder *h)
{
	if (mac_is_zero(h->mac) || (h->mac[0] & 1))
		return NULL;
	struct holder key = {.segment = h->segment};
	memcpy(key.mac, h->mac, 6);
	uint64_t k = estate_key(e, &key);
	struct station *l = map_get(&e->station_map, k);
	if (l || !(l = slab_get(&e->stations)))
		return l;
	l->key = key;
	l->virtual_mac = shared_mac(key.mac);
	if (!map_put(&e->station_map, k, l)) {
		slab_put(&e->stations, l);
		return NULL;
	}
	return l;
}

static uint64_t place_key(const struct estate *e, const struct holder *h)
{
	return hash_mix(estate_key(e, h)) | 1;
}

/* Places of one address in different segments stand in a ring; without room for its entry a place stands alone. */
static uint64_t address_key(const struct estate *e, const struct place *p)
{
	struct holder key = {.version = p->key.version, .ip = p->key.ip};
	return hash_mix(estate_key(e, &key) + 1) | 1;
}

static void enter_ring(struct estate *e, struct place *p)
{
	p->next_same = p->prev_same = p;
	struct place *first = map_get(&e->address_map, address_key(e, p));
	if (!first) {
		map_put(&e->address_map, address_key(e, p), p);
		return;
	}
	p->next_same = first->next_same;
	p->prev_same = first;
	p->next_same->prev_same = first->next_same = p;
}

static void leave_ring(struct estate *e, struct place *p)
{
	uint64_t k = address_key(e, p);
	p->next_same->prev_same = p->prev_same;
	p->prev_same->next_same = p->next_same;
	if (map_get(&e->address_map, k) != p)
		return;
	map_remove(&e->address_map, k);
	if (p->next_same != p)
		map_put(&e->address_map, k, p->next_same);
}

static struct place *place_of(struct estate *e, const struct holder *h)
{
	if (!h->version)
		return NULL;
	struct holder key = {.segment = h->segment, .version = h->version, .ip = h->ip};
	uint64_t k = place_key(e, &key);
	struct place *p = map_get(&e->place_map, k);
	if (p || !(p = slab_get(&e->places)))
		return p;
	p->key = key;
	if (!map_put(&e->place_map, k, p)) {
		slab_put(&e->places, p);
		return NULL;
	}
	enter_ring(e, p);
	return p;
}

/* What was made for a node that found no room, and what nobody needs any more, goes. */
static void drop_station(struct estate *e, struct station *l)
{
	if (!l || l->nodes)
		return;
	estate_lead(e, &l->endpoint, NULL);
	map_remove(&e->station_map, estate_key(e, &l->key));
	slab_put(&e->stations, l);
}

static void drop_place(struct estate *e, struct place *p)
{
	if (!p || p->nodes)
		return;
	estate_lead(e, &p->endpoint, NULL);
	hold_unlist(e, p);
	passage_leave(p);
	leave_ring(e, p);
	map_remove(&e->place_map, place_key(e, &p->key));
	slab_put(&e->places, p);
}

void estate_prefetch(const struct estate *e, const struct holder *h)
{
	struct holder station = {.segment = h->segment},
		      place = {.segment = h->segment, .version = h->version, .ip = h->ip};
	memcpy(station.mac, h->mac, 6);
	map_prefetch(&e->node_map, estate_key(e, h));
	map_prefetch(&e->station_map, estate_key(e, &station));
	map_prefetch(&e->place_map, place_key(e, &place));
}

void estate_prefetch_node(const struct estate *e, const struct holder *h)
{
	const char *n = map_get(&e->node_map, estate_key(e, h));
	for (size_t at = 0; n && at < sizeof(struct node); at += 64)
		__builtin_prefetch(n + at);
}

struct node *estate_node(struct estate *e, const struct holder *h, uint64_t time_ns)
{
	uint64_t k = estate_key(e, h);
	struct node *n = map_get(&e->node_map, k);
	if (n)
		return n;
	struct station *station = station_of(e, h);
	struct place *place = place_of(e, h);
	bool room = (!h->version || place) && (h->version || station) && (n = slab_get(&e->nodes));
	if (!room || !map_put(&e->node_map, k, n)) {
		if (n)
			slab_put(&e->nodes, n);
		drop_station(e, station);
		drop_place(e, place);
		return NULL;
	}
	n->holder = *h;
	n->station = station;
	n->place = place;
	n->first_ns = n->last_ns = time_ns;
	if (station) {
		n->next_of_station = station->nodes;
		if (station->nodes)
			station->nodes->prev_of_station = n;
		station->nodes = n;
	} else {
		place->spoken = n;
	}
	if (place) {
		n->next_of_place = place->nodes;
		if (place->nodes)
			place->nodes->prev_of_place = n;
		place->nodes = n;
	}
	estate_mention(e, n, time_ns);
	return n;
}

const struct node *estate_holder(const struct node *n)
{
	/* What is said of a MAC's address is about that MAC, not about another that has the address. */
	return n->endpoint || n->station || !n->place || !n->place->current ? n : n->place->current;
}

struct endpoint *estate_endpoint(const struct node *n)
{
	return estate_holder(n)->endpoint;
}

/* How many nodes of an endpoint are asked: nearly all of a station's have an address. */
#define ASKED_NODES 4u

bool estate_has_address(const struct node *n)
{
	unsigned asked = 0;
	if (!n->endpoint)
		return false;
	for (const struct node *o = n->endpoint->nodes; o && asked < ASKED_NODES; o = o->next_of_endpoint, asked++)
		if (o->holder.version && o->on_link && o->station == n->station)
			return true;
	return false;
}

void estate_forget_node(struct estate *e, struct node *n)
{
	estate_moor(e, n);
	tie_drop(n);
	if (n->station) {
		*(n->prev_of_station ? &n->prev_of_station->next_of_station : &n->station->nodes) = n->next_of_station;
		if (n->next_of_station)
			n->next_of_station->prev_of_station = n->prev_of_station;
		drop_station(e, n->station);
	}
	if (n->place) {
		struct place *p = n->place;
		hold_drop(e, n);
		estate_lead(e, &p->endpoint, NULL);
		*(n->prev_of_place ? &n->prev_of_place->next_of_place : &p->nodes) = n->next_of_place;
		if (n->next_of_place)
			n->next_of_place->prev_of_place = n->prev_of_place;
		drop_place(e, p);
	}
	map_remove(&e->node_map, estate_key(e, &n->holder));
	slab_put(&e->nodes, n);
}
