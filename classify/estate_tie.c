/* What ties an address to its MAC, and which MACs pass on what is not theirs.
 *
 * Every node counts with its station as one tie, and is counted anew when more is known of it: the verdicts follow from
 * the counts, whatever order the observations came in. */
#include "classify/estate_inside.h"

/* How many networks, and addresses in them, with nothing but an initial TTL behind them one machine may have before it
 * is taken for a router or a translator whose clients' packets look as if they were its own. */
static const struct {
	uint32_t nets, addresses;
} most[SPREADS] = {
	[SPREAD_PRIVATE] = {4, 16},
	[SPREAD_GLOBAL4] = {1, 16},
	[SPREAD_GLOBAL6] = {4, 64},
};

/* A station whose verdicts change more often is fed on purpose, and each change costs as much as it has nodes. */
#define MOST_FLIPS 64

/* An IPv6 interface identifier made of the MAC (RFC 4291, modified EUI-64). */
static bool eui64(const struct holder *h)
{
	const uint8_t *b = h->ip.bytes, *m = h->mac;
	return h->version == 6 && b[8] == (m[0] ^ 2) && b[9] == m[1] && b[10] == m[2] && b[11] == 0xff &&
	       b[12] == 0xfe && b[13] == m[3] && b[14] == m[4] && b[15] == m[5];
}

/* A MAC made of another IPv4 address than that: in Google's cloud the gateway's, by which all neighbours come with the
 * TTL they sent. */
static bool made_of_another(const struct holder *h)
{
	return h->version == 4 && h->mac[0] == 0x42 && h->mac[1] == 0x01 && memcmp(h->mac + 2, h->ip.bytes, 4) != 0;
}

/* A router may answer in the place of others, and only then: who asks, announces or was given an address has it. */
#define ANSWERS (1u << BINDING_WANTED | 1u << BINDING_NDP | 1u << BINDING_ARP_REPLY)

static enum tie tie_of(const struct node *n)
{
	bool direct = n->reach & 1 << REACH_DIRECT, forwarded = n->reach & 1 << REACH_FORWARDED;
	if (!n->station || n->station->virtual_mac)
		return TIE_NONE;
	if (n->place && n->place->relayed && n->place->relayed != n && !n->bindings)
		return TIE_NONE; /* a bridge that puts its own MAC in the place of the host's */
	if (!n->holder.version || n->reach & 1 << REACH_LINK || n->bindings & ~ANSWERS || eui64(&n->holder))
		return TIE_FIRM;
	if (n->bindings)
		return direct ? TIE_FIRM : TIE_PROXIED;
	if (direct && made_of_another(&n->holder))
		return TIE_FORWARDED;
	return direct ? TIE_DIRECT : forwarded ? TIE_FORWARDED : TIE_NONE;
}

static struct spread_of *spread(struct station *s, const struct holder *h, enum spread *kind)
{
	*kind = address_is_private(&h->ip, h->version) ? SPREAD_PRIVATE
		: h->version == 4                      ? SPREAD_GLOBAL4
						       : SPREAD_GLOBAL6;
	return &s->spreads[*kind];
}

static uint32_t net_of(const struct holder *h)
{
	uint64_t net = h->version == 6 ? hash_mix(h->ip.words[0])
				       : (uint64_t)h->ip.bytes[0] << 16 | h->ip.bytes[1] << 8 | h->ip.bytes[2];
	return (uint32_t)net | 1u << 31;
}

static bool too_many(const struct station *s, enum spread kind)
{
	const struct spread_of *f = &s->spreads[kind];
	uint32_t nets = f->beyond != 0;
	for (unsigned i = 0; i < SPREAD_NETS; i++)
		nets += f->nets[i].addresses != 0;
	return nets > most[kind].nets || f->addresses > most[kind].addresses;
}

