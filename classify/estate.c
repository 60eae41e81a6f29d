/* Endpoints: founded and named, in order of last sight, led to, forgotten. */
#include "classify/estate_inside.h"

#include "core/error.h"
#include "core/uuid.h"

#include <string.h>

/* Pairs of segments with an address in both that are kept in mind. */
#define MOST_PASSAGES 4096

struct identity {
	uint8_t id[16];
	bool here; /* it was announced since this began */
};

int estate_init(struct estate *e, uint64_t max_endpoints)
{
	slab_init(&e->identities, sizeof(struct identity), max_endpoints);
	slab_init(&e->endpoints, sizeof(struct endpoint), max_endpoints);
	slab_init(&e->stations, sizeof(struct station), max_endpoints);
	slab_init(&e->places, sizeof(struct place), 4 * max_endpoints);
	slab_init(&e->nodes, sizeof(struct node), 4 * max_endpoints);
	slab_init(&e->passages, passage_bytes(), MOST_PASSAGES);
	if (map_init(&e->station_map, 1024) < 0 || map_init(&e->place_map, 1024) < 0 ||
	    map_init(&e->node_map, 1024) < 0 || map_init(&e->address_map, 1024) < 0 ||
	    map_init(&e->passage_map, 64) < 0 || map_init(&e->identity_map, 1024) < 0)
		return ERROR_FAILED;
	return 0;
}

void estate_fini(struct estate *e)
{
	map_fini(&e->station_map);
	map_fini(&e->place_map);
	map_fini(&e->node_map);
	map_fini(&e->address_map);
	map_fini(&e->passage_map);
	map_fini(&e->identity_map);
	slab_fini(&e->identities);
	slab_fini(&e->endpoints);
	slab_fini(&e->stations);
	slab_fini(&e->places);
	slab_fini(&e->nodes);
	slab_fini(&e->passages);
}

/* ---- order of last sight ---- */

void estate_unlist(struct estate *e, struct endpoint *p)
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
	estate_unlist(e, p);
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
	uuid_of_digest(p->id);
}

uint64_t estate_key(const struct estate *e, const struct holder *h)
{
	uint64_t k = holder_tag(e->seed, h);
	return k | !k;
}

static void know_segment(struct estate *e, uint32_t segment)
{
	uint32_t i = 0;
	while (i < e->n_known_segments && e->known_segments[i] != segment)
		i++;
	if (i == KNOWN_SEGMENTS)
		return;
	e->known_segments[i] = segment;
	e->n_known_segments += i == e->n_known_segments;
}

void estate_know(struct estate *e, const struct holder *founder, const uint8_t id[16])
{
	uint64_t k = estate_key(e, founder);
	struct identity *i = map_get(&e->identity_map, k);
	if (!i && (i = slab_get(&e->identities)) && !map_put(&e->identity_map, k, i)) {
		slab_put(&e->identities, i);
		i = NULL;
	}
	if (!i)
		return;
	memcpy(i->id, id, 16);
	know_segment(e, founder->segment);
}

bool estate_is_known(const struct estate *e, const struct holder *founder)
{
	return map_get(&e->identity_map, estate_key(e, founder)) != NULL;
}

struct endpoint *estate_found(struct estate *e, const struct holder *founder, uint64_t time_ns)
{
	struct endpoint *p = slab_get(&e->endpoints);
	if (!p)
		return NULL;
	p->first_ns = p->last_ns = time_ns;
	p->sequence = ++e->sequence;
	p->founder = *founder;
	identify(e, p, founder);
	const struct identity *i = map_get(&e->identity_map, estate_key(e, founder));
	if (i) {
		memcpy(p->id, i->id, 16);
		p->known = true;
		p->back = i->here;
	}
	estate_touch(e, p, time_ns);
	return p;
}

void estate_release(struct estate *e, struct endpoint *p)
{
	while (p && !p->references && (p->into || p->forgotten)) {
		struct endpoint *into = p->into;
		slab_put(&e->endpoints, p);
		if (into)
			into->references--;
		p = into;
	}
}

void estate_lead(struct estate *e, struct endpoint **pointer, struct endpoint *to)
{
	struct endpoint *old = *pointer;
	if (to)
		to->references++;
	*pointer = to;
	if (old) {
		old->references--;
		estate_release(e, old);
	}
}

struct endpoint *estate_stands(struct estate *e, struct endpoint **pointer)
{
	struct endpoint *p = *pointer;
	while (p && p->into)
		p = p->into;
	if (p && p->forgotten)
		p = NULL;
	if (p != *pointer)
		estate_lead(e, pointer, p);
	return p;
}

/* ---- forgetting ---- */

void estate_forget(struct estate *e, struct endpoint *p)
{
	for (struct node *n = p->nodes, *next; n; n = next) {
		next = n->next_of_endpoint;
		if (n->station && n->station->endpoint == p)
			estate_lead(e, &n->station->endpoint, NULL);
		estate_forget_node(e, n);
	}
	estate_unlist(e, p);
	if (p->announced) { /* should it come back, it is the same */
		estate_know(e, &p->founder, p->id);
		struct identity *i = map_get(&e->identity_map, estate_key(e, &p->founder));
		if (i)
			i->here = true;
	}
	p->nodes = NULL;
	p->forgotten = true;
	estate_release(e, p);
}
