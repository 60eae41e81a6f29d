#include "classify/estate.h"

#include "core/error.h"

#include <string.h>

struct identity {
	uint8_t id[16];
};

int estate_init(struct estate *e, uint64_t max_endpoints)
{
	slab_init(&e->identities, sizeof(struct identity), max_endpoints);
	slab_init(&e->endpoints, sizeof(struct endpoint), max_endpoints);
	slab_init(&e->stations, sizeof(struct station), max_endpoints);
	slab_init(&e->places, sizeof(struct place), 4 * max_endpoints);
	slab_init(&e->nodes, sizeof(struct node), 4 * max_endpoints);
	if (map_init(&e->station_map, 1024) < 0 || map_init(&e->place_map, 1024) < 0 ||
	    map_init(&e->node_map, 1024) < 0 || map_init(&e->identity_map, 1024) < 0)
		return ERROR_FAILED;
	return 0;
}

void estate_fini(struct estate *e)
{
	map_fini(&e->station_map);
	map_fini(&e->place_map);
	map_fini(&e->node_map);
	map_fini(&e->identity_map);
	slab_fini(&e->identities);
	slab_fini(&e->endpoints);
	slab_fini(&e->stations);
	slab_fini(&e->places);
	slab_fini(&e->nodes);
}

/* ---- order of last sight ---- */

static void unlist(struct estate *e, struct endpoint *p)
{
	if (!p->listed)
		return;
	*(p->older ? &p->older->newer : &e->oldest) = p->newer;
	*(p->newer ? &p->newer->older : &e->newest) = p->older;
	p->older = p->newer = NULL;
	p->listed = false;
}

void estate_touch(struct estate *e, struct endpoint *p, uint64_t time_ns)
{
	if (time_ns > p->last_ns)
		p->last_ns = time_ns;
	if (e->newest == p)
		return;
	unlist(e, p);
	p->older = e->newest;
	*(e->newest ? &e->newest->newer : &e->oldest) = p;
	e->newest = p;
	p->listed = true;
}

/* ---- founding ---- */

/* Name-based identifier: observation domain, segment, founding identifier, time its holder was first seen; keyed with
 * the site's key. UUID version 8 (RFC 9562 5.8). */
static void identify(const struct estate *e, struct endpoint *p, const struct holder *founder)
{
	struct {
		struct holder founder;
		uint32_t domain;
		uint64_t first_ns;
	} name;
	memset(&name, 0, sizeof name);
	name.founder = *founder;
	name.domain = e->domain;
	name.first_ns = p->first_ns;
	hash_name(&e->site_key, &name, sizeof name, p->id);
	p->id[6] = (uint8_t)(0x80 | (p->id[6] & 0x0f));
	p->id[8] = (uint8_t)(0x80 | (p->id[8] & 0x3f));
}

static uint64_t key_of(const struct estate *e, const struct holder *h)
{
	uint64_t k = holder_tag(e->seed, h);
	return k | !k;
}

void estate_know(struct estate *e, const struct holder *founder, const uint8_t id[16])
{
	uint64_t k = key_of(e, founder);
	struct identity *i = map_get(&e->identity_map, k);
	if (!i && (i = slab_get(&e->identities)) && !map_put(&e->identity_map, k, i)) {
		slab_put(&e->identities, i);
		i = NULL;
	}
	if (i)
		memcpy(i->id, id, 16);
}

static struct endpoint *found(struct estate *e, const struct holder *founder, uint64_t time_ns)
{
	struct endpoint *p = slab_get(&e->endpoints);
	if (!p)
		return NULL;
	p->first_ns = p->last_ns = time_ns;
	p->sequence = ++e->sequence;
	p->founder = *founder;
	identify(e, p, founder);
	const struct identity *i = map_get(&e->identity_map, key_of(e, founder));
	if (i) {
		memcpy(p->id, i->id, 16);
		p->known = true;
	}
	estate_touch(e, p, time_ns);
	return p;
}

/* Nothing leads to an endpoint that stands no longer: its storage is used again. */
static void release(struct estate *e, struct endpoint *p)
{
	while (p && !p->references && (p->into || p->forgotten)) {
		struct endpoint *into = p->into;
		slab_put(&e->endpoints, p);
		if (into)
			into->references--;
		p = into;
	}
}

/* Makes a station's or a place's pointer lead to another endpoint, or to none. */
static void lead(struct estate *e, struct endpoint **pointer, struct endpoint *to)
{
	struct endpoint *old = *pointer;
	if (to)
		to->references++;
	*pointer = to;
	if (old) {
		old->references--;
		release(e, old);
	}
}

/* The endpoint a pointer leads to by now; NULL when that was forgotten. */
static struct endpoint *stands(struct estate *e, struct endpoint **pointer)
{
	struct endpoint *p = *pointer;
	while (p && p->into)
		p = p->into;
	if (p && p->forgotten)
		p = NULL;
	if (p != *pointer)
		lead(e, pointer, p);
	return p;
}

