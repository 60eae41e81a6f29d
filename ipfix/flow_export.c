#include "ipfix/flow_export.h"

#include "core/time.h"
#include "ipfix/assertion.h"
#include "ipfix/message.h"
#include "ipfix/transport.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MESSAGE_BYTES 65535
#define UDP_MESSAGE_BYTES  1400 /* whole in an Ethernet frame */
#define TEMPLATE_REFRESH   (600 * NS_PER_SECOND)
#define TEMPLATE_RECORDS   20000 /* over UDP, whichever comes first */
#define SEGMENT_OVERLAY    0x80000000u
#define VXLAN              1 /* layer2SegmentId, RFC 7133 3.6 */

/* What a template has; bits of the number, and flags of the rows. */
enum { FORM_V6 = 1, FORM_REVERSE = 2, FORM_OVERLAY = 4, FORMS = 8 };
enum { ROW_V4 = 1, ROW_V6 = 2, ROW_REVERSE = 4, ROW_OVERLAY = 8, ROW_OWN = 16, ROW_ALL = 31 };
enum { LAYOUT = 1000, FIRST_TEMPLATE = 256 };

/* In the order of `rows`, without holes. */
struct record {
	uint64_t start_ms[2], end_ms[2], octets[2], packets[2];
	uint64_t overlay;
	uint8_t src6[16], dst6[16];
	fbVarfield_t application, community;
	uint32_t src4, dst4, segment;
	uint16_t sport, dport, tcp[2], tcp_first[2], tcp_rest[2], vlan, inner_vlan, icmp, icmp6;
	uint8_t protocol, end_reason, direction, ttl_min[2], ttl_max[2];
	uint8_t src_mac[6], dst_mac[6];
};

