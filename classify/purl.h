/* Package URLs (ECMA-427): pkg:type/namespace/name@version?key=value.
 *
 * A purl names a package, a banner proves at best a product: the caller decides whether the type is evidenced.
 * Any thread; nothing is kept.
 */
#ifndef ONLOOKER_CLASSIFY_PURL_H
#define ONLOOKER_CLASSIFY_PURL_H

#include <stdbool.h>
#include <stddef.h>

struct purl {
	const char *type;       /* lower-case letters, digits, '.', '-' ("deb", "rpm", "generic") */
	const char *name_space; /* segments parted by '/', or NULL */
	const char *name;
	const char *version; /* or NULL */
	const char *arch;    /* qualifier "arch", or NULL */
};

/* Writes the purl to out[size], terminated.
 * returns  false when type or name is missing or malformed, or it does not fit; out is empty then
 */
bool purl_format(const struct purl *purl, char *out, size_t size);

/* Percent-encodes text as the standard wants it within one component (colon stays, space is %20).
 * returns  octets written, without the terminator; size_t -1 when it does not fit
 */
size_t purl_encode(const char *text, char *out, size_t size);

#endif
