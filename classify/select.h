/* Which protocol is it? Asks the probes of dissector_table about the first octets of a flow.
 *
 * Ports are a hint: rows that know a port of the flow are asked first, and get the benefit of the doubt when the
 * octets end before it is sure. What a row denied it is not asked again. A table made at start by asking every
 * probe about each single first octet spares most of the questions: a probe must answer MAYBE, not NO, to the
 * first octet of its protocol alone (TCP). The selector is made once for the process, by the first who wants it, and
 * constant from then on; any thread.
 */
#ifndef ONLOOKER_CLASSIFY_SELECT_H
#define ONLOOKER_CLASSIFY_SELECT_H

#include "classify/dissect.h"

#include <stdbool.h>
#include <stdint.h>

/* Rows dissector_table may have. */
#define SELECT_ROWS 192
/* Octets of a direction that are looked at before the flow is called unknown. */
#define SELECT_BYTES 4096
/* Datagrams of a direction that are looked at. */
#define SELECT_DATAGRAMS 4

/* A set of rows of dissector_table. */
struct candidates {
	uint64_t words[SELECT_ROWS / 64];
};

struct selector {
	uint32_t rows;
	struct candidates transport[5];    /* by enum transport: who works on it */
	struct candidates port[256];       /* by a port's low octet: who may know it */
	struct candidates first[2][256];   /* TCP, by direction and first octet: who does not deny it */
	uint16_t application[SELECT_ROWS]; /* classify/application.h number of each row's own */
	uint64_t usual[2][65536 / 64];     /* TCP's ports, and those of messages, where a row is usually found */
};

/* How likely it is that a server waits on a port, in rising order. */
enum port_use {
	PORT_EPHEMERAL, /* where systems open connections from: 32768 and up (Linux), 49152 and up (RFC 6335) */
	PORT_ANY,
	PORT_SERVICE /* below 1024, or where a protocol we know is usually found */
};

/* That of dissector_table; never NULL. */
const struct selector *selector_get(void);

enum port_use selector_port_use(const struct selector *s, enum transport transport, uint16_t port);

/* Some row of the table is usually found at this port. */
bool selector_usual_port(const struct selector *s, enum transport transport, uint16_t port);

/* The row's number of the application that inspection recognised. */
uint16_t selector_application(const struct selector *s, const struct dissector *d);

/* All rows of a transport. */
static inline struct candidates selector_all(const struct selector *s, enum transport transport)
{
	return s->transport[transport];
}

void candidates_remove(struct candidates *c, const struct dissector *d);
bool candidates_empty(const struct candidates *c);

/* Asks who is left; who denies is removed.
 * final    no more octets will come: a row that knows a port of the flow is believed when it is not sure
 * returns  the dissector, or NULL when nobody is sure (yet: then candidates are left)
 */
const struct dissector *selector_ask(const struct selector *s, struct candidates *c, const struct probe_input *in,
				     bool final);

#endif
