#include "ipfix/flow_record.h"

#include "capture/packet.h"
#include "ipfix/assertion.h"
#include "ipfix/put.h"

#include <netinet/in.h>
#include <string.h>

#define IPFIX_VERSION   10
#define HEADER_BYTES    16
#define SET_BYTES       4
#define VXLAN           1 /* layer2SegmentId, RFC 7133 3.6 */
#define COMMUNITY_BYTES 32

enum { ROW_V4 = 1, ROW_V6 = 2, ROW_REVERSE = 4, ROW_OVERLAY = 8, ROW_OWN = 16 };

/* put_record() writes them in this order. */
const struct message_row flow_record_rows[] = {{"flowStartMilliseconds", 8, 0},
					       {"reverseFlowStartMilliseconds", 8, ROW_REVERSE},
					       {"flowEndMilliseconds", 8, 0},
					       {"reverseFlowEndMilliseconds", 8, ROW_REVERSE},
					       {"octetDeltaCount", 8, 0},
					       {"reverseOctetDeltaCount", 8, ROW_REVERSE},
					       {"packetDeltaCount", 8, 0},
					       {"reversePacketDeltaCount", 8, ROW_REVERSE},
					       {"layer2SegmentId", 8, ROW_OVERLAY},
					       {"sourceIPv6Address", 16, ROW_V6},
					       {"destinationIPv6Address", 16, ROW_V6},
					       {"applicationName", 0, 0},
					       {"communityId", 0, ROW_OWN},
					       {"sourceIPv4Address", 4, ROW_V4},
					       {"destinationIPv4Address", 4, ROW_V4},
					       {"networkSegment", 4, ROW_OWN},
					       {"sourceTransportPort", 2, 0},
					       {"destinationTransportPort", 2, 0},
					       {"tcpControlBits", 2, 0},
					       {"reverseTcpControlBits", 2, ROW_REVERSE},
					       {"initialTCPFlags", 2, 0},
					       {"reverseInitialTCPFlags", 2, ROW_REVERSE},
					       {"unionTCPFlags", 2, 0},
					       {"reverseUnionTCPFlags", 2, ROW_REVERSE},
					       {"dot1qVlanId", 2, 0},
					       {"dot1qCustomerVlanId", 2, 0},
					       {"icmpTypeCodeIPv4", 2, ROW_V4},
					       {"icmpTypeCodeIPv6", 2, ROW_V6},
					       {"protocolIdentifier", 1, 0},
					       {"flowEndReason", 1, 0},
					       {"biflowDirection", 1, 0},
					       {"minimumTTL", 1, 0},
					       {"reverseMinimumTTL", 1, ROW_REVERSE},
					       {"maximumTTL", 1, 0},
					       {"reverseMaximumTTL", 1, ROW_REVERSE},
					       {"sourceMacAddress", 6, 0},
					       {"destinationMacAddress", 6, ROW_REVERSE},
					       FB_IESPEC_NULL};

uint32_t flow_record_flags(unsigned form, bool own)
{
	return (form & FLOW_FORM_V6 ? ROW_V6 : ROW_V4) | (form & FLOW_FORM_REVERSE ? ROW_REVERSE : 0) |
	       (form & FLOW_FORM_OVERLAY ? ROW_OVERLAY : 0) | (own ? ROW_OWN : 0);
}

/* A value of variable length, below 255 octets (RFC 7011 7). */
static uint8_t *put_text(uint8_t *at, const char *text)
{
	size_t n = strlen(text);
	n = n < 255 ? n : 254;
	at = put8(at, (uint8_t)n);
	return put_octets(at, text, n);
}

static inline uint8_t *put_name(uint8_t *at, const struct flow_record_options *o, uint16_t application)
{
	const char *name = application && o->application_name ? o->application_name(application) : NULL;
	return name ? put_text(at, name) : put8(at, 0);
}

static bool is_icmp(const struct flow *f)
{
	return f->protocol == IPPROTO_ICMP || f->protocol == IPPROTO_ICMPV6;
}

static uint8_t *put_community(uint8_t *at, const struct flow *f)
{
	char text[COMMUNITY_BYTES];
	struct flow_tuple tuple = {.src = f->src,
				   .dst = f->dst,
				   .sport = is_icmp(f) ? f->first_icmp >> 8 : f->sport,
				   .dport = is_icmp(f) ? f->first_icmp & 0xff : f->dport,
				   .protocol = f->protocol,
				   .version = f->version};
	community_id(&tuple, text);
	return put_text(at, text);
}

/* biflowDirection: 2 the source is the responder, 1 the initiator, 0 just who sent first. */
static uint8_t direction(const struct flow *f, bool turned)
{
	bool known = f->protocol != IPPROTO_TCP || (f->side[0].tcp_first | f->side[1].tcp_first) & 0x02;
	return known ? 1 + turned : 0;
}

/* Only the union of all flags is kept: a SYN in it is the first packet's if that had one. */
static inline uint16_t tcp_rest(const struct flow_side *s)
{
	return s->packets > 1 ? s->tcp_union & (uint16_t) ~(s->tcp_first & 0x02) : 0;
}

