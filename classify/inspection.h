/* The inspector from inside: shared by inspect*.c (packets in), select.c (which protocol), feed.c (octets to
 * dissectors), midstream.c (connections without a begin) and dissection.c (what dissectors ask for). Nobody else
 * includes this.
 *
 * An inspection is the payload state of one flow, a piece of the pool at flow->inspect. While only a SYN was seen
 * there is none: flow->inspect then holds the SYN's sequence number itself, marked by its lowest bit, so that a
 * flood of SYNs takes nothing from those who have something to say.
 */
#ifndef ONLOOKER_CLASSIFY_INSPECTION_H
#define ONLOOKER_CLASSIFY_INSPECTION_H

#include "classify/dissect.h"
#include "classify/expected.h"
#include "classify/fingerprint/clock.h"
#include "classify/inspect.h"
#include "classify/pending.h"
#include "classify/pool.h"
#include "classify/select.h"
#include "classify/ordering.h"

/* Hand-overs (STARTTLS, CONNECT, …) one inside the other; more is play. */
#define INSPECT_HAND_OVERS 4

/* Segments of each direction of a connection whose begin was not seen that are looked at: messages often begin with
 * one. So many more pass while the other direction may still tell: a file goes on for long before the next is asked
 * for. */
#define INSPECT_MIDST      8
#define INSPECT_MIDST_MORE 4096

struct inspection {
	struct inspector *in;
	const struct dissector *dissector; /* NULL while nobody recognised it */
	void *state;                       /* of the dissector, a piece of the pool; NULL when it has none */
	const char *application;           /* as the dissector said; NULL: its own */
	struct ordering stream[2];
	struct pending pending[2];
	struct witness witness[2]; /* of the octets in pending */
	struct candidates candidates;
	uint8_t first;          /* direction that sent the first payload */
	uint8_t server;         /* enum flow_direction */
	uint8_t hand_overs;     /* so far */
	uint8_t changes;        /* how often datagrams turned out to be of another protocol */
	uint8_t passed_over[2]; /* segments from the midst of a connection that nobody recognised */
	uint16_t unasked;       /* more of them, about which nobody was asked any more */
	bool nameless;          /* the service was told without a name */
	bool any;               /* payload came */
	bool mid_stream;        /* its begin was not seen */
	bool unsure;            /* who is the server */
	bool passed_on;         /* by the server, for another */
	bool service_said;
	bool counted;     /* in counters.identified or .unknown */
	bool consumed[2]; /* the dissector has taken octets: nobody else can start afresh there */
	bool over;        /* nothing to learn: to be released */
};

struct inspector {
	struct finder finder;
	struct pool pool;
	struct inspect_counters counters;
	const struct selector *selector;
	struct clocks *clocks;
	struct expectations *expectations;
};

/* One call into the inspector: the flow at hand, and the packet if there is one. */
struct run {
	struct inspector *in;
	struct inspection *insp;
	struct flow *flow;
	const struct packet *packet; /* NULL at the end of a flow */
	enum flow_direction packet_direction;
	enum flow_direction direction; /* of the octets that are being passed on */
	struct ordering_run stream;
	bool passed_over; /* the octets at hand are done with, though nobody knows them */
};

/* inspect.c */

#define INSPECTED_BOTH 3 /* flow->inspected: nothing to learn in either direction */

/* A SYN's sequence number in the place of an inspection. */
static inline void *syn_pack(uint32_t isn)
{
	return (void *)((uintptr_t)isn << 1 | 1);
}

static inline bool syn_is(const void *inspect)
{
	return (uintptr_t)inspect & 1;
}

static inline uint32_t syn_unpack(const void *inspect)
{
	return (uint32_t)((uintptr_t)inspect >> 1);
}

static inline struct inspection *inspection_of(const struct flow *flow)
{
	return syn_is(flow->inspect) ? NULL : flow->inspect;
}

/* The flow's inspection begins; NULL, and it is counted, when there is no memory for it. */
struct inspection *inspection_create(struct inspector *in, struct flow *flow, enum transport transport);

/* A connection begins anew under the same addresses and ports. */
void inspection_restart(struct inspector *in, struct flow *flow);

/* Gives back all memory of the flow. */
void inspection_release(struct inspector *in, struct flow *flow);

/* A call begins and ends: behind it, memory nobody needs goes back. `packet` NULL: the flow ends. */
void run_begin(struct run *run, struct inspector *in, struct flow *flow, const struct packet *packet,
	       enum flow_direction direction);
void run_end(struct run *run);

/* What a packet tells without a dissector: of its sender; and the service of either end. */
void inspector_say(struct inspector *in, const struct packet *packet, struct flow *flow, enum field field,
		   const void *value, size_t len);
void inspector_say_service(struct inspector *in, const struct packet *packet, struct flow *flow, enum subject subject,
			   const char *application);

/* inspect_datagram.c */

/* A packet of UDP, or of SCTP. */
void inspect_datagram(struct inspector *in, const struct packet *packet, struct flow *flow,
		      enum flow_direction direction);
void inspect_association(struct inspector *in, const struct packet *packet, struct flow *flow,
			 enum flow_direction direction);

/* feed.c */

/* In-order octets of run->direction (ordering_sink). */
extern const struct ordering_sink feed_sink;

/* Makes d the dissector of the flow; false when its state finds no memory. */
bool feed_adopt(struct run *run, const struct dissector *d);

/* Nobody knows the protocol, or ever will. */
void feed_give_up(struct run *run);

/* One datagram of run->direction. */
void feed_datagram(struct run *run, const uint8_t *data, size_t len);

/* The flow ends: what waits is given to its dissector once more, or decides the selection. */
void feed_end(struct run *run);

/* midstream.c */

/* A segment of a connection whose begin was not seen and that nobody has recognised yet. True when there is no asking
 * about it any more; what waits for more is forgotten when it begins what somebody is sure of. */
bool midstream_take(struct run *run, const uint8_t *data, size_t len);

/* Nobody knows the octets: true when those of the next segment may be asked about, as if they were the first. */
bool midstream_pass(struct run *run);

/* Whoever sends from a port where services are, to one that clients are given, serves there, in the midst of whatever.
 */
void midstream_tell(const struct run *run);

#endif
