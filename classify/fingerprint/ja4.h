/* JA4 (FoxIO, the BSD-licensed part): what a TLS, DTLS or QUIC client offers, independent of the order in which it
 * shuffles its extensions.
 *
 * The raw text is "t13d1516h2_ciphers_extensions_signatures": four-digit hex joined by ',', ciphers and extensions
 * sorted, signature algorithms in wire order and left out with their '_' when there are none. The fingerprint has
 * the two last parts replaced by the first twelve hex digits of their SHA-256. Any thread; nothing is kept.
 */
#ifndef ONLOOKER_CLASSIFY_FINGERPRINT_JA4_H
#define ONLOOKER_CLASSIFY_FINGERPRINT_JA4_H

#include "classify/dissect/tls_hello.h"

#include <stdbool.h>
#include <stddef.h>

#define JA4_RAW_BYTES 8192
#define JA4_BYTES     37 /* 36 and the terminator */

/* The raw text of a whole ClientHello; transport 't', 'd' or 'q'. Returns its length, 0 when it has more entries
 * than any real hello. */
size_t ja4_raw(const struct tls_hello *hello, char transport, char out[JA4_RAW_BYTES]);

/* The fingerprint of a raw text, NUL-terminated; false when the text is none. */
bool ja4_from_raw(const char *raw, size_t len, char out[JA4_BYTES]);

#endif
