/* Connections that another connection has announced: FTP's transfers, whose octets are a file's and say nothing of who
 * sends them. And answers that come from another port than was asked: TFTP's.
 *
 * Who will listen on which port is told between the same two addresses, so one worker sees both. A bounded table in
 * sets by who owns their flows: what makes room for what does not depend on the number of workers, if that is a power
 * of two. No allocation but at start. The owning worker alone.
 */
#ifndef ONLOOKER_CLASSIFY_EXPECTED_H
#define ONLOOKER_CLASSIFY_EXPECTED_H

#include "capture/packet.h"
#include "ipfix/flow.h"

struct expectations;

/* NULL without memory. */
struct expectations *expectations_new(void);
void expectations_free(struct expectations *e);

/* The end of `flow` that sends in `direction` is about to listen on `port` for the other.
 * application  IANA service name of what is to come; kept, so of static storage
 * now_ns       packet time; what is not met within some minutes is forgotten
 */
void expectations_add(struct expectations *e, const struct flow *flow, enum flow_direction direction, uint16_t port,
		      const char *application, uint64_t now_ns);

/* Who sends `flow` in `direction` has asked the other's port, which answers from any of its own to the port that asked.
 */
void expectations_await(struct expectations *e, const struct flow *flow, enum flow_direction direction,
			uint64_t now_ns);

/* The port whose answer this datagram is, once; 0 when none was asked by whom it is sent to. */
uint16_t expectations_answered(struct expectations *e, const struct packet *datagram);

/* The application that was announced for the port from which this SYN+ACK comes, once; NULL when none was. */
const char *expectations_take(struct expectations *e, const struct packet *syn_ack);

#endif
