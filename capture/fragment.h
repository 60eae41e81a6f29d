/* Ports of fragmented datagrams: the first fragment has them, the later ones ask for them here.
 *
 * Keyed by addresses, identification and protocol. Bounded: sets of four ways, the oldest gives way; an entry
 * is believed for a limited packet time, since identifications come round again. Nothing is reassembled.
 * Owned by one decoder.
 */
#ifndef ONLOOKER_CAPTURE_FRAGMENT_H
#define ONLOOKER_CAPTURE_FRAGMENT_H

#include "capture/packet.h"

struct fragment_table;

struct fragment_table *fragment_new(void);
void fragment_free(struct fragment_table *t);

/* A first fragment is remembered; a later one receives ports and, for IPv6, the final protocol of its first.
 * id: the fragment identification; p->clock_ns is the time
 * returns  false for a later fragment whose first was not seen
 */
bool fragment_resolve(struct fragment_table *t, struct packet *p, uint32_t id);

#endif
