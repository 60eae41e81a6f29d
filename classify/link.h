/* Link dissectors: what speaks below IP, or beside it.
 *
 * ARP, LLDP, CDP, 802.1X, spanning tree, ICMPv6 neighbour discovery and what routers say to each other right above IP
 * have no ports and no order of octets: a link dissector is handed one whole frame and yields findings and bindings. It
 * follows the rules of classify/dissect.h otherwise; `flow` and `inspection` of its dissection are NULL, `dissector`
 * too.
 *
 * Worker threads only; a link dissector has no state.
 */
#ifndef ONLOOKER_CLASSIFY_LINK_H
#define ONLOOKER_CLASSIFY_LINK_H

#include "capture/packet.h"
#include "classify/dissect.h"

#include <stdbool.h>

struct link_dissector {
	const char *name; /* "arp" */
	/* True when the frame is this protocol: by packet->ethertype; by LLC/SNAP (ethertype below 1536: l3 begins at
	 * the LLC header unless decoding stepped over SNAP); above IP by version and protocol. */
	bool (*match)(const struct packet *packet);
	/* Frames that are not IP: the cursor spans packet->l3, l3_len (link padding included).
	 * Above IP: the cursor spans packet->payload, which begins behind the IP header; first fragments only. */
	void (*frame)(struct dissection *x, struct cursor *c);
};

/* All link dissectors, NULL-terminated (classify/dissect/link_table.c); the first that matches gets the frame. */
extern const struct link_dissector *const link_table[];

#endif
