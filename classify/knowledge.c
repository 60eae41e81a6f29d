#include "classify/knowledge.h"

#include "classify/stack.h"

#include <stdlib.h>
#include <string.h>

/* What one address says, or is said to be called, that often is made up, or stands for more than can be told apart. */
#define MOST_CLAIMS 16384u

struct claim *knowledge_claim(struct registry *r, struct node *n, uint64_t key, const struct observation *o)
{
	struct claim *c = map_get(&r->claim_map, key);
	if (c)
		return c;
	c = n->n_claims < MOST_CLAIMS ? slab_get(&r->claims) : NULL;
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
	n->n_claims++;
	c->next_of_node = n->claims;
	if (n->claims)
		n->claims->prev_of_node = c;
	n->claims = c;
	return c;
}

uint64_t knowledge_key(const struct registry *r, const struct holder *h, const struct statement_of *s, uint64_t what,
		       const struct observation *o)
{
	uint64_t k = hash_combine(holder_tag(r->seed, h), what);
	if (s->has_port)
		k = hash_combine(k, (uint64_t)o->transport << 16 | o->port);
	return k | !k;
}

/* Other signatures say it now: what was said in the words of those before ends, if theirs are others. */
static void replace(struct registry *r, struct claim *c, unsigned i, const struct support *by)
{
	struct support *s = i ? &c->more[i - 1] : &c->first;
	if (c->words == i && !statement_equal(support_says(s), support_says(by)))
		saying_close(r, c);
	meaning_hold(by->meaning);
	meaning_put(r->meanings, s->meaning);
	s->meaning = by->meaning;
	s->index = by->index;
}

void knowledge_support(struct registry *r, struct claim *c, const struct support *s)
{
	for (unsigned i = 0; i < c->n_supports; i++) {
		const struct meaning *m = claim_support(c, i)->meaning;
		if (m != s->meaning && m->field != s->meaning->field)
			continue;
		if (m->stale && !s->meaning->stale)
			replace(r, c, i, s);
		return; /* the same way of knowing adds nothing */
	}
	if (c->n_supports == 1 && !c->more)
		c->more = slab_get(&r->supports);
	if (c->n_supports == CLAIM_SUPPORTS || (c->n_supports && !c->more))
		return;
	meaning_hold(s->meaning);
	*(c->n_supports ? &c->more[c->n_supports - 1] : &c->first) = *s;
	c->n_supports++;
}

static void support(struct registry *r, struct claim *c, struct meaning *m, uint32_t index, const struct observation *o)
{
	const struct support s = {
		.meaning = m,
		.index = (uint16_t)index,
		.source = o->source,
		.number = o->number,
		.time_ns = o->time_ns,
		.tuple = o->tuple,
	};
	knowledge_support(r, c, &s);
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

void knowledge_conflict(struct registry *r, const struct claim *before, const struct claim *c)
{
	struct endpoint *p = estate_endpoint(c->node);
	char old[128], now[128];
	software_text(claim_says(before), old, sizeof old);
	software_text(claim_says(c), now, sizeof now);
	if (p)
		assert_event(&r->asserter, EVENT_CONFLICT, p, c->node, old, now, r->now_ns);
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
			n == c->node ? NULL : map_get(&r->claim_map, knowledge_key(r, &n->holder, s, s->full, &o));
		if (same && same->n_supports)
			return true;
	}
	return false;
}

struct remembered_slot knowledge_slot(const struct endpoint *p, const struct claim *c)
{
	const struct statement_of *s = claim_says(c);
	return (struct remembered_slot){.id = p->id,
					.title = s->title ? s->title : "",
					.role = s->role,
					.transport = s->has_port ? c->transport : 0,
					.port = s->has_port ? c->port : 0};
}

/* The endpoint was known to have it before. Else old is the version it had then, "" when it had none. */
static bool known_before(const struct registry *r, const struct endpoint *p, const struct claim *c, char *old,
			 size_t room)
{
	const struct statement_of *s = claim_says(c);
	const struct remembered_slot slot = knowledge_slot(p, c);
	const char *other;
	if (!p->known || remembered_knows(&r->remembered, &slot, s->detail, r->now_ns, &other))
		return p->known;
	const struct statement_of then = {.title = s->title, .detail = other};
	if (other)
		software_text(&then, old, room);
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
	else if (known_before(r, p, c, old, sizeof old))
		return;
	assert_event(&r->asserter, *old ? EVENT_VERSION_CHANGED : EVENT_NEW_SOFTWARE, p, c->node, *old ? old : NULL,
		     now, r->now_ns);
}

