/* Elements of the ASN.1 basic encoding (X.690), as SNMP, Kerberos and LDAP use it: one-octet tags, definite lengths.
 *
 * Any thread; an element is a value that borrows its octets.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_BER_H
#define ONLOOKER_CLASSIFY_DISSECT_BER_H

#include "core/cursor.h"

enum ber_tag {
	BER_INTEGER = 0x02,
	BER_OCTETS = 0x04,
	BER_OID = 0x06,
	BER_SEQUENCE = 0x30,
};

struct ber {
	uint8_t tag;
	struct cursor value;
};

/* Reads tag and length only; SIZE_MAX (and the cursor short) when the form is not supported or not whole. */
static inline size_t ber_head(struct cursor *c, uint8_t *tag)
{
	*tag = cursor_u8(c);
	size_t len = cursor_u8(c);
	if ((*tag & 0x1f) == 0x1f || len == 0x80 || len > 0x84)
		cursor_fail(c);
	if (len > 0x80) {
		unsigned octets = len & 0x7f;
		for (len = 0; octets--;)
			len = len << 8 | cursor_u8(c);
	}
	return cursor_ok(c) ? len : SIZE_MAX;
}

/* The next element, whole; false when there is none. */
static inline bool ber_next(struct cursor *c, struct ber *b)
{
	if (!cursor_left(c))
		return false;
	size_t len = ber_head(c, &b->tag);
	if (!cursor_ok(c))
		return false;
	b->value = cursor_sub(c, len);
	return cursor_ok(c);
}

/* The next element, which must have that tag; else an empty cursor, and *c is short. */
static inline struct cursor ber_expect(struct cursor *c, uint8_t tag)
{
	struct ber b;
	if (ber_next(c, &b) && b.tag == tag)
		return b.value;
	cursor_fail(c);
	return *c;
}

/* The first element with that tag among those of *c, which is left as it is; empty when there is none. */
static inline struct cursor ber_find(struct cursor c, uint8_t tag)
{
	struct ber b;
	for (unsigned i = 0; i < 64 && ber_next(&c, &b); i++)
		if (b.tag == tag)
			return b.value;
	return cursor_init(NULL, 0);
}

/* A small whole number; 0 when it does not fit. */
static inline uint32_t ber_number(struct cursor value)
{
	uint32_t n = 0;
	if (cursor_left(&value) > 4)
		return 0;
	while (cursor_left(&value))
		n = n << 8 | cursor_u8(&value);
	return n;
}

#endif
