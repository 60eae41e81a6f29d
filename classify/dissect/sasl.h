/* User names in SASL exchanges (RFC 4422) of text protocols: SMTP, IMAP, POP3, XMPP. Only names are taken; what
 * is a password or a token is never handed on. A machine of one octet, kept in the protocol's own state. */
#ifndef ONLOOKER_CLASSIFY_DISSECT_SASL_H
#define ONLOOKER_CLASSIFY_DISSECT_SASL_H

#include "classify/dissect.h"

/* What the client's next line is. */
enum sasl {
	SASL_NONE, /* a command */
	SASL_PLAIN,
	SASL_LOGIN,
	SASL_CRAM,
	SASL_OAUTH,
	SASL_NTLM,   /* NTLM, GSS-SPNEGO, GSSAPI: several lines */
	SASL_SECRET, /* not to be read */
};

/* The client begins: `arguments` is what follows AUTH or AUTHENTICATE, a mechanism and perhaps its first
 * response. Returns what the next line will be. */
enum sasl sasl_begin(struct dissection *x, struct cursor arguments);

/* A line of the client during the exchange. Returns what the next line will be. */
enum sasl sasl_line(struct dissection *x, enum sasl sasl, struct cursor line);

/* What the server asks during an exchange, base64: NTLM's challenge tells its names. */
void sasl_challenge(struct dissection *x, struct cursor text);

#endif
