/* Makes packets of one flow for an inspector and writes down what it finds, for unit tests and fuzz targets.
 *
 * Each payload is handed over in storage of exactly its size, so that a sanitizer sees one octet too far. */
#ifndef ONLOOKER_TESTS_CLASSIFY_TRAFFIC_H
#define ONLOOKER_TESTS_CLASSIFY_TRAFFIC_H

#include "classify/application.h"
#include "classify/inspect.h"
#include "core/buffer.h"

#include <stdlib.h>
#include <string.h>

struct traffic {
	struct inspector *in;
	struct flow flow;
	struct buffer log; /* "field@port=value\n"; values that are no text as their length */
	uint64_t ordinal;
	uint32_t seq[2];    /* next of each direction, for traffic_say() */
	bool keep_synopses; /* write down tcp.syn, tcp.synAck and the bare service too */
	unsigned found;
	uint32_t wirelen; /* of the frames */
};

static inline bool traffic_is_text(const struct finding *f)
{
	for (uint32_t i = 0; i < f->len; i++)
		if (f->value[i] < 0x20 || f->value[i] > 0x7e)
			return false;
	return true;
}

/* Whom it tells of must be one of the two ends, whoever sent the packet. */
static inline void traffic_check_ends(const struct traffic *t, const struct packet *p)
{
	bool forward = p->sport == t->flow.sport && address_equal(&p->src, &t->flow.src);
	bool reverse = p->sport == t->flow.dport && address_equal(&p->src, &t->flow.dst);
	if (!p->frame || !p->frame->ordinal || (!forward && !reverse))
		abort();
}

static inline void traffic_found(void *context, const struct finding *f)
{
	struct traffic *t = context;
	t->found++;
	traffic_check_ends(t, f->packet);
	if (!t->keep_synopses && (!f->len || f->field == FIELD_TCP_SYN || f->field == FIELD_TCP_SYN_ACK))
		return;
	buffer_format(&t->log, "%s@%u=", field_table[f->field].name,
		      f->port                        ? f->port
		      : f->subject == SUBJECT_SENDER ? f->packet->sport
						     : f->packet->dport);
	if (traffic_is_text(f))
		buffer_add(&t->log, f->value, f->len);
	else
		buffer_format(&t->log, "(%u octets)", f->len);
	buffer_char(&t->log, '\n');
}

static inline void traffic_bound(void *context, const struct bound *b)
{
	(void)context;
	(void)b;
}

static inline void traffic_new_flow(struct traffic *t, uint8_t protocol, uint16_t sport, uint16_t dport)
{
	memset(&t->flow, 0, sizeof t->flow);
	t->flow.sport = sport;
	t->flow.dport = dport;
	t->flow.protocol = protocol;
	t->flow.version = 4;
	memcpy(t->flow.src.bytes, "\xc0\x00\x02\x01", 4);
	memcpy(t->flow.dst.bytes, "\xc6\x33\x64\x02", 4);
	t->seq[0] = 1000;
	t->seq[1] = 0xfffffff0;
}

static inline void traffic_open(struct traffic *t, uint8_t protocol, uint16_t sport, uint16_t dport, size_t max_bytes)
{
	memset(t, 0, sizeof *t);
	struct finder finder = {traffic_found, traffic_bound, t};
	struct inspector_options options = {max_bytes};
	t->in = inspector_new(&options, &finder);
	if (!t->in)
		abort();
	traffic_new_flow(t, protocol, sport, dport);
}

static inline void traffic_packet(struct traffic *t, enum flow_direction d, struct packet *p, const void *data,
				  size_t len, size_t wire)
{
	bool forward = d == FLOW_FORWARD;
	const struct flow *k = &t->flow;
	struct frame frame = {.wirelen = t->wirelen,
			      .time_ns = 1000000 * t->ordinal,
			      .ordinal = t->ordinal + 1,
			      .number = t->ordinal + 1};
	uint8_t *copy = malloc(len ? len : 1);
	if (!copy)
		abort();
	if (len)
		memcpy(copy, data, len);
	t->ordinal++;
	p->frame = &frame;
	p->payload = copy;
	p->payload_len = (uint32_t)len;
	p->payload_wire = (uint32_t)wire;
	p->version = 4;
	p->protocol = k->protocol;
	p->ttl = 64;
	p->flags |= PACKET_HAS_PORTS | (wire > len ? PACKET_CUT : 0);
	p->src = forward ? k->src : k->dst;
	p->dst = forward ? k->dst : k->src;
	p->sport = forward ? k->sport : k->dport;
	p->dport = forward ? k->dport : k->sport;
	t->flow.side[d].packets++;
	inspector_packet(t->in, p, &t->flow, d);
	free(copy);
}

static inline void traffic_tcp(struct traffic *t, enum flow_direction d, uint16_t flags, uint32_t seq, uint32_t ack,
			       const void *data, size_t len)
{
	struct packet p = {.flags = PACKET_TCP, .tcp = {.seq = seq, .ack = ack, .window = 1000, .flags = flags}};
	traffic_packet(t, d, &p, data, len, len);
}

/* SYN, SYN+ACK, ACK. */
static inline void traffic_shake(struct traffic *t)
{
	traffic_tcp(t, FLOW_FORWARD, TCP_SYN, t->seq[0] - 1, 0, NULL, 0);
	traffic_tcp(t, FLOW_REVERSE, TCP_SYN | TCP_ACK, t->seq[1] - 1, t->seq[0], NULL, 0);
	traffic_tcp(t, FLOW_FORWARD, TCP_ACK, t->seq[0], t->seq[1], NULL, 0);
}

/* Octets in order, `piece` of them a segment. */
static inline void traffic_say(struct traffic *t, enum flow_direction d, const uint8_t *data, size_t len, size_t piece)
{
	for (size_t at = 0; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;
		traffic_tcp(t, d, TCP_ACK, t->seq[d], t->seq[!d], data + at, n);
		t->seq[d] += (uint32_t)n;
	}
}

static inline void traffic_udp(struct traffic *t, enum flow_direction d, const void *data, size_t len)
{
	struct packet p = {.flags = 0};
	traffic_packet(t, d, &p, data, len, len);
}

/* The log so far, as text; the flow ends. */
static inline const char *traffic_end(struct traffic *t)
{
	inspector_release(t->in, &t->flow);
	buffer_char(&t->log, 0);
	return t->log.data;
}

/* The same inspector for another flow, so that a fuzz target does not make one for every input. The first call opens;
 * *t is zero before it. */
static inline void traffic_again(struct traffic *t, uint8_t protocol, uint16_t sport, uint16_t dport, size_t max_bytes)
{
	if (!t->in)
		traffic_open(t, protocol, sport, dport, max_bytes);
	buffer_clear(&t->log);
	t->ordinal = 0;
	t->wirelen = 0;
	t->found = 0;
	traffic_new_flow(t, protocol, sport, dport);
}

static inline void traffic_close(struct traffic *t)
{
	inspector_release(t->in, &t->flow);
	inspector_free(t->in);
	buffer_fini(&t->log);
}

#endif
