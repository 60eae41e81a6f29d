/* The messages of SMB 1 (MS-CIFS, MS-SMB) in which both sides tell of themselves: negotiation and session set-up.
 *
 * Called by classify/dissect/smb.c on the worker thread.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_SMB1_H
#define ONLOOKER_CLASSIFY_DISSECT_SMB1_H

#include "classify/dissect.h"

enum smb1_command { SMB1_NEGOTIATE = 0x72, SMB1_SESSION_SETUP = 0x73 };

#define SMB1_HEADER_BYTES 32

/* A whole message from its 0xff on, of one of the commands above. */
void smb1_message(struct dissection *x, struct cursor c);

#endif
