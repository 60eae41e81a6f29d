/* Of whom a packet or a finding tells: the holder of an address, and how what it sent reached us.
 *
 * Values only; any thread.
 */
#ifndef ONLOOKER_CLASSIFY_SUBJECT_H
#define ONLOOKER_CLASSIFY_SUBJECT_H

#include "classify/observation.h"

/* Who sent the packet: without an address where it names none that a host can have. */
void packet_sender(const struct packet *packet, struct holder *holder);

/* What its TTL and its scope tell of the way it came. */
enum reach packet_reach(const struct packet *packet);

/* Who speaks of the address that it sends from speaks of itself, whoever else claims the address. */
bool finding_is_own(const struct finding *finding);

/* Of whom the finding tells, and by which of its ports (0: none). */
void finding_subject(const struct finding *finding, struct holder *holder, uint16_t *port);

/* An address nobody can hold, from a record that says nothing about an endpoint. */
bool holder_is_nobody(const struct holder *holder);

#endif
