#include "classify/knowledge.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct node *node_of(struct registry *r, const struct observation *o)
{
	struct node *n = estate_node(&r->estate, &o->holder, o->time_ns);
	if (!n)
		r->counters.shed_endpoints++;
	else if (!n->endpoint)
		estate_mention(&r->estate, n, o->time_ns);
	return n;
}

static uint64_t presence_key(const struct registry *r, const struct holder *h)
{
	return hash_mix(holder_tag(r->seed, h) + 1) | 1;
}

/* The node was seen by a packet of its own: that is a claim too. */
static struct claim *presence(struct registry *r, struct node *n, const struct observation *o)
{
	struct claim *c = knowledge_claim(r, n, presence_key(r, &n->holder), o);
	if (!c)
		return NULL;
	if (!c->presence) {
		c->presence = true;
		c->port = 0;
		c->transport = 0;
		c->first = (struct support){
			.index = o->kind == OBSERVATION_BINDING ? o->binding : BINDING_TRAFFIC,
			.source = o->source,
			.number = o->number,
			.time_ns = o->time_ns,
			.tuple = o->tuple,
		};
	}
	return c;
}

/* The router that passed a packet on is an endpoint too, by its MAC alone. */
static void see_router(struct registry *r, const struct observation *o)
{
	if (mac_is_zero(o->holder.mac))
		return;
	struct observation own = *o;
	own.holder = (struct holder){.segment = o->holder.segment};
	memcpy(own.holder.mac, o->holder.mac, 6);
	struct node *n = estate_node(&r->estate, &own.holder, o->time_ns);
	if (!n || n->seen || (n->station && n->station->virtual_mac))
		return;
	estate_seen(&r->estate, n, REACH_LINK, o->time_ns);
	struct claim *c = presence(r, n, &own);
	if (c)
		knowledge_shown(r, c, &own);
}

/* What a list tells of a station's MAC. */
static void say_of_station(struct registry *r, const struct observation *o, struct fact *f, enum field field,
			   const char *name)
{
	if (!name)
		return;
	size_t len = strlen(name);
	uint64_t hash = hash_bytes(&(struct hash_key){r->seed, field}, name, len);
	struct meaning *m = meaning_get(r->meanings, field, hash, name, len);
	struct claim *c = m && m->n ? knowledge_of(r, f->node, m, 0, o) : NULL;
	if (c && f->n < sizeof f->few / sizeof *f->few)
		fact_join(f, c);
	if (c)
		knowledge_shown(r, c, o);
	meaning_put(r->meanings, m);
}

/* Who made the interface of a station on the link, and whether it is one of the observer's own; looked up once. */
static void say_station(struct registry *r, const struct observation *o, struct fact *f)
{
	struct station *s = f->node->station;
	const uint8_t *mac = f->node->holder.mac;
	if (!s || s->looked_up || s->virtual_mac || !f->node->on_link)
		return;
	s->looked_up = true;
	say_of_station(r, o, f, FIELD_SENSOR_INTERFACE, sensor_interface_name(r->options.own, mac));
	if (r->options.vendors)
		say_of_station(r, o, f, FIELD_MAC_VENDOR, vendor_of(r->options.vendors, mac));
}

static void take_host(struct registry *r, const struct observation *o, struct fact *f)
{
	struct node *n = f->node;
	if (o->reach == REACH_FORWARDED && o->holder.version)
		see_router(r, o);
	estate_seen(&r->estate, n, o->reach, o->time_ns);
	/* A MAC that is said with an address of its own need not be said alone. */
	if (!f->n && (o->holder.version || !estate_has_address(n)))
		fact_join(f, presence(r, n, o));
	if (n->endpoint && f->n)
		knowledge_shown(r, f->claims[0], o);
	say_station(r, o, f);
}

static void take_binding(struct registry *r, const struct observation *o, struct fact *f)
{
	struct node *n = f->node;
	estate_bound(&r->estate, n, o->binding, o->time_ns);
	/* Another repeats in its frames what this one said of itself: that is its own word still. */
	bool relayed = o->spoken_of && o->binding >= BINDING_NDP && o->binding <= BINDING_ARP;
	if (relayed)
		estate_relayed(&r->estate, n, o->time_ns);
	if (!o->spoken_of || relayed)
		estate_seen(&r->estate, n, REACH_NONE, o->time_ns);
	/* What is only said of it, but by the authority, does not make it present. */
	if (!n->seen && o->binding != BINDING_DHCP)
		return;
	if (!f->n)
		fact_join(f, presence(r, n, o));
	if (f->n)
		knowledge_shown(r, f->claims[0], o);
	say_station(r, o, f);
}

