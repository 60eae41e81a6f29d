#include "classify/registry.h"

#include "classify/assert.h"
#include "classify/merge.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct registry {
	struct registry_options options;
	struct merge merge;
	struct estate estate;
	struct asserter asserter;
	struct meanings *meanings;
	struct slab claims, facts, supports;
	struct map claim_map, fact_map;
	struct fact *late; /* seen by more than one worker in this epoch */
	uint32_t epoch;
	uint64_t now_ns;    /* of the observation at hand; the same with any number of workers */
	uint64_t latest_ns; /* of any sighting */
	uint64_t seed;
	struct registry_counters counters;
};

/* ---- saying ---- */

static void say(struct registry *r, struct claim *c, bool open)
{
	struct endpoint *p = estate_endpoint(c->node);
	unsigned words = open && !c->presence ? claim_best(c) : c->words;
	if (words != c->words && c->published) /* what was said ends in the words it was said in */
		assert_claim(&r->asserter, c, p, false, r->now_ns);
	c->words = (uint8_t)words;
	c->asserted_ns = r->now_ns;
	c->published = open;
	assert_claim(&r->asserter, c, p, open, r->now_ns);
}

static void close_claim(struct registry *r, struct claim *c)
{
	if (c->published)
		say(r, c, false);
}

static void announce(struct registry *r, struct endpoint *p, const struct node *n)
{
	if (p->announced)
		return;
	p->announced = true;
	r->counters.endpoints++;
	r->counters.endpoints_seen++;
	if (p->known)
		return;
	assert_event(&r->asserter, EVENT_NEW_ENDPOINT, p, n, NULL, NULL, r->now_ns);
}

/* ---- the estate tells ---- */

/* What others said of a node's address goes with the node that holds it. */
static struct claim *spoken_claims(const struct node *n)
{
	struct node *spoken = n->place && n->place->current == n ? n->place->spoken : NULL;
	return spoken && spoken != n ? spoken->claims : NULL;
}

/* What is said of the node ends, in the words and of the endpoint it was said in … */
static void leaving(void *context, struct node *n, struct endpoint *from)
{
	struct registry *r = context;
	struct claim *const first[] = {n->claims, spoken_claims(n)};
	for (unsigned i = 0; i < 2; i++)
		for (struct claim *c = first[i]; c; c = c->next_of_node)
			if (c->published)
				assert_claim(&r->asserter, c, from, false, r->now_ns);
}

/* … and goes on of its endpoint now. */
static void moved(void *context, struct node *n, struct endpoint *from)
{
	struct registry *r = context;
	struct claim *const first[] = {n->claims, from ? spoken_claims(n) : NULL};
	announce(r, n->endpoint, n);
	for (unsigned i = 0; i < 2; i++)
		for (struct claim *c = first[i]; c; c = c->next_of_node)
			if (c->published)
				say(r, c, true);
}

static void joined(void *context, struct endpoint *gone, struct endpoint *survivor)
{
	struct registry *r = context;
	char id[37];
	uuid_text(survivor->id, id);
	if (!gone->announced)
		return;
	r->counters.endpoints--;
	r->counters.endpoints_seen--;
	if (survivor->nodes)
		assert_event(&r->asserter, EVENT_GONE, gone, survivor->nodes, NULL, id, r->now_ns);
}

/* What others said of an address was about its holder then: it is not passed on to the next. */
static void let_go(struct registry *r, struct place *p)
{
	if (!p->spoken)
		return;
	for (struct claim *c = p->spoken->claims; c; c = c->next_of_node) {
		close_claim(r, c);
		c->stale = true;
	}
}

static void adopt(struct registry *r, struct place *p)
{
	if (!p->spoken || p->spoken->endpoint)
		return;
	struct node *current = p->current;
	for (struct claim *c = p->spoken->claims; c; c = c->next_of_node) {
		if (!c->published)
			continue;
		p->current = NULL; /* the statement about the bare address ends … */
		say(r, c, false);
		p->current = current; /* … and goes on about its holder */
		say(r, c, true);
	}
}

