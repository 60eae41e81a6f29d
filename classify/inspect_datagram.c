/* Datagrams: those of UDP, and the messages of SCTP's associations, which are shown alike. */
#include "classify/application.h"
#include "classify/inspection.h"
#include "classify/sctp.h"

#include <netinet/in.h>

#define MOST_CHUNKS  16 /* of a packet that are looked at */
#define MOST_CHANGES 8  /* of a flow's protocol */

static enum transport transport_of(const struct flow *flow)
{
	return flow->protocol == IPPROTO_SCTP ? TRANSPORT_SCTP : TRANSPORT_UDP;
}

/* Nobody is asked about more of a direction's datagrams. Of an association's packets many carry no message. */
static bool asked_enough(const struct run *run)
{
	uint64_t most = run->flow->protocol == IPPROTO_SCTP ? 4 * SELECT_DATAGRAMS : SELECT_DATAGRAMS;
	return run->flow->side[run->direction].packets >= most;
}

/* Finds a dissector for the datagram at hand; NULL when nobody is sure. */
static struct inspection *recognise(struct run *run, struct candidates *candidates)
{
	struct flow *flow = run->flow;
	struct probe_input input = {.sport = flow->sport, .dport = flow->dport, .transport = transport_of(flow)};
	input.first[run->direction] = cursor_init(run->packet->payload, run->packet->payload_len);
	const struct dissector *d = selector_ask(run->in->selector, candidates, &input, asked_enough(run));
	if (!d)
		return NULL;
	if (!run->insp)
		run->insp = inspection_create(run->in, flow, transport_of(flow));
	if (!run->insp || !feed_adopt(run, d))
		return NULL;
	flow->inspected = 0;
	return run->insp;
}

/* Nobody knows the datagram: one of the next may tell, or the direction is unknown. */
static void not_recognised(struct run *run)
{
	struct flow *flow = run->flow;
	bool enough = asked_enough(run);
	if (run->insp) {
		run->insp->over |= enough || transport_of(flow) != TRANSPORT_UDP;
		return;
	}
	if (!enough)
		return;
	flow->inspected |= (uint8_t)(1 << run->direction);
	if (flow->inspected == INSPECTED_BOTH && !flow->application) {
		run->in->counters.flows++;
		run->in->counters.unknown++;
	}
}

/* Shows the datagram to who recognises it, but not to `wrong`; false when nobody does. */
static bool ask_about(struct run *run, const struct dissector *wrong)
{
	struct candidates candidates = selector_all(run->in->selector, transport_of(run->flow));
	if (wrong)
		candidates_remove(&candidates, wrong);
	while (recognise(run, &candidates)) {
		const struct dissector *d = run->insp->dissector;
		feed_datagram(run, run->packet->payload, run->packet->payload_len);
		if (run->insp->dissector || run->insp->over)
			return true;
		candidates_remove(&candidates, d);
	}
	return false;
}

/* The dissector knows the protocol of earlier datagrams and not this one: who looks for a service tries several
 * protocols from one port. What nobody knows ends nothing, if the service is there. */
static void change(struct run *run, const struct dissector *wrong)
{
	struct inspection *insp = run->insp;
	if (transport_of(run->flow) != TRANSPORT_UDP || insp->changes++ >= MOST_CHANGES) {
		insp->over = true;
		return;
	}
	insp->stream[0].over = insp->stream[1].over = false;
	if (ask_about(run, wrong))
		return;
	insp->over |= !insp->service_said || !feed_adopt(run, wrong);
}

/* Its dissector, which nobody has answered yet, denies the datagram, and another is sure of it. */
static bool mistaken(const struct run *run)
{
	struct inspection *insp = run->insp;
	const struct dissector *d = insp->dissector;
	struct probe_input input = {.sport = run->flow->sport, .dport = run->flow->dport, .transport = TRANSPORT_UDP};
	if (insp->service_said || insp->changes >= MOST_CHANGES || transport_of(run->flow) != TRANSPORT_UDP)
		return false;
	input.first[run->direction] = cursor_init(run->packet->payload, run->packet->payload_len);
	if (!d->probe || d->probe(&input) != PROBE_NO)
		return false;
	struct candidates others = selector_all(run->in->selector, TRANSPORT_UDP);
	candidates_remove(&others, d);
	insp->changes++;
	return selector_ask(run->in->selector, &others, &input, false);
}

