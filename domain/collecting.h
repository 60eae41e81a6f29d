/* A collector carrying out collections: several at once, each a selection of what it says, to its own topic, with
 * snapshots of what stands (docs/fabric.md, 6).
 *
 * Two threads: the publisher's offers assertions, the one that turns the component answers instructions and sends.
 */
#ifndef ONLOOKER_DOMAIN_COLLECTING_H
#define ONLOOKER_DOMAIN_COLLECTING_H

#include "domain/component.h"
#include "ipfix/assertion.h"

struct collecting;

struct collecting *collecting_new(const char *site); /* NULL when the heap is out */
void collecting_free(struct collecting *c);

/* Offers an assertion and its line. Never waits for the network: what a collection's buffer has no room for is
 * counted as missed by it. thread: the publisher's */
void collecting_offer(struct collecting *c, const struct assertion *a, const char *line, size_t len);

/* Answers collect.*; false when the request is another's. thread: the component's, as all below */
bool collecting_serve(struct collecting *c, struct component *component, const struct component_request *request);
/* Sends what was selected, snapshots that are due, and ends what is over. provenance: its JSON object */
void collecting_turn(struct collecting *c, struct component *component, const char *provenance);

#endif
