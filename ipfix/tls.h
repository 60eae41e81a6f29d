/* TLS around a connected stream socket, for IPFIX messages (RFC 7011 11: both sides by X.509 certificates).
 *
 * The collector must be who its address says: its certificate is checked against the trusted authorities and against
 * the host that was named, a DNS name or an IP address. TLS 1.2 or later. Ours is shown when there is one. Calls block,
 * as long as the socket's own time-outs allow. One thread at a time.
 */
#ifndef ONLOOKER_IPFIX_TLS_H
#define ONLOOKER_IPFIX_TLS_H

#include "core/error.h"

#include <stddef.h>
#include <sys/types.h>

/* PEM files; each may be NULL. */
struct tls_identity {
	const char *authorities; /* whom we trust; NULL: whom the system trusts */
	const char *certificate; /* ours, with its chain */
	const char *private_key; /* NULL: in the same file */
};

struct tls;

/* Reads the files. ERROR_USAGE when one is not what it should be. `name` stands in sentences and outlives it. */
int tls_open(const char *name, const struct tls_identity *identity, struct tls **out, struct error *error);

/* Shakes hands over `fd`, which stays the caller's. ERROR_FAILED when the peer is not trusted, does not trust us, or
 * does not speak TLS. Once. */
int tls_connect(struct tls *t, int fd, const char *host, struct error *error);

/* All of it: `len`, or -1 and tls_problem() says what is wrong. What the peer sends is read and forgotten; a refusal
 * among it fails the call. */
ssize_t tls_put(struct tls *t, const void *data, size_t len);
const char *tls_problem(const struct tls *t);

/* Says the end, waits a moment until the peer has taken what is on its way, and frees. NULL is fine. */
void tls_close(struct tls *t);

#endif
