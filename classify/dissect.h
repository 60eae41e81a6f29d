/* What a dissector is, and what it may do.
 *
 * A dissector understands one protocol. It is a row of dissector_table, holds its own small state per flow, is
 * handed payload in order and yields findings: nothing else. It must survive any bytes, reads only through
 * cursors, does a bounded amount of work per octet and per flow, and takes no memory of its own.
 *
 * Stream protocols get every octet of a direction once, in order. They consume what they understand by moving
 * the cursor; what they leave is kept (up to INSPECT_PENDING_BYTES) and shown again with more behind it. They
 * say how many further octets they do not want to see (dissection_skip), and when nothing is left to learn
 * (dissection_done). What still waits when octets behind it were lost, or when the flow ends, is shown a last time
 * (x->last). A cursor that is left short means: not enough yet, nothing of this call was consumed. As long
 * as a call makes progress and octets are left it is followed by another, so one message a call is fine. Datagram
 * protocols get one datagram a call; a datagram may have been cut (x->packet->payload_wire > payload_len). One that
 * hands over and leaves the cursor where it was has the next dissector shown the same datagram.
 *
 * Worker threads only; a dissector has no state but what it is handed.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_H
#define ONLOOKER_CLASSIFY_DISSECT_H

#include "classify/finding.h"
#include "core/cursor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most octets of a direction that wait for more: a TLS certificate message fits. */
#define INSPECT_PENDING_BYTES 32768
/* Most octets of state a dissector may ask for. */
#define DISSECT_STATE_BYTES 512

struct dissector;
struct inspection; /* the inspector's own state of the flow (classify/inspect.c) */

/* What a dissector sees of the flow it works on. Built by the inspector for each call. */
struct dissection {
	const struct finder *finder;
	const struct packet *packet; /* the packet that brought the newest octet */
	struct flow *flow;
	enum flow_direction direction; /* of the octets at hand */
	enum flow_direction server;    /* which direction the server's octets travel: by the handshake; without one by
					  the ports; or a dissector finds it otherwise and says so (dissection_server) */
	bool unsure;                   /* neither handshake nor ports tell who is the server, and no dissector yet */
	bool passed_on;                /* the server passes on what another says (dissector_any) */
	void *state;                   /* state_bytes of the dissector's own, zeroed at the start of the flow */
	const struct dissector *dissector;
	struct inspection *inspection; /* NULL in tests that call a dissector directly */
	bool last;                     /* streams: what is behind the octets at hand was lost, or nothing ever came */
	uint64_t skip[2];              /* results, read by the inspector after the call */
	bool done[2];
	bool failed;
	bool service_said;            /* dissection_service() was called before; the inspector keeps it for the flow */
	const struct dissector *next; /* hand-over: what the rest of both directions is (STARTTLS, CONNECT) */
	const char *application;      /* service name when it is not the dissector's own (https, imaps, …) */
};

enum transport { TRANSPORT_TCP = 1, TRANSPORT_UDP = 2, TRANSPORT_SCTP = 4 };

/* A probe looks at the first octets of a flow's directions. */
enum probe {
	PROBE_NO,    /* cannot be this protocol */
	PROBE_MAYBE, /* more octets, or the other direction, are needed to tell */
	PROBE_YES
};

struct probe_input {
	struct cursor first[2]; /* the first octets seen of each direction; empty when none yet */
	uint16_t sport, dport;  /* forward: the initiator's and the responder's port; hints, no more */
	uint8_t transport;      /* enum transport */
	bool mid_stream;        /* TCP without a SYN seen */
};

struct dissector {
	const char *name;        /* "http" */
	const char *application; /* IANA service name, what `service` assertions say */
	uint8_t transports;      /* set of enum transport */
	uint16_t ports[8];       /* where it is usually found, zero-terminated: a hint for order and for MAYBE */
	uint16_t state_bytes;    /* at most DISSECT_STATE_BYTES */
	enum probe (*probe)(const struct probe_input *in);
	/* TCP: octets of x->direction, in order. */
	void (*stream)(struct dissection *x, struct cursor *c);
	/* UDP (and other datagrams): one whole datagram. */
	void (*datagram)(struct dissection *x, struct cursor *c);
	/* TCP: `octets` of x->direction were lost; NULL: the direction is given up. */
	void (*gap)(struct dissection *x, uint64_t octets);
};

