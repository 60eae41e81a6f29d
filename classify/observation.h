/* An observation: at this time, the holder of this address showed this, known by this evidence.
 *
 * Observations travel from workers to the registry as records in chunks: a chunk is filled by one worker, passed
 * over a ring, read by the registry and passed back. Records are packed, 8-octet aligned, in the worker's own
 * byte order, and never leave the process.
 *
 * An endpoint says the same thing ten thousand times. A worker reports a thing in full when it sees it first in an
 * epoch (a stretch of packet time), and later hands over when it was last seen and how often: a repeat. The tag
 * names a thing: it is the same in every worker, so the registry finds what it knows with one look-up.
 */
#ifndef ONLOOKER_CLASSIFY_OBSERVATION_H
#define ONLOOKER_CLASSIFY_OBSERVATION_H

#include "classify/finding.h"
#include "core/hash.h"
#include "ipfix/assertion.h"

#include <stdint.h>

#define EPOCH_NS                (60 * 1000000000ull) /* packet time between two full reports of one thing */
#define OBSERVATION_VALUE_BYTES 16384                /* longer values are cut; a certificate fits */

/* Who holds an address: the key of everything that is observed. A MAC of zeros: not known (raw links, addresses that
 * are only spoken of). version 0: no address, the MAC alone. */
struct holder {
	struct address ip;
	uint32_t segment;
	uint8_t mac[6];
	uint8_t version;
	uint8_t reserved;
};

/* How a packet reached us, judged by its TTL and its scope. */
enum reach {
	REACH_NONE,      /* not said: by no IP packet of its own, or by a TTL that tells nothing */
	REACH_FORWARDED, /* a router has lowered the TTL */
	REACH_DIRECT,    /* an initial TTL */
	REACH_LINK       /* of link scope: no router passes it on */
};

enum observation_kind {
	OBSERVATION_HOST,    /* a packet from the holder */
	OBSERVATION_FIELD,   /* a field's value */
	OBSERVATION_BINDING, /* the address belongs to the MAC */
	OBSERVATION_REPEAT   /* of any of those: last seen, how often */
};

/* The head of every record; a repeat is no more than this. */
struct observation {
	uint32_t bytes; /* of the record with its value, a multiple of 8 */
	uint32_t count; /* sightings: 1, or those a repeat stands for */
	uint64_t tag;
	uint64_t time_ns; /* packet time of the sighting; of a repeat: of the last one */
	uint64_t ordinal;
	uint32_t epoch;
	uint16_t field;
	uint8_t kind; /* enum observation_kind */
	union {
		uint8_t reach;   /* host */
		uint8_t binding; /* binding */
	};
	/* not in a repeat */
	struct holder holder;
	struct flow_tuple tuple;
	uint64_t hash;   /* of the value, with a secret key that all workers share */
	uint64_t number; /* evidence: packet in source */
	uint32_t due;    /* it came of ending a flow: the epoch at whose end it counts; 0: at once */
	uint16_t source;
	uint16_t port;     /* of the holder, in this flow */
	uint8_t transport; /* IP protocol number, 0 for none */
	uint8_t spoken_of; /* the holder itself did not send this */
	uint16_t len;      /* octets of value that follow */
	uint8_t value[];
};

#define REPEAT_BYTES 40

#define CHUNK_BYTES 65536

struct chunk {
	/* How far its worker has come when the chunk was closed: it will report nothing before that any more. */
	uint32_t epoch;
	uint64_t ordinal;
	uint32_t used;
	bool last; /* the worker has ended */
	_Alignas(8) uint8_t data[CHUNK_BYTES];
};

/* The tag of a holder; `seed` is the process's own. Every factor is masked with a secret: who chooses addresses cannot
 * make a product nought, so that tags of his choice are equal. */
static inline uint64_t holder_tag(uint64_t seed, const struct holder *h)
{
	uint64_t mac = 0;
	memcpy(&mac, h->mac, 6);
	uint64_t second = seed * 0x9e3779b97f4a7c15ull + 1, third = (seed ^ seed >> 29) * 0xd6e8feb86659fd93ull + 1;
	uint64_t ip = hash_fold(h->ip.words[0] ^ seed, h->ip.words[1] ^ second);
	uint64_t rest = hash_fold((mac | (uint64_t)h->version << 48) ^ third, h->segment ^ seed);
	return hash_fold(ip ^ second, rest ^ third);
}

#endif
