/* Chunks of SCTP packets (RFC 9260 3, RFC 8260): what an association carries, message by message.
 *
 * Only reads: messages that were cut into several chunks are given by their first piece.
 *
 * Any thread; everything is borrowed from the packet.
 */
#ifndef ONLOOKER_CLASSIFY_SCTP_H
#define ONLOOKER_CLASSIFY_SCTP_H

#include "core/cursor.h"

enum sctp_chunk_type { SCTP_DATA = 0, SCTP_INIT = 1, SCTP_INIT_ACK = 2, SCTP_I_DATA = 64 };

struct sctp_chunk {
	uint8_t type;       /* enum sctp_chunk_type, or another one's number */
	uint32_t tag;       /* INIT, INIT ACK: the sender's own */
	uint32_t protocol;  /* DATA: of the payload, as IANA numbers them; 0: not said */
	struct cursor data; /* DATA: octets of the user's message; empty unless it begins here */
	bool whole;         /* DATA: they are all of it */
};

/* Takes the next chunk of a packet; false at the end, and where the rest is none. */
bool sctp_next(struct cursor *c, struct sctp_chunk *chunk);

/* IANA's name of the service whose messages bear this number; NULL when it is none of its own. Static storage. */
const char *sctp_application(uint32_t protocol);

#endif
