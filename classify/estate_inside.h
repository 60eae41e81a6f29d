/* The estate from inside: what its files share. Nobody else includes this. The registry's thread alone. */
#ifndef ONLOOKER_CLASSIFY_ESTATE_INSIDE_H
#define ONLOOKER_CLASSIFY_ESTATE_INSIDE_H

#include "classify/estate.h"

/* estate.c */

/* The key of a holder in the maps of nodes and stations. */
uint64_t estate_key(const struct estate *e, const struct holder *h);

/* A new endpoint founded by this MAC or address; NULL when there is no room. */
struct endpoint *estate_found(struct estate *e, const struct holder *founder, uint64_t time_ns);

/* An endpoint founded by this would have an identifier already. */
bool estate_is_known(const struct estate *e, const struct holder *founder);

/* Takes an endpoint out of the order of last sight. */
void estate_unlist(struct estate *e, struct endpoint *p);

/* Makes a station's or a place's pointer lead to another endpoint, or to none. */
void estate_lead(struct estate *e, struct endpoint **pointer, struct endpoint *to);

/* The endpoint a pointer leads to by now; NULL when that was forgotten. */
struct endpoint *estate_stands(struct estate *e, struct endpoint **pointer);

/* Nothing may lead to an endpoint that stands no longer: if so its storage is used again. */
void estate_release(struct estate *e, struct endpoint *p);

/* estate_node.c */

/* The node has an endpoint: it is no longer among those that have none. */
void estate_moor(struct estate *e, struct node *n);

/* The station of a MAC in a segment; NULL when it was not seen there. */
struct station *estate_station(const struct estate *e, const uint8_t mac[6], uint32_t segment);

/* estate_join.c */

/* The node only borrows its address: that designates its endpoint no longer; or it does so after all. */
void join_borrows(struct estate *e, struct node *n, bool borrows);

/* The address has another holder on the link: what routers pass on of it is about that one from now on. */
void join_passed_on(struct estate *e, struct place *p);

/* estate_tie.c */

/* Works out what ties the node to its MAC and counts it with its station. True when verdicts on other nodes of the
 * station may change by it. */
bool tie_weigh(struct node *n);

/* The node goes: its station counts it no longer. */
void tie_drop(struct node *n);

/* The station passes on packets of others, or carries more addresses than one machine has. */
bool tie_routes(const struct station *s);

/* The node's address is its MAC's own. */
bool tie_on_link(const struct node *n);

/* Somebody answers for an address that is not its own, and of which no packet has come. */
bool tie_of_nobody(const struct node *n);

/* What was known of an address alone, or of another place of it, is about one endpoint, for a router stands between. */
void join_elsewhere(struct estate *e, struct place *p);

/* estate_passage.c */

/* What a pair of segments takes. */
size_t passage_bytes(void);

/* Somebody routes between the two segments. */
bool passage_open(const struct estate *e, uint32_t a, uint32_t b);

/* The node was settled: what it says of routers between its segment and others. May join endpoints. */
void passage_note(struct estate *e, const struct node *n);

/* The place goes. */
void passage_leave(struct place *p);

/* estate_hold.c */

/* The node says that it holds its address. */
void hold_claim(struct estate *e, struct node *n, uint64_t time_ns);

/* The node goes: it holds and contests nothing any more. */
void hold_drop(struct estate *e, struct node *n);

/* The place goes. */
void hold_unlist(struct estate *e, struct place *p);

#endif