/* All dissectors, in order of priority, NULL-terminated (classify/dissect/table.c). */
extern const struct dissector *const dissector_table[];

/* The row of that name, NULL when there is none: how one dissector hands over to another (STARTTLS). */
const struct dissector *dissector_by_name(const char *name);

/* Hand-over to whoever recognises the rest (x->next = &dissector_any): what a proxy connects (CONNECT, SOCKS) is found
 * out by its first octets, like the begin of a flow. From then on nothing is yielded about the server: it only passes
 * on what another says, and who that is no address tells. */
extern const struct dissector dissector_any;

/* Yields a finding about the sender or the receiver of the packet at hand. Empty values are not handed on,
 * except of FIELD_SERVICE; nor is what would be told of a server that only passes it on. */
void dissection_yield(struct dissection *x, enum field field, enum subject subject, const void *value, size_t len);

/* Yields a finding about an address that is spoken of. version 4 or 6. */
void dissection_yield_address(struct dissection *x, enum field field, uint8_t version, const struct address *address,
			      const void *value, size_t len);

/* Yields a finding about a MAC that is spoken of; with an address if version is 4 or 6. */
void dissection_yield_mac(struct dissection *x, enum field field, const uint8_t mac[6], uint8_t version,
			  const struct address *address, const void *value, size_t len);

/* Yields a finding about the sender of a frame, which says that it has an address (version 4 or 6; 0: it says none): of
 * its MAC, and of that with the address, which may never be seen on the link. */
void dissection_yield_speaker(struct dissection *x, enum field field, uint8_t version, const struct address *address,
			      const void *value, size_t len);

/* Says that an address belongs to a MAC. */
void dissection_bind(struct dissection *x, const struct bound *bound);

/* The next `octets` of this direction (beyond what the cursor consumed) are not wanted; they need not be seen. */
static inline void dissection_skip(struct dissection *x, uint64_t octets)
{
	x->skip[x->direction] += octets;
}

/* Nothing more is to be learnt in this direction; when both are done the flow's state is released. */
static inline void dissection_done(struct dissection *x)
{
	x->done[x->direction] = true;
}

static inline void dissection_done_both(struct dissection *x)
{
	x->done[0] = x->done[1] = true;
}

/* This is not the protocol after all: another dissector may try, nothing more is asked of this one. */
static inline void dissection_fail(struct dissection *x)
{
	x->failed = true;
}

/* The server's octets travel in `direction`, whoever spoke first (mid-stream starts). */
static inline void dissection_server(struct dissection *x, enum flow_direction direction)
{
	x->server = direction;
	x->unsure = false;
}

/* True when the octets at hand were sent by the server. */
static inline bool dissection_from_server(const struct dissection *x)
{
	return x->direction == x->server;
}

/* Memory of this flow and direction for putting messages of datagrams together: zeroed when it is first asked for,
 * the same at every later call, gone with the flow. Only datagram dissectors. bytes: at most
 * INSPECT_PENDING_BYTES, the same at every call.
 * returns  NULL when memory is out, or without an inspector (tests that call a dissector directly) */
void *dissection_memory(struct dissection *x, size_t bytes);

/* Gives it back before the flow ends. */
void dissection_memory_drop(struct dissection *x);

/* Who sent the octets at hand is about to listen on `port` for a connection from the other end that carries data of
 * this one's. application: IANA service name, of static storage. Without an inspector nothing comes of it. */
void dissection_expect(struct dissection *x, uint16_t port, const char *application);

/* Who sent the datagram at hand has asked the receiver's port, which will answer from any of its own. Without an
 * inspector nothing comes of it. */
void dissection_await(struct dissection *x);

/* dissection_service(), at another port of the sender's than the packet's. */
void dissection_service_at(struct dissection *x, uint16_t port);

/* Asserts the service at the port whose answer the datagram at hand is (dissection_await), and who is the server.
 * False, and nothing is asserted, when nobody asked. */
bool dissection_answer(struct dissection *x);

/* Who sent the octets at hand is the server and has answered in this protocol: asserts the service, unless it is unsure
 * who the server is. Idempotent and cheap; call it when the first reply of a server has been understood. */
void dissection_service(struct dissection *x);

#endif
