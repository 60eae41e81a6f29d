#include "ipfix/flow_statistics.h"

#include "core/time.h"
#include "ipfix/flow_record.h"
#include "ipfix/put.h"

#define SCOPE          2 /* the domain, and the process in it */
#define TEMPLATE_FIRST (FLOW_TEMPLATE_FIRST + FLOW_FORMS)
#define NS_PER_MS      1000000u

enum { METERING, METERING_RELIABILITY, EXPORTING_RELIABILITY, KINDS };

/* The functions below write the fields in this order. An element that stands twice is the first time, then the last
 * (RFC 7011 8). */
static const struct message_row rows[KINDS][9] = {
	[METERING] = {{"observationDomainId", 4, 0},
		      {"meteringProcessId", 4, 0},
		      {"observationTimeMilliseconds", 8, 0},
		      {"packetTotalCount", 8, 0},
		      {"observedFlowTotalCount", 8, 0},
		      {"exportedMessageTotalCount", 8, 0},
		      {"exportedFlowRecordTotalCount", 8, 0},
		      {"exportedOctetTotalCount", 8, 0},
		      FB_IESPEC_NULL},
	[METERING_RELIABILITY] = {{"observationDomainId", 4, 0},
				  {"meteringProcessId", 4, 0},
				  {"ignoredPacketTotalCount", 8, 0},
				  {"observationTimeMilliseconds", 8, 0},
				  {"observationTimeMilliseconds", 8, 0},
				  FB_IESPEC_NULL},
	[EXPORTING_RELIABILITY] = {{"observationDomainId", 4, 0},
				   {"exportingProcessId", 4, 0},
				   {"notSentFlowTotalCount", 8, 0},
				   {"notSentPacketTotalCount", 8, 0},
				   {"notSentOctetTotalCount", 8, 0},
				   {"observationTimeMilliseconds", 8, 0},
				   {"observationTimeMilliseconds", 8, 0},
				   FB_IESPEC_NULL},
};

int flow_statistics_templates(struct message_session *session, struct error *error)
{
	int code = 0;
	for (unsigned kind = 0; !code && kind < KINDS; kind++)
		code = message_options_template(session, (uint16_t)(TEMPLATE_FIRST + kind), rows[kind], SCOPE, error);
	return code;
}

void flow_losses_note(struct flow_losses *l, uint64_t count, uint64_t now_ns)
{
	if (count <= l->count)
		return;
	l->first_ns = l->count ? l->first_ns : now_ns;
	l->last_ns = now_ns;
	l->count = count;
}

static uint8_t *put_scope(uint8_t *at, const struct flow_statistics_record *r)
{
	at = put32(at, r->domain);
	return put32(at, r->process);
}

static uint8_t *put_times(uint8_t *at, const struct flow_losses *l)
{
	at = put64(at, l->first_ns / NS_PER_MS);
	return put64(at, l->last_ns / NS_PER_MS);
}

static uint8_t *put_metering(uint8_t *at, const struct flow_statistics_record *r)
{
	at = put_scope(at, r);
	at = put64(at, r->metered.time_ns / NS_PER_MS);
	at = put64(at, r->metered.packets);
	at = put64(at, r->metered.flows);
	at = put64(at, r->sent_messages);
	at = put64(at, r->sent_flows);
	return put64(at, r->sent_octets);
}

static uint8_t *put_metering_reliability(uint8_t *at, const struct flow_statistics_record *r)
{
	at = put_scope(at, r);
	at = put64(at, r->ignored.count);
	return put_times(at, &r->ignored);
}

static uint8_t *put_exporting_reliability(uint8_t *at, const struct flow_statistics_record *r)
{
	at = put_scope(at, r);
	at = put64(at, r->unsent.count);
	at = put64(at, r->unsent_packets);
	at = put64(at, r->unsent_octets);
	return put_times(at, &r->unsent);
}

void flow_statistics_add(struct flow_message *m, const struct flow_statistics_record *r)
{
	static uint8_t *(*const put[KINDS])(uint8_t *, const struct flow_statistics_record *) = {
		[METERING] = put_metering,
		[METERING_RELIABILITY] = put_metering_reliability,
		[EXPORTING_RELIABILITY] = put_exporting_reliability,
	};
	for (unsigned kind = 0; kind < KINDS; kind++)
		flow_message_took(m, put[kind](flow_message_set(m, (uint16_t)(TEMPLATE_FIRST + kind)), r));
}
