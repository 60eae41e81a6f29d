#include "classify/inspect.h"

#include "classify/application.h"
#include "classify/crowd.h"
#include "classify/fingerprint/tcp.h"
#include "classify/inspection.h"
#include "classify/link.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_BYTES ((size_t)256 << 20)

struct inspector *inspector_new(const struct inspector_options *options, const struct finder *finder)
{
	struct inspector *in = calloc(1, sizeof *in);
	if (!in)
		return NULL;
	in->finder = *finder;
	in->clocks = clocks_new();
	in->expectations = expectations_new();
	if (!in->clocks || !in->expectations) {
		clocks_free(in->clocks);
		expectations_free(in->expectations);
		free(in);
		return NULL;
	}
	pool_init(&in->pool, options && options->max_bytes ? options->max_bytes : DEFAULT_BYTES);
	in->selector = selector_get();
	return in;
}

void inspector_free(struct inspector *in)
{
	if (!in)
		return;
	pool_fini(&in->pool);
	clocks_free(in->clocks);
	expectations_free(in->expectations);
	free(in);
}

const struct inspect_counters *inspector_counters(const struct inspector *in)
{
	return &in->counters;
}

void inspector_prefetch(const struct packet *packet, const struct flow *flow)
{
	const char *insp = flow->inspect;
	if (!insp || syn_is(insp))
		return;
	__builtin_prefetch(insp, 1);
	__builtin_prefetch(insp + 64, 1);
	if (!packet->payload_wire)
		return;
	for (size_t at = 128; at < sizeof(struct inspection); at += 64)
		__builtin_prefetch(insp + at, 1);
	__asm__ volatile(""); /* GCC 12 takes a function that only prefetches for one without effect */
}

/* Of a connection that was there before we came, who spoke first says nothing: its ports may. */
static void orient_stream(const struct inspector *in, struct inspection *insp, const struct flow *flow,
			  enum transport transport)
{
	enum port_use s = selector_port_use(in->selector, transport, flow->sport),
		      d = selector_port_use(in->selector, transport, flow->dport);
	insp->unsure = s == d;
	insp->server = s > d ? FLOW_FORWARD : FLOW_REVERSE;
}

/* Who sends the first datagram asks, unless that is plainly an answer to what was asked before we came. */
static void orient_datagrams(const struct inspector *in, struct inspection *insp, const struct flow *flow)
{
	bool answer = selector_port_use(in->selector, TRANSPORT_UDP, flow->sport) == PORT_SERVICE &&
		      selector_port_use(in->selector, TRANSPORT_UDP, flow->dport) == PORT_EPHEMERAL;
	insp->server = answer ? FLOW_FORWARD : FLOW_REVERSE;
}

struct inspection *inspection_create(struct inspector *in, struct flow *flow, enum transport transport)
{
	struct inspection *insp = pool_get(&in->pool, sizeof *insp);
	if (!insp) {
		in->counters.shed_memory++;
		flow->inspect = NULL;
		flow->inspected = INSPECTED_BOTH;
		return NULL;
	}
	memset(insp, 0, sizeof *insp);
	insp->in = in;
	insp->server = FLOW_REVERSE;
	insp->candidates = selector_all(in->selector, transport);
	insp->mid_stream = !syn_is(flow->inspect);
	if (!insp->mid_stream)
		ordering_syn(&insp->stream[FLOW_FORWARD], syn_unpack(flow->inspect));
	else if (transport == TRANSPORT_UDP)
		orient_datagrams(in, insp, flow);
	else
		orient_stream(in, insp, flow, transport);
	flow->inspect = insp;
	in->counters.flows++;
	return insp;
}

void inspection_release(struct inspector *in, struct flow *flow)
{
	struct inspection *insp = inspection_of(flow);
	flow->inspect = NULL;
	if (!insp)
		return;
	for (int d = 0; d < 2; d++) {
		ordering_close(&insp->stream[d], &in->pool);
		pending_close(&insp->pending[d], &in->pool);
	}
	pool_put(&in->pool, insp->state);
	pool_put(&in->pool, insp);
}

void run_begin(struct run *run, struct inspector *in, struct flow *flow, const struct packet *packet,
	       enum flow_direction direction)
{
	*run = (struct run){
		.in = in,
		.insp = inspection_of(flow),
		.flow = flow,
		.packet = packet,
		.packet_direction = direction,
		.direction = direction,
		.stream = {.pool = &in->pool, .counters = &in->counters, .sink = &feed_sink},
	};
	if (packet)
		run->stream.witness = (struct witness){packet->frame->ordinal, packet->frame->number,
						       packet->frame->time_ns, packet->frame->source, packet->ttl};
	run->stream.context = run;
}

