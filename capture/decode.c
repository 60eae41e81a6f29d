#include "capture/decode.h"

#include "capture/duplicate.h"
#include "capture/fragment.h"
#include "capture/layer.h"
#include "core/error.h"
#include "core/hash.h"

#include <stdlib.h>

#define AHEAD 12 /* frames whose headers are on their way while one is decoded */

struct decoder {
	struct fragment_table *fragments;
	struct duplicates *duplicates;                                  /* NULL: copies are wanted */
	bool (*unwanted)(const void *arg, const struct packet *packet); /* NULL: all are wanted */
	const void *unwanted_arg;
	struct decode_counters counters;
};

static const char *const names[MALFORMED_KINDS] = {
	[MALFORMED_NONE] = "none",
	[MALFORMED_LINK] = "link",
	[MALFORMED_LINK_TYPE] = "linkType",
	[MALFORMED_IPV4_HEADER] = "ipv4Header",
	[MALFORMED_IPV6_HEADER] = "ipv6Header",
	[MALFORMED_CUT] = "cut",
};

const char *malformed_name(enum malformed m)
{
	return m < MALFORMED_KINDS ? names[m] : "unknown";
}

struct decoder *decoder_new(void)
{
	struct decoder *d = calloc(1, sizeof *d);
	if (d && !(d->fragments = fragment_new())) {
		free(d);
		d = NULL;
	}
	return d;
}

void decoder_free(struct decoder *d)
{
	if (d)
		fragment_free(d->fragments);
	if (d)
		duplicates_free(d->duplicates);
	free(d);
}

int decoder_drop_copies(struct decoder *d, uint64_t window_ns)
{
	duplicates_free(d->duplicates);
	d->duplicates = duplicates_new(window_ns);
	return d->duplicates ? 0 : ERROR_FAILED;
}

void decoder_exclude(struct decoder *d, bool (*unwanted)(const void *arg, const struct packet *packet), const void *arg)
{
	d->unwanted = unwanted;
	d->unwanted_arg = arg;
}

const struct decode_counters *decoder_counters(const struct decoder *d)
{
	return &d->counters;
}

const struct reassembly_counters *decoder_reassemblies(const struct decoder *d)
{
	return fragment_counters(d->fragments);
}

/* The members that an IP packet always sets and other frames never do. */
static void blank(struct packet *p)
{
	p->ip_total = p->flow_label = 0;
	p->ethertype = p->ip_id = p->ip_flags = 0;
	p->version = p->protocol = p->ttl = p->tos = p->ip_options_len = 0;
	memset(&p->src, 0, sizeof p->src);
	memset(&p->dst, 0, sizeof p->dst);
}

/* What does not go on to an IP header: everything from `from` on is payload. */
static void end_at(struct layer *l, const uint8_t *from)
{
	struct packet *p = l->packet;
	blank(p);
	p->l3 = p->payload = from;
	p->l3_len = p->payload_len = (uint32_t)(l->at.end - from);
	p->payload_wire = p->payload_len + l->missing;
	if (l->missing)
		p->flags |= PACKET_CUT;
}

void layer_not_ip(struct layer *l, const uint8_t *from, uint16_t ethertype)
{
	end_at(l, from);
	l->packet->ethertype = ethertype;
	l->packet->verdict = VERDICT_NOT_IP;
}

void layer_malformed(struct layer *l, const uint8_t *from, enum malformed why)
{
	end_at(l, from);
	l->packet->malformed = (uint8_t)why;
	l->packet->verdict = VERDICT_MALFORMED;
}

/* The members that are not set by every packet; blank() and the IP decoders set the others. */
static inline void reset(struct packet *p, const struct frame *frame)
{
	p->frame = frame;
	p->segment = 0;
	p->flags = 0;
	p->malformed = MALFORMED_NONE;
	p->icmp_type = p->icmp_code = 0;
	memset(p->src_mac, 0, sizeof p->src_mac);
	memset(p->dst_mac, 0, sizeof p->dst_mac);
	p->sport = p->dport = 0;
	p->tcp = (struct tcp_header){0};
}

