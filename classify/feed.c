#include "classify/application.h"
#include "classify/inspection.h"

#include <netinet/in.h>
#include <string.h>

/* A packet made up again from its flow and witness, for octets whose packet is gone. */
struct made_packet {
	struct packet packet;
	struct frame frame;
};

static const struct packet *make_up(const struct run *run, const struct witness *w, struct made_packet *e)
{
	const struct flow *flow = run->flow;
	int d = run->direction;
	const struct flow_side *side = &flow->side[d];
	*e = (struct made_packet){
		.frame = {.time_ns = w->time_ns, .ordinal = w->ordinal, .number = w->number, .source = w->source},
		.packet = {.segment = flow->segment,
			   .version = flow->version,
			   .protocol = flow->protocol,
			   .verdict = VERDICT_IP,
			   .ttl = w->ttl,
			   .flags = PACKET_HAS_PORTS,
			   .src = d == FLOW_FORWARD ? flow->src : flow->dst,
			   .dst = d == FLOW_FORWARD ? flow->dst : flow->src,
			   .sport = d == FLOW_FORWARD ? flow->sport : flow->dport,
			   .dport = d == FLOW_FORWARD ? flow->dport : flow->sport,
			   .clock_ns = run->packet ? run->packet->clock_ns : w->time_ns},
	};
	e->packet.frame = &e->frame;
	if (!mac_is_zero(side->mac)) {
		e->packet.flags |= PACKET_HAS_MAC;
		memcpy(e->packet.src_mac, side->mac, 6);
		memcpy(e->packet.dst_mac, flow->side[!d].mac, 6);
	}
	return &e->packet;
}

/* The packet that brought the octets: the one at hand if it travels that way. */
static const struct packet *packet_of(const struct run *run, struct made_packet *e)
{
	if (run->packet && run->packet_direction == run->direction)
		return run->packet;
	return make_up(run, &run->insp->witness[run->direction], e);
}

static bool closed(const struct run *run)
{
	return run->insp->over || run->insp->stream[run->direction].over;
}

static void close_direction(struct run *run, int direction)
{
	run->insp->stream[direction].over = true;
	run->flow->inspected |= (uint8_t)(1 << direction);
	run->insp->over |= run->insp->stream[!direction].over;
}

void feed_give_up(struct run *run)
{
	struct inspection *insp = run->insp;
	insp->over = true;
	if (insp->counted)
		return;
	insp->counted = true;
	run->in->counters.unknown++;
}

bool feed_adopt(struct run *run, const struct dissector *d)
{
	struct inspection *insp = run->insp;
	pool_put(&run->in->pool, insp->state);
	insp->state = d->state_bytes ? pool_get(&run->in->pool, d->state_bytes) : NULL;
	if (d->state_bytes && !insp->state) {
		run->in->counters.shed_memory++;
		insp->over = true;
		return false;
	}
	if (insp->state)
		memset(insp->state, 0, d->state_bytes);
	insp->dissector = d;
	insp->application = NULL;
	insp->consumed[0] = insp->consumed[1] = false;
	if (!insp->hand_overs)
		run->flow->application = selector_application(run->in->selector, d);
	run->in->counters.identified += !insp->counted;
	insp->counted = true;
	return true;
}

/* What this direction says is nobody's: the other may tell alone what it is, as a server does whose client speaks
 * the wrong protocol. */
static void leave_to_other(struct run *run)
{
	run->insp->candidates = selector_all(run->in->selector, TRANSPORT_TCP);
	close_direction(run, run->direction);
}

/* The dissector says it was the wrong one: another may try, if the octets are still there from their start. */
static void reject(struct run *run)
{
	struct inspection *insp = run->insp;
	const struct dissector *wrong = insp->dissector;
	insp->dissector = NULL;
	bool stream = run->flow->protocol == IPPROTO_TCP; /* each datagram is whole: inspect.c asks others about it */
	if (stream && insp->consumed[run->direction]) {
		feed_give_up(run);
		return;
	}
	if (stream && insp->consumed[!run->direction]) {
		insp->candidates = selector_all(run->in->selector, TRANSPORT_TCP);
		close_direction(run, !run->direction);
	}
	candidates_remove(&insp->candidates, wrong);
	if (!insp->service_said)
		run->flow->application = 0;
}

