/* What a certificate says of itself (RFC 5280), out of its DER. Nothing is verified: seeing a certificate is an
 * observation (information model 5.1.3). Any thread. */
#ifndef ONLOOKER_CLASSIFY_CERTIFICATE_H
#define ONLOOKER_CLASSIFY_CERTIFICATE_H

#include "core/arena.h"

#include <stddef.h>

#define CERTIFICATE_NAMES 32

struct certificate {
	const char *fingerprint;                  /* SHA-256 of the DER, hex */
	const char *subject, *issuer;             /* RFC 4514 text; NULL when the DER cannot be read */
	const char *not_before, *not_after;       /* RFC 3339 */
	const char *names[CERTIFICATE_NAMES + 1]; /* dNSName entries, NULL-terminated */
};

/* Always gives the fingerprint; the rest where the DER can be read. Texts live in the arena. */
int certificate_read(const void *der, size_t len, struct arena *arena, struct certificate *out);

/* What of the subject may tell who made the machine or its software: all of it where a device or its maker wrote it.
 * Where somebody else certifies a name of the public DNS (www.example.com for "Example Inc."), the organization is the
 * owner of the name and no maker: then the common name alone. NULL without a subject, or memory. */
const char *certificate_maker(const struct certificate *c, struct arena *arena);

#endif
