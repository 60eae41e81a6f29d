/* Privacy: what may be said of persons and machines, decided before anything is written (RFC 6235, RFC 6973).
 *
 * A rule names an information element (userName, ipv4Address, hostName, …) and what becomes of its values: kept,
 * cut to a prefix, replaced by a keyed hash, or not said at all. Constant after set-up: any thread.
 */
#ifndef ONLOOKER_CLASSIFY_PRIVACY_H
#define ONLOOKER_CLASSIFY_PRIVACY_H

#include "core/address.h"
#include "core/arena.h"
#include "core/hash.h"

#include <stdbool.h>

enum privacy_action { PRIVACY_KEEP, PRIVACY_TRUNCATE, PRIVACY_HASH, PRIVACY_DROP };

#define PRIVACY_RULES 32

struct privacy {
	struct {
		const char *name; /* borrowed from the configuration */
		enum privacy_action action;
	} rules[PRIVACY_RULES];
	unsigned n;
	struct hash_key key;
};

/* What the rules say of an element; PRIVACY_KEEP when they say nothing. */
enum privacy_action privacy_of(const struct privacy *p, const char *name);

/* … of an address: one that is made of a MAC falls under the rule about MACs, unless it has its own. */
enum privacy_action privacy_of_address(const struct privacy *p, const struct address *a, uint8_t version);

/* Every value of the element is said as it is. */
bool privacy_keeps(const struct privacy *p, const char *name);

/* A value as it may be said: `value` itself, or a text in the arena; NULL when it must not be said. IPv4 addresses
 * are cut to /24, IPv6 to /48, MACs to the manufacturer's part, names to what follows their first label, other
 * text to its first octet. */
const char *privacy_apply(const struct privacy *p, const char *name, const char *value, struct arena *arena);

/* Text in which names and addresses may stand among other words (a banner, a certificate's subject): each that a rule
 * is about is replaced as the rule says, by "-" where it must not be said. `text` itself when there is no such rule. */
const char *privacy_scrub(const struct privacy *p, const char *text, struct arena *arena);

#endif