/* ---- nodes without an endpoint, in order of last mention ---- */

static void moor(struct estate *e, struct node *n)
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
	moor(e, n);
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

/* MACs that several machines share by design: VRRP (RFC 5798 7.3), HSRP, GLBP; and those that are none. */
static bool shared_mac(const uint8_t m[6])
{
	static const uint8_t vrrp[] = {0x00, 0x00, 0x5e, 0x00}, hsrp1[] = {0x00, 0x00, 0x0c, 0x07, 0xac},
			     hsrp2[] = {0x00, 0x00, 0x0c, 0x9f}, glbp[] = {0x00, 0x07, 0xb4};
	return !memcmp(m, vrrp, 4) || !memcmp(m, hsrp1, 5) || !memcmp(m, hsrp2, 4) || !memcmp(m, glbp, 3);
}

static struct station *station_of(struct estate *e, const struct holder *h)
{
	if (mac_is_zero(h->mac) || (h->mac[0] & 1))
		return NULL;
	struct holder key = {.segment = h->segment};
	memcpy(key.mac, h->mac, 6);
	uint64_t k = key_of(e, &key);
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
	return hash_mix(key_of(e, h)) | 1;
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
	return p;
}

/* What was made for a node that found no room, and what nobody needs any more, goes. */
static void drop_station(struct estate *e, struct station *l)
{
	if (!l || l->nodes)
		return;
	lead(e, &l->endpoint, NULL);
	map_remove(&e->station_map, key_of(e, &l->key));
	slab_put(&e->stations, l);
}

static void drop_place(struct estate *e, struct place *p)
{
	if (!p || p->nodes)
		return;
	lead(e, &p->endpoint, NULL);
	map_remove(&e->place_map, place_key(e, &p->key));
	slab_put(&e->places, p);
}

