/* What metering and exporting processes counted, as options records: metering process statistics, metering process
 * reliability, exporting process reliability (RFC 7011 4.1, 4.2, 4.3).
 *
 * All count since the process began. IANA's droppedPacketTotalCount (135) is for what packet treatment in a device
 * drops and is not used; how many octets a packet had that was lost before it was seen nobody knows, so that
 * ignoredOctetTotalCount is left out. Any thread.
 */
#ifndef ONLOOKER_IPFIX_FLOW_STATISTICS_H
#define ONLOOKER_IPFIX_FLOW_STATISTICS_H

#include "core/error.h"

#include <stdint.h>

struct flow_message;    /* ipfix/flow_record.h */
struct message_session; /* ipfix/message.h */

/* The metering process at one moment. */
struct flow_statistics {
	uint64_t time_ns;         /* packet time it has come to, since 1970 */
	uint64_t packets;         /* metered */
	uint64_t ignored_packets; /* lost before or in the capture, or not to be decoded; not those filtered out */
	uint64_t flows;           /* begun */
	uint64_t shed_flows, shed_packets, shed_octets; /* not kept, for want of room */
};

/* A count that rises when something is lost, and when it was found risen, packet time: as exact as one looks often. */
struct flow_losses {
	uint64_t count, first_ns, last_ns; /* times are 0 while the count is */
};

void flow_losses_note(struct flow_losses *l, uint64_t count, uint64_t now_ns);

/* All that the records say. */
struct flow_statistics_record {
	uint32_t domain, process;
	struct flow_statistics metered;
	uint64_t sent_flows, sent_messages, sent_octets; /* in the messages before */
	struct flow_losses ignored;                      /* packets */
	struct flow_losses unsent;                       /* flows: shed by the meter or dropped by the exporter */
	uint64_t unsent_packets, unsent_octets;          /* of those flows */
};

/* Adds the options templates to a session. 0 or a negative code and a sentence. */
int flow_statistics_templates(struct message_session *session, struct error *error);

/* Adds the three records to a message that is empty. */
void flow_statistics_add(struct flow_message *m, const struct flow_statistics_record *r);

#endif
