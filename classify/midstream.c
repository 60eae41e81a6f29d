/* Connections that were there before anybody watched: their octets are asked about segment by segment, since messages
 * often begin with one, and who serves is told even where nobody knows what.
 */
#include "classify/inspection.h"

/* Where services are, and nobody opens connections from: servers of FTP do from 20 (RFC 959 3.2), clients who show that
 * they may (rresvport, NFS) from 512 on. */
static bool is_service_port(const struct selector *s, uint16_t port)
{
	return selector_usual_port(s, TRANSPORT_TCP, port) || (port < 512 && port != 20);
}

/* Whoever sends from a port where services are, to one that clients are given, serves there, in the midst of whatever.
 */
void midstream_tell(const struct run *run)
{
	struct inspection *insp = run->insp;
	const struct selector *s = run->in->selector;
	const struct packet *p = run->packet;
	if (!insp->mid_stream || insp->nameless || !p || run->packet_direction != run->direction ||
	    !is_service_port(s, p->sport) || selector_port_use(s, TRANSPORT_TCP, p->dport) != PORT_EPHEMERAL)
		return;
	struct dissection x = {.finder = &run->in->finder, .packet = p, .flow = run->flow};
	dissection_yield(&x, FIELD_SERVICE, SUBJECT_SENDER, NULL, 0);
	insp->nameless = true;
}

/* Octets from the midst of a connection that nobody knows: the next segment may begin with a message. */
bool midstream_pass(struct run *run)
{
	struct inspection *insp = run->insp;
	struct pending *other = &insp->pending[!run->direction];
	if (!insp->mid_stream || !run->packet || insp->passed_over[run->direction] == INSPECT_MIDST)
		return false;
	insp->passed_over[run->direction]++;
	pending_drop(other, other->len);
	insp->candidates = selector_all(run->in->selector, TRANSPORT_TCP);
	insp->any = false;
	run->passed_over = true;
	return true;
}

/* Fewer octets fit too much by chance. */
#define LEAST_ANEW 16

/* The segment begins what somebody is sure of, while nobody is of what came before it. */
static bool begins_anew(struct run *run, const uint8_t *data, size_t len)
{
	struct inspection *insp = run->insp;
	struct probe_input in = {
		.sport = run->flow->sport, .dport = run->flow->dport, .transport = TRANSPORT_TCP, .mid_stream = true};
	if ((!insp->pending[0].len && !insp->pending[1].len) || len < LEAST_ANEW)
		return false;
	in.first[run->direction] = cursor_init(data, len);
	struct candidates c = selector_all(run->in->selector, TRANSPORT_TCP);
	return selector_ask(run->in->selector, &c, &in, false);
}

/* Nobody is asked about this direction any more; the other may tell. */
static bool is_unasked(struct run *run)
{
	struct inspection *insp = run->insp;
	if (insp->passed_over[run->direction] < INSPECT_MIDST)
		return false;
	pending_drop(&insp->pending[run->direction], insp->pending[run->direction].len);
	if (++insp->unasked == INSPECT_MIDST_MORE || insp->passed_over[!run->direction] >= INSPECT_MIDST)
		feed_give_up(run);
	return true;
}

/* What waits was part of something else. */
static void forget(struct run *run)
{
	struct inspection *insp = run->insp;
	for (int d = 0; d < 2; d++)
		pending_drop(&insp->pending[d], insp->pending[d].len);
	insp->candidates = selector_all(run->in->selector, TRANSPORT_TCP);
	insp->first = (uint8_t)run->direction;
}

bool midstream_take(struct run *run, const uint8_t *data, size_t len)
{
	if (is_unasked(run))
		return true;
	if (begins_anew(run, data, len))
		forget(run);
	return false;
}
