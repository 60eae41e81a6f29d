/* An endpoint's claims as people and programs want to read them: each thing once, with its interval.
 *
 * The registry keeps claims by address, so what an endpoint says over IPv4 and over IPv6 is claimed twice, and what
 * is seen with pauses again and again. Claims of equal name and value that overlap or lie less than CONDENSE_GAP_NS
 * apart become one: from the earliest start to the latest end, known in all their ways, with the highest confidence
 * and the earliest evidence, that of the method they are named by first. What another claim refines is left out: a
 * service without a name (or `tls`) beside one with a name on the same port, software without a version beside the same
 * with one. An address that came with what was said of its endpoint holds when its interface was asserted with it: it
 * may have been another's in between. What held at a time (domain/holding.h) leaves out, too, which version of a
 * server, a system or a firmware had been replaced by another by then. The repository keeps it all.
 *
 * One thread owns a condenser; it reuses its memory from endpoint to endpoint.
 */
#ifndef ONLOOKER_DOMAIN_CONDENSE_H
#define ONLOOKER_DOMAIN_CONDENSE_H

#include "core/arena.h"
#include "core/hash.h"
#include "domain/holding.h"
#include "domain/repository.h"

#define CONDENSE_GAP_NS HOLDING_AGAIN_NS

/* In the place of a time: whatever was ever there, but of each software the version that was seen last. */
#define CONDENSE_LATEST UINT64_MAX

struct condensed_item;

struct condenser {
	struct condensed_item *items;
	struct claim *claims;
	struct condensed_refinement *refinements;
	struct holding *holdings;
	uint32_t room;
	struct arena texts; /* joined evidence */
	struct hash_key key;
};

void condenser_init(struct condenser *c);
void condenser_fini(struct condenser *c);

/* What held at `at_ns` (0: ever; CONDENSE_LATEST) of n claims, sorted by group, name, value and start, events by
 * time: *out, valid until the next call,
 * texts as long as those of `claims`. Returns how many; -1 when the heap is out. */
int64_t condense(struct condenser *c, const struct claim *claims, uint32_t n, uint64_t at_ns, struct claim **out);

/* Names what a claim speaks of: the software of a role, title and port, the service of a port, else its name. Two
 * claims of one subject refine or replace each other. Comparable within one condenser. */
uint64_t condense_subject(const struct condenser *c, const struct claim *claim);

#endif
