/* Header fields of HTTP/2 (HPACK, RFC 7541), as far as one who only listens needs them.
 *
 * Names and values are told when they are sent as literals. A field that the sender's dynamic table gives again was a
 * literal before and was told then, so no such table is kept; nor does a change of its size matter.
 *
 * Worker threads only; nothing is kept.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_HPACK_H
#define ONLOOKER_CLASSIFY_DISSECT_HPACK_H

#include "core/cursor.h"

#define HPACK_VALUE_BYTES 1024 /* of a value; longer ones are left out */
#define HPACK_NAME_BYTES  32   /* the same of a name that is spelled */

/* Places in the static table (RFC 7541 appendix A) that are of interest. */
enum hpack_name {
	HPACK_AUTHORITY = 1,
	HPACK_METHOD_GET = 2,
	HPACK_STATUS_200 = 8,
	HPACK_STATUS_500 = 14,
	HPACK_AUTHORIZATION = 23,
	HPACK_HOST = 38,
	HPACK_SERVER = 54,
	HPACK_SET_COOKIE = 55,
	HPACK_USER_AGENT = 58,
	HPACK_VIA = 60,
	HPACK_WWW_AUTHENTICATE = 61
};

struct hpack_field {
	unsigned name;         /* place in a table; 0: another name */
	struct cursor spelled; /* that other name; else empty */
	struct cursor value;   /* empty when the field was given by place alone, or cannot be read */
	uint8_t decoded[HPACK_VALUE_BYTES], decoded_name[HPACK_NAME_BYTES];
};

/* Takes the next field of a header block; false at its end or when it is not all there. */
bool hpack_next(struct cursor *block, struct hpack_field *field);

/* Decodes Huffman's code of RFC 7541 5.2, of which only the codes of ASCII are known.
 * returns  how many octets were decoded, -1 when there are others, when it does not end well or is too long */
int hpack_decode(struct cursor coded, uint8_t *out, size_t room);

#endif
