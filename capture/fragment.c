#include "capture/fragment.h"

#include "capture/decode.h"
#include "capture/duplicate.h"
#include "capture/layer.h"
#include "core/hash.h"
#include "core/time.h"

#include <stdlib.h>

#define SETS    1024 /* a power of two */
#define WAYS    4
#define LIFE_NS (30 * NS_PER_SECOND) /* as long as hosts wait for the rest (RFC 1122, RFC 8200: 60 s at most) */

struct entry {
	struct address src, dst;
	uint64_t time_ns;             /* of the fragment seen first */
	reassembly_ticket reassembly; /* REASSEMBLY_NONE: nothing is kept of it, or no longer */
	struct coverage coverage;
	uint32_t id;
	uint32_t segment;
	uint8_t version; /* 0: free */
	uint8_t carried; /* the IPv4 header's protocol: part of the key */
	bool over;       /* whole, or given up: what comes now is a repetition, or another's first */
	/* of the first fragment */
	bool has_first, has_ports;
	bool early;     /* another came before the first */
	bool passenger; /* a packet travels in it, between: */
	struct ends inside;
	uint8_t protocol; /* what it turned out to carry */
	uint8_t begins;   /* what the fragmented part begins with */
	uint16_t sport, dport;
};

struct fragment_table {
	struct hash_key key;
	struct reassemblies *reassemblies; /* NULL: nothing is kept */
	struct duplicates *duplicates;     /* NULL: copies are noted like any other */
	struct entry entries[SETS][WAYS];
};

struct fragment_table *fragment_new(void)
{
	struct fragment_table *t = calloc(1, sizeof *t);
	if (!t)
		return NULL;
	t->key = hash_random_key();
	t->reassemblies = reassemblies_new();
	if (!t->reassemblies) {
		free(t);
		return NULL;
	}
	return t;
}

struct fragment_table *fragment_notes_new(uint64_t copies_ns)
{
	struct fragment_table *t = calloc(1, sizeof *t);
	if (!t)
		return NULL;
	t->key = hash_random_key();
	t->duplicates = copies_ns ? duplicates_new(copies_ns) : NULL;
	if (copies_ns && !t->duplicates) {
		free(t);
		return NULL;
	}
	return t;
}

void fragment_free(struct fragment_table *t)
{
	if (!t)
		return;
	if (t->reassemblies)
		reassemblies_free(t->reassemblies);
	duplicates_free(t->duplicates);
	free(t);
}

const struct reassembly_counters *fragment_counters(const struct fragment_table *t)
{
	return reassemblies_counters(t->reassemblies);
}

void fragment_settle(struct fragment_table *t)
{
	reassembly_settle(t->reassemblies);
}

/* IPv4 numbers datagrams per protocol; IPv6 per pair of addresses, whatever the header behind. */
static struct entry *set_of(struct fragment_table *t, const struct packet *p, const struct piece *piece)
{
	uint8_t protocol = p->version == 6 ? 0 : piece->protocol;
	uint64_t words[5] = {p->src.words[0], p->src.words[1], p->dst.words[0], p->dst.words[1],
			     (uint64_t)piece->id << 16 | (uint64_t)protocol << 8 | p->version};
	return t->entries[hash_bytes(&t->key, words, sizeof words) & (SETS - 1)];
}

static bool same(const struct entry *e, const struct packet *p, const struct piece *piece)
{
	return e->version == p->version && e->id == piece->id && e->segment == p->segment &&
	       (p->version == 6 || e->carried == piece->protocol) && address_equal(&e->src, &p->src) &&
	       address_equal(&e->dst, &p->dst);
}

/* Its buffer may have been taken from it meanwhile. */
static void give_up(struct fragment_table *t, struct entry *e, enum reassembly_end end)
{
	if (reassembly_holds(t->reassemblies, e->reassembly))
		reassembly_close(t->reassemblies, e->reassembly, end);
	e->reassembly = REASSEMBLY_NONE;
}

static bool late(const struct entry *e, uint64_t now_ns)
{
	return now_ns - e->time_ns > LIFE_NS;
}

static void begin(struct fragment_table *t, struct entry *e, const struct packet *p, const struct piece *piece)
{
	give_up(t, e, late(e, p->clock_ns) ? REASSEMBLY_TIMED_OUT : REASSEMBLY_EVICTED);
	*e = (struct entry){
		.src = p->src,
		.dst = p->dst,
		.time_ns = p->clock_ns,
		.id = piece->id,
		.segment = p->segment,
		.version = p->version,
		.carried = piece->protocol,
	};
}

/* Which of two is worth less: that of which nothing more is wanted, then the older. */
static bool worth_less(const struct entry *a, const struct entry *b, uint64_t now_ns)
{
	bool a_over = a->over || late(a, now_ns), b_over = b->over || late(b, now_ns);
	return a_over != b_over ? a_over : a->time_ns < b->time_ns;
}