static void hand_over(struct run *run, const struct dissector *next)
{
	struct inspection *insp = run->insp;
	if (insp->hand_overs++ == INSPECT_HAND_OVERS) {
		insp->over = true;
		return;
	}
	insp->candidates = selector_all(run->in->selector, TRANSPORT_TCP);
	if (next != &dissector_any) {
		feed_adopt(run, next);
		return;
	}
	insp->dissector = NULL;
	insp->any = false;
	insp->passed_on = true;
}

static void open_dissection(struct run *run, struct dissection *x, const struct packet *packet)
{
	struct inspection *insp = run->insp;
	*x = (struct dissection){
		.finder = &run->in->finder,
		.packet = packet,
		.flow = run->flow,
		.direction = run->direction,
		.server = insp->server,
		.unsure = insp->unsure,
		.passed_on = insp->passed_on,
		.state = insp->state,
		.dissector = insp->dissector,
		.inspection = insp,
		.service_said = insp->service_said,
		.application = insp->application,
	};
}

/* What the dissector said of the rest of the flow. */
static void close_dissection(struct run *run, const struct dissection *x)
{
	struct inspection *insp = run->insp;
	insp->server = (uint8_t)x->server;
	insp->unsure = x->unsure;
	insp->service_said = x->service_said;
	if (x->application && x->application != insp->application && !insp->hand_overs) {
		insp->application = x->application;
		run->flow->application = application_number(x->application);
	}
	if (x->failed) {
		reject(run);
		return;
	}
	if (x->next) {
		hand_over(run, x->next);
		return;
	}
	for (int d = 0; d < 2; d++)
		if (x->done[d])
			close_direction(run, d);
}

/* Skips what is there of n unwanted octets of a direction, and notes the rest. */
static size_t skip_here(struct run *run, int direction, uint64_t n, size_t here)
{
	size_t now = n < here ? (size_t)n : here;
	run->insp->stream[direction].skip += n - now;
	return now;
}

/* Shows octets to the dissector once; returns how many are done with. `last`: none will come behind them. */
static size_t show(struct run *run, const uint8_t *data, size_t len, bool last)
{
	struct inspection *insp = run->insp;
	struct made_packet e;
	struct dissection x;
	open_dissection(run, &x, packet_of(run, &e));
	x.last = last;
	struct cursor c = cursor_init(data, len);
	insp->dissector->stream(&x, &c);
	close_dissection(run, &x);
	if (x.failed)
		return 0;
	size_t used = c.short_read ? 0 : (size_t)(c.at - data);
	used += skip_here(run, run->direction, x.skip[run->direction], len - used);
	int other = !run->direction;
	if (x.skip[other])
		pending_drop(&insp->pending[other], skip_here(run, other, x.skip[other], insp->pending[other].len));
	insp->consumed[run->direction] |= used && !x.next;
	return used;
}

/* Shows the dissector what waits of the other direction. */
static void pump_other(struct run *run)
{
	struct inspection *insp = run->insp;
	run->direction = !run->direction;
	struct pending *p = &insp->pending[run->direction];
	const struct dissector *d = insp->dissector;
	while (p->len && insp->dissector == d && !closed(run)) {
		size_t used = show(run, pending_data(p), p->len, false);
		if (!used)
			break;
		pending_drop(p, used);
	}
	run->direction = !run->direction;
}