/* After every call: memory nobody needs goes back. */
void run_end(struct run *run)
{
	struct inspection *insp = run->insp;
	if (!insp)
		return; /* there was no memory for it */
	if (insp->over) {
		run->flow->inspected = INSPECTED_BOTH;
		inspection_release(run->in, run->flow);
		return;
	}
	for (int d = 0; d < 2; d++) {
		if (insp->stream[d].over)
			ordering_close(&insp->stream[d], &run->in->pool);
		if (insp->pending[d].data && (insp->stream[d].over || !insp->pending[d].len))
			pending_close(&insp->pending[d], &run->in->pool);
	}
}

void inspector_release(struct inspector *in, struct flow *flow)
{
	if (inspection_of(flow) && flow->protocol == 6) {
		struct run run;
		run_begin(&run, in, flow, NULL, FLOW_FORWARD);
		feed_end(&run);
	}
	inspection_release(in, flow);
}

void inspector_say(struct inspector *in, const struct packet *packet, struct flow *flow, enum field field,
		   const void *value, size_t len)
{
	struct dissection x = {.finder = &in->finder, .packet = packet, .flow = flow};
	dissection_yield(&x, field, SUBJECT_SENDER, value, len);
}

void inspector_say_service(struct inspector *in, const struct packet *packet, struct flow *flow, enum subject subject,
			   const char *application)
{
	struct dissection x = {.finder = &in->finder, .packet = packet, .flow = flow};
	dissection_yield(&x, FIELD_SERVICE, subject, application, strlen(application));
}

static void yield_stack(struct inspector *in, const struct packet *packet, struct flow *flow, enum field field)
{
	char text[FINGERPRINT_TCP_BYTES];
	inspector_say(in, packet, flow, field, text, fingerprint_tcp(packet, text));
}

/* A SYN of a real stack has more options than its shortest, which floods and scans send. */
#define LEAST_OPTIONS 8

/* "2;Linux;Linux": so many of the make by which they begin connections. */
static void yield_clocks(struct inspector *in, const struct packet *packet, struct flow *flow)
{
	static const enum field fields[CLOCK_KINDS] = {FIELD_TCP_CLOCKS, FIELD_IP_COUNTERS};
	unsigned at_least[CLOCK_KINDS];
	if (packet->tcp.options_len < LEAST_OPTIONS || !clocks_note(in->clocks, packet, at_least))
		return;
	char syn_text[FINGERPRINT_TCP_BYTES], value[64];
	fingerprint_tcp(packet, syn_text);
	for (unsigned kind = 0; kind < CLOCK_KINDS; kind++)
		if (at_least[kind])
			inspector_say(in, packet, flow, fields[kind], value,
				      crowd_of_one(at_least[kind], syn_text, value, sizeof value));
}

/* A new connection under the same addresses and ports: what was is over. */
void inspection_restart(struct inspector *in, struct flow *flow)
{
	inspector_release(in, flow);
	flow->inspected = 0;
	flow->application = 0;
}

/* Is it the SYN we know, come again or late? */
static bool syn_known(const struct flow *flow, enum flow_direction direction, uint32_t isn)
{
	if (syn_is(flow->inspect))
		return direction == FLOW_FORWARD && syn_unpack(flow->inspect) == isn;
	const struct inspection *insp = flow->inspect;
	return insp && insp->stream[direction].started && insp->stream[direction].isn == isn;
}

static void syn(struct inspector *in, const struct packet *packet, struct flow *flow, enum flow_direction direction)
{
	if (syn_known(flow, direction, packet->tcp.seq))
		return;
	if (flow->inspect || flow->inspected)
		inspection_restart(in, flow);
	yield_stack(in, packet, flow, FIELD_TCP_SYN);
	yield_clocks(in, packet, flow);
	if (direction == FLOW_FORWARD) {
		flow->inspect = syn_pack(packet->tcp.seq);
		return;
	}
	struct inspection *insp = inspection_create(in, flow, TRANSPORT_TCP);
	if (!insp)
		return;
	insp->mid_stream = insp->unsure = false;
	insp->server = FLOW_FORWARD;
	ordering_syn(&insp->stream[direction], packet->tcp.seq);
}

/* What another connection has announced is known, and what it carries is no protocol: nothing more is looked at. */
static bool expected(struct inspector *in, const struct packet *packet, struct flow *flow)
{
	const char *application = expectations_take(in->expectations, packet);
	if (!application)
		return false;
	inspector_say(in, packet, flow, FIELD_SERVICE, application, strlen(application));
	inspection_release(in, flow);
	flow->application = application_number(application);
	flow->inspected = INSPECTED_BOTH;
	in->counters.flows++;
	in->counters.identified++;
	return true;
}

