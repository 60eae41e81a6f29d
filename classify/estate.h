/* The estate: nodes, stations, places and endpoints, and how they hang together. Internal to the registry's floor.
 *
 *   estate.c       endpoints: founded, joined by name, in order of last sight, forgotten
 *   estate_node.c  nodes, stations, places: made, found, dropped
 *   estate_tie.c   what ties an address to its MAC, and which MACs pass on what is not theirs
 *   estate_hold.c  who holds an address: taken over, contested
 *   estate_join.c  which nodes make one endpoint: joining, parting
 *   estate_passage.c  segments between which somebody routes
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
struct passage;

struct endpoint {
	uint8_t id[16];
	uint64_t first_ns, last_ns;
	uint64_t sequence;     /* order of founding */
	struct endpoint *into; /* the endpoint this one turned out to be; NULL while it stands */
	struct node *nodes;
	struct endpoint *older, *newer; /* in order of last sight */
	struct holder founder;          /* the MAC or the address it was founded by */
	bool known;                     /* it had its identifier before: it is not new */
	bool back;                      /* it was given up, and is counted among those that were seen */
	bool announced;                 /* said to exist: a packet of its own was seen */
	bool listed;
	bool forgotten;
	uint32_t references; /* stations, places and endpoints that lead here: storage is kept while there are any */
};

/* What ties a node's address to its MAC, by all that was observed of it. */
enum tie {
	TIE_NONE,      /* nothing, or the MAC designates nobody */
	TIE_FORWARDED, /* only packets whose TTL a router has lowered */
	TIE_PROXIED,   /* the MAC answers for it, but its packets come with a lowered TTL, or none have come */
	TIE_DIRECT,    /* nothing but an initial TTL */
	TIE_FIRM       /* ARP, NDP, DHCP, link scope, an address made of the MAC */
};

/* Addresses of one kind that nothing but an initial TTL ties to a station, by the networks they are in. */
enum spread { SPREAD_PRIVATE, SPREAD_GLOBAL4, SPREAD_GLOBAL6, SPREADS };

#define SPREAD_NETS 5

struct spread_of {
	uint32_t addresses;
	uint32_t beyond; /* in networks that found no room in `nets` */
	struct {
		uint32_t net; /* hash of a /24 or /64 */
		uint32_t addresses;
	} nets[SPREAD_NETS];
};

struct station {
	struct holder key; /* without address */
	struct endpoint *endpoint;
	struct node *nodes;
	struct spread_of spreads[SPREADS];
	uint32_t forwarded;           /* nodes tied by TIE_FORWARDED */
	uint32_t firm[2], proxied[2]; /* nodes with an address, IPv4 and IPv6 */
	bool says_router;             /* it said so: router advertisement, redirect */
	bool looked_up;               /* who made it, whose it is */
	bool quarrelled;              /* it claimed an address whose holder was at work */
	bool virtual_mac;             /* shared by design: VRRP, HSRP, GLBP, CARP; never joins */
	uint8_t flips;                /* verdicts on it that changed; too many, and it stays a router */
};

struct place {
	struct holder key;         /* without MAC */
	struct endpoint *endpoint; /* founded by this address; NULL when there is none */
	struct node *current;      /* who holds it now; NULL when nobody was seen */
	struct node *spoken;       /* the node of what others say of the address */
	struct node *before;       /* who held it before, until taken_ns; NULL: nobody did, or it is gone */
	uint64_t taken_ns;
	struct node *rival; /* another that says so too, since rival_ns */
	uint64_t rival_ns;
	struct node *quarrel; /* the rival that `current` was last said to be in conflict with */
	struct place *next_contested, *prev_contested;
	struct place *next_same, *prev_same; /* ring of the places with this address, in other segments */
	struct place *next_waiting, *prev_waiting;
	struct passage *waits; /* to another segment, that may turn out to be open; NULL: none */
	struct node *lent;     /* to whom the authority gave it on a link that is not seen */
	struct node *relayed;  /* whose own words about the address came in frames of another */
	struct node *nodes;    /* of this address */
	uint8_t conflicts;     /* that were told since it was last taken over */
	bool contested;        /* listed: who holds it is judged when the epoch ends */
};

