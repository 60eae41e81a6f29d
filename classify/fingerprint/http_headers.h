/* How a program of HTTP/1 writes the header of a message, as text:
 *
 *     1.1:Host,Connection=[keep-alive],User-Agent,Accept,Accept-Encoding=[gzip, deflate],Accept-Language
 *
 * the version, then the names of the fields in their order, letters as sent. Of requests what depends on the request
 * and not on who wrote it (cookies, referrers, conditions, lengths of bodies, …) is left out, and the values that
 * hardly change are kept in brackets; of responses only the fields are taken that servers write themselves, not what a
 * page adds. "*" at the end: there were more than fit. Patterns are matched against this by whoever has some; nothing
 * is concluded here. Any thread; nothing is kept.
 */
#ifndef ONLOOKER_CLASSIFY_FINGERPRINT_HTTP_HEADERS_H
#define ONLOOKER_CLASSIFY_FINGERPRINT_HTTP_HEADERS_H

#include "core/cursor.h"

#include <stdbool.h>
#include <stddef.h>

#define FINGERPRINT_HTTP_BYTES 240
#define FINGERPRINT_HTTP_NAMES 3 /* fewer names in a row are everybody's */

/* fields    the lines of a header behind the start line, up to an empty line or the end
 * minor     of the version
 * names     gets the number of fields in the text
 * returns   the length of the text; 0 when the header is no header */
size_t fingerprint_http_headers(struct cursor fields, unsigned minor, bool response, unsigned *names,
				char out[FINGERPRINT_HTTP_BYTES]);

#endif
