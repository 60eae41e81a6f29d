/* Who holds an address: who said so last, unless another is at work with it too.
 *
 * One that says it holds the address of another is a rival. Whether the other has let go shows only later: so it is
 * judged when the epoch ends, when all that was seen in it is known. Who went on speaking after the rival did has a
 * conflict with it, and both keep what is theirs; else the address has moved. What the authority gives has moved at
 * once.
 */
#include "classify/estate_inside.h"

#define SECOND_NS 1000000000ull
#define LATE_NS   (2 * SECOND_NS)   /* what was under way when the address moved */
#define TRIAL_NS  (30 * SECOND_NS)  /* so long the other must have been silent before it has let go */
#define SILENT_NS (600 * SECOND_NS) /* … when its claim is the stronger, or when there is a conflict */
#define MOST_TOLD 4                 /* rivals that are told of, until the address is taken over */

static void list(struct estate *e, struct place *p)
{
	if (p->contested)
		return;
	p->contested = true;
	p->prev_contested = NULL;
	p->next_contested = e->contested;
	if (e->contested)
		e->contested->prev_contested = p;
	e->contested = p;
}

void hold_unlist(struct estate *e, struct place *p)
{
	if (!p->contested)
		return;
	*(p->prev_contested ? &p->prev_contested->next_contested : &e->contested) = p->next_contested;
	if (p->next_contested)
		p->next_contested->prev_contested = p->prev_contested;
	p->next_contested = p->prev_contested = NULL;
	p->contested = false;
	p->rival = NULL;
}

static void take(struct estate *e, struct place *p, struct node *n)
{
	struct node *old = p->current;
	hold_unlist(e, p);
	join_borrows(e, n, false);
	p->current = n;
	p->before = old;
	p->taken_ns = n->last_ns;
	p->quarrel = NULL;
	p->conflicts = 0;
	e->taken(e->context, p, old, n);
	join_passed_on(e, p);
}

static bool silent(const struct node *n, uint64_t since_ns, uint64_t now_ns)
{
	return n->last_ns + since_ns <= now_ns;
}

/* How long the other must have been silent: who claimed the address of one that was at work may do so with others'. */
static uint64_t trial(const struct node *rival)
{
	return rival->station && rival->station->quarrelled ? SILENT_NS : TRIAL_NS;
}

/* An initial TTL says less than ARP does, and who answers may answer for others. */
static bool weaker(const struct node *n, const struct node *than)
{
	return than->tie == TIE_FIRM && n->tie != TIE_FIRM;
}

static void tell_conflict(struct estate *e, struct place *p, struct node *rival)
{
	hold_unlist(e, p);
	p->quarrel = rival;
	p->conflicts++;
	if (rival->station)
		rival->station->quarrelled = true;
	e->conflict(e->context, p, p->current, rival);
}

/* Two that send from one address in turn, and do not say that they have it: they share it. */
static bool takes_turns(const struct place *p, const struct node *n, uint64_t time_ns)
{
	return n == p->before && n->tie != TIE_FIRM && time_ns < p->taken_ns + SILENT_NS;
}

/* It sends from the address, and never said that it has it, as the other did. */
static bool borrower(const struct node *n, const struct node *holder)
{
	return weaker(n, holder) && n->tie != TIE_PROXIED;
}

void hold_claim(struct estate *e, struct node *n, uint64_t time_ns)
{
	struct place *p = n->place;
	struct node *old = p->current;
	bool given = n->given;
	n->given = false;
	if (old == n || (old && old->on_link && !n->on_link))
		return;
	if (!old || !old->on_link || old->endpoint == n->endpoint) {
		p->current = n;
		if (!old)
			e->taken(e->context, p, NULL, n);
		return;
	}
	if (!given && !p->conflicts && takes_turns(p, n, time_ns)) {
		tell_conflict(e, p, n);
		return;
	}
	uint64_t enough_ns = weaker(n, old) || p->conflicts || trial(n) == SILENT_NS ? SILENT_NS : EPOCH_NS;
	if (given || silent(old, enough_ns, time_ns)) {
		take(e, p, n);
		return;
	}
	bool may_borrow = borrower(n, old), displaces = p->rival && borrower(p->rival, old) && !may_borrow;
	if ((may_borrow && n->borrows) || (p->rival && !displaces) || p->quarrel == n || p->conflicts >= MOST_TOLD)
		return;
	p->rival = n;
	/* Where the clock was set back, what the holder sent before has later times. */
	p->rival_ns = time_ns > old->last_ns ? time_ns : old->last_ns;
	list(e, p);
}

static void judge(struct estate *e, struct place *p, uint64_t now_ns)
{
	struct node *old = p->current, *rival = p->rival;
	if (!old || !rival || old == rival || old->endpoint == rival->endpoint || !rival->on_link) {
		hold_unlist(e, p);
		return;
	}
	bool spoke_on = old->last_ns > p->rival_ns + LATE_NS;
	if (borrower(rival, old)) {
		if (spoke_on)
			join_borrows(e, rival, true);
		if (spoke_on || p->rival_ns + SILENT_NS <= now_ns)
			hold_unlist(e, p);
	} else if (spoke_on) {
		tell_conflict(e, p, rival);
	} else if (p->rival_ns + trial(rival) <= now_ns) {
		hold_unlist(e, p);
		if (!weaker(rival, old))
			take(e, p, rival);
	}
}

void estate_judge(struct estate *e, uint64_t now_ns)
{
	for (struct place *p = e->contested, *next; p; p = next) {
		next = p->next_contested;
		judge(e, p, now_ns);
	}
}

void hold_drop(struct estate *e, struct node *n)
{
	struct place *p = n->place;
	if (p->current == n || p->rival == n)
		hold_unlist(e, p);
	if (p->relayed == n)
		p->relayed = NULL;
	if (p->before == n)
		p->before = NULL;
	if (p->lent == n)
		p->lent = NULL;
	if (p->quarrel == n)
		p->quarrel = NULL;
	if (p->current == n) {
		p->current = p->quarrel = NULL;
		p->conflicts = 0;
	}
	if (p->spoken == n)
		p->spoken = NULL;
}