/* The datagram's entry; a new one takes the place of that of its set that is worth least. */
static struct entry *entry_of(struct fragment_table *t, const struct packet *p, const struct piece *piece)
{
	struct entry *set = set_of(t, p, piece), *least = set;
	for (struct entry *e = set; e < set + WAYS; e++) {
		if (same(e, p, piece)) {
			if (late(e, p->clock_ns))
				begin(t, e, p, piece);
			return e;
		}
		if (worth_less(e, least, p->clock_ns))
			least = e;
	}
	begin(t, least, p, piece);
	return least;
}

/* Whoever is to be given all fragments for what travels in them was not given those before the first. */
static void look_inside(struct entry *e, const struct packet *first)
{
	struct packet inner;
	e->passenger = !e->early && decode_passenger(first, &inner);
	if (e->passenger)
		e->inside = (struct ends){inner.src, inner.dst};
}

/* Another datagram of the same number. */
static void begin_again(struct entry *e, const struct packet *p)
{
	e->over = e->early = e->has_first = e->passenger = false;
	e->reassembly = REASSEMBLY_NONE;
	e->coverage = (struct coverage){0};
	e->time_ns = p->clock_ns;
}

/* Numbers come round again: a first fragment behind a datagram that is over is another's. Before, it is a repetition.
 */
static void remember(struct entry *e, const struct packet *p, const struct piece *piece)
{
	if (e->over)
		begin_again(e, p);
	if (e->has_first)
		return;
	look_inside(e, p);
	e->has_first = true;
	e->has_ports = p->flags & PACKET_HAS_PORTS;
	e->protocol = p->protocol;
	e->begins = piece->protocol;
	e->sport = p->sport;
	e->dport = p->dport;
}

static void inherit(const struct entry *e, struct packet *p)
{
	p->protocol = e->protocol;
	p->sport = e->sport;
	p->dport = e->dport;
	if (e->has_ports)
		p->flags |= PACKET_HAS_PORTS;
}

/* Keeps the octets; its buffer may have given way to others. */
static void keep(struct fragment_table *t, struct entry *e, struct packet *p, const struct piece *piece, bool fresh,
		 enum reassembly_end end)
{
	struct reassemblies *a = t->reassemblies;
	if (!reassembly_holds(a, e->reassembly))
		return;
	if (fresh)
		reassembly_put(a, e->reassembly, piece);
	if (end == REASSEMBLY_WHOLE)
		decode_whole(p, reassembly_finish(a, e->reassembly), e->coverage.total, e->begins);
	else if (end != REASSEMBLY_ENDS)
		reassembly_close(a, e->reassembly, end);
}

static void assemble(struct fragment_table *t, struct entry *e, struct packet *p, const struct piece *piece)
{
	bool fresh, begins = !e->coverage.n, keeps = t->reassemblies && p->frame->part != FRAME_OUTSIDE;
	if (e->over)
		return;
	if (keeps && begins)
		e->reassembly = reassembly_open(t->reassemblies, e->time_ns);
	enum reassembly_end end = coverage_add(&e->coverage, piece, &fresh);
	if (keeps)
		keep(t, e, p, piece, fresh, end);
	e->over = end != REASSEMBLY_ENDS;
}

/* Notes the fragment in its datagram's entry. */
static struct entry *note(struct fragment_table *t, struct packet *p, const struct piece *piece)
{
	struct entry *e = entry_of(t, p, piece);
	if (!(p->flags & PACKET_LATER_FRAGMENT))
		remember(e, p, piece);
	else if (e->has_first)
		inherit(e, p);
	else
		e->early = true;
	assemble(t, e, p, piece);
	return e;
}

/* What travelled in the whole datagram is where its first fragment said. */
static void tell_passenger(const struct entry *e, struct packet *p)
{
	struct packet inner;
	if (!e->passenger || !(p->flags & PACKET_WHOLE))
		return;
	p->flags |= PACKET_PASSENGER;
	if (decode_inside(p, &inner) && address_equal(&inner.src, &e->inside.src) &&
	    address_equal(&inner.dst, &e->inside.dst))
		p->flags |= PACKET_FOLLOWED;
}

void fragment_expire(struct fragment_table *t, uint64_t now_ns)
{
	if (now_ns > LIFE_NS)
		reassembly_expire(t->reassemblies, now_ns - LIFE_NS);
}

bool fragment_resolve(struct fragment_table *t, struct packet *p)
{
	struct piece piece;
	bool later = p->flags & PACKET_LATER_FRAGMENT;
	if (!decode_piece(p, &piece))
		return !later;
	fragment_expire(t, p->clock_ns);
	struct entry *e = note(t, p, &piece);
	tell_passenger(e, p);
	return !later || e->has_first;
}

bool fragment_passenger(struct fragment_table *t, struct packet *p, struct ends *out)
{
	struct piece piece;
	if ((t->duplicates && duplicate_is(t->duplicates, p)) || !decode_piece(p, &piece))
		return false;
	const struct entry *e = note(t, p, &piece);
	*out = e->inside;
	return e->passenger;
}
