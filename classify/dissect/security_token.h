/* What logs somebody in, as SMB, HTTP, LDAP, RPC, mail and databases carry it, bare or wrapped in SPNEGO (RFC 4178): a
 * message of NTLM, or the request with which a client shows a ticket of Kerberos (RFC 4120 5.5.1).
 *
 * Of a ticket its outside is in the clear: for which service on which host it was issued, in which realm. That tells of
 * the receiver. Called by other dissectors, on the worker thread.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_SECURITY_TOKEN_H
#define ONLOOKER_CLASSIFY_DISSECT_SECURITY_TOKEN_H

#include "classify/dissect.h"

/* Looks for either anywhere in the octets, of which the end may be missing, and tells what it says. */
void security_token_find(struct dissection *x, struct cursor octets);

#endif
