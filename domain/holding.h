/* What held at a time, of the claims of one endpoint.
 *
 * What still stands is said again within an hour when it is seen (observe --refresh), so an endpoint was there at a
 * time when something observed of it had been seen within the hour before. Much of what is known of an endpoint that is
 * there is seldom seen: a service of the night, a host name that only DHCP tells, the browser of a machine that backs
 * up. That stands for a day after it was seen, as long as the endpoint is there and nothing took its place: another
 * system, another program on the port, another address of the same kind. What an endpoint reported of itself stands
 * until it reports again.
 *
 * Any thread; nothing is kept.
 */
#ifndef ONLOOKER_DOMAIN_HOLDING_H
#define ONLOOKER_DOMAIN_HOLDING_H

#include "core/hash.h"
#include "domain/repository.h"

#define HOLDING_AGAIN_NS  (3600ull * 1000000000ull)
#define HOLDING_STANDS_NS (24 * HOLDING_AGAIN_NS)

/* What a claim says of what, for others to take its place. */
struct holding {
	uint64_t slot;     /* 0: nothing takes its place */
	uint64_t what;     /* is in the slot: a product, */
	uint64_t who;      /* and in which version */
	uint64_t first_ns; /* that was in the slot from here on */
	uint32_t claim;
	uint8_t detail; /* how much it says of that */
	bool beside;    /* others may be there at once: only what was not there before takes its place */
	bool system;    /* an operating system */
	bool passes;    /* an event: it stands for nothing */
	bool stands;    /* at the time that is asked for */
};

/* Puts those of n claims that held at `at_ns` to the front, in their order, and returns how many. `room` is for n. */
uint32_t holding_select(struct claim *claims, uint32_t n, uint64_t at_ns, const struct hash_key *key,
			struct holding *room);

#endif