static void take_field(struct registry *r, const struct observation *o, struct fact *f, struct meaning *m)
{
	for (uint32_t i = 0; i < m->n; i++) {
		f->stack |= m->says[i].system && m->says[i].known == KNOWN_DERIVED;
		fact_join(f, knowledge_of(r, f->node, m, i, o));
	}
	for (uint32_t i = 0; i < f->n; i++)
		fact_show(r, f, i, o);
}

/* A thing is reported for the first time. */
static void take_new(struct registry *r, const struct observation *o)
{
	struct node *n = node_of(r, o);
	if (!n)
		return;
	struct meaning *m = NULL;
	if (o->kind == OBSERVATION_FIELD) {
		m = meaning_get(r->meanings, o->field, o->hash, o->value, o->len);
		if (!m) {
			r->counters.shed_values++;
			return;
		}
	}
	struct fact *f = fact_make(r, o, n, m ? m->n : 1);
	estate_follow(&r->estate, n, o->time_ns);
	if (f && o->kind == OBSERVATION_HOST)
		take_host(r, o, f);
	else if (f && o->kind == OBSERVATION_BINDING)
		take_binding(r, o, f);
	else if (f && m)
		take_field(r, o, f, m);
	meaning_put(r->meanings, m);
}

/* The signatures are others than when the value was read last: it is read again. What it is taken for is new to us and
 * not to the endpoint: there is no event. */
static void read_again(struct registry *r, const struct observation *o, struct fact *f)
{
	struct meaning *m = meaning_get(r->meanings, o->field, o->hash, o->value, o->len);
	struct claim **claims = m && m->n > 2 ? calloc(m->n, sizeof *claims) : NULL;
	struct claim *few[2] = {NULL, NULL}, **before = f->claims == f->few ? few : f->claims;
	uint32_t n = f->n;
	memcpy(few, f->few, sizeof few);
	if (!m || (m->n > 2 && !claims)) {
		r->counters.shed_values++;
		fact_again(r, f, o);
		meaning_put(r->meanings, m);
		return;
	}
	f->claims = claims ? claims : f->few;
	f->n = f->stack = 0;
	f->set = r->set;
	r->rereading = true;
	take_field(r, o, f, m);
	r->rereading = false;
	for (uint32_t i = 0; i < n; i++)
		fact_let_go(r, before[i]);
	if (before != few)
		free(before);
	meaning_put(r->meanings, m);
}

/* A thing known before is reported in full again, which is done once an epoch. */
static void take_again(struct registry *r, const struct observation *o, struct fact *f)
{
	f->epoch = o->epoch;
	estate_follow(&r->estate, f->node, o->time_ns);
	if (o->kind == OBSERVATION_HOST)
		take_host(r, o, f);
	else if (o->kind == OBSERVATION_BINDING)
		take_binding(r, o, f);
	else if (f->set != r->set)
		read_again(r, o, f);
	else
		fact_again(r, f, o);
}

static bool forget_old(struct registry *r);

static void take_in_full(struct registry *r, const struct observation *o, struct fact *f)
{
	r->counters.taken++;
	if (o->time_ns > r->now_ns) {
		r->now_ns = o->time_ns;
		if (forget_old(r))
			f = map_get(&r->fact_map, o->tag);
	}
	if (f)
		take_again(r, o, f);
	else
		take_new(r, o);
}

/* What came of ending flows, and was due before `epoch`. */
static void take_endings(struct registry *r, uint32_t epoch)
{
	if (!r->ending.count)
		return;
	ending_due(&r->ending, epoch);
	for (const struct observation *o; (o = ending_next(&r->ending));) {
		struct fact *f = map_get(&r->fact_map, o->tag);
		assert_settle(&r->asserter);
		if (f)
			fact_repeat(r, o);
		else
			take_in_full(r, o, NULL);
	}
}

static void turn_epoch(struct registry *r, uint32_t epoch)
{
	facts_account(r);
	if (epoch == r->epoch)
		return;
	take_endings(r, epoch);
	estate_judge(&r->estate, r->now_ns);
	crowd_judge(r);
	r->epoch = epoch;
}

/* Of what is reported more than once in an epoch, by several workers or because a cache had to make room, only the
 * first report is taken; everything after it counts at the end of the epoch, by its time alone. So the answer depends
 * neither on the number of workers nor on the size of their caches. */