/* So long a version must not have been seen before its return is a change: servers behind a balancer answer in turn. */
#define RETURN_NS (3600 * 1000000000ull)

/* Another of the endpoint's addresses has shown it meanwhile. */
static bool shown_elsewhere(const struct registry *r, const struct claim *c, uint64_t since_ns)
{
	const struct endpoint *p = estate_endpoint(c->node);
	const struct statement_of *s = claim_says(c);
	const struct observation o = {.port = c->port, .transport = c->transport};
	unsigned asked = 0;
	for (const struct node *n = p ? p->nodes : NULL; n && asked < ASKED_NODES; n = n->next_of_endpoint, asked++) {
		const struct claim *same =
			n == c->node ? NULL : map_get(&r->claim_map, knowledge_key(r, &n->holder, s, s->full, &o));
		if (same && same->n_supports && same->last_ns > since_ns)
			return true;
	}
	return false;
}

/* A version is shown again after a pause in which another came up: what was changed was changed back. Once the two have
 * been seen in turn they stand beside one another, and nothing is told any more. */
static void tell_of_return(struct registry *r, struct claim *c, const struct observation *o)
{
	const struct statement_of *s = claim_says(c);
	if (!s || !s->software || !s->detail)
		return;
	const struct observation at = {.port = c->port, .transport = c->transport};
	struct claim *plain = map_get(&r->claim_map, knowledge_key(r, &c->node->holder, s, s->head, &at));
	const struct claim *other = plain ? plain->head : NULL;
	struct endpoint *p = estate_endpoint(c->node);
	if (!p || !other || other == c || other->first_ns <= c->last_ns)
		return;
	plain->head = c;
	if (shown_elsewhere(r, c, o->time_ns - RETURN_NS))
		return;
	char old[128], now[128];
	software_text(claim_says(other), old, sizeof old);
	software_text(s, now, sizeof now);
	assert_event(&r->asserter, EVENT_VERSION_CHANGED, p, c->node, old, now, r->now_ns);
}

/* The claim was shown: says it if it is new, if its confidence changed band, or if it is time to say it again. */
void knowledge_shown(struct registry *r, struct claim *c, const struct observation *o)
{
	if (c->muted)
		return;
	if (!c->presence && c->published && o->time_ns >= c->last_ns + RETURN_NS)
		tell_of_return(r, c, o);
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
	if (!c->published)
		crowd_note(r, c);
	bool again = !c->published || banded || reworded || due;
	c->confidence = confidence;
	if (again)
		saying_say(r, c, true);
}

/* Service names that only say how the content is wrapped. */
static bool is_wrapping(const char *name)
{
	return !strcmp(name, "tls") || !strcmp(name, "dtls") || !strcmp(name, "quic");
}

/* True when `a` says all that `b` says, and more; both have a detail. */
static bool covers(const struct statement_of *a, const struct statement_of *b)
{
	if (a->attribute == ATTRIBUTE_SERVICE)
		return is_wrapping(b->detail) && !is_wrapping(a->detail);
	return a->software && detail_refines(a->detail, b->detail);
}

/* Who is called by so many names in the messages it sends passes on those of others. */
#define RELAYED_NAMES 3

static bool is_called_in_message(const struct claim *c)
{
	const struct statement_of *s = claim_says(c);
	return s && s->method && !strcmp(s->method, field_table[FIELD_SYSLOG_HOST].name);
}

static void withdraw(struct registry *r, struct claim *c)
{
	if (c->published)
		assert_claim(&r->asserter, c, estate_endpoint(c->node), STANDING_WITHDRAWN, r->now_ns);
	c->published = false;
	c->muted = true;
}

/* A name that a message gives its host: of a relay's messages none is its own, not even the first. */
static void judge_names(struct registry *r, struct claim *c)
{
	struct node *n = c->node;
	unsigned names = 0;
	if (!is_called_in_message(c))
		return;
	for (const struct claim *o = n->claims; o && !n->relays; o = o->next_of_node)
		n->relays = (names += is_called_in_message(o)) >= RELAYED_NAMES;
	for (struct claim *o = n->relays ? n->claims : NULL; o; o = o->next_of_node)
		if (!o->muted && is_called_in_message(o))
			withdraw(r, o);
}