static const struct message_row rows[] = {{"flowStartMilliseconds", 8, 0},
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

struct flow_exporter {
	struct flow_export_options options;
	struct transport transport;
	struct message_session *session;
	struct flow_exporter_counters counters;
	uint64_t templates_ns;        /* when they were last sent */
	uint64_t templates_delivered; /* counters.delivered then */
	int code;                     /* of the first failure */
	struct error first;
};

static void fail(struct flow_exporter *x, int code, const struct error *error)
{
	if (x->code)
		return;
	x->code = code;
	x->first = *error;
}

static void take(void *context, const uint8_t *data, size_t len, uint32_t records)
{
	struct flow_exporter *x = context;
	struct error error;
	/* A stream is of no use behind a gap; the next datagram may fare better. */
	int code = x->code && !x->transport.datagrams ? x->code : transport_send(&x->transport, data, len, &error);
	if (code) {
		fail(x, code, &error);
		x->counters.dropped += records;
		return;
	}
	x->counters.delivered += records;
	x->counters.messages++;
	x->counters.octets += len;
}

static uint32_t row_flags(unsigned form, bool own)
{
	return (form & FORM_V6 ? ROW_V6 : ROW_V4) | (form & FORM_REVERSE ? ROW_REVERSE : 0) |
	       (form & FORM_OVERLAY ? ROW_OVERLAY : 0) | (own ? ROW_OWN : 0);
}

static int add_templates(struct flow_exporter *x, struct error *error)
{
	bool own = x->options.pen;
	int code = message_template(x->session, true, LAYOUT, rows, ROW_ALL, error);
	for (unsigned form = 0; !code && form < FORMS; form++)
		code = message_template(x->session, false, (uint16_t)(FIRST_TEMPLATE + form), rows,
					row_flags(form, own), error);
	return code;
}

static int begin(struct flow_exporter *x, struct error *error)
{
	static const char *const elements[] = {"initialTCPFlags", "unionTCPFlags", NULL};
	static const char *const with_own[] = {"initialTCPFlags", "unionTCPFlags", "communityId", "networkSegment",
					       NULL};
	x->session = message_open(
		&(struct message_options){.domain = x->options.domain,
					  .pen = x->options.pen,
					  .max = x->transport.datagrams ? UDP_MESSAGE_BYTES : FILE_MESSAGE_BYTES,
					  .types = true,
					  .elements = x->options.pen ? with_own : elements,
					  .take = take,
					  .context = x},
		error);
	if (!x->session)
		return ERROR_FAILED;
	int code = add_templates(x, error);
	if (!code)
		code = message_templates(x->session, error);
	x->templates_ns = time_now();
	if (!code && x->code) {
		*error = x->first;
		code = x->code;
	}
	return code;
}

int flow_exporter_open(const char *url, const struct flow_export_options *options, struct flow_exporter **out,
		       struct error *error)
{
	struct error unheard;
	error = error ? error : &unheard;
	*out = NULL;
	struct flow_exporter *x = calloc(1, sizeof *x);
	if (!x)
		return error_set(error, ERROR_FAILED, "flows %s: out of memory", url);
	x->options = *options;
	int code = transport_open(&x->transport, url, error);
	if (!code)
		code = begin(x, error);
	if (!code) {
		*out = x;
		return 0;
	}
	message_free(x->session);
	transport_close(&x->transport, NULL);
	free(x);
	return code;
}

/* Filling in. `d` is the flow's direction that becomes the record's `to`: 0 forward, 1 reverse. */

static void fill_side(struct record *r, const struct flow *f, int d, int to)
{
	const struct flow_side *s = &f->side[d];
	r->start_ms[to] = s->first_ns / 1000000;
	r->end_ms[to] = s->last_ns / 1000000;
	r->octets[to] = s->octets;
	r->packets[to] = s->packets;
	r->tcp[to] = s->tcp_union;
	r->tcp_first[to] = s->tcp_first;
	/* Only the union of all is kept: a SYN in it is the first packet's if that had one. */
	r->tcp_rest[to] = s->packets > 1 ? s->tcp_union & (uint16_t) ~(s->tcp_first & 0x02) : 0;
	r->ttl_min[to] = s->ttl_min;
	r->ttl_max[to] = s->ttl_max;
	memcpy(to ? r->dst_mac : r->src_mac, s->mac, 6);
}

static void fill_key(struct record *r, const struct flow_key *k, bool turned)
{
	const struct address *src = turned ? &k->dst : &k->src, *dst = turned ? &k->src : &k->dst;
	r->sport = turned ? k->dport : k->sport;
	r->dport = turned ? k->sport : k->dport;
	r->protocol = k->protocol;
	r->segment = k->segment;
	if (k->version == 6) {
		memcpy(r->src6, src->bytes, 16);
		memcpy(r->dst6, dst->bytes, 16);
	} else {
		memcpy(&r->src4, src->bytes, 4);
		memcpy(&r->dst4, dst->bytes, 4);
		r->src4 = ntohl(r->src4);
		r->dst4 = ntohl(r->dst4);
	}
	if (k->segment & SEGMENT_OVERLAY) {
		r->overlay = (uint64_t)VXLAN << 56 | (k->segment & 0xffffff);
	} else {
		r->vlan = k->segment & 0xfff;
		r->inner_vlan = k->segment >> 12 & 0xfff;
	}
}

/* biflowDirection: 2 the source is the responder, 1 the initiator, 0 just who sent first. */
static uint8_t direction(const struct flow *f, bool turned)
{
	bool known = f->key.protocol != IPPROTO_TCP || (f->side[0].tcp_first | f->side[1].tcp_first) & 0x02;
	return known ? 1 + turned : 0;
}

static unsigned fill(struct record *r, const struct flow *f)
{
	bool turned = !f->side[FLOW_FORWARD].packets;
	bool both = f->side[FLOW_FORWARD].packets && f->side[FLOW_REVERSE].packets;
	fill_key(r, &f->key, turned);
	fill_side(r, f, turned, 0);
	if (both)
		fill_side(r, f, FLOW_REVERSE, 1);
	if (f->key.protocol == IPPROTO_ICMP || f->key.protocol == IPPROTO_ICMPV6)
		r->icmp = r->icmp6 = f->first_icmp;
	r->end_reason = f->end_reason;
	r->direction = direction(f, turned);
	return (f->key.version == 6 ? FORM_V6 : 0) | (both ? FORM_REVERSE : 0) |
	       (f->key.segment & SEGMENT_OVERLAY ? FORM_OVERLAY : 0);
}

static fbVarfield_t text(const char *s)
{
	return (fbVarfield_t){.buf = (uint8_t *)(uintptr_t)s, .len = strlen(s)};
}

static void fill_community(struct record *r, const struct flow *f, char out[32])
{
	struct flow_tuple tuple = {.src = f->key.src,
				   .dst = f->key.dst,
				   .sport = f->key.sport,
				   .dport = f->key.dport,
				   .protocol = f->key.protocol,
				   .version = f->key.version};
	if (f->key.protocol == IPPROTO_ICMP || f->key.protocol == IPPROTO_ICMPV6) {
		tuple.sport = f->first_icmp >> 8;
		tuple.dport = f->first_icmp & 0xff;
	}
	community_id(&tuple, out);
	r->community = text(out);
}

void flow_exporter_write(struct flow_exporter *x, const struct flow *f)
{
	struct record r;
	struct error error;
	char community[32];
	memset(&r, 0, sizeof r);
	x->counters.offered++;
	unsigned form = fill(&r, f);
	const char *name = x->options.application_name ? x->options.application_name(f->application) : NULL;
	if (name)
		r.application = text(name);
	if (x->options.pen)
		fill_community(&r, f, community);
	int code = message_add(x->session, LAYOUT, (uint16_t)(FIRST_TEMPLATE + form), &r, sizeof r, &error);
	if (code) {
		fail(x, code, &error);
		x->counters.dropped++;
	}
	if (x->transport.datagrams && x->counters.delivered - x->templates_delivered >= TEMPLATE_RECORDS)
		flow_exporter_flush(x);
}

static bool templates_due(const struct flow_exporter *x)
{
	return x->transport.datagrams && (time_now() - x->templates_ns >= TEMPLATE_REFRESH ||
					  x->counters.delivered - x->templates_delivered >= TEMPLATE_RECORDS);
}

void flow_exporter_flush(struct flow_exporter *x)
{
	struct error error;
	int code = message_flush(x->session, &error);
	if (!code && templates_due(x)) {
		code = message_templates(x->session, &error);
		x->templates_ns = time_now();
		x->templates_delivered = x->counters.delivered;
	}
	if (code)
		fail(x, code, &error);
	/* A message fixbuf could not finish took its records with it. */
	x->counters.dropped = x->counters.offered - x->counters.delivered;
}

void flow_exporter_reopen(struct flow_exporter *x)
{
	struct error error;
	flow_exporter_flush(x);
	if (x->code || !transport_reopen(&x->transport))
		return;
	int code = message_templates(x->session, &error);
	if (code)
		fail(x, code, &error);
}

const struct flow_exporter_counters *flow_exporter_counters(const struct flow_exporter *x)
{
	return &x->counters;
}

int flow_exporter_close(struct flow_exporter *x, struct flow_exporter_counters *counters, struct error *error)
{
	struct error last;
	flow_exporter_flush(x);
	int code = transport_close(&x->transport, &last);
	if (code)
		fail(x, code, &last);
	code = x->code;
	if (code && error)
		*error = x->first;
	if (counters)
		*counters = x->counters;
	message_free(x->session);
	free(x);
	return code;
}