static void take(struct registry *r, const struct observation *o)
{
	bool epoch_ends = o->kind == OBSERVATION_REPEAT && o->ordinal == UINT64_MAX;
	if (epoch_ends || o->epoch > r->epoch)
		turn_epoch(r, o->epoch);
	if (epoch_ends) {
		fact_repeat(r, o);
		return;
	}
	struct fact *f = map_get(&r->fact_map, o->tag);
	if (o->kind != OBSERVATION_REPEAT && o->due && ending_hold(&r->ending, o))
		return;
	if (o->kind == OBSERVATION_REPEAT || (f && o->epoch <= f->epoch)) {
		if (f)
			fact_late(r, f, o);
		return;
	}
	if (o->ordinal != r->ordinal) /* what a packet shows is said together */
		assert_settle(&r->asserter);
	r->ordinal = o->ordinal;
	take_in_full(r, o, f);
}

/* ---- closing ---- */

static void near_node(const struct node *n)
{
	if (n->next_of_endpoint)
		__builtin_prefetch(n->next_of_endpoint);
	if (n->claims)
		knowledge_prefetch(n->claims);
	if (n->station)
		__builtin_prefetch(n->station);
	if (n->place)
		__builtin_prefetch(n->place);
}

/* The claim's words, and the claim behind it. */
static void near_words(const struct claim *c)
{
	if (c->next_of_node)
		knowledge_prefetch(c->next_of_node);
	if (c->first.meaning)
		__builtin_prefetch(c->first.meaning);
}

static void close_endpoint(struct registry *r, struct endpoint *p)
{
	assert_settle(&r->asserter);
	for (struct node *n = p->nodes; n; n = n->next_of_endpoint) {
		for (struct claim *c = n->claims; c; c = c->next_of_node) {
			if (c->next_of_node)
				near_words(c->next_of_node);
			saying_close(r, c);
		}
		if (n->place && n->place->current == n && n->place->spoken && n->place->spoken != n)
			saying_let_go(r, n->place);
	}
}

/* Facts lead to claims, so they go first. */
static void drop_knowledge(struct registry *r, struct node *n)
{
	facts_drop(r, n);
	knowledge_drop_claims(r, n);
}

/* Of those who go so much software is remembered at most, with what was remembered from the start. */
#define MOST_REMEMBERED (1u << 18)

/* What it had is nothing new when it comes back, and another version is a change. */
static void remember_software(struct registry *r, const struct endpoint *p)
{
	for (const struct node *n = p->nodes; n; n = n->next_of_endpoint)
		for (const struct claim *c = n->claims; c; c = c->next_of_node) {
			const struct statement_of *s = claim_says(c);
			if (!s || !s->software || r->remembered.n >= MOST_REMEMBERED)
				continue;
			const struct remembered_slot slot = knowledge_slot(p, c);
			(void)remembered_add(&r->remembered, &slot, s->detail, c->last_ns);
		}
}

static void give_up_endpoint(struct registry *r, struct endpoint *p)
{
	close_endpoint(r, p);
	if (p->announced && p->nodes) {
		assert_event(&r->asserter, EVENT_GONE, p, p->nodes, NULL, NULL, r->now_ns);
		r->counters.endpoints--;
	}
	remember_software(r, p);
	for (struct node *n = p->nodes; n; n = n->next_of_endpoint)
		drop_knowledge(r, n);
	estate_forget(&r->estate, p);
}

static void give_up_adrift(struct registry *r, struct node *n)
{
	for (struct claim *c = n->claims; c; c = c->next_of_node)
		saying_close(r, c);
	drop_knowledge(r, n);
	estate_forget_node(&r->estate, n);
}

/* Gives up endpoints that were not seen, and addresses nobody spoke of, for gone_ns: says that they are gone, closes
 * what was said, forgets. */
static bool forget_old(struct registry *r)
{
	struct estate *e = &r->estate;
	uint64_t before_ns = r->now_ns > r->options.gone_ns ? r->now_ns - r->options.gone_ns : 0;
	bool old_adrift = e->oldest_adrift && e->oldest_adrift->mentioned_ns < before_ns;
	bool old_endpoint = e->oldest && e->oldest->last_ns < before_ns;
	if (!old_adrift && !old_endpoint)
		return false;
	facts_account(r);
	while (e->oldest && e->oldest->last_ns < before_ns)
		give_up_endpoint(r, e->oldest);
	for (struct node *n; (n = estate_adrift(e, before_ns, r->now_ns));)
		give_up_adrift(r, n);
	/* Whoever comes next gets the storage of who is gone, and is not to be taken for it. */
	assert_settle(&r->asserter);
	return true;
}

