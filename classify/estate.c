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

static struct place *place_of(struct estate *e, const struct holder *h)
{
	if (!h->version)
		return NULL;
	struct holder key = {.segment = h->segment, .version = h->version, .ip = h->ip};
	uint64_t k = hash_mix(key_of(e, &key)) | 1;
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

struct node *estate_node(struct estate *e, const struct holder *h, uint64_t time_ns)
{
	uint64_t k = key_of(e, h);
	struct node *n = map_get(&e->node_map, k);
	if (n)
		return n;
	struct station *station = station_of(e, h);
	struct place *place = place_of(e, h);
	if ((h->version && !place) || (!h->version && !station) || !(n = slab_get(&e->nodes)))
		return NULL;
	if (!map_put(&e->node_map, k, n)) {
		slab_put(&e->nodes, n);
		return NULL;
	}
	n->holder = *h;
	n->station = station;
	n->place = place;
	n->first_ns = n->last_ns = time_ns;
	n->prev_made = e->last_made;
	*(e->last_made ? &e->last_made->next_made : &e->first_made) = n;
	e->last_made = n;
	if (station) {
		n->next_of_station = station->nodes;
		if (station->nodes)
			station->nodes->prev_of_station = n;
		station->nodes = n;
	} else {
		place->spoken = n;
	}
	return n;
}

const struct node *estate_holder(const struct node *n)
{
	bool only_spoken_of = !n->endpoint && !n->station && n->place && n->place->current;
	return only_spoken_of ? n->place->current : n;
}

struct endpoint *estate_endpoint(const struct node *n)
{
	return estate_holder(n)->endpoint;
}

/* ---- moving and joining ---- */

static void detach(struct node *n)
{
	*(n->prev_of_endpoint ? &n->prev_of_endpoint->next_of_endpoint : &n->endpoint->nodes) = n->next_of_endpoint;
	if (n->next_of_endpoint)
		n->next_of_endpoint->prev_of_endpoint = n->prev_of_endpoint;
	n->next_of_endpoint = n->prev_of_endpoint = NULL;
}

static void attach(struct estate *e, struct node *n, struct endpoint *to)
{
	struct endpoint *from = n->endpoint;
	if (from == to)
		return;
	if (from)
		detach(n);
	n->endpoint = to;
	n->next_of_endpoint = to->nodes;
	if (to->nodes)
		to->nodes->prev_of_endpoint = n;
	to->nodes = n;
	e->moved(e->context, n, from);
}

/* Two endpoints turned out to be one: the older stays, the other points to it. */
static struct endpoint *join(struct estate *e, struct endpoint *a, struct endpoint *b)
{
	if (!a || !b || a == b)
		return a ? a : b;
	struct endpoint *keep = a->sequence < b->sequence ? a : b, *gone = keep == a ? b : a;
	gone->into = keep;
	keep->absorbed = true;
	while (gone->nodes)
		attach(e, gone->nodes, keep);
	estate_touch(e, keep, gone->last_ns);
	unlist(e, gone);
	e->merged++;
	e->joined(e->context, gone, keep);
	return keep;
}

static struct endpoint *stands(struct endpoint *p)
{
	while (p && p->into)
		p = p->into;
	return p && p->forgotten ? NULL : p;
}

static struct endpoint *endpoint_of_station(struct estate *e, struct station *l, uint64_t time_ns)
{
	l->endpoint = stands(l->endpoint);
	if (!l->endpoint)
		l->endpoint = found(e, &l->key, time_ns);
	return l->endpoint;
}

static struct endpoint *endpoint_of_place(struct estate *e, struct place *p, uint64_t time_ns)
{
	p->endpoint = stands(p->endpoint);
	if (!p->endpoint)
		p->endpoint = found(e, &p->key, time_ns);
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
	n->was_on_link = n->on_link;
	n->on_link = on_link;
	struct endpoint *to;
	if (on_link) {
		to = endpoint_of_station(e, n->station, time_ns);
		/* What was known of the address alone, while nothing tied it to a MAC, is about this endpoint. */
		struct endpoint *alone = n->place ? stands(n->place->endpoint) : NULL;
		if (to && alone && alone != to &&
		    (!n->place->current || !n->place->current->on_link || n->endpoint == alone))
			to = join(e, to, alone);
		if (n->place && n->place->endpoint)
			n->place->endpoint = NULL;
	} else if (n->place->current && n->place->current->on_link) {
		to = n->place->current->endpoint; /* the same address, seen again behind a router */
	} else {
		to = endpoint_of_place(e, n->place, time_ns);
	}
	if (!to)
		return;
	attach(e, n, to);
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
	bool given = binding == BINDING_DHCP && n->station && stands(n->station->endpoint);
	if (n->seen || given)
		settle(e, n, time_ns);
}

/* ---- forgetting ---- */

static void forget_node(struct estate *e, struct node *n)
{
	if (n->station) {
		*(n->prev_of_station ? &n->prev_of_station->next_of_station : &n->station->nodes) = n->next_of_station;
		if (n->next_of_station)
			n->next_of_station->prev_of_station = n->prev_of_station;
		if (!n->station->nodes) {
			map_remove(&e->station_map, key_of(e, &n->station->key));
			slab_put(&e->stations, n->station);
		}
	}
	if (n->place) {
		struct place *p = n->place;
		if (p->current == n)
			p->current = NULL;
		if (p->spoken == n)
			p->spoken = NULL;
		p->endpoint = NULL;
	}
	*(n->prev_made ? &n->prev_made->next_made : &e->first_made) = n->next_made;
	*(n->next_made ? &n->next_made->prev_made : &e->last_made) = n->prev_made;
	map_remove(&e->node_map, key_of(e, &n->holder));
	slab_put(&e->nodes, n);
}

void estate_forget(struct estate *e, struct endpoint *p)
{
	for (struct node *n = p->nodes, *next; n; n = next) {
		next = n->next_of_endpoint;
		if (n->station && n->station->endpoint == p)
			n->station->endpoint = NULL;
		forget_node(e, n);
	}
	unlist(e, p);
	if (p->announced) /* should it come back, it is the same */
		estate_know(e, &p->founder, p->id);
	p->nodes = NULL;
	p->forgotten = true;
	if (!p->absorbed)
		slab_put(&e->endpoints, p);
}
