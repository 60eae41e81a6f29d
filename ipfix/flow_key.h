/* The key of a biflow, and its hash. ICMP has no ports: type and code are not part of the key. */
#ifndef ONLOOKER_IPFIX_FLOW_KEY_H
#define ONLOOKER_IPFIX_FLOW_KEY_H

#include "capture/packet.h"
#include "core/hash.h"
#include "ipfix/flow.h"

#include <netinet/in.h>

/* What tells flows apart, in either direction. */
struct flow_key {
	struct address src, dst;
	uint32_t segment;
	uint16_t sport, dport;
	uint8_t protocol, version;
};

/* A meter's own: whoever chooses addresses and ports must not choose buckets, and cannot see the results. */
struct flow_secret {
	uint64_t words[8];
};

static inline struct flow_secret flow_secret_new(void)
{
	struct flow_secret s;
	struct hash_key key = hash_random_key();
	for (uint64_t i = 0; i < 8; i++)
		s.words[i] = hash_bytes(&key, &i, sizeof i);
	return s;
}

static inline struct flow_key flow_key_of(const struct packet *p)
{
	bool ports = p->flags & PACKET_HAS_PORTS && p->protocol != IPPROTO_ICMP && p->protocol != IPPROTO_ICMPV6;
	return (struct flow_key){.src = p->src,
				 .dst = p->dst,
				 .segment = p->segment,
				 .sport = ports ? p->sport : 0,
				 .dport = ports ? p->dport : 0,
				 .protocol = p->protocol,
				 .version = p->version};
}

/* One end of an IPv4 flow; address and port together. */
static inline uint64_t flow_end_v4(const struct address *a, uint16_t port)
{
	return a->words[0] << 16 | port;
}

static inline uint64_t flow_end_v6(const struct flow_secret *s, const struct address *a, uint16_t port)
{
	uint64_t x = hash_fold(a->words[0] + s->words[0], a->words[1] + s->words[1]);
	return hash_fold(x + s->words[2], port + s->words[3]);
}

/* The same for both directions, and without a branch that depends on which it is. */
static inline uint32_t flow_key_hash(const struct flow_secret *s, const struct flow_key *k)
{
	uint64_t what = (uint64_t)k->segment << 16 | (uint64_t)k->protocol << 8 | k->version, ends;
	if (k->version == 4) {
		uint64_t a = flow_end_v4(&k->src, k->sport), b = flow_end_v4(&k->dst, k->dport);
		uint64_t low = a < b ? a : b, high = a < b ? b : a;
		ends = hash_fold(low + s->words[4], high + s->words[5]);
	} else {
		ends = flow_end_v6(s, &k->src, k->sport) + flow_end_v6(s, &k->dst, k->dport);
	}
	return (uint32_t)hash_fold(ends + s->words[6], what + s->words[7]);
}

#endif
