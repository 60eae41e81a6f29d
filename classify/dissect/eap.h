/* Messages of EAP (RFC 3748) as 802.1X and RADIUS carry them: who says to be, and TLS inside EAP-TLS, TTLS, PEAP and
 * FAST (RFC 5216, 5281, 4851), which may come in fragments.
 *
 * Worker threads only; an eap borrows from the octets it was read from.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_EAP_H
#define ONLOOKER_CLASSIFY_DISSECT_EAP_H

#include "classify/dissect/tls_flight.h"

enum { EAP_REQUEST = 1, EAP_RESPONSE = 2 };
enum { EAP_IDENTITY = 1 };

struct eap {
	uint8_t code, id, type;
	bool tls;           /* one of the methods that carry TLS */
	bool first, more;   /* of the fragments of a TLS message: this begins one; others follow */
	struct cursor data; /* of the identity, or of TLS */
};

/* Reads a message; false when it is none. */
bool eap_read(struct cursor c, struct eap *eap);

/* What identities are of use: a name, without what follows a NUL; empty for anonymous outer ones. */
struct cursor eap_identity(const struct eap *eap);

/* Fragments being put together, one conversation at a time: zeroed memory of a direction. */
#define EAP_TLS_BYTES 8192
struct eap_tls {
	struct tls_flight flight;
	uint16_t len;
	uint8_t id;
	bool more;
	uint8_t data[EAP_TLS_BYTES];
};

/* Adds a message's TLS and yields what is told now about the sender. `t` NULL: only this message counts. */
void eap_tls(struct dissection *x, struct eap_tls *t, const struct eap *eap);

#endif