static void taken(void *context, struct place *p, struct node *old, struct node *now)
{
	struct registry *r = context;
	if (!old) {
		adopt(r, p);
		return;
	}
	p->current = old;
	let_go(r, p);
	for (struct claim *c = old->claims; c; c = c->next_of_node) {
		close_claim(r, c);
		c->stale = true;
	}
	p->current = now;
	char from[MAC_TEXT_BYTES], to[MAC_TEXT_BYTES];
	mac_text(old->holder.mac, from);
	mac_text(now->holder.mac, to);
	bool may_say = privacy_of(r->options.privacy, "macAddress") == PRIVACY_KEEP;
	assert_event(&r->asserter, EVENT_ADDRESS_MOVED, now->endpoint, now, may_say ? from : NULL, may_say ? to : NULL,
		     r->now_ns);
}

/* ---- claims ---- */

static struct claim *claim_at(struct registry *r, struct node *n, uint64_t key, const struct observation *o)
{
	struct claim *c = map_get(&r->claim_map, key);
	if (c)
		return c;
	c = slab_get(&r->claims);
	if (!c || !map_put(&r->claim_map, key, c)) {
		if (c)
			slab_put(&r->claims, c);
		r->counters.shed_claims++;
		return NULL;
	}
	c->key = key;
	c->node = n;
	c->first_ns = c->last_ns = o->time_ns;
	c->port = o->port;
	c->transport = o->transport;
	c->next_of_node = n->claims;
	if (n->claims)
		n->claims->prev_of_node = c;
	n->claims = c;
	return c;
}

static uint64_t claim_key(const struct registry *r, const struct node *n, const struct statement_of *s, uint64_t what,
			  const struct observation *o)
{
	uint64_t k = hash_combine(holder_tag(r->seed, &n->holder), what);
	if (s->has_port)
		k = hash_combine(k, (uint64_t)o->transport << 16 | o->port);
	return k | !k;
}

static void support(struct registry *r, struct claim *c, struct meaning *m, uint32_t index, const struct observation *o)
{
	for (unsigned i = 0; i < c->n_supports; i++) {
		const struct support *s = claim_support(c, i);
		if (s->meaning == m || s->meaning->field == m->field) /* the same way of knowing adds nothing */
			return;
	}
	if (c->n_supports == 1 && !c->more)
		c->more = slab_get(&r->supports);
	if (c->n_supports == CLAIM_SUPPORTS || (c->n_supports && !c->more))
		return;
	meaning_hold(m);
	*(c->n_supports ? &c->more[c->n_supports - 1] : &c->first) = (struct support){
		.meaning = m,
		.index = (uint16_t)index,
		.source = o->source,
		.number = o->number,
		.time_ns = o->time_ns,
		.tuple = o->tuple,
	};
	c->n_supports++;
}

/* What a claim's words are called in events: "nginx 1.22.1". */
static void software_text(const struct statement_of *s, char *out, size_t room)
{
	size_t n = 0;
	for (const char *p = s->title; p && *p && n + 1 < room; p++)
		out[n++] = *p;
	if (s->detail && n + 2 < room) {
		out[n++] = ' ';
		for (const char *p = s->detail; *p && n + 1 < room; p++)
			out[n++] = *p;
	}
	out[n] = 0;
}

/* How many of an endpoint's addresses are asked whether the same was said of them: a router may have thousands. */
#define ASKED_NODES 16

/* The same software is known of another address of the endpoint. */
static bool known_elsewhere(const struct registry *r, const struct endpoint *p, const struct claim *c)
{
	const struct statement_of *s = claim_says(c);
	const struct observation o = {.port = c->port, .transport = c->transport};
	unsigned asked = 0;
	for (const struct node *n = p->nodes; n && asked < ASKED_NODES; n = n->next_of_endpoint, asked++) {
		const struct claim *same =
			n == c->node ? NULL : map_get(&r->claim_map, claim_key(r, n, s, s->full, &o));
		if (same && same->n_supports)
			return true;
	}
	return false;
}