/* A claim with a detail appeared: the one without it is said no more, and supports the new one instead. */
static void refine(struct registry *r, struct claim *plain, struct claim *c)
{
	struct claim *before = plain->head;
	plain->head = c;
	c->by = NULL;
	if (plain->n_supports && !plain->by) {
		saying_close(r, plain);
		plain->by = c;
	}
	plain->by = plain->n_supports ? c : NULL;
	if (before && covers(claim_says(c), claim_says(before))) {
		saying_close(r, before);
		before->by = c;
		return;
	}
	tell_of_software(r, c, before);
}

/* What says a part of a version speaks for the whole of it; it has a claim of its own, as the whole may change. */
static struct claim *coarse(struct registry *r, struct node *n, struct meaning *m, uint32_t index,
			    const struct observation *o, struct claim *head)
{
	const struct statement_of *s = &m->says[index];
	struct claim *c = knowledge_claim(r, n, knowledge_key(r, &n->holder, s, s->full, o), o);
	if (!c || c == head)
		return head;
	if (!c->n_supports)
		c->by = head;
	support(r, c, m, index, o);
	return c;
}

/* The claim a statement of an observation makes or supports. */
struct claim *knowledge_of(struct registry *r, struct node *n, struct meaning *m, uint32_t index,
			   const struct observation *o)
{
	const struct statement_of *s = &m->says[index];
	struct claim *upheld = stack_upholds(n, s);
	if (upheld) {
		bool before = claim_leans_on_stack(upheld);
		support(r, upheld, m, index, o);
		if (!before)
			stack_settle(r, upheld);
		return upheld;
	}
	uint64_t plain_key = knowledge_key(r, &n->holder, s, s->head, o);
	struct claim *plain = knowledge_claim(r, n, plain_key, o);
	if (!plain)
		return NULL;
	struct claim *head = plain->head;
	if (!s->detail) {
		if (head) /* known in more detail: supports that */
			support(r, head, m, index, o);
		if (head && !s->software)
			return head;
		bool fresh = !plain->n_supports;
		support(r, plain, m, index, o);
		if (fresh)
			plain->by = head;
		if (fresh && !head) {
			tell_of_software(r, plain, NULL);
			stack_settle(r, plain);
			judge_names(r, plain);
		}
		return plain;
	}
	if (head && covers(claim_says(head), s)) {
		support(r, head, m, index, o);
		return s->software ? coarse(r, n, m, index, o, head) : head;
	}
	struct claim *c = knowledge_claim(r, n, knowledge_key(r, &n->holder, s, s->full, o), o);
	if (!c)
		return NULL;
	bool fresh = !c->n_supports, doubtful = fresh || claim_doubtful(c);
	support(r, c, m, index, o);
	bool believed = doubtful && !claim_doubtful(c);
	if (believed) /* what is doubtful is not put in the place of what is not */
		refine(r, plain, c);
	else if (fresh)
		tell_of_software(r, c, NULL);
	if (fresh || believed)
		stack_settle(r, c);
	return c;
}

/* ---- facts ---- */

