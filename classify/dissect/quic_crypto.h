/* Opens the Initial packets of QUIC clients (RFC 9001 section 5, RFC 9369, the drafts, Google's Q050).
 *
 * Their keys follow from the connection identifier the client chose, so whoever sees them can read them. Each
 * worker thread keeps its OpenSSL contexts. Worker threads only.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_QUIC_CRYPTO_H
#define ONLOOKER_CLASSIFY_DISSECT_QUIC_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUIC_CID_BYTES 20

struct quic_keys {
	uint8_t key[16], iv[12], hp[16];
};

/* Derives the client's (or server's) Initial keys; false when the version's salt is not known. */
bool quic_initial_keys(uint32_t version, const uint8_t *cid, size_t cid_len, bool server, struct quic_keys *out);

/* Takes the protection off one packet.
 * packet    from its first octet, `len` octets up to the end its length field gives (RFC 9000 17.2)
 * number_at where the packet number begins
 * out       room for len octets
 * returns   octets of payload, 0 when it does not authenticate */
size_t quic_open(const struct quic_keys *keys, const uint8_t *packet, size_t len, size_t number_at, uint8_t *out);

#endif