struct node *estate_node(struct estate *e, const struct holder *h, uint64_t time_ns)
{
	uint64_t k = key_of(e, h);
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
	if (place)
		place->nodes++;
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

/* ---- moving and joining ---- */

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
	e->leaving(e->context, n, from);
	moor(e, n);
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

/* Two endpoints turned out to be one, by a node that is on the link: the older stays, the other points to it. */
static struct endpoint *join(struct estate *e, struct endpoint *a, struct endpoint *b, const struct node *by)
{
	struct endpoint *keep = a->sequence < b->sequence ? a : b, *gone = keep == a ? b : a;
	gone->into = keep;
	keep->references++;
	while (gone->nodes)
		attach(e, gone->nodes, keep, gone->nodes == by || gone->nodes->on_link);
	estate_touch(e, keep, gone->last_ns);
	unlist(e, gone);
	e->merged++;
	e->joined(e->context, gone, keep);
	release(e, gone);
	return keep;
}

static struct endpoint *endpoint_of_station(struct estate *e, struct station *l, uint64_t time_ns)
{
	if (!stands(e, &l->endpoint))
		lead(e, &l->endpoint, found(e, &l->key, time_ns));
	return l->endpoint;
}

static struct endpoint *endpoint_of_place(struct estate *e, struct place *p, uint64_t time_ns)
{
	if (!stands(e, &p->endpoint))
		lead(e, &p->endpoint, found(e, &p->key, time_ns));
	return p->endpoint;
}

/* ---- on the link, or behind a router? ---- */

/* An IPv6 interface identifier made of the MAC (RFC 4291, modified EUI-64). */
static bool eui64(const struct holder *h)
{
	const uint8_t *b = h->ip.bytes, *m = h->mac;
	return h->version == 6 && b[8] == (m[0] ^ 2) && b[9] == m[1] && b[10] == m[2] && b[11] == 0xff &&
	       b[12] == 0xfe && b[13] == m[3] && b[14] == m[4] && b[15] == m[5];
}

/* How many addresses with nothing but an initial TTL behind them one machine may have, before it is taken for a
 * router or a translator whose clients' packets look as if they were its own. */
#define MOST_PRIVATE     4u
#define MOST_GLOBAL_IPV4 1u
#define MOST_GLOBAL_IPV6 8u

static bool judge(const struct node *n)
{
	const struct station *l = n->station;
	if (!l || l->virtual_mac)
		return false;
	if (!n->holder.version || n->bindings || (n->reach & 1 << REACH_LINK) || eui64(&n->holder))
		return true;
	if (!(n->reach & 1 << REACH_DIRECT))
		return false;
	if (address_is_private(&n->holder.ip, n->holder.version))
		return l->direct_private <= MOST_PRIVATE;
	return !l->router;
}

/* Counts a node that only its TTL ties to the link; true when that was one too many and verdicts change. */
static bool count_direct(struct node *n)
{
	struct station *l = n->station;
	if (n->counted || !l || !n->holder.version || n->bindings || (n->reach & 1 << REACH_LINK) || eui64(&n->holder))
		return false;
	n->counted = true;
	if (address_is_private(&n->holder.ip, n->holder.version))
		return l->direct_private <= MOST_PRIVATE && ++l->direct_private > MOST_PRIVATE;
	unsigned most = n->holder.version == 4 ? MOST_GLOBAL_IPV4 : MOST_GLOBAL_IPV6;
	if (l->router || ++l->direct_global <= most)
		return false;
	l->router = true;
	return true;
}

static bool holds_firmly(const struct node *n)
{
	return n->on_link && (n->bindings || (n->reach & 1 << REACH_LINK));
}

/* The address's holder is `n` now. A weaker claim does not displace one that ARP, NDP or DHCP made. */
static void take_place(struct estate *e, struct node *n)
{
	struct place *p = n->place;
	struct node *old = p->current;
	if (old == n || (old && old->on_link && !n->on_link) || (old && holds_firmly(old) && !holds_firmly(n)))
		return;
	p->current = n;
	if (!old || (old->on_link && n->on_link))
		e->taken(e->context, p, old, n);
}

static void settle(struct estate *e, struct node *n, uint64_t time_ns)
{
	bool on_link = judge(n);
	struct node *current = n->place ? n->place->current : NULL;
	struct endpoint *to;
	if (!on_link && !n->place)
		return; /* a MAC that machines share by design, without an address: nobody in particular */
	if (on_link) {
		to = endpoint_of_station(e, n->station, time_ns);
		/* What was known of the address alone, while nothing tied it to a MAC, is about this endpoint. */
		struct endpoint *alone = n->place ? stands(e, &n->place->endpoint) : NULL;
		if (to && alone && alone != to &&
		    (!current || (current != n && !current->on_link) || n->endpoint == alone))
			to = join(e, to, alone, n);
		if (n->place)
			lead(e, &n->place->endpoint, NULL);
	} else if (current && current != n && current->on_link) {
		to = current->endpoint; /* the same address, seen again behind a router */
	} else {
		to = endpoint_of_place(e, n->place, time_ns);
	}
	if (!to)
		return;
	attach(e, n, to, on_link);
	if (n->place)
		take_place(e, n);
}

/* The link turned out to be a router's: what only its TTL tied to it is not its own. */
static void settle_again(struct estate *e, struct station *l, uint64_t time_ns)
{
	for (struct node *n = l->nodes; n; n = n->next_of_station)
		if (n->seen && n->on_link && !judge(n))
			settle(e, n, time_ns);
}

static void judge_station(struct estate *e, struct node *n, enum reach reach, uint64_t time_ns)
{
	struct station *l = n->station;
	bool changed = reach == REACH_DIRECT && count_direct(n);
	if (reach == REACH_FORWARDED && !n->bindings && !l->router)
		changed = l->router = true;
	if (changed)
		settle_again(e, l, time_ns);
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
		if (n->station && n->place)
			judge_station(e, n, reach, time_ns);
		settle(e, n, time_ns);
	} else if (n->place && n->endpoint) {
		take_place(e, n);
	}
	if (n->endpoint)
		estate_touch(e, n->endpoint, time_ns);
}

void estate_bound(struct estate *e, struct node *n, enum binding binding, uint64_t time_ns)
{
	uint8_t bit = (uint8_t)(1 << binding);
	if (n->bindings & bit)
		return;
	n->bindings |= bit;
	/* What the authority gave to a machine that was seen is that machine's, before it has used it. */
	bool given = binding == BINDING_DHCP && n->station && stands(e, &n->station->endpoint);
	if (n->seen || given)
		settle(e, n, time_ns);
}

/* ---- forgetting ---- */

void estate_forget_node(struct estate *e, struct node *n)
{
	moor(e, n);
	if (n->station) {
		*(n->prev_of_station ? &n->prev_of_station->next_of_station : &n->station->nodes) = n->next_of_station;
		if (n->next_of_station)
			n->next_of_station->prev_of_station = n->prev_of_station;
		drop_station(e, n->station);
	}
	if (n->place) {
		struct place *p = n->place;
		if (p->current == n)
			p->current = NULL;
		if (p->spoken == n)
			p->spoken = NULL;
		lead(e, &p->endpoint, NULL);
		p->nodes--;
		drop_place(e, p);
	}
	map_remove(&e->node_map, key_of(e, &n->holder));
	slab_put(&e->nodes, n);
}

void estate_forget(struct estate *e, struct endpoint *p)
{
	for (struct node *n = p->nodes, *next; n; n = next) {
		next = n->next_of_endpoint;
		if (n->station && n->station->endpoint == p)
			lead(e, &n->station->endpoint, NULL);
		estate_forget_node(e, n);
	}
	unlist(e, p);
	if (p->announced) /* should it come back, it is the same */
		estate_know(e, &p->founder, p->id);
	p->nodes = NULL;
	p->forgotten = true;
	release(e, p);
}
