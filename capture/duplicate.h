/* Copies of one packet: a SPAN port that mirrors both sides of a switch gives many frames twice.
 *
 * A copy is a frame with the same Ethernet addresses and the same octets from the network header on, tags left out,
 * that comes within a window of packet time. What was routed in between has other addresses and another TTL: it is not
 * a copy. Retransmissions come later than a window of a few milliseconds. Bounded: sets of four ways, the oldest gives
 * way. Owned by one decoder.
 */
#ifndef ONLOOKER_CAPTURE_DUPLICATE_H
#define ONLOOKER_CAPTURE_DUPLICATE_H

#include "capture/packet.h"

struct duplicates;

/* NULL when the heap is out. */
struct duplicates *duplicates_new(uint64_t window_ns);
void duplicates_free(struct duplicates *d);

/* True when the decoded frame is a copy of one that was asked about; else it is remembered. p->clock_ns is the time. */
bool duplicate_is(struct duplicates *d, const struct packet *p);

#endif