/* Endpoints lie all over memory: what the next ones need is fetched meanwhile, each step when the one before has had
 * time to arrive. */
static void look_ahead_closing(const struct endpoint *p)
{
	const struct endpoint *next = p->newer, *second = next ? next->newer : NULL,
			      *third = second ? second->newer : NULL, *fourth = third ? third->newer : NULL;
	if (fourth) {
		__builtin_prefetch(fourth);
		__builtin_prefetch(&fourth->older);
	}
	if (third && third->nodes) {
		__builtin_prefetch(third->nodes);
		__builtin_prefetch(&third->nodes->claims);
	}
	if (second && second->nodes)
		near_node(second->nodes);
	if (next && next->nodes && next->nodes->claims)
		near_words(next->nodes->claims);
}

/* The end of the input: everything that is open is closed with its final end: of endpoints in order of last sight, then
 * what was said of addresses and MACs that are only spoken of. */
static void close_all(struct registry *r)
{
	turn_epoch(r, UINT32_MAX);
	if (r->latest_ns > r->now_ns)
		r->now_ns = r->latest_ns;
	estate_judge(&r->estate, UINT64_MAX);
	for (struct endpoint *p = r->estate.oldest; p; p = p->newer) {
		look_ahead_closing(p);
		close_endpoint(r, p);
	}
	for (const struct node *n = r->estate.oldest_adrift; n; n = n->newer) {
		assert_settle(&r->asserter);
		for (struct claim *c = n->claims; c; c = c->next_of_node)
			saying_close(r, c);
	}
}

/* ---- life ---- */

static void set_up(struct registry *r)
{
	const struct registry_options *o = &r->options;
	r->asserter.outlet = o->outlet;
	r->asserter.privacy = o->privacy;
	memcpy(r->asserter.component, o->component, 16);
	r->asserter.source_name = o->source_name;
	r->asserter.source_context = o->source_context;
	r->estate.site_key = o->site_key;
	r->estate.domain = o->observation_domain;
	assert_set_up(&r->asserter);
	saying_set_up(r);
	struct hash_key key = hash_random_key();
	r->seed = r->estate.seed = key.k0;
	slab_init(&r->claims, sizeof(struct claim), 16 * o->max_endpoints);
	slab_init(&r->facts, sizeof(struct fact), 16 * o->max_endpoints);
	slab_init(&r->supports, (CLAIM_SUPPORTS - 1) * sizeof(struct support), 16 * o->max_endpoints);
}

int registry_new(const struct registry_options *options, struct registry **out, struct error *error)
{
	struct registry *r = calloc(1, sizeof *r);
	if (!r)
		return error_set(error, ERROR_FAILED, "no memory for the registry");
	r->options = *options;
	set_up(r);
	struct meaning_options m = {
		.signatures = options->signatures, .raw = options->raw, .max_kept = 65536, .max_held = 1u << 22};
	r->meanings = r->asserter.meanings = meanings_new(&m);
	if (!r->meanings || estate_init(&r->estate, options->max_endpoints) < 0 || map_init(&r->claim_map, 4096) < 0 ||
	    remembered_init(&r->remembered, r->seed) < 0 || map_init(&r->fact_map, 4096) < 0 ||
	    merge_init(&r->merge, options->in, options->back, options->workers) < 0) {
		registry_free(r);
		return error_set(error, ERROR_FAILED,
				 "no memory for the registry; give --max-endpoints a smaller number");
	}
	*out = r;
	return 0;
}

void registry_free(struct registry *r)
{
	if (!r)
		return;
	for (uint64_t i = 0; r->fact_map.slots && i <= r->fact_map.mask; i++) {
		struct fact *f = r->fact_map.slots[i].value;
		if (r->fact_map.slots[i].key && f->claims != f->few)
			free(f->claims);
	}
	merge_fini(&r->merge);
	ending_fini(&r->ending);
	remembered_fini(&r->remembered);
	map_fini(&r->claim_map);
	map_fini(&r->fact_map);
	slab_fini(&r->claims);
	slab_fini(&r->facts);
	slab_fini(&r->supports);
	estate_fini(&r->estate);
	meanings_free(r->meanings);
	crowds_fini(&r->crowds);
	free(r);
}

void registry_know(struct registry *r, const struct holder *founder, const uint8_t id[16])
{
	estate_know(&r->estate, founder, id);
}

