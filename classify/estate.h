/* The estate: nodes, stations, places and endpoints, and how they hang together. Internal to the registry's floor.
 *
 *   node      a holder: (segment, MAC, address). Everything observed hangs here, so that knowledge goes with its
 *             holder when endpoints are joined or split.
 *   station   a MAC in its segment. May be a router's: then it designates only what is on the link itself.
 *   place     an address in its segment, whoever holds it.
 *   endpoint  a set of nodes. Founded by a MAC or, where no MAC designates (behind routers, raw stations), by an
 * address.
 *
 * A node belongs to its MAC's endpoint when it is on the link (ARP, NDP, DHCP, link scope, an initial TTL), else to
 * its address's endpoint. Each of these verdicts can be undone: a node moves, and its claims move with it.
 *
 * The registry's thread alone; memory from slabs up to their capacity.
 */
#ifndef ONLOOKER_CLASSIFY_ESTATE_H
#define ONLOOKER_CLASSIFY_ESTATE_H

#include "classify/observation.h"
#include "core/map.h"
#include "core/slab.h"

#include <stdbool.h>

struct claim;
struct fact;

struct endpoint {
	uint8_t id[16];
	uint64_t first_ns, last_ns;
	uint64_t sequence;     /* order of founding */
	struct endpoint *into; /* the endpoint this one turned out to be; NULL while it stands */
	struct node *nodes;
	struct endpoint *older, *newer; /* in order of last sight */
	struct holder founder;          /* the MAC or the address it was founded by */
	bool known;                     /* it had its identifier before: it is not new */
	bool announced;                 /* said to exist: a packet of its own was seen */
	bool listed;
	bool forgotten;
	uint32_t references; /* stations, places and endpoints that lead here: storage is kept while there are any */
};

struct station {
	struct holder key; /* without address */
	struct endpoint *endpoint;
	struct node *nodes;
	bool router; /* passes on packets of others, or carries more addresses than one machine has */
	uint16_t direct_private, direct_global; /* addresses that nothing but an initial TTL ties to it */
	bool virtual_mac;                       /* shared by design: VRRP, HSRP, GLBP, CARP; never joins */
};

struct place {
	struct holder key;         /* without MAC */
	struct endpoint *endpoint; /* founded by this address; NULL when there is none */
	struct node *current;      /* who holds it now; NULL when nobody was seen */
	struct node *spoken;       /* the node of what others say of the address */
	uint32_t nodes;            /* of this address */
};

struct node {
	struct holder holder;
	struct endpoint *endpoint; /* NULL while only spoken of */
	struct station *station;   /* NULL without a MAC */
	struct place *place;       /* NULL without an address */
	struct node *next_of_endpoint, *prev_of_endpoint, *next_of_station, *prev_of_station;
	struct claim *claims;
	struct fact *facts;         /* that were reported of it */
	struct node *older, *newer; /* while it has no endpoint: in order of last mention */
	uint64_t first_ns, last_ns;
	uint64_t mentioned_ns;
	uint8_t reach;    /* set of 1 << enum reach */
	uint8_t bindings; /* set of 1 << enum binding */
	bool seen;        /* it sent a packet */
	bool counted;     /* among the link's direct_private or direct_global */
	bool on_link;
};

struct estate {
	struct slab endpoints, stations, places, nodes, identities;
	struct map station_map, place_map, node_map;
	struct map identity_map; /* identifiers of endpoints that were known and may come back, by founder */
	struct endpoint *oldest, *newest;
	struct node *oldest_adrift, *newest_adrift; /* nodes without an endpoint */
	uint64_t seed, sequence;
	struct hash_key site_key;
	uint32_t domain;
	uint64_t merged; /* endpoints that turned out to be another */
	/* Told before a node is no longer `from`'s (NULL: nobody's), or is on the link no longer or from now on;
	 * moved() follows. */
	void (*leaving)(void *context, struct node *node, struct endpoint *from);
	/* Told after a node has moved to another endpoint (`from` may be NULL, or the same). */
	void (*moved)(void *context, struct node *node, struct endpoint *from);
	/* Told when `gone` turned out to be `survivor`. */
	void (*joined)(void *context, struct endpoint *gone, struct endpoint *survivor);
	/* Told when an address has a new holder on the link. */
	void (*taken)(void *context, struct place *place, struct node *old, struct node *now);
	void *context;
};

int estate_init(struct estate *e, uint64_t max_endpoints);
void estate_fini(struct estate *e);

/* An endpoint founded by this holder (a MAC without address, or an address without MAC) has this identifier already: it
 * was known before, and when it is seen it is not new. Forgotten silently when there is no room. */
void estate_know(struct estate *e, const struct holder *founder, const uint8_t id[16]);

/* The node of a holder, made if new; NULL when there is no room. */
struct node *estate_node(struct estate *e, const struct holder *h, uint64_t time_ns);

/* A packet of the node was seen. */
void estate_seen(struct estate *e, struct node *n, enum reach reach, uint64_t time_ns);

/* The node's address was said to belong to its MAC. */
void estate_bound(struct estate *e, struct node *n, enum binding binding, uint64_t time_ns);

/* The endpoint a node's knowledge is about: its own, or without a MAC that of who holds its address now; NULL when only
 * spoken of. */
struct endpoint *estate_endpoint(const struct node *n);

/* The node that shows the MAC for `n`: itself, or without a MAC the present holder of its address. */
const struct node *estate_holder(const struct node *n);

/* True when the node's endpoint is known by an address on the node's own link, too. */
bool estate_has_address(const struct node *n);

/* Marks the endpoint as seen now in the order of last sight. */
void estate_touch(struct estate *e, struct endpoint *p, uint64_t time_ns);

/* Others spoke of a node that may have no endpoint. */
void estate_mention(struct estate *e, struct node *n, uint64_t time_ns);

/* The node without an endpoint that nobody spoke of for longest, if not since `before_ns`; what is spoken of an address
 * that has a holder is kept with its holder. */
struct node *estate_adrift(struct estate *e, uint64_t before_ns, uint64_t now_ns);

/* Takes an endpoint with its nodes, or a node without an endpoint, out; their claims and facts must be gone. */
void estate_forget(struct estate *e, struct endpoint *p);
void estate_forget_node(struct estate *e, struct node *n);

#endif