static void count_direct(struct node *n)
{
	enum spread kind;
	struct spread_of *f = spread(n->station, &n->holder, &kind);
	uint32_t net = net_of(&n->holder);
	unsigned free_slot = SPREAD_NETS;
	f->addresses++;
	for (unsigned i = 0; i < SPREAD_NETS; i++) {
		if (f->nets[i].addresses && f->nets[i].net == net) {
			f->nets[i].addresses++;
			return;
		}
		if (!f->nets[i].addresses)
			free_slot = i;
	}
	n->beyond = free_slot == SPREAD_NETS;
	if (n->beyond) {
		f->beyond++;
		return;
	}
	f->nets[free_slot].net = net;
	f->nets[free_slot].addresses = 1;
}

static void discount_direct(struct node *n)
{
	enum spread kind;
	struct spread_of *f = spread(n->station, &n->holder, &kind);
	uint32_t net = net_of(&n->holder);
	f->addresses--;
	f->beyond -= n->beyond;
	for (unsigned i = 0; i < SPREAD_NETS && !n->beyond; i++)
		if (f->nets[i].addresses && f->nets[i].net == net) {
			f->nets[i].addresses--;
			break;
		}
	n->beyond = false;
}

static void count(struct node *n, enum tie tie, int by)
{
	struct station *s = n->station;
	unsigned family = n->holder.version == 6;
	switch (tie) {
	case TIE_NONE:
		return;
	case TIE_FORWARDED:
		s->forwarded += (uint32_t)by;
		return;
	case TIE_PROXIED:
		s->proxied[family] += (uint32_t)by;
		return;
	case TIE_DIRECT:
		if (by > 0)
			count_direct(n);
		else
			discount_direct(n);
		return;
	case TIE_FIRM:
		s->firm[family] += n->holder.version ? (uint32_t)by : 0;
		return;
	}
}

bool tie_routes(const struct station *s)
{
	return s->says_router || s->forwarded || s->flips >= MOST_FLIPS || too_many(s, SPREAD_GLOBAL4) ||
	       too_many(s, SPREAD_GLOBAL6);
}

/* The one address a station has, which it only ever answered for, is its own. */
static bool only_one(const struct station *s, unsigned family)
{
	return !s->firm[family] && s->proxied[family] == 1;
}

static unsigned verdicts(const struct station *s)
{
	return (unsigned)tie_routes(s) | (unsigned)too_many(s, SPREAD_PRIVATE) << 1 | (unsigned)only_one(s, 0) << 2 |
	       (unsigned)only_one(s, 1) << 3;
}

bool tie_on_link(const struct node *n)
{
	const struct station *s = n->station;
	switch ((enum tie)n->tie) {
	case TIE_NONE:
	case TIE_FORWARDED:
		return false;
	case TIE_PROXIED:
		return only_one(s, n->holder.version == 6) || (n->on_link && !(n->reach & 1 << REACH_FORWARDED));
	case TIE_DIRECT:
		return address_is_private(&n->holder.ip, n->holder.version) ? !too_many(s, SPREAD_PRIVATE)
									    : !tie_routes(s);
	case TIE_FIRM:
		return true;
	}
	return false;
}

bool tie_of_nobody(const struct node *n)
{
	return n->tie == TIE_PROXIED && !(n->reach & 1 << REACH_FORWARDED) && !tie_on_link(n);
}

bool tie_weigh(struct node *n)
{
	struct station *s = n->station;
	if (!s)
		return false;
	unsigned before = verdicts(s);
	enum tie now = tie_of(n);
	s->says_router |= (n->bindings & 1 << BINDING_ROUTER) != 0;
	if (now != n->tie) {
		count(n, (enum tie)n->tie, -1);
		count(n, now, 1);
		n->tie = (uint8_t)now;
	}
	bool changed = verdicts(s) != before;
	s->flips += changed && s->flips < MOST_FLIPS;
	return changed;
}

void tie_drop(struct node *n)
{
	if (n->station) {
		count(n, (enum tie)n->tie, -1);
		n->station->says_router |= n->tie == TIE_FORWARDED; /* it did, and was seen to */
	}
	n->tie = TIE_NONE;
}
