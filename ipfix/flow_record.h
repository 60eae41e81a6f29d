/* Flows as IPFIX data records (RFC 7011), written octet by octet: what libfixbuf would make of them, without a pass
 * over a template for every record. The rows name the elements in the order in which they are written; tests read what
 * is written back with libfixbuf and compare every element.
 *
 * A message is built in storage of the caller's and may be handed from one thread to another. Any thread.
 */
#ifndef ONLOOKER_IPFIX_FLOW_RECORD_H
#define ONLOOKER_IPFIX_FLOW_RECORD_H

#include "ipfix/flow.h"
#include "ipfix/message.h"

#define FLOW_MESSAGE_BYTES  65535
#define FLOW_RECORD_BYTES   640 /* the longest record with its set header */
#define FLOW_TEMPLATE_FIRST 256 /* template of form 0; the other forms' follow */

/* A template has, by the bits of its form: IPv6 addresses, a reverse direction, an overlay network's identifier. */
enum flow_form { FLOW_FORM_V6 = 1, FLOW_FORM_REVERSE = 2, FLOW_FORM_OVERLAY = 4, FLOW_FORMS = 8 };

struct flow_record_options {
	bool own; /* with our own elements, which stand under a private enterprise number */
	/* Name of struct flow, application, static; NULL when it has none. May itself be NULL. */
	const char *(*application_name)(uint16_t application);
};

/* A message being built: header, then sets. */
struct flow_message {
	uint32_t used;
	uint32_t records;         /* data records of any kind: what sequence numbers count */
	uint32_t flows;           /* of them */
	uint32_t set;             /* offset of the set that is open */
	uint16_t template;        /* of its records; 0: none is open */
	uint64_t packets, octets; /* of the flows */
	uint8_t data[FLOW_MESSAGE_BYTES];
};

/* All elements of all forms, and which of them a form has (message_template()). */
extern const struct message_row flow_record_rows[];
uint32_t flow_record_flags(unsigned form, bool own);

void flow_message_begin(struct flow_message *m);

/* Where the next record is to be written, in a set of that template; and where it ended. The caller has seen that there
 * is room for it and a set header. */
uint8_t *flow_message_set(struct flow_message *m, uint16_t template);
void flow_message_took(struct flow_message *m, const uint8_t *end);

/* Adds an ended flow; keeps nothing of it. A flow without a packet in one direction is a uniflow record of the other.
 * False when the message would grow beyond `max` octets: nothing was added then. */
bool flow_message_add(struct flow_message *m, uint32_t max, const struct flow_record_options *options,
		      const struct flow *flow);

/* Writes the headers: the message can be sent. time_s: export time, seconds since 1970; sequence: records before it. */
void flow_message_seal(struct flow_message *m, uint32_t time_s, uint32_t sequence, uint32_t domain);

#endif
