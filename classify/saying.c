#include "classify/knowledge.h"

void saying_say(struct registry *r, struct claim *c, bool open)
{
	struct endpoint *p = estate_endpoint(c->node);
	unsigned words = open && !c->presence ? claim_best(c) : c->words;
	if (words != c->words && c->published) /* what was said ends in the words it was said in */
		assert_claim(&r->asserter, c, p, STANDING_OVER, r->now_ns);
	c->words = (uint8_t)words;
	c->asserted_ns = r->now_ns;
	c->published = open;
	assert_claim(&r->asserter, c, p, open ? STANDING_OPEN : STANDING_OVER, r->now_ns);
}

void saying_close(struct registry *r, struct claim *c)
{
	if (c->published)
		saying_say(r, c, false);
}

void saying_announce(struct registry *r, struct endpoint *p, const struct node *n)
{
	if (p->announced)
		return;
	p->announced = true;
	r->counters.endpoints++;
	r->counters.endpoints_seen += !p->back;
	if (p->known)
		return;
	assert_event(&r->asserter, EVENT_NEW_ENDPOINT, p, n, NULL, NULL, r->now_ns);
}

/* ---- the estate tells ---- */

/* What others said of a node's address goes with the node that holds it, unless the address is somebody by itself. */
static struct claim *spoken_claims(const struct node *n)
{
	struct node *spoken = n->place && n->place->current == n ? n->place->spoken : NULL;
	return spoken && spoken != n && !spoken->endpoint ? spoken->claims : NULL;
}

/* What is said of the node ends, in the words and of the endpoint it was said in … */
static void leaving(void *context, struct node *n, struct endpoint *from, bool undone)
{
	struct registry *r = context;
	struct claim *const first[] = {n->claims, spoken_claims(n)};
	for (unsigned i = 0; i < 2; i++)
		for (struct claim *c = first[i]; c; c = c->next_of_node)
			if (c->published)
				assert_claim(&r->asserter, c, from, undone ? STANDING_WITHDRAWN : STANDING_OVER,
					     r->now_ns);
}

/* … and goes on of its endpoint now. */
static void moved(void *context, struct node *n, struct endpoint *from)
{
	struct registry *r = context;
	struct claim *const first[] = {n->claims, from ? spoken_claims(n) : NULL};
	saying_announce(r, n->endpoint, n);
	for (unsigned i = 0; i < 2; i++)
		for (struct claim *c = first[i]; c; c = c->next_of_node)
			if (c->published)
				saying_say(r, c, true);
}

/* What was said of the node was about who held its address then. */
static void ended(void *context, struct node *n)
{
	struct registry *r = context;
	for (struct claim *c = n->claims; c; c = c->next_of_node) {
		saying_close(r, c);
		c->stale = true;
	}
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
void saying_let_go(struct registry *r, struct place *p)
{
	if (!p->spoken)
		return;
	for (struct claim *c = p->spoken->claims; c; c = c->next_of_node) {
		saying_close(r, c);
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
		saying_say(r, c, false);
		p->current = current; /* … and goes on about its holder */
		saying_say(r, c, true);
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
	saying_let_go(r, p);
	ended(r, old);
	p->current = now;
	char from[MAC_TEXT_BYTES], to[MAC_TEXT_BYTES];
	mac_text(old->holder.mac, from);
	mac_text(now->holder.mac, to);
	bool may_say = privacy_of(r->options.privacy, "macAddress") == PRIVACY_KEEP;
	assert_event(&r->asserter, EVENT_ADDRESS_MOVED, now->endpoint, now, may_say ? from : NULL, may_say ? to : NULL,
		     r->now_ns);
}

static void tell_conflict(struct registry *r, const struct node *of, const struct node *with)
{
	char mine[MAC_TEXT_BYTES], other[MAC_TEXT_BYTES];
	mac_text(of->holder.mac, mine);
	mac_text(with->holder.mac, other);
	bool may_say = privacy_of(r->options.privacy, "macAddress") == PRIVACY_KEEP;
	assert_event(&r->asserter, EVENT_CONFLICT, of->endpoint, of, may_say ? mine : NULL, may_say ? other : NULL,
		     r->now_ns);
}

/* Both have a conflict, and both are told. */
static void conflict(void *context, struct place *p, struct node *a, struct node *b)
{
	(void)p;
	tell_conflict(context, a, b);
	tell_conflict(context, b, a);
}

void saying_set_up(struct registry *r)
{
	r->estate.leaving = leaving;
	r->estate.moved = moved;
	r->estate.ended = ended;
	r->estate.joined = joined;
	r->estate.taken = taken;
	r->estate.conflict = conflict;
	r->estate.context = r;
}