static void tell_of_software(struct registry *r, const struct claim *c, const struct claim *before)
{
	const struct statement_of *s = claim_says(c);
	struct endpoint *p = estate_endpoint(c->node);
	if (!s->software || !p || known_elsewhere(r, p, c))
		return;
	char old[128] = "", now[128];
	software_text(s, now, sizeof now);
	if (before)
		software_text(claim_says(before), old, sizeof old);
	assert_event(&r->asserter, before ? EVENT_VERSION_CHANGED : EVENT_NEW_SOFTWARE, p, c->node, before ? old : NULL,
		     now, r->now_ns);
}

/* The claim was shown: says it if it is new, if its confidence changed band, or if it is time to say it again. */
static void shown(struct registry *r, struct claim *c, const struct observation *o)
{
	if (o->time_ns > c->last_ns)
		c->last_ns = o->time_ns;
	uint8_t confidence = claim_confidence(c);
	bool banded = claim_band(confidence) != claim_band(c->confidence);
	if (!c->published && c->stale) {
		c->first_ns = o->time_ns;
		c->stale = false;
	}
	bool due = c->published && o->time_ns >= c->asserted_ns + r->options.refresh_ns && o->time_ns > c->asserted_ns;
	bool reworded = !c->presence && claim_best(c) != c->words;
	bool again = !c->published || banded || reworded || due;
	c->confidence = confidence;
	if (again)
		say(r, c, true);
}

/* True when `fine` says the same as `coarse` and more: "10.0.19041" of "10.0". */
static bool refines(const char *fine, const char *coarse)
{
	size_t n = strlen(coarse);
	return !strncmp(fine, coarse, n) && (fine[n] == '.' || fine[n] == '-' || fine[n] == 'p');
}

/* Service names that only say how the content is wrapped. */
static bool is_wrapping(const char *name)
{
	return !strcmp(name, "tls") || !strcmp(name, "dtls") || !strcmp(name, "quic");
}

/* True when `a` says all that `b` says, and more. */
static bool covers(const struct statement_of *a, const struct statement_of *b)
{
	if (a->attribute == ATTRIBUTE_SERVICE)
		return is_wrapping(b->detail) && !is_wrapping(a->detail);
	return a->software && refines(a->detail, b->detail);
}

/* A claim with a detail appeared: the one without it is said no more, and supports the new one instead. */
static void refine(struct registry *r, struct claim *plain, struct claim *c)
{
	struct claim *before = plain->head;
	plain->head = c;
	if (plain->n_supports && !plain->by) {
		close_claim(r, plain);
		plain->by = c;
	}
	plain->by = plain->n_supports ? c : NULL;
	if (before && covers(claim_says(c), claim_says(before))) {
		close_claim(r, before);
		before->by = c;
		return;
	}
	tell_of_software(r, c, before);
}

/* The claim a statement of an observation makes or supports. */
static struct claim *claim_of(struct registry *r, struct node *n, struct meaning *m, uint32_t index,
			      const struct observation *o)
{
	const struct statement_of *s = &m->says[index];
	uint64_t plain_key = claim_key(r, n, s, s->head, o);
	struct claim *plain = claim_at(r, n, plain_key, o);
	if (!plain)
		return NULL;
	if (!s->detail) {
		if (plain->head) /* known in more detail: supports that */
			plain = plain->head;
		bool fresh = !plain->n_supports;
		support(r, plain, m, index, o);
		if (fresh)
			tell_of_software(r, plain, NULL);
		return plain;
	}
	if (plain->head && covers(claim_says(plain->head), s)) {
		support(r, plain->head, m, index, o);
		return plain->head;
	}
	struct claim *c = claim_at(r, n, claim_key(r, n, s, s->full, o), o);
	if (!c)
		return NULL;
	bool fresh = !c->n_supports;
	support(r, c, m, index, o);
	if (fresh)
		refine(r, plain, c);
	return c;
}

/* ---- facts ---- */

