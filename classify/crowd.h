/* Several systems behind one address: translators, proxies, containers behind their host.
 *
 * What a node shows of its system (how it begins connections, what its browsers and servers say) puts it into families
 * that no one system is in at once. Families whose times interlock mean at least so many systems; one that ended before
 * the other began is a machine that was started anew. A claim endpointMultiplicity says so, with a packet of each.
 *
 * The registry's thread alone. Part of classify/knowledge.h's inside.
 */
#ifndef ONLOOKER_CLASSIFY_CROWD_H
#define ONLOOKER_CLASSIFY_CROWD_H

#include "classify/claim.h"

#include <stddef.h>

struct registry;

/* Nodes that show more than one family. */
struct crowds {
	struct node **nodes;
	uint32_t count, room;
};

void crowds_fini(struct crowds *c);

/* A claim is said for the first time. */
void crowd_note(struct registry *r, struct claim *c);

/* An epoch has ended: says what is to be said of the nodes that show more than one family. */
void crowd_judge(struct registry *r);

/* The node goes, with its claims. */
void crowd_drop(struct registry *r, struct node *n);

/* Writes that there are `count` systems of the make that begins connections with this tcp.syn: "2;Linux;Linux".
 * Returns the length. Any thread. */
size_t crowd_of_one(unsigned count, const char *syn, char *out, size_t room);

#endif
