/* Messages of a start line, header fields and a body, as SIP and RTSP have them. Taken whole: what a field means
 * there depends on others. Worker threads only; nothing is kept but what the caller's state holds. */
#ifndef ONLOOKER_CLASSIFY_DISSECT_MESSAGE_H
#define ONLOOKER_CLASSIFY_DISSECT_MESSAGE_H

#include "classify/dissect.h"

/* A header that has not ended after so many octets is none. */
#define MESSAGE_BYTES 16384

struct message {
	struct cursor start;  /* the start line */
	struct cursor fields; /* the lines behind it */
	uint64_t body;        /* Content-Length; 0 when there is none */
};

/* Takes a message up to its body. Empty lines before it are passed over.
 * returns  1 and the message, 0 when more octets are needed, -1 when this is no message */
int message_take(struct cursor *c, struct message *m);

/* The value of the next field of that name, or of its compact form (may be NULL), trimmed. `at` walks: begin with
 * a copy of message.fields. */
bool message_field(struct cursor *at, const char *name, const char *compact, struct cursor *value);

#endif