struct node {
	struct holder holder;
	struct endpoint *endpoint; /* NULL while only spoken of */
	struct station *station;   /* NULL without a MAC */
	struct place *place;       /* NULL without an address */
	struct node *next_of_endpoint, *prev_of_endpoint, *next_of_station, *prev_of_station;
	struct node *next_of_place, *prev_of_place;
	struct claim *claims;
	uint32_t n_claims;
	struct claim *crowd_claim;  /* that says that several systems stand behind it */
	struct fact *facts;         /* that were reported of it */
	struct node *older, *newer; /* while it has no endpoint: in order of last mention */
	uint64_t first_ns, last_ns;
	uint64_t mentioned_ns;
	uint32_t personas; /* set of what it shows of its system (classify/crowd.c) */
	uint32_t crowd;    /* its place among those that show more than one, from 1; 0: none */
	uint8_t reach;     /* set of 1 << enum reach */
	uint8_t bindings;  /* set of 1 << enum binding */
	uint8_t tie;       /* enum tie, as its station counts it */
	bool seen;         /* it sent a packet */
	bool beyond;       /* counted in spread_of.beyond */
	bool borrows;      /* sends from an address that another has, who goes on with it */
	bool relays;       /* it names other hosts in the messages it sends, which are theirs */
	bool given;        /* the authority gave it the address since it last said to hold it */
	bool on_link;
};

#define KNOWN_SEGMENTS 64

struct estate {
	struct slab endpoints, stations, places, nodes, identities, passages;
	struct map station_map, place_map, node_map;
	struct map address_map;  /* a place of the address, in whichever segment */
	struct map passage_map;  /* by two segments */
	struct map identity_map; /* identifiers of endpoints that were known and may come back, by founder */
	uint32_t known_segments[KNOWN_SEGMENTS], n_known_segments; /* in which some were known; those that found room */
	struct endpoint *oldest, *newest;
	struct node *oldest_adrift, *newest_adrift; /* nodes without an endpoint */
	struct place *contested;
	uint64_t seed, sequence;
	struct hash_key site_key;
	uint32_t domain;
	uint64_t merged; /* endpoints that turned out to be another */
	/* Told before a node is no longer `from`'s (NULL: nobody's), or is on the link no longer or from now on;
	 * moved() follows. `undone`: it turned out that it never was. */
	void (*leaving)(void *context, struct node *node, struct endpoint *from, bool undone);
	/* Told after a node has moved to another endpoint (`from` may be NULL, or the same). */
	void (*moved)(void *context, struct node *node, struct endpoint *from);
	/* Told when the address of a node that a router passes on has another holder; the node follows. */
	void (*ended)(void *context, struct node *node);
	/* Told when `gone` turned out to be `survivor`. */
	void (*joined)(void *context, struct endpoint *gone, struct endpoint *survivor);
	/* Told when an address has a new holder on the link. */
	void (*taken)(void *context, struct place *place, struct node *old, struct node *now);
	/* Told when two holders of an address are at work at the same time. */
	void (*conflict)(void *context, struct place *place, struct node *a, struct node *b);
	void *context;
};

int estate_init(struct estate *e, uint64_t max_endpoints);
void estate_fini(struct estate *e);

/* An endpoint founded by this holder (a MAC without address, or an address without MAC) has this identifier already: it
 * was known before, and when it is seen it is not new. Forgotten silently when there is no room. */
void estate_know(struct estate *e, const struct holder *founder, const uint8_t id[16]);

/* Brings near what estate_node() will look for; then, once that is there, the node if there is one. */
void estate_prefetch(const struct estate *e, const struct holder *h);
void estate_prefetch_node(const struct estate *e, const struct holder *h);

/* The node of a holder, made if new; NULL when there is no room. */
struct node *estate_node(struct estate *e, const struct holder *h, uint64_t time_ns);

/* A packet of the node was seen. */
void estate_seen(struct estate *e, struct node *n, enum reach reach, uint64_t time_ns);

/* The node's address was said to belong to its MAC. */
void estate_bound(struct estate *e, struct node *n, enum binding binding, uint64_t time_ns);

/* The node's own word that it has its address came in a frame of another, which only passes on: what comes from the
 * address with that other's MAC is the node's. Call before estate_seen(). */
void estate_relayed(struct estate *e, struct node *n, uint64_t time_ns);

/* Call before knowledge is hung on the node: what a router passes on is about who holds the address now. */
void estate_follow(struct estate *e, struct node *n, uint64_t time_ns);

/* An epoch has ended, at `now_ns` (UINT64_MAX: the input has), and all that was seen in it is known: judges who holds
 * the addresses that more than one said to have. */
void estate_judge(struct estate *e, uint64_t now_ns);

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