static inline uint8_t *put_counters(uint8_t *at, const struct flow *f, int d, bool reverse)
{
	const struct flow_side *a = &f->side[d], *b = &f->side[!d];
	at = put64(at, flow_first_us(f, d) / 1000);
	at = reverse ? put64(at, flow_first_us(f, !d) / 1000) : at;
	at = put64(at, flow_last_us(f, d) / 1000);
	at = reverse ? put64(at, flow_last_us(f, !d) / 1000) : at;
	at = put64(at, a->octets);
	at = reverse ? put64(at, b->octets) : at;
	at = put64(at, a->packets);
	return reverse ? put64(at, b->packets) : at;
}

static inline uint8_t *put_tcp(uint8_t *at, const struct flow_side *a, const struct flow_side *b, bool reverse)
{
	at = put16(at, a->tcp_union);
	at = reverse ? put16(at, b->tcp_union) : at;
	at = put16(at, a->tcp_first);
	at = reverse ? put16(at, b->tcp_first) : at;
	at = put16(at, tcp_rest(a));
	return reverse ? put16(at, tcp_rest(b)) : at;
}

static inline uint8_t *put_ends(uint8_t *at, const struct flow_side *a, const struct flow_side *b, bool reverse)
{
	at = put8(at, a->ttl_min);
	at = reverse ? put8(at, b->ttl_min) : at;
	at = put8(at, a->ttl_max);
	at = reverse ? put8(at, b->ttl_max) : at;
	at = put_octets(at, a->mac, 6);
	return reverse ? put_octets(at, b->mac, 6) : at;
}

static inline uint8_t *put_record(uint8_t *at, const struct flow_record_options *o, const struct flow *f, unsigned form)
{
	const int d = f->side[FLOW_FORWARD].packets ? FLOW_FORWARD : FLOW_REVERSE; /* becomes the record's forward */
	const bool reverse = form & FLOW_FORM_REVERSE, v6 = form & FLOW_FORM_V6, overlay = form & FLOW_FORM_OVERLAY;
	const struct address *src = d ? &f->dst : &f->src, *dst = d ? &f->src : &f->dst;
	at = put_counters(at, f, d, reverse);
	if (overlay)
		at = put64(at, (uint64_t)VXLAN << 56 | (f->segment & 0xffffff));
	if (v6) {
		at = put_octets(at, src->bytes, 16);
		at = put_octets(at, dst->bytes, 16);
	}
	at = put_name(at, o, f->application);
	if (o->own)
		at = put_community(at, f);
	if (!v6) {
		at = put_octets(at, src->bytes, 4);
		at = put_octets(at, dst->bytes, 4);
	}
	if (o->own)
		at = put32(at, f->segment);
	at = put16(at, d ? f->dport : f->sport);
	at = put16(at, d ? f->sport : f->dport);
	at = put_tcp(at, &f->side[d], &f->side[!d], reverse);
	at = put16(at, overlay ? 0 : f->segment & 0xfff);
	at = put16(at, overlay ? 0 : f->segment >> 12 & 0xfff);
	at = put16(at, is_icmp(f) ? f->first_icmp : 0);
	at = put8(at, f->protocol);
	at = put8(at, f->end_reason);
	at = put8(at, direction(f, d));
	return put_ends(at, &f->side[d], &f->side[!d], reverse);
}

static unsigned form_of(const struct flow *f)
{
	bool both = f->side[FLOW_FORWARD].packets && f->side[FLOW_REVERSE].packets;
	return (f->version == 6 ? FLOW_FORM_V6 : 0u) | (both ? FLOW_FORM_REVERSE : 0u) |
	       (f->segment & SEGMENT_OVERLAY ? FLOW_FORM_OVERLAY : 0u);
}

void flow_message_begin(struct flow_message *m)
{
	m->used = HEADER_BYTES;
	m->records = m->flows = 0;
	m->packets = m->octets = 0;
	m->template = 0;
}

static void close_set(struct flow_message *m)
{
	if (m->template)
		(void)put16(m->data + m->set + 2, (uint16_t)(m->used - m->set));
}

uint8_t *flow_message_set(struct flow_message *m, uint16_t template)
{
	if (template != m->template) {
		close_set(m);
		m->template = template;
		m->set = m->used;
		(void)put16(m->data + m->used, template);
		m->used += SET_BYTES;
	}
	return m->data + m->used;
}

void flow_message_took(struct flow_message *m, const uint8_t *end)
{
	m->used = (uint32_t)(end - m->data);
	m->records++;
}

bool flow_message_add(struct flow_message *m, uint32_t max, const struct flow_record_options *options,
		      const struct flow *flow)
{
	if (m->used + FLOW_RECORD_BYTES > max)
		return false;
	unsigned form = form_of(flow);
	uint8_t *at = flow_message_set(m, (uint16_t)(FLOW_TEMPLATE_FIRST + form));
	flow_message_took(m, put_record(at, options, flow, form));
	m->flows++;
	m->packets += (uint64_t)flow->side[0].packets + flow->side[1].packets;
	m->octets += flow->side[0].octets + flow->side[1].octets;
	return true;
}

void flow_message_seal(struct flow_message *m, uint32_t time_s, uint32_t sequence, uint32_t domain)
{
	close_set(m);
	uint8_t *at = put16(m->data, IPFIX_VERSION);
	at = put16(at, (uint16_t)m->used);
	at = put32(at, time_s);
	at = put32(at, sequence);
	(void)put32(at, domain);
}
