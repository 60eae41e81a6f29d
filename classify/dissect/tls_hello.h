/* The hello messages of TLS, DTLS and QUIC: taken apart once, for everybody who asks about them.
 *
 * A tls_hello borrows from the octets it was read from. Worker threads only; nothing is kept.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_TLS_HELLO_H
#define ONLOOKER_CLASSIFY_DISSECT_TLS_HELLO_H

#include "classify/dissect.h"
#include "core/cursor.h"

#include <stdbool.h>
#include <stdint.h>

enum { TLS_CLIENT_HELLO = 1, TLS_SERVER_HELLO = 2, TLS_CERTIFICATE = 11 };

/* Lists without their length fields; empty when the hello has none. */
struct tls_hello {
	bool client;
	bool whole;              /* every octet was there and made sense: fingerprints are worth something */
	bool retry;              /* server: a HelloRetryRequest (RFC 8446 4.1.3) */
	bool has_sni;            /* the extension is there */
	uint16_t version;        /* legacy_version */
	uint16_t cipher;         /* server: chosen */
	uint16_t chosen_version; /* server: of extension supported_versions; 0 without */
	struct cursor ciphers;   /* client: offered */
	struct cursor extensions;
	struct cursor sni;        /* the first host name */
	struct cursor alpn;       /* protocol names, each with its length octet */
	struct cursor groups;     /* extension 10 */
	struct cursor formats;    /* extension 11 */
	struct cursor signatures; /* extension 13 */
	struct cursor versions;   /* client: extension 43 */
	struct cursor quic;       /* transport parameters (RFC 9001 8.2) */
};

/* Values reserved to keep implementations tolerant (RFC 8701). */
static inline bool tls_is_grease(uint16_t v)
{
	return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

/* Takes the next extension; false at the end or when it is not all there. */
static inline bool tls_extension(struct cursor *extensions, uint16_t *type, struct cursor *body)
{
	if (cursor_left(extensions) < 4)
		return false;
	*type = cursor_u16(extensions);
	*body = cursor_sub(extensions, cursor_u16(extensions));
	return cursor_ok(extensions);
}

/* Takes the next protocol name of an ALPN list; false at the end. */
static inline bool tls_alpn(struct cursor *alpn, struct cursor *name)
{
	if (!cursor_left(alpn))
		return false;
	*name = cursor_sub(alpn, cursor_u8(alpn));
	return cursor_ok(alpn);
}

/* Reads the body of a ClientHello (dtls: with its cookie) or ServerHello; false when it is none. What is cut short
 * is read as far as it goes, and not `whole`. */
bool tls_client_hello(struct cursor body, bool dtls, struct tls_hello *out);
bool tls_server_hello(struct cursor body, struct tls_hello *out);

/* Yields what a hello tells: name, fingerprints. transport: 't', 'd' or 'q'. */
void tls_hello_yield(struct dissection *x, const struct tls_hello *hello, char transport);

/* What is known of the application inside, gathered from both hellos. */
struct tls_inside {
	const char *offered; /* by the client's ALPN, NULL: nothing known */
	const char *chosen;  /* by the server's */
	bool sni;
};

/* Adds what a hello tells of it. */
void tls_inside_learn(struct tls_inside *inside, const struct tls_hello *hello);

/* The service name: the server's choice, the client's offer, the port; else `otherwise`. */
const char *tls_inside_application(const struct tls_inside *inside, uint16_t server_port, const char *otherwise);

#define TLS_CERTIFICATE_BYTES 16384
#define TLS_CERTIFICATES      8 /* of a message; more are of no interest */

/* Yields a certificate about the sender; index: its place in the message, 0 is the sender's own. */
void tls_certificate(struct dissection *x, struct cursor der, unsigned index);

/* Yields the certificates of a Certificate message of TLS up to 1.2 from `taken` on.
 * body     behind the handshake header; may be cut anywhere
 * returns  how many are taken now */
unsigned tls_certificates(struct dissection *x, struct cursor body, unsigned taken);

#endif