/* Asks for a dissector; false when there is none (yet, or ever). */
static bool choose(struct run *run, const uint8_t *data, size_t len, bool final)
{
	struct inspection *insp = run->insp;
	struct probe_input in = {.sport = run->flow->sport,
				 .dport = run->flow->dport,
				 .transport = TRANSPORT_TCP,
				 .mid_stream = insp->mid_stream};
	in.first[run->direction] = cursor_init(data, len);
	const struct pending *other = &insp->pending[!run->direction];
	if (other->len)
		in.first[!run->direction] = cursor_init(pending_data(other), other->len);
	final |= len >= SELECT_BYTES;
	const struct dissector *d = selector_ask(run->in->selector, &insp->candidates, &in, final);
	if (d)
		return feed_adopt(run, d);
	midstream_tell(run);
	if ((!final && !candidates_empty(&insp->candidates)) || midstream_pass(run))
		return false;
	const struct ordering *rest = &insp->stream[!run->direction];
	bool silent = !other->len && !rest->over && (!rest->started || rest->next == rest->isn + 1);
	if (silent && run->packet)
		leave_to_other(run);
	else
		feed_give_up(run);
	return false;
}

/* The first octets of the second to speak. Who sends HTTP to an SSH server is answered with a banner all the same: what
 * the dissector of the first denies and another is sure of is another's, and what the first said is done with. */
static void reconsider(struct run *run, const uint8_t *data, size_t len)
{
	struct inspection *insp = run->insp;
	struct probe_input in = {.sport = run->flow->sport,
				 .dport = run->flow->dport,
				 .transport = TRANSPORT_TCP,
				 .mid_stream = insp->mid_stream};
	in.first[run->direction] = cursor_init(data, len);
	if (insp->dissector->probe(&in) != PROBE_NO)
		return;
	struct candidates c = selector_all(run->in->selector, TRANSPORT_TCP);
	const struct dissector *d = selector_ask(run->in->selector, &c, &in, false);
	if (!d || !feed_adopt(run, d))
		return;
	insp->candidates = c;
	close_direction(run, !run->direction);
}

static bool is_answer(const struct inspection *insp, int direction)
{
	return insp->dissector && insp->consumed[!direction] && !insp->consumed[direction] && !insp->hand_overs &&
	       !insp->pending[direction].len;
}

/* Shows octets to whom they concern until nothing moves; returns how many are done with. */
static size_t process(struct run *run, const uint8_t *data, size_t len, bool final)
{
	struct inspection *insp = run->insp;
	size_t at = 0;
	run->passed_over = false;
	if (len && is_answer(insp, run->direction))
		reconsider(run, data, len);
	while (at < len && !closed(run)) {
		if (!insp->dissector) {
			if (!choose(run, data + at, len - at, final))
				break;
			if (insp->first != run->direction)
				pump_other(run);
			if (!insp->dissector || closed(run))
				continue;
		}
		const struct dissector *d = insp->dissector;
		size_t used = show(run, data + at, len - at, false);
		at += used;
		if (insp->dissector != d) {
			if (insp->dissector)
				pump_other(run);
			continue;
		}
		if (!used)
			break;
	}
	return closed(run) || run->passed_over ? len : at;
}

/* Keeps what was not consumed; without room the direction is given up. */
static bool keep(struct run *run, const struct witness *witness, const uint8_t *data, size_t len)
{
	struct inspection *insp = run->insp;
	if (!len)
		return true;
	insp->witness[run->direction] = witness ? *witness : run->stream.witness;
	if (pending_add(&insp->pending[run->direction], &run->in->pool, data, len))
		return true;
	run->in->counters.shed_memory += insp->pending[run->direction].len + len <= INSPECT_PENDING_BYTES;
	if (!insp->dissector)
		feed_give_up(run);
	close_direction(run, run->direction);
	return false;
}

/* More octets behind those that wait. */
static void extend(struct run *run, const struct witness *witness, const uint8_t *data, size_t len)
{
	struct ordering *s = &run->insp->stream[run->direction];
	struct pending *p = &run->insp->pending[run->direction];
	while (len && !closed(run)) {
		size_t n = s->skip < len ? (size_t)s->skip : len;
		s->skip -= n;
		data += n;
		len -= n;
		n = INSPECT_PENDING_BYTES - p->len;
		if (!n) {
			close_direction(run, run->direction);
			return;
		}
		n = n < len ? n : len;
		if (!keep(run, witness, data, n))
			return;
		data += n;
		len -= n;
		pending_drop(p, process(run, pending_data(p), p->len, false));
	}
}

