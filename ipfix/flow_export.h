/* The exporting process for flows: biflows (RFC 5103) as IPFIX records to a file, a UDP or a TCP collector,
 * or one over TLS.
 *
 * One exporter belongs to one thread; messages may be filled by others (flow_exporter_fill()) and then given to it.
 * Templates are flat, with nothing but IANA's elements, their reverse forms and
 * CERT's initial and union TCP flags, so that any collector reads them; with an enterprise number of one's own
 * communityId and networkSegment are added. A flow without a packet in one direction is a uniflow record of the other.
 * The first failure is kept as a sentence, what cannot be delivered from then on is counted: offered = delivered +
 * dropped after every flush. Flows are what is counted so; statistics are records too, but no flows.
 */
#ifndef ONLOOKER_IPFIX_FLOW_EXPORT_H
#define ONLOOKER_IPFIX_FLOW_EXPORT_H

#include "core/error.h"
#include "ipfix/flow.h"
#include "ipfix/flow_statistics.h"
#include "ipfix/tls.h"

struct flow_exporter;
struct flow_message; /* ipfix/flow_record.h */

struct flow_export_options {
	uint32_t domain;  /* observation domain id */
	uint32_t process; /* metering and exporting process id: of this run, on this machine */
	/* for tls://; NULL: whom the system trusts, and no certificate of ours. Only looked at by flow_exporter_open().
	 */
	const struct tls_identity *identity;
	uint32_t pen; /* private enterprise number for our own elements; 0: without them */
	/* Name of struct flow, application, static; NULL when it has none. May itself be NULL. */
	const char *(*application_name)(uint16_t application);
};

struct flow_exporter_counters {
	uint64_t offered, delivered, dropped, messages, octets;
	uint64_t dropped_packets, dropped_octets; /* of the flows dropped */
};

/* url: see transport_open(). Writes the templates. ERROR_USAGE or ERROR_FAILED and a sentence. */
int flow_exporter_open(const char *url, const struct flow_export_options *options, struct flow_exporter **out,
		       struct error *error);

/* Writes an ended flow; keeps nothing of it. Never fails: what is lost is counted. */
void flow_exporter_write(struct flow_exporter *x, const struct flow *flow);

/* Adds a flow to a message of the caller's, after flow_message_begin(). False when the message is full: it is to be
 * sent first, or when there is nothing in it the flow is too long, which none is. Any thread, at any time between open
 * and close. */
bool flow_exporter_fill(const struct flow_exporter *x, struct flow_message *m, const struct flow *flow);

/* Sends a message so filled, if there is anything in it, and begins it anew. The exporter's thread. */
void flow_exporter_send(struct flow_exporter *x, struct flow_message *m);

/* Sends what waits, then what metering and exporting processes have counted, as options records in a message of their
 * own. The exporter's thread. */
void flow_exporter_statistics(struct flow_exporter *x, const struct flow_statistics *metered);

/* Sends what waits for a message to fill, and over UDP the templates when their time has come (RFC 7011 8.4). Call it
 * when there is nothing to write, and now and then. */
void flow_exporter_flush(struct flow_exporter *x);

/* Opens the file anew, behind what is there, templates first; what goes to a collector goes on as it is. When that
 * fails the old file stays. */
void flow_exporter_reopen(struct flow_exporter *x);

const struct flow_exporter_counters *flow_exporter_counters(const struct flow_exporter *x);

/* Delivers the rest and frees the exporter. 0, or a negative code and the first failure. *counters: the last word, may
 * be NULL. */
int flow_exporter_close(struct flow_exporter *x, struct flow_exporter_counters *counters, struct error *error);

#endif
