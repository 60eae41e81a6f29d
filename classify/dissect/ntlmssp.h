/* NTLM messages (MS-NLMP 2.2.1), which SMB, HTTP, LDAP, RPC, mail and remote desktop carry: computer and domain names,
 * the version of Windows on both sides, and who logs in.
 *
 * Called by other dissectors, on the worker thread; findings are about the sender of the packet at hand.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_NTLMSSP_H
#define ONLOOKER_CLASSIFY_DISSECT_NTLMSSP_H

#include "classify/dissect.h"

/* Looks for a message anywhere in the octets (it may be wrapped in SPNEGO) and tells what it says.
 * returns  false when there is none */
bool ntlmssp_find(struct dissection *x, struct cursor octets);

#endif