static struct fact *fact_new(struct registry *r, const struct observation *o, struct node *n, uint32_t claims)
{
	struct fact *f = slab_get(&r->facts);
	if (f) {
		f->tag = o->tag;
		f->node = n;
		f->claims = claims <= 2 ? f->few : calloc(claims, sizeof *f->claims);
	}
	if (!f || !f->claims || !map_put(&r->fact_map, o->tag, f)) {
		if (f && f->claims && f->claims != f->few)
			free(f->claims);
		if (f)
			slab_put(&r->facts, f);
		r->counters.shed_claims++;
		return NULL;
	}
	f->next_of_node = n->facts;
	n->facts = f;
	return f;
}

static void fact_claim(struct fact *f, struct claim *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < f->n; i++)
		if (f->claims[i] == c)
			return;
	f->claims[f->n++] = c;
	c->facts++;
}

/* The claim that is said for `c` now. */
static struct claim *standing(struct claim *c)
{
	while (c->by)
		c = c->by;
	return c;
}

/* A thing known before is reported in full again: once an epoch. */
static void fact_again(struct registry *r, struct fact *f, const struct observation *o)
{
	if (f->node->endpoint)
		estate_touch(&r->estate, f->node->endpoint, o->time_ns);
	else
		estate_mention(&r->estate, f->node, o->time_ns);
	for (uint32_t i = 0; i < f->n; i++)
		shown(r, standing(f->claims[i]), o);
}

static void fact_last(struct registry *r, struct fact *f, uint64_t time_ns)
{
	struct node *n = f->node;
	if (time_ns > r->latest_ns)
		r->latest_ns = time_ns;
	if (time_ns > n->last_ns)
		n->last_ns = time_ns;
	if (n->endpoint && time_ns > n->endpoint->last_ns)
		n->endpoint->last_ns = time_ns;
	for (uint32_t i = 0; i < f->n; i++) {
		struct claim *c = standing(f->claims[i]);
		if (time_ns > c->last_ns && !c->stale)
			c->last_ns = time_ns;
	}
}

/* A worker was not the first to report a thing in this epoch. Were it the only worker, it would have handed over a
 * repeat at the end of the epoch; so that is when it counts. */
static void fact_late(struct registry *r, struct fact *f, const struct observation *o)
{
	if (!f->late_ns) {
		f->next_late = r->late;
		r->late = f;
	}
	if (o->time_ns > f->late_ns)
		f->late_ns = o->time_ns;
	r->counters.merged += o->count;
}

static void account_late(struct registry *r)
{
	while (r->late) {
		struct fact *f = r->late;
		r->late = f->next_late;
		fact_last(r, f, f->late_ns);
		f->late_ns = 0;
	}
}

static void fact_repeat(struct registry *r, const struct observation *o)
{
	struct fact *f = map_get(&r->fact_map, o->tag);
	r->counters.merged += o->count;
	if (f)
		fact_last(r, f, o->time_ns);
}

/* ---- observations ---- */

static struct node *node_of(struct registry *r, const struct observation *o)
{
	struct node *n = estate_node(&r->estate, &o->holder, o->time_ns);
	if (!n)
		r->counters.shed_endpoints++;
	else if (!n->endpoint)
		estate_mention(&r->estate, n, o->time_ns);
	return n;
}

/* The node was seen by a packet of its own: that is a claim too. */
static struct claim *presence(struct registry *r, struct node *n, const struct observation *o)
{
	uint64_t key = hash_mix(holder_tag(r->seed, &n->holder) + 1) | 1;
	struct claim *c = claim_at(r, n, key, o);
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
		shown(r, c, &own);
}

static void take_host(struct registry *r, const struct observation *o)
{
	struct fact *f = map_get(&r->fact_map, o->tag);
	struct node *n = f ? f->node : node_of(r, o);
	if (!n)
		return;
	if (o->reach == REACH_FORWARDED && o->holder.version)
		see_router(r, o);
	estate_seen(&r->estate, n, o->reach, o->time_ns);
	if (!f && !(f = fact_new(r, o, n, 1)))
		return;
	if (!f->n)
		fact_claim(f, presence(r, n, o));
	f->epoch = o->epoch;
	if (n->endpoint && f->n)
		shown(r, f->claims[0], o);
}