static inline void decode_as(const struct frame *frame, struct packet *p, bool carried, bool outermost)
{
	reset(p, frame);
	struct layer l = {
		.at = cursor_init(frame->data, frame->caplen),
		.missing = frame->wirelen - frame->caplen,
		.packet = p,
		.outermost = outermost,
		.carried = carried,
	};
	decode_link(&l, (enum link)frame->link);
}

void decode_frame(const struct frame *frame, struct packet *p)
{
	decode_as(frame, p, false, false);
}

bool decode_carried(const struct packet *packet, struct packet *inner)
{
	if (!(packet->flags & PACKET_CARRIES))
		return false;
	decode_as(packet->frame, inner, true, false);
	inner->clock_ns = packet->clock_ns;
	return inner->verdict == VERDICT_NOT_IP;
}

bool decode_outermost(const struct packet *packet, struct packet *outer)
{
	if (!(packet->flags & PACKET_TUNNEL))
		return false;
	decode_as(packet->frame, outer, false, true);
	outer->clock_ns = packet->clock_ns;
	return outer->verdict == VERDICT_IP;
}

/* Goes into a tunnel's datagram, of which `missing` octets are not there. */
static bool enter(const struct packet *datagram, uint32_t missing, struct packet *inner)
{
	*inner = *datagram;
	inner->flags &= (uint16_t) ~(PACKET_FRAGMENT | PACKET_LATER_FRAGMENT | PACKET_WHOLE | PACKET_TUNNEL);
	struct layer l = {
		.at = cursor_init(datagram->payload, datagram->payload_len), .missing = missing, .packet = inner};
	if (datagram->protocol == 17 && tunnel_teredo(datagram->payload, datagram->payload_len))
		decode_tunnel_teredo(&l);
	else if (datagram->protocol == 17)
		decode_tunnel_port(&l);
	else
		decode_tunnel_protocol(&l);
	return inner->flags & PACKET_TUNNEL && inner->verdict == VERDICT_IP;
}

bool decode_inside(const struct packet *whole, struct packet *inner)
{
	return whole->flags & PACKET_WHOLE && whole->payload &&
	       enter(whole, whole->payload_wire - whole->payload_len, inner);
}

/* How much is missing is what UDP says; with other protocols any length may be right. */
bool decode_passenger(const struct packet *first, struct packet *inner)
{
	uint32_t missing = UINT16_MAX;
	if (!first->payload || first->flags & (PACKET_LATER_FRAGMENT | PACKET_BAD_L4))
		return false;
	if (first->protocol == 17) {
		uint32_t length = get16(first->payload - 4), have = 8 + first->payload_len;
		missing = length > have ? length - have : 0;
	}
	return enter(first, missing, inner);
}

/* It was given for what travels in it alone. */
static void only_inside(struct decoder *d, struct packet *p)
{
	if (p->verdict == VERDICT_IP && p->flags & PACKET_FRAGMENT)
		(void)fragment_resolve(d->fragments, p);
	p->verdict = VERDICT_INSIDE;
}

void decoder_rest(struct decoder *d, uint64_t clock_ns)
{
	fragment_expire(d->fragments, clock_ns);
}

/* What few packets are. */
static void odd(struct decoder *d, struct packet *p)
{
	struct decode_counters *c = &d->counters;
	if (p->frame->part == FRAME_INSIDE) {
		only_inside(d, p);
		return;
	}
	if (p->verdict != VERDICT_IP) {
		c->verdict[p->verdict]++;
		c->malformed[p->malformed] += p->verdict == VERDICT_MALFORMED;
	}
	if (p->flags & PACKET_FRAGMENT) {
		c->fragments++;
		c->fragments_unowned += !fragment_resolve(d->fragments, p);
	}
	c->cut += (p->flags & PACKET_CUT) != 0;
	c->bad_transport += (p->flags & PACKET_BAD_L4) != 0;
}

/* It is not looked at any further. */
static void drop(struct packet *p, enum verdict why)
{
	p->verdict = (uint8_t)why;
	p->flags = 0;
}

/* Its headers, which another core or a card wrote, perhaps. */
static inline void prefetch(const struct frame *f)
{
	__builtin_prefetch(f->data);
	__builtin_prefetch(f->data + 63);
}

