/* The hellos and certificates in TLS that travels inside other messages (EAP, TDS, OpenVPN), where the octets of a
 * direction are at hand from their start, growing from call to call.
 *
 * Worker threads only; a tls_flight belongs to one direction of one conversation, zeroed at its start.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_TLS_FLIGHT_H
#define ONLOOKER_CLASSIFY_DISSECT_TLS_FLIGHT_H

#include "classify/dissect/tls_hello.h"

/* Handshake that is looked at; what lies behind is not read. */
#define TLS_FLIGHT_BYTES 16384

struct tls_flight {
	uint8_t messages, certificates; /* told already */
};

/* Yields what the handshake messages tell that were not told before. octets: TLS records from the first on, cut
 * anywhere. The subject is the sender.
 * returns  false when they are no TLS */
bool tls_flight(struct dissection *x, struct tls_flight *f, struct cursor octets);

#endif
