/* Messages of ONC RPC (RFC 5531) up to what the program itself says, and XDR's (RFC 4506) items as it needs them.
 * Any thread; everything borrows from the message. */
#ifndef ONLOOKER_CLASSIFY_DISSECT_RPC_H
#define ONLOOKER_CLASSIFY_DISSECT_RPC_H

#include "core/cursor.h"

#include <stdbool.h>

enum { RPC_PORTMAP = 100000, RPC_NFS = 100003, RPC_MOUNT = 100005 };

struct rpc_call {
	uint32_t xid, program, version, procedure;
	struct cursor machine; /* that the caller says it is (AUTH_SYS); may be empty */
};

/* Octets with their length before and padding behind. */
static inline struct cursor xdr_opaque(struct cursor *c)
{
	uint32_t len = cursor_u32(c);
	struct cursor value = cursor_sub(c, len);
	cursor_skip(c, (4 - (len & 3)) & 3);
	return value;
}

/* Reads a call; *c is left at its arguments. False when it is none, or cut. */
bool rpc_call(struct cursor *c, struct rpc_call *call);

/* Reads an accepted and successful reply; *c is left at its results. */
bool rpc_reply(struct cursor *c, uint32_t *xid);

/* Any reply, be it a refusal. */
bool rpc_is_reply(struct cursor c);

#endif
