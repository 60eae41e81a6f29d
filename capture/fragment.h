/* Fragmented datagrams: which fragments belong together, whose ports they have, and the datagram they make.
 *
 * Keyed by addresses, identification, network and (IPv4) protocol. The first fragment has the ports, the later ones
 * inherit them, so that each counts in the flow it belongs to. The payload is put together meanwhile
 * (capture/reassembly.h): the fragment that completes it carries the whole datagram to those who read payload.
 * Fragments that came before the first have no ports to inherit.
 *
 * A tunnel's datagram carries a packet of another flow, which may be another worker's than the fragments. Its addresses
 * are in the first fragment, so that all can be given to both, who judge alike (fragment_passenger() there,
 * fragment_resolve() here): when the first fragment came first.
 *
 * One fixed way for what contradicts itself: octets that are all there already are a repetition, and the first copy
 * stays; what overlaps in part ends the datagram, as it does with the hosts it is meant for (RFC 5722, and Linux for
 * IPv4). All decisions are by packet time. Bounded: sets of four ways, that which is worth least gives way.
 * Owned by one decoder, or by one who hands frames out.
 */
#ifndef ONLOOKER_CAPTURE_FRAGMENT_H
#define ONLOOKER_CAPTURE_FRAGMENT_H

#include "capture/reassembly.h"
#include "capture/packet.h"

struct fragment_table;

/* A decoder's, which puts payload together. */
struct fragment_table *fragment_new(void);
/* One that only notes what came: of those who hand frames out. It has no counters. Copies of a fragment that come
 * within copies_ns are not noted, as decoders do not note them; 0: they are. */
struct fragment_table *fragment_notes_new(uint64_t copies_ns);
void fragment_free(struct fragment_table *t);
const struct reassembly_counters *fragment_counters(const struct fragment_table *t);

/* Takes a fragment: a packet with PACKET_FRAGMENT whose l3 is its own IP header; p->clock_ns is the time.
 * A later one receives ports and final protocol of its first. If it makes the datagram whole, the packet becomes that
 * of the whole datagram (PACKET_WHOLE): transport header and payload lie in a buffer of the table's, until
 * fragment_settle().
 * returns  false for a later fragment whose first was not seen
 */
bool fragment_resolve(struct fragment_table *t, struct packet *p);

/* Whose is what travels in the tunnel's datagram that this fragment is of, if its first fragment came first and told:
 * that packet's ends. The packet as above, and the table of somebody who puts nothing together. */
bool fragment_passenger(struct fragment_table *t, struct packet *p, struct ends *out);

/* It is now_ns: what waits for its rest for too long is given up. */
void fragment_expire(struct fragment_table *t, uint64_t now_ns);

/* The packets made so far are done with. */
void fragment_settle(struct fragment_table *t);

#endif