static void take_binding(struct registry *r, const struct observation *o)
{
	struct node *n = node_of(r, o);
	if (!n)
		return;
	estate_bound(&r->estate, n, o->binding, o->time_ns);
	if (!o->spoken_of)
		estate_seen(&r->estate, n, REACH_LINK, o->time_ns);
	if (!n->seen && o->binding != BINDING_DHCP)
		return;
	struct claim *c = presence(r, n, o);
	if (c)
		shown(r, c, o);
}

/* The places of the claims to come are fetched together, not one after the other. */
static void near_claims(const struct registry *r, const struct node *n, const struct meaning *m,
			const struct observation *o)
{
	for (uint32_t i = 0; i < m->n; i++) {
		const struct statement_of *s = &m->says[i];
		map_prefetch(&r->claim_map, claim_key(r, n, s, s->head, o));
		if (s->detail)
			map_prefetch(&r->claim_map, claim_key(r, n, s, s->full, o));
	}
}

static void take_field(struct registry *r, const struct observation *o)
{
	struct node *n = node_of(r, o);
	if (!n)
		return;
	struct meaning *m = meaning_get(r->meanings, o->field, o->value, o->len);
	if (!m) {
		r->counters.shed_values++;
		return;
	}
	near_claims(r, n, m, o);
	struct fact *f = fact_new(r, o, n, m->n);
	if (f) {
		f->epoch = o->epoch;
		for (uint32_t i = 0; i < m->n; i++)
			fact_claim(f, claim_of(r, n, m, i, o));
		for (uint32_t i = 0; i < f->n; i++)
			shown(r, standing(f->claims[i]), o);
	}
	meaning_put(r->meanings, m);
}

static bool forget_old(struct registry *r);

static void take(struct registry *r, const struct observation *o)
{
	if (r->late && (o->kind == OBSERVATION_REPEAT || o->epoch > r->epoch))
		account_late(r);
	r->epoch = o->epoch;
	if (o->kind == OBSERVATION_REPEAT) {
		fact_repeat(r, o);
		return;
	}
	struct fact *f = map_get(&r->fact_map, o->tag);
	if (f && o->epoch <= f->epoch) {
		fact_late(r, f, o);
		return;
	}
	r->counters.taken++;
	if (o->time_ns > r->now_ns) {
		r->now_ns = o->time_ns;
		if (forget_old(r))
			f = map_get(&r->fact_map, o->tag);
	}
	switch (o->kind) {
	case OBSERVATION_HOST:
		take_host(r, o);
		return;
	case OBSERVATION_BINDING:
		take_binding(r, o);
		return;
	default:
		if (f) {
			f->epoch = o->epoch;
			fact_again(r, f, o);
			return;
		}
		take_field(r, o);
	}
}

/* ---- closing ---- */

static void close_endpoint(struct registry *r, struct endpoint *p)
{
	for (struct node *n = p->nodes; n; n = n->next_of_endpoint) {
		for (struct claim *c = n->claims; c; c = c->next_of_node)
			close_claim(r, c);
		if (n->place && n->place->current == n && n->place->spoken && n->place->spoken != n)
			let_go(r, n->place);
	}
}

static void drop_claims(struct registry *r, struct node *n)
{
	for (struct claim *c = n->claims, *next; c; c = next) {
		next = c->next_of_node;
		for (unsigned i = 0; i < c->n_supports; i++)
			meaning_put(r->meanings, claim_support(c, i)->meaning);
		if (c->more)
			slab_put(&r->supports, c->more);
		map_remove(&r->claim_map, c->key);
		slab_put(&r->claims, c);
	}
	n->claims = NULL;
}

static void drop_facts(struct registry *r, struct node *n)
{
	for (struct fact *f = n->facts, *next; f; f = next) {
		next = f->next_of_node;
		if (f->claims != f->few)
			free(f->claims);
		map_remove(&r->fact_map, f->tag);
		slab_put(&r->facts, f);
	}
	n->facts = NULL;
}

