/* Programs and devices that announce themselves, or answer who looks for them, in datagrams of a form of their own: a
 * row each. The port and the first octets together tell; nothing is kept between datagrams.
 *
 * Any thread; constant data.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_ANNOUNCE_H
#define ONLOOKER_CLASSIFY_DISSECT_ANNOUNCE_H

#include "classify/dissect.h"

struct announcement {
	uint16_t first, last;    /* one of the flow's ports lies between them, or is one */
	const char *application; /* IANA service name (else the program's own) of who answers from there; NULL: none */
	bool (*is)(struct cursor datagram);
	void (*tell)(struct dissection *x, struct cursor datagram);
};

/* Rows, ended by one without `is`. */
extern const struct announcement announce_text_rows[];   /* lines, JSON, XML */
extern const struct announcement announce_tagged_rows[]; /* tags and lengths */
extern const struct announcement announce_record_rows[]; /* members at fixed places */

/* Says the sender's name, when it is one a host can have. */
void announce_name(struct dissection *x, struct cursor name);

#endif
