/* JA3 and JA3S (J. Althouse, J. Atkinson, J. Atkins): what a TLS hello offers or chooses, in wire order.
 *
 * The text is "version,ciphers,extensions,groups,formats" (client) or "version,cipher,extensions" (server), decimal,
 * lists joined by '-', GREASE values (RFC 8701) left out of ciphers, extensions and groups. The fingerprint people
 * exchange is the MD5 of the text. Any thread; nothing is kept.
 */
#ifndef ONLOOKER_CLASSIFY_FINGERPRINT_JA3_H
#define ONLOOKER_CLASSIFY_FINGERPRINT_JA3_H

#include "classify/dissect/tls_hello.h"

#include <stddef.h>

#define JA3_BYTES 16384

/* The text of a whole hello, client's or server's; returns its length, 0 when it has more entries than any real
 * hello and would not fit. */
size_t ja3_text(const struct tls_hello *hello, char out[JA3_BYTES]);

/* MD5 in lower-case hex, NUL-terminated. */
void md5_hex(const void *data, size_t len, char out[33]);

#endif
