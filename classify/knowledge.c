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
	if (r->rereading || !s->software || !p || known_elsewhere(r, p, c))
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
	if (shown_elsewhere(r, c, o->time_ns - KNOWLEDGE_RETURN_NS))
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
	if (!c->presence && c->published && o->time_ns >= c->last_ns + KNOWLEDGE_RETURN_NS)
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

bool knowledge_covers(const struct statement_of *a, const struct statement_of *b)
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
	if (n->relays) {
		withdraw(r, c);
		return;
	}
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
	if (before && knowledge_covers(claim_says(c), claim_says(before))) {
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
	if (head && knowledge_covers(claim_says(head), s)) {
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