/* Facts lead to claims, so they go first. */
static void drop_knowledge(struct registry *r, struct node *n)
{
	drop_facts(r, n);
	drop_claims(r, n);
}

static void give_up_endpoint(struct registry *r, struct endpoint *p)
{
	close_endpoint(r, p);
	if (p->announced && p->nodes) {
		assert_event(&r->asserter, EVENT_GONE, p, p->nodes, NULL, NULL, r->now_ns);
		r->counters.endpoints--;
	}
	for (struct node *n = p->nodes; n; n = n->next_of_endpoint)
		drop_knowledge(r, n);
	estate_forget(&r->estate, p);
}

static void give_up_adrift(struct registry *r, struct node *n)
{
	for (struct claim *c = n->claims; c; c = c->next_of_node)
		close_claim(r, c);
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
	account_late(r);
	while (e->oldest && e->oldest->last_ns < before_ns)
		give_up_endpoint(r, e->oldest);
	for (struct node *n; (n = estate_adrift(e, before_ns, r->now_ns));)
		give_up_adrift(r, n);
	return true;
}

/* The end of the input: everything that is open is closed with its final end: of endpoints in order of last sight, then
 * what was said of addresses and MACs that are only spoken of. */
static void close_all(struct registry *r)
{
	account_late(r);
	if (r->latest_ns > r->now_ns)
		r->now_ns = r->latest_ns;
	for (struct endpoint *p = r->estate.oldest; p; p = p->newer)
		close_endpoint(r, p);
	for (const struct node *n = r->estate.oldest_adrift; n; n = n->newer)
		for (struct claim *c = n->claims; c; c = c->next_of_node)
			close_claim(r, c);
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
	r->estate.leaving = leaving;
	r->estate.moved = moved;
	r->estate.joined = joined;
	r->estate.taken = taken;
	r->estate.context = r;
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
	r->meanings = meanings_new(&m);
	if (!r->meanings || estate_init(&r->estate, options->max_endpoints) < 0 || map_init(&r->claim_map, 4096) < 0 ||
	    map_init(&r->fact_map, 4096) < 0 ||
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
	map_fini(&r->claim_map);
	map_fini(&r->fact_map);
	slab_fini(&r->claims);
	slab_fini(&r->facts);
	slab_fini(&r->supports);
	estate_fini(&r->estate);
	meanings_free(r->meanings);
	buffer_fini(&r->asserter.work);
	free(r);
}

void registry_know(struct registry *r, const struct holder *founder, const uint8_t id[16])
{
	estate_know(&r->estate, founder, id);
}

const struct registry_counters *registry_counters(const struct registry *r)
{
	return &r->counters;
}

/* The tables are far larger than the caches: what the next two observations will touch is fetched meanwhile. */
static void look_ahead(const struct registry *r)
{
	const struct observation *next = merge_peek(&r->merge, NULL),
				 *second = next ? merge_peek(&r->merge, next) : NULL;
	if (second)
		map_prefetch(&r->fact_map, second->tag);
	const struct fact *f = next ? map_get(&r->fact_map, next->tag) : NULL;
	if (f) {
		__builtin_prefetch(f);
		return;
	}
	if (next && next->kind != OBSERVATION_REPEAT)
		map_prefetch(&r->estate.node_map, holder_tag(r->seed, &next->holder));
}

void *registry_run(void *registry)
{
	struct registry *r = registry;
	unsigned idle = 0;
	while (!merge_ended(&r->merge)) {
		const struct observation *o = merge_next(&r->merge);
		if (o) {
			look_ahead(r);
			take(r, o);
			idle = 0;
		} else if (!merge_ended(&r->merge)) {
			if (++idle == 100)
				assert_flush(&r->asserter);
			nanosleep(&(struct timespec){.tv_nsec = idle < 100 ? 50000 : 1000000}, NULL);
		}
	}
	close_all(r);
	assert_flush(&r->asserter);
	r->counters.assertions = r->asserter.made;
	return NULL;
}