struct fact *knowledge_fact(struct registry *r, const struct observation *o, struct node *n, uint32_t claims)
{
	struct fact *f = slab_get(&r->facts);
	if (f) {
		f->tag = o->tag;
		f->epoch = o->epoch;
		f->node = n;
		f->set = r->set;
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

void knowledge_join(struct fact *f, struct claim *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < f->n; i++)
		if (f->claims[i] == c)
			return;
	f->claims[f->n++] = c;
	c->facts++;
}

void knowledge_leave(struct registry *r, struct claim *c)
{
	if (--c->facts)
		return;
	saying_close(r, c);
	c->stale = true;
	c->by = NULL;
}

/* The claim that is said for `c` now. */
struct claim *knowledge_standing(struct claim *c)
{
	while (c->by)
		c = c->by;
	return c;
}

/* They are of one program; false of presence. */
static bool of_one(const struct claim *a, const struct claim *b)
{
	const struct statement_of *x = claim_says(a), *y = claim_says(b);
	return x && y && x->head == y->head;
}

/* It names a program and no version, and is not said for something else. */
static bool is_plain(const struct claim *c)
{
	const struct statement_of *s = claim_says(c);
	return s && s->software && !s->detail && (!c->by || of_one(c, c->by));
}

/* A program that names no version may be any: what it is said to be in detail ends when that was shown last, and so
 * long afterwards it is said again without. */
static void settle_plain(struct registry *r, struct claim *plain, uint64_t time_ns)
{
	struct claim *head = plain->head;
	bool shown = head && !head->stale && time_ns < head->last_ns + RETURN_NS;
	if (shown && !plain->by)
		saying_close(r, plain);
	plain->by = shown ? head : NULL;
}

/* "10" speaks for "10.0.19045" now, if it did for "10.0.19044" before. */
static void settle_coarse(struct registry *r, struct claim *c)
{
	const struct statement_of *s = claim_says(c);
	if (!s || !s->software || !s->detail)
		return;
	const struct observation at = {.port = c->port, .transport = c->transport};
	const struct claim *plain = map_get(&r->claim_map, knowledge_key(r, &c->node->holder, s, s->head, &at));
	if (plain && plain->head && plain->head != c && covers(claim_says(plain->head), s))
		c->by = plain->head;
}

struct claim *knowledge_shows(const struct fact *f, uint32_t i)
{
	struct claim *c = knowledge_standing(f->claims[i]);
	return f->stack ? stack_follows(c) : c;
}

/* The fact says less than what is said for it: it supports that, and shows nothing of it. */
static bool only_supports(const struct claim *own, const struct claim *c)
{
	return own != c && is_plain(own) && of_one(own, c);
}

static void supported(struct registry *r, struct claim *c)
{
	uint8_t confidence = claim_confidence(c);
	bool again = claim_band(confidence) != claim_band(c->confidence) || claim_best(c) != c->words;
	c->confidence = confidence;
	if (again && c->published)
		saying_say(r, c, true);
}

void knowledge_show(struct registry *r, const struct fact *f, uint32_t i, const struct observation *o)
{
	struct claim *own = f->claims[i];
	if (is_plain(own))
		settle_plain(r, own, o->time_ns);
	else if (own->by)
		settle_coarse(r, own);
	struct claim *c = knowledge_shows(f, i);
	if (!only_supports(own, c)) {
		knowledge_shown(r, c, o);
		return;
	}
	own->last_ns = o->time_ns > own->last_ns ? o->time_ns : own->last_ns;
	supported(r, c);
}

/* A thing known before is reported in full again: once an epoch. */
void knowledge_again(struct registry *r, struct fact *f, const struct observation *o)
{
	if (f->node->endpoint)
		estate_touch(&r->estate, f->node->endpoint, o->time_ns);
	else
		estate_mention(&r->estate, f->node, o->time_ns);
	for (uint32_t i = 0; i < f->n; i++)
		knowledge_show(r, f, i, o);
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
		struct claim *c = knowledge_shows(f, i), *own = f->claims[i];
		c = only_supports(own, c) ? own : c;
		if (time_ns > c->last_ns && !c->stale)
			c->last_ns = time_ns;
	}
}

/* A worker was not the first to report a thing in this epoch. Were it the only worker, it would have handed over a
 * repeat at the end of the epoch; so that is when it counts. */
void knowledge_late(struct registry *r, struct fact *f, const struct observation *o)
{
	if (!f->late_ns) {
		f->next_late = r->late;
		r->late = f;
	}
	if (o->time_ns > f->late_ns)
		f->late_ns = o->time_ns;
	r->counters.merged += o->count;
}

void knowledge_account(struct registry *r)
{
	while (r->late) {
		struct fact *f = r->late;
		r->late = f->next_late;
		fact_last(r, f, f->late_ns);
		f->late_ns = 0;
	}
}

void knowledge_repeat(struct registry *r, const struct observation *o)
{
	struct fact *f = map_get(&r->fact_map, o->tag);
	r->counters.merged += o->count;
	if (f)
		fact_last(r, f, o->time_ns);
}

void knowledge_drop_claims(struct registry *r, struct node *n)
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
	n->claims = n->crowd_claim = NULL;
	n->n_claims = 0;
	crowd_drop(r, n);
}

void knowledge_drop_facts(struct registry *r, struct node *n)
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
