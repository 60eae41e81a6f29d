/* DCE/RPC inside other protocols: the log-ins at the beginning of calls over SMB pipes.
 *
 * Called by other dissectors, on the worker thread.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_DCERPC_H
#define ONLOOKER_CLASSIFY_DISSECT_DCERPC_H

#include "classify/dissect.h"

/* Looks in the octets for a message that begins or alters a call's context and tells what the NTLM message in it
 * says, about the sender. */
void dcerpc_find(struct dissection *x, struct cursor octets);

#endif
