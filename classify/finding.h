/* What inspection finds, on its way from a dissector to whoever listens: a field's value and of whom it tells.
 *
 * A finding borrows everything: it is valid during the call that hands it over. The receiver copies what it
 * keeps. Worker threads only.
 */
#ifndef ONLOOKER_CLASSIFY_FINDING_H
#define ONLOOKER_CLASSIFY_FINDING_H

#include "capture/packet.h"
#include "classify/field.h"
#include "ipfix/flow.h"

/* Of whom a value tells. */
enum subject {
	SUBJECT_SENDER,   /* who sent the packet: its source MAC, address and port */
	SUBJECT_RECEIVER, /* whom it was sent to: the packet's destination address and port */
	SUBJECT_ADDRESS,  /* an address that is spoken of (`address`, `version`), as in a DNS answer */
	SUBJECT_HARDWARE, /* a MAC that is spoken of (`mac`), as the client of a DHCP message; the address may be
			     given too, and then both are said to belong together */
};

struct finding {
	enum field field;
	enum subject subject;
	const uint8_t *value; /* octets as on the wire, no terminator; may be empty */
	uint32_t len;
	uint16_t port;   /* of the sender, where it is another than the packet's; else 0 */
	uint8_t version; /* SUBJECT_ADDRESS, SUBJECT_HARDWARE: 4, 6, or 0 when no address is given */
	struct address address;
	uint8_t mac[6];
	const struct packet *packet; /* the evidence: the packet that completed the value */
	const struct flow *flow;     /* NULL for what has none (ARP, LLDP) */
};

/* Why an address is said to belong to a MAC. Order is strength. */
enum binding {
	BINDING_TRAFFIC, /* a packet from it with a TTL that no router has lowered */
	BINDING_WANTED,  /* it asked whether the address is free (RFC 4862 5.4), and takes it unless somebody objects */
	BINDING_NDP,     /* neighbour discovery (RFC 4861) source or target link-layer address */
	BINDING_ARP_REPLY, /* who answers for an address, which a router may do for others (RFC 1027) */
	BINDING_ARP,       /* ARP sender (RFC 826) that asks, or announces itself */
	BINDING_DHCP,      /* a server acknowledged it (RFC 2131 4.3.1, RFC 8415 18.3.10): the authority */
	BINDING_ROUTER,    /* it says of itself that it routes: router advertisement, redirect (RFC 4861) */
	BINDINGS
};

struct bound {
	enum binding binding;
	uint8_t mac[6];
	uint8_t version;
	struct address address;
	uint32_t lease_s; /* DHCP: seconds the lease runs, else 0 */
	bool spoken_of;   /* the holder itself did not send this (a DHCP acknowledgement) */
	const struct packet *packet;
};

/* Who listens. One per worker; the calls must not block. */
struct finder {
	void (*found)(void *context, const struct finding *finding);
	void (*bound)(void *context, const struct bound *bound);
	void *context;
};

#endif