void inspect_datagram(struct inspector *in, const struct packet *packet, struct flow *flow,
		      enum flow_direction direction)
{
	/* Its first fragment alone told nothing: all of it may. */
	if (packet->flags & PACKET_WHOLE && !flow->application)
		flow->inspected &= (uint8_t) ~(1 << direction);
	if (flow->inspected & 1 << direction || packet->flags & PACKET_LATER_FRAGMENT || !packet->payload_len)
		return;
	struct run run;
	run_begin(&run, in, flow, packet, direction);
	const struct dissector *d = run.insp ? run.insp->dissector : NULL;
	if (!d) {
		if (!ask_about(&run, NULL))
			not_recognised(&run);
	} else if (mistaken(&run)) {
		change(&run, d);
	} else if (!run.insp->stream[direction].over) {
		feed_datagram(&run, packet->payload, packet->payload_len);
		if (!run.insp->dissector && !run.insp->over)
			change(&run, d);
	}
	run_end(&run);
}

/* Which end of an association serves: whom the other sent its INIT, or, when that was not seen, the likelier port. */
static bool association_server(const struct inspector *in, const struct flow *flow, enum flow_direction *server)
{
	enum port_use s = selector_port_use(in->selector, TRANSPORT_SCTP, flow->sport),
		      d = selector_port_use(in->selector, TRANSPORT_SCTP, flow->dport);
	bool began = syn_is(flow->inspect);
	*server = !began && s > d ? FLOW_FORWARD : FLOW_REVERSE;
	return began || s != d;
}

/* Messages that no dissector knows are known by the number they bear; who is sent them serves that, once it answered.
 */
static void name_association(struct inspector *in, const struct packet *packet, struct flow *flow,
			     enum flow_direction direction, uint32_t protocol)
{
	const char *application = sctp_application(protocol);
	enum flow_direction server;
	if (!application)
		return;
	if (!flow->application) {
		flow->application = application_number(application);
		in->counters.flows++;
		in->counters.identified++;
	}
	bool known = association_server(in, flow, &server);
	if (known && !flow->side[server].packets)
		return;
	if (known)
		inspector_say_service(in, packet, flow, server == direction ? SUBJECT_SENDER : SUBJECT_RECEIVER,
				      application);
	inspection_release(in, flow);
	flow->inspected = INSPECTED_BOTH;
}

static void user_message(struct inspector *in, const struct packet *packet, struct flow *flow,
			 enum flow_direction direction, const struct sctp_chunk *chunk)
{
	struct packet message = *packet;
	message.payload = chunk->data.at;
	message.payload_len = (uint32_t)cursor_left(&chunk->data);
	message.payload_wire = message.payload_len + !chunk->whole;
	inspect_datagram(in, &message, flow, direction);
	if (!inspection_of(flow) && (!flow->application || flow->inspected != INSPECTED_BOTH))
		name_association(in, packet, flow, direction, chunk->protocol);
}

/* An association begins: what was under the same addresses and ports is over. */
static void association(struct inspector *in, struct flow *flow, enum flow_direction direction, uint32_t tag)
{
	if (syn_is(flow->inspect) && syn_unpack(flow->inspect) == tag)
		return;
	if (flow->inspect || flow->inspected)
		inspection_restart(in, flow);
	if (direction == FLOW_FORWARD)
		flow->inspect = syn_pack(tag);
}

void inspect_association(struct inspector *in, const struct packet *packet, struct flow *flow,
			 enum flow_direction direction)
{
	struct cursor c = cursor_init(packet->payload, packet->payload_len);
	struct sctp_chunk chunk;
	if (packet->flags & (PACKET_LATER_FRAGMENT | PACKET_BAD_L4))
		return;
	for (unsigned i = 0; i < MOST_CHUNKS && sctp_next(&c, &chunk); i++) {
		if (chunk.type == SCTP_INIT)
			association(in, flow, direction, chunk.tag);
		else if (chunk.type == SCTP_INIT_ACK)
			inspector_say(in, packet, flow, FIELD_SERVICE, NULL, 0);
		else if (cursor_left(&chunk.data) && flow->inspected != INSPECTED_BOTH)
			user_message(in, packet, flow, direction, &chunk);
	}
}