bool registry_know_software(struct registry *r, const struct remembered_slot *slot, const char *version,
			    uint64_t last_ns)
{
	return remembered_add(&r->remembered, slot, version, last_ns);
}

const struct registry_counters *registry_counters(const struct registry *r)
{
	return &r->counters;
}

/* What the observation will look for first: the place of its fact. */
static void near_fact(const struct registry *r, const struct observation *o)
{
	__builtin_prefetch((const uint8_t *)o + 512); /* those behind it, too */
	map_prefetch(&r->fact_map, o->tag);
}

/* What it will look for then: its fact, or when that is to be made all that hangs on its holder and its value. */
static void near_holder(const struct registry *r, const struct observation *o)
{
	const struct fact *f = map_get(&r->fact_map, o->tag);
	if (f) {
		__builtin_prefetch(f);
		return;
	}
	if (o->kind == OBSERVATION_REPEAT)
		return;
	estate_prefetch(&r->estate, &o->holder);
	if (o->kind == OBSERVATION_FIELD)
		meaning_prefetch(r->meanings, o->field, o->hash);
	else
		map_prefetch(&r->claim_map, presence_key(r, &o->holder));
}

/* The places of the claims that a value will make or find. */
static void near_claims(const struct registry *r, const struct observation *o)
{
	const struct meaning *m = meaning_peek(r->meanings, o->field, o->hash, o->len);
	for (uint32_t i = 0; m && i < m->n; i++) {
		const struct statement_of *s = &m->says[i];
		map_prefetch(&r->claim_map, knowledge_key(r, &o->holder, s, s->head, o));
		if (s->detail)
			map_prefetch(&r->claim_map, knowledge_key(r, &o->holder, s, s->full, o));
	}
}

/* What these lead to. */
static void near_node_of(const struct registry *r, const struct observation *o)
{
	if (o->kind == OBSERVATION_REPEAT || map_get(&r->fact_map, o->tag))
		return;
	estate_prefetch_node(&r->estate, &o->holder);
	if (o->kind == OBSERVATION_FIELD)
		near_claims(r, o);
}

#define LOOK_AHEAD_FACT   6u
#define LOOK_AHEAD_HOLDER 4u
#define LOOK_AHEAD_NODE   2u

/* The tables are far larger than the caches: what the next observations will touch is fetched meanwhile. */
static void look_ahead(const struct registry *r)
{
	const struct observation *o = NULL;
	for (unsigned i = 1; i <= LOOK_AHEAD_FACT; i++) {
		if (!(o = merge_peek(&r->merge, o)))
			return;
		if (i == LOOK_AHEAD_NODE)
			near_node_of(r, o);
		if (i == LOOK_AHEAD_HOLDER)
			near_holder(r, o);
	}
	near_fact(r, o);
}

/* Nothing may be taken yet. What was begun goes out when it stays so. */
static void rest(struct registry *r, unsigned idle)
{
	if (idle >= 10 && merge_reached(&r->merge, r->ordinal))
		assert_flush(&r->asserter);
	nanosleep(&(struct timespec){.tv_nsec = idle < 10 ? 100000 : 1000000}, NULL);
}

void registry_change(struct registry *r, const struct registry_change *change)
{
	atomic_store_explicit(&r->change, change, memory_order_release);
}

bool registry_changed(const struct registry *r)
{
	return !atomic_load_explicit(&r->change, memory_order_acquire);
}

/* A quiescent point: no observation is at hand. */
static void take_change(struct registry *r)
{
	const struct registry_change *change = atomic_load_explicit(&r->change, memory_order_acquire);
	if (!change)
		return;
	if (change->signatures && meanings_renew(r->meanings, change->signatures) == 0)
		r->set = (r->set + 1) & FACT_SETS;
	assert_under(&r->asserter, change->provenance);
	atomic_store_explicit(&r->change, NULL, memory_order_release);
}

void *registry_run(void *registry)
{
	struct registry *r = registry;
	unsigned idle = 0;
	while (!merge_ended(&r->merge)) {
		take_change(r);
		const struct observation *o = merge_next(&r->merge);
		if (o) {
			look_ahead(r);
			take(r, o);
			r->counters.assertions = r->asserter.made;
			idle = 0;
		} else if (!merge_ended(&r->merge)) {
			rest(r, ++idle);
		}
	}
	close_all(r);
	assert_flush(&r->asserter);
	r->counters.assertions = r->asserter.made;
	return NULL;
}
