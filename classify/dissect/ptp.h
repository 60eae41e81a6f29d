/* The Precision Time Protocol (IEEE 1588-2008), over UDP and right over Ethernet.
 *
 * Worker threads only; nothing is kept.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_PTP_H
#define ONLOOKER_CLASSIFY_DISSECT_PTP_H

#include "classify/dissect.h"

/* True when a message begins here, by its header. */
bool ptp_is(struct cursor c);

/* Yields what the message says of the clock that sent it. */
void ptp_message(struct dissection *x, struct cursor c);

#endif