static void syn_ack(struct inspector *in, const struct packet *packet, struct flow *flow, enum flow_direction direction)
{
	struct inspection *insp = inspection_of(flow);
	if (flow->inspected == INSPECTED_BOTH || syn_known(flow, direction, packet->tcp.seq))
		return;
	if (insp && insp->stream[direction].started) {
		inspection_restart(in, flow);
		insp = NULL;
	}
	yield_stack(in, packet, flow, FIELD_TCP_SYN_ACK);
	inspector_say(in, packet, flow, FIELD_SERVICE, NULL, 0);
	if (expected(in, packet, flow))
		return;
	if (!insp && !(insp = inspection_create(in, flow, TRANSPORT_TCP)))
		return;
	insp->mid_stream = insp->unsure = false;
	insp->server = (uint8_t)direction;
	ordering_syn(&insp->stream[direction], packet->tcp.seq);
	ordering_syn(&insp->stream[!direction], packet->tcp.ack - 1);
}

static bool all_zero(const uint8_t *data, uint32_t len)
{
	while (len && !data[len - 1])
		len--;
	return !len;
}

/* Octets that no application wrote: the lone zero of a keep-alive probe in the midst of a connection must not be
 * taken for its begin; and there are stacks that count the padding of their shortest frames as payload. */
static bool meaningless(const struct packet *packet, bool started)
{
	if (packet->payload_len != packet->payload_wire || packet->payload_len > 6 ||
	    !all_zero(packet->payload, packet->payload_len))
		return false;
	bool shortest = packet->frame->wirelen && packet->frame->wirelen <= 60;
	return (packet->payload_len == 1 && !started) ||
	       (shortest && (packet->tcp.flags & (uint16_t)~TCP_SYN) == TCP_ACK);
}

/* Acknowledgement and payload of a segment. */
static void segment(struct inspector *in, const struct packet *packet, struct flow *flow, enum flow_direction direction)
{
	const struct tcp_header *tcp = &packet->tcp;
	struct inspection *insp = inspection_of(flow);
	bool payload = packet->payload_wire && !(tcp->flags & TCP_RST);
	if (!insp && (!payload || !(insp = inspection_create(in, flow, TRANSPORT_TCP))))
		return;
	if (!payload && !insp->stream[!direction].held)
		return;
	struct run run;
	run_begin(&run, in, flow, packet, direction);
	if (tcp->flags & TCP_ACK) {
		run.direction = !direction;
		ordering_ack(&insp->stream[!direction], &run.stream, tcp->ack);
		run.direction = direction;
	}
	if (payload && !insp->over && !meaningless(packet, insp->stream[direction].started))
		ordering_segment(&insp->stream[direction], &run.stream, tcp->seq + !!(tcp->flags & TCP_SYN),
				 packet->payload, packet->payload_len, packet->payload_wire);
	run_end(&run);
}

static void tcp_packet(struct inspector *in, const struct packet *packet, struct flow *flow,
		       enum flow_direction direction)
{
	uint16_t flags = packet->tcp.flags;
	if (flow->inspected == INSPECTED_BOTH && !(flags & TCP_SYN))
		return;
	if (!(packet->flags & PACKET_TCP) || packet->flags & PACKET_LATER_FRAGMENT)
		return;
	if (flags & TCP_SYN && !(flags & (TCP_RST | TCP_FIN))) {
		if (flags & TCP_ACK)
			syn_ack(in, packet, flow, direction);
		else
			syn(in, packet, flow, direction);
	}
	if (flow->inspected != INSPECTED_BOTH)
		segment(in, packet, flow, direction);
}

static void link_frame(struct inspector *in, const struct packet *packet, const uint8_t *data, size_t len)
{
	for (const struct link_dissector *const *row = link_table; *row; row++) {
		if (!(*row)->match(packet))
			continue;
		struct dissection x = {.finder = &in->finder, .packet = packet};
		struct cursor c = cursor_init(data, len);
		(*row)->frame(&x, &c);
		return;
	}
}

void inspector_packet(struct inspector *in, const struct packet *packet, struct flow *flow,
		      enum flow_direction direction)
{
	switch (packet->protocol) {
	case 6:
		tcp_packet(in, packet, flow, direction);
		break;
	case 17:
		inspect_datagram(in, packet, flow, direction);
		break;
	case IPPROTO_SCTP:
		inspect_association(in, packet, flow, direction);
		break;
	case 1:
		break;
	default:
		if (!(packet->flags & PACKET_LATER_FRAGMENT) && packet->payload_len)
			link_frame(in, packet, packet->payload, packet->payload_len);
	}
}

/* Its flow is made for it alone, so that no order of packets matters. */
void inspector_alone(struct inspector *in, const struct packet *packet)
{
	struct flow flow = {.segment = packet->segment,
			    .version = packet->version,
			    .protocol = packet->protocol,
			    .src = packet->src,
			    .dst = packet->dst,
			    .sport = packet->sport,
			    .dport = packet->dport};
	flow.side[FLOW_FORWARD].packets = 1;
	inspector_packet(in, packet, &flow, FLOW_FORWARD);
	inspector_release(in, &flow);
}

void inspector_frame(struct inspector *in, const struct packet *packet)
{
	if (packet->l3_len)
		link_frame(in, packet, packet->l3, packet->l3_len);
}