void decode_batch(struct decoder *d, const struct batch *batch, struct packet *packets)
{
	uint64_t ip = 0;
	fragment_settle(d->fragments);
	for (uint32_t i = 0; i < batch->count && i < AHEAD; i++)
		prefetch(&batch->frames[i]);
	for (uint32_t i = 0; i < batch->count; i++) {
		const struct frame *f = &batch->frames[i];
		if (i + AHEAD < batch->count)
			prefetch(f + AHEAD);
		struct packet *p = &packets[i];
		decode_frame(f, p);
		p->clock_ns = f->clock_ns;
		if (d->duplicates && p->verdict != VERDICT_MALFORMED && duplicate_is(d->duplicates, p))
			drop(p, VERDICT_COPY);
		if (d->unwanted && p->verdict <= VERDICT_NOT_IP && d->unwanted(d->unwanted_arg, p))
			drop(p, VERDICT_EXCLUDED);
		if (p->verdict != VERDICT_IP || p->flags & (PACKET_FRAGMENT | PACKET_CUT | PACKET_BAD_L4))
			odd(d, p);
		ip += p->verdict == VERDICT_IP;
	}
	d->counters.verdict[VERDICT_IP] += ip;
}

/* A sum of two, one per address: the same in both directions. Fractions of pi, as good as any. */
static inline uint64_t owner_half(const struct address *a)
{
	return hash_fold(a->words[0] ^ 0x243f6a8885a308d3ull, a->words[1] ^ 0x13198a2e03707345ull);
}

static inline uint64_t owner_of(const struct ends *e)
{
	return hash_mix(owner_half(&e->src) + owner_half(&e->dst));
}

/* The common case without a packet being made: TCP, or UDP that can be no tunnel, straight over Ethernet and IPv4
 * without options. It must come to what the decoder comes to; false leaves the frame to it. */
static inline bool plain_ends(const struct frame *f, struct ends *e)
{
	if (f->link != LINK_ETHERNET || f->caplen < 14 + 20 + 8)
		return false;
	const uint8_t *h = f->data + 14;
	uint16_t total = get16(h + 2);
	if (get16(h - 2) != ETHERTYPE_IPV4 || h[0] != 0x45 || total < 20 + 8)
		return false;
	if (h[9] == 17 && (get16(h + 6) & 0x3fff || tunnel_port(get16(h + 20)) || tunnel_port(get16(h + 22))))
		return false;
	if (h[9] != 6 && h[9] != 17)
		return false;
	get_ipv4(&e->src, h + 12);
	get_ipv4(&e->dst, h + 16);
	return true;
}

/* The same for a frame that was decoded, by hand of those before it. */
static unsigned packet_ends(struct packet *p, struct fragment_table *fragments, struct ends ends[2])
{
	if (p->verdict != VERDICT_IP)
		return 0;
	ends[0] = (struct ends){p->src, p->dst};
	return 1 + (fragments && p->flags & PACKET_FRAGMENT && fragment_passenger(fragments, p, &ends[1]));
}

unsigned decode_ends(const struct frame *frame, struct fragment_table *fragments, struct ends ends[2])
{
	struct packet p;
	if (plain_ends(frame, ends))
		return 1;
	decode_frame(frame, &p);
	p.clock_ns = frame->clock_ns;
	return packet_ends(&p, fragments, ends);
}

unsigned decode_owners(const struct frame *frame, struct fragment_table *fragments, uint64_t owners[2])
{
	struct packet p;
	struct ends ends[2];
	if (plain_ends(frame, ends)) {
		owners[0] = owner_of(ends);
		return 1;
	}
	decode_frame(frame, &p);
	p.clock_ns = frame->clock_ns;
	unsigned n = packet_ends(&p, fragments, ends);
	for (unsigned i = 0; i < n; i++)
		owners[i] = owner_of(&ends[i]);
	if (n)
		return n;
	uint64_t mac = 0;
	memcpy(&mac, p.src_mac, 6);
	owners[0] = hash_mix(mac);
	return 1;
}
