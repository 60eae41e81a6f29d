/* A collector's assertions as IPFIX broadcasts of a fabric: whole messages with their templates, each payload readable
 * alone (docs/fabric.md, 3.1).
 *
 * A sink of its own beside that of the fabric: the publisher's thread encodes and queues, the component's thread sends.
 * Broadcasts are for who listens now; the repository gets everything by `persist`. So the queue is in memory and
 * bounded: what finds no room is dropped and counted under `queueFull`, what is left at the end under `unsent`.
 */
#ifndef ONLOOKER_DOMAIN_IPFIX_BROADCAST_H
#define ONLOOKER_DOMAIN_IPFIX_BROADCAST_H

#include "domain/component.h"
#include "domain/sealing.h"
#include "export/sink.h"
#include "ipfix/assertion_message.h"

struct ipfix_broadcast;

/* encoder   borrowed; of the publisher's thread from now on
 * drain_seconds  how long settling waits for the queue to leave
 * NULL when the heap is out. */
struct ipfix_broadcast *ipfix_broadcast_new(struct assertion_encoder *encoder, const char *site,
					    uint32_t drain_seconds);
/* After the component's thread ended: closing the sink frees nothing. */
void ipfix_broadcast_free(struct ipfix_broadcast *b);

/* The side of the publisher. */
struct sink *ipfix_broadcast_sink(struct ipfix_broadcast *b);

/* When settling began, monotonic: whoever drains beside it counts from then. thread: the one that settles */
uint64_t ipfix_broadcast_settling_ms(const struct ipfix_broadcast *b);

/* Sends what is queued, as far as the fabric takes it. sealer NULL: not signed. thread: the component's */
void ipfix_broadcast_turn(struct ipfix_broadcast *b, struct component *c, struct sealer *sealer);

#endif