static void take(void *context, const struct witness *witness, const uint8_t *data, size_t len)
{
	struct run *run = context;
	struct inspection *insp = run->insp;
	if (closed(run))
		return;
	if (!insp->any) {
		insp->any = true;
		insp->first = (uint8_t)run->direction;
	}
	if (witness)
		insp->witness[run->direction] = *witness;
	if (insp->mid_stream && !insp->dissector && midstream_take(run, data, len))
		return;
	if (insp->pending[run->direction].len) {
		extend(run, witness, data, len);
		return;
	}
	size_t used = process(run, data, len, false);
	if (!closed(run) && len - used <= INSPECT_PENDING_BYTES)
		keep(run, witness, data + used, len - used);
	else
		close_direction(run, run->direction);
}

/* What waits in run->direction is shown as it is, for the last time. */
static void show_last(struct run *run)
{
	struct pending *p = &run->insp->pending[run->direction];
	const struct dissector *d = run->insp->dissector;
	while (d && p->len && !closed(run) && run->insp->dissector == d) {
		size_t used = show(run, pending_data(p), p->len, true);
		if (!used)
			break;
		pending_drop(p, used);
	}
}

/* Octets will never come: what waits has to do. */
static void lose(void *context, uint64_t octets)
{
	struct run *run = context;
	struct inspection *insp = run->insp;
	struct pending *p = &insp->pending[run->direction];
	if (closed(run))
		return;
	if (!insp->dissector && !p->len) {
		insp->mid_stream = true;
		return;
	}
	if (!insp->dissector)
		pending_drop(p, process(run, pending_data(p), p->len, true));
	show_last(run);
	if (closed(run) || !insp->dissector)
		return;
	octets += p->len;
	pending_drop(p, p->len);
	if (!insp->dissector->gap) {
		close_direction(run, run->direction);
		return;
	}
	struct made_packet e;
	struct dissection x;
	open_dissection(run, &x, packet_of(run, &e));
	insp->dissector->gap(&x, octets);
	insp->consumed[run->direction] = true;
	close_dissection(run, &x);
	for (int d = 0; d < 2 && !x.failed; d++)
		insp->stream[d].skip += x.skip[d];
}

static size_t compare(void *context, uint32_t back, const uint8_t *data, size_t len)
{
	struct run *run = context;
	const struct pending *p = &run->insp->pending[run->direction];
	size_t differ = 0;
	for (size_t i = 0; i < len && i < back; i++) {
		size_t from_end = back - i;
		if (from_end <= p->len)
			differ += data[i] != pending_data(p)[p->len - from_end];
	}
	return differ;
}

const struct ordering_sink feed_sink = {take, lose, compare};

void feed_datagram(struct run *run, const uint8_t *data, size_t len)
{
	struct inspection *insp = run->insp;
	const struct dissector *before;
	struct cursor c;
	do {
		struct dissection x;
		before = insp->dissector;
		open_dissection(run, &x, run->packet);
		c = cursor_init(data, len);
		before->datagram(&x, &c);
		close_dissection(run, &x);
		insp->consumed[run->direction] |= !x.failed && !x.next;
	} while (insp->dissector && insp->dissector != before && insp->dissector->datagram && c.at == data &&
		 !insp->over);
}

/* Nobody was sure, and nothing more comes. */
static void decide(struct run *run)
{
	struct inspection *insp = run->insp;
	run->direction = insp->first;
	if (!insp->pending[run->direction].len)
		run->direction = !run->direction;
	struct pending *p = &insp->pending[run->direction];
	if (!p->len)
		return;
	pending_drop(p, process(run, pending_data(p), p->len, true));
	if (insp->dissector && !insp->over)
		pump_other(run);
}

void feed_end(struct run *run)
{
	struct inspection *insp = run->insp;
	for (int i = 0; i < 2; i++) {
		run->direction = i ? !insp->first : insp->first;
		if (!insp->over)
			ordering_flush(&insp->stream[run->direction], &run->stream);
	}
	if (!insp->dissector && !insp->over)
		decide(run);
	for (int i = 0; i < 2 && !insp->over; i++) {
		run->direction = i ? !insp->first : insp->first;
		show_last(run);
	}
}
