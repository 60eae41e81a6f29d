/* What an assertion is about: the designations of the holder of an address, and whether they are nobody else's.
 *
 * Those of a node lie in the block at hand and are used again until it leaves. The registry's thread alone.
 */
#ifndef ONLOOKER_CLASSIFY_DESIGNATE_H
#define ONLOOKER_CLASSIFY_DESIGNATE_H

#include "classify/assert.h"

#define MOST_DESIGNATIONS 8u

/* The designations of a node: those that stand in the block, or new ones. `has_endpoint`: it is said of an endpoint;
 * `withdrawn`: and was an error. Never NULL; valid as long as the block. */
const struct designee *designate_node(struct asserter *a, const struct node *n, bool has_endpoint, bool withdrawn);

/* Takes what is said of one designation into a digest of all. */
void designate_digest(uint8_t digest[16], const struct designation *d);

/* True when no other endpoint could carry the same set: a MAC the manufacturer gave, seen on its own link. */
bool designate_unique(const struct node *n);

#endif
