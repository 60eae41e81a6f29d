/* The host name in a server's greeting: "mail.example.org ESMTP Postfix". People call hosts after what runs on them, so
 * that a product's name inside the host's is no word of the product. Any thread; keeps nothing.
 */
#ifndef ONLOOKER_CLASSIFY_GREETING_H
#define ONLOOKER_CLASSIFY_GREETING_H

#include "classify/field.h"

#include <stdbool.h>
#include <stddef.h>

struct greeting_name {
	size_t from, end; /* offsets into the greeting */
};

/* The name in a value of `field`: in SMTP the first word (RFC 5321 4.2), in other greetings the first word that is made
 * of labels. False when the field is no greeting or has no such word. */
bool greeting_host(enum field field, const char *value, size_t len, struct greeting_name *name);

/* How many octets of a mailbox server's greeting are the protocol's words, which no signature wants: "* OK " of IMAP
 * (RFC 3501 7.1), "+OK " of POP3 (RFC 1939 3). */
size_t greeting_status(enum field field, const char *value, size_t len);

#endif
