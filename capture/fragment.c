#include "capture/fragment.h"

#include "core/hash.h"
#include "core/time.h"

#include <stdlib.h>

#define SETS    1024 /* a power of two */
#define WAYS    4
#define LIFE_NS (30 * NS_PER_SECOND) /* as long as hosts wait for the rest (RFC 1122, RFC 8200: 60 s at most) */

struct entry {
	struct address src, dst;
	uint64_t time_ns;
	uint32_t id;
	uint32_t segment;
	uint8_t version;  /* 0: free */
	uint8_t protocol; /* what the first one turned out to carry */
	bool has_ports;
	uint16_t sport, dport;
};

struct fragment_table {
	struct hash_key key;
	struct entry entries[SETS][WAYS];
};

struct fragment_table *fragment_new(void)
{
	struct fragment_table *t = calloc(1, sizeof *t);
	if (t)
		t->key = hash_random_key();
	return t;
}

void fragment_free(struct fragment_table *t)
{
	free(t);
}

static struct entry *set_of(struct fragment_table *t, const struct packet *p, uint32_t id)
{
	uint64_t words[5] = {p->src.words[0], p->src.words[1], p->dst.words[0], p->dst.words[1],
			     (uint64_t)id << 8 | p->version};
	return t->entries[hash_bytes(&t->key, words, sizeof words) & (SETS - 1)];
}

/* IPv4 numbers datagrams per protocol; IPv6 per pair of addresses, whatever the header behind. */
static bool same(const struct entry *e, const struct packet *p, uint32_t id)
{
	return e->version == p->version && e->id == id && e->segment == p->segment &&
	       (p->version == 6 || e->protocol == p->protocol) && address_equal(&e->src, &p->src) &&
	       address_equal(&e->dst, &p->dst);
}

static void remember(struct entry *set, const struct packet *p, uint32_t id)
{
	struct entry *to = set;
	for (struct entry *e = set; e < set + WAYS; e++) {
		if (same(e, p, id)) {
			to = e;
			break;
		}
		if (e->time_ns < to->time_ns)
			to = e;
	}
	*to = (struct entry){
		.src = p->src,
		.dst = p->dst,
		.time_ns = p->clock_ns,
		.id = id,
		.segment = p->segment,
		.version = p->version,
		.protocol = p->protocol,
		.has_ports = p->flags & PACKET_HAS_PORTS,
		.sport = p->sport,
		.dport = p->dport,
	};
}

static bool inherit(const struct entry *set, struct packet *p, uint32_t id)
{
	for (const struct entry *e = set; e < set + WAYS; e++) {
		if (!same(e, p, id) || p->clock_ns - e->time_ns > LIFE_NS)
			continue;
		p->protocol = e->protocol;
		p->sport = e->sport;
		p->dport = e->dport;
		if (e->has_ports)
			p->flags |= PACKET_HAS_PORTS;
		return true;
	}
	return false;
}

bool fragment_resolve(struct fragment_table *t, struct packet *p, uint32_t id)
{
	struct entry *set = set_of(t, p, id);
	if (p->flags & PACKET_LATER_FRAGMENT)
		return inherit(set, p, id);
	remember(set, p, id);
	return true;
}
