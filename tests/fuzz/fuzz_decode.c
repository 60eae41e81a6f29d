/* Frames of every link type through the decoder: the first octet chooses the link and the part, the second how much of
 * the wire length is missing. What comes out is checked against the frame. */
#include "capture/decode.h"
#include "capture/fragment.h"
#include "classify/fingerprint/clock.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A datagram put together lies elsewhere: whether all of it is there the sanitizer knows. */
static void touch(const struct packet *p)
{
	uint32_t sum = 0;
	for (uint32_t i = 0; i < p->payload_len; i++)
		sum += p->payload[i];
	for (uint32_t i = 0; p->flags & PACKET_TCP && p->tcp.options && i < p->tcp.options_len; i++)
		sum += p->tcp.options[i];
	if (p->payload_len > UINT16_MAX || sum > 255u * (p->payload_len + 40))
		abort();
}

static void check(const struct frame *f, const struct packet *p)
{
	const uint8_t *end = f->data + f->caplen;
	if (p->verdict >= VERDICTS || p->malformed >= MALFORMED_KINDS)
		abort();
	if (p->flags & PACKET_WHOLE) {
		touch(p);
		return;
	}
	if (p->payload < f->data || p->payload > end || p->payload_len > (size_t)(end - p->payload))
		abort();
	if (p->l3 < f->data || p->l3 > end || p->l3_len > (size_t)(end - p->l3))
		abort();
	if (p->payload_wire < p->payload_len)
		abort();
	if (p->flags & PACKET_TCP && p->tcp.options_len > (p->tcp.options ? (size_t)(end - p->tcp.options) : 0))
		abort();
}

/* The owner of the plainest packet with these addresses. */
static uint64_t owner_of(const struct packet *p)
{
	uint8_t h[40] = {p->version == 4 ? 0x45 : 0x60};
	uint32_t at = p->version == 4 ? 12 : 8, n = p->version == 4 ? 4 : 16, len = at + 2 * n;
	h[p->version == 4 ? 3 : 5] = p->version == 4 ? 20 : 0;
	h[p->version == 4 ? 9 : 6] = 59;
	memcpy(h + at, p->src.bytes, n);
	memcpy(h + at + n, p->dst.bytes, n);
	struct frame f = {.data = h, .caplen = len, .wirelen = len, .link = LINK_RAW};
	return decode_owner(&f);
}

/* The options of a segment, whatever they hold. */
static void note_clock(const struct packet *p)
{
	static struct clocks *clocks;
	unsigned at_least[CLOCK_KINDS];
	if (!clocks)
		clocks = clocks_new();
	if (clocks && p->verdict == VERDICT_IP && p->flags & PACKET_TCP)
		(void)clocks_note(clocks, p, at_least);
}

/* Whoever hands the frame out sees the addresses that the decoder sees. */
static void check_ends(const struct frame *f, const struct packet *p)
{
	static struct fragment_table *fragments;
	struct ends ends[2];
	if (!fragments && !(fragments = fragment_notes_new(0)))
		return;
	unsigned n = decode_ends(f, fragments, ends);
	bool ip = p->verdict == VERDICT_IP || p->verdict == VERDICT_INSIDE;
	if (p->verdict == VERDICT_IP ? !n : n && !ip)
		abort();
	if (p->verdict == VERDICT_IP &&
	    (!address_equal(&ends[0].src, &p->src) || !address_equal(&ends[0].dst, &p->dst)))
		abort();
	if (n == 2 && !(p->flags & PACKET_FRAGMENT))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct decoder *decoder;
	static struct batch batch;
	static struct packet packets[BATCH_FRAMES];
	static uint64_t time_ns;
	if (!decoder)
		decoder = decoder_new();
	if (!decoder || size < 2)
		return 0;
	batch.count = 1;
	batch.frames = batch.room;
	struct frame *f = &batch.room[0];
	f->data = data + 2;
	f->caplen = (uint32_t)size - 2;
	f->wirelen = f->caplen + (uint32_t)data[1] * 16;
	f->time_ns = f->clock_ns = ++time_ns;
	f->part = data[0] / 86;
	f->link = data[0] % (LINK_UNKNOWN + 1);
	decode_batch(decoder, &batch, packets);
	check(f, &packets[0]);
	struct packet inner, outer;
	if (decode_carried(&packets[0], &inner))
		check(f, &inner);
	if (decode_outermost(&packets[0], &outer)) {
		if (outer.flags & PACKET_TUNNEL)
			abort();
		check(f, &outer);
	}
	if (decode_inside(&packets[0], &inner))
		touch(&inner);
	check_ends(f, &packets[0]);
	note_clock(&packets[0]);
	if (packets[0].verdict == VERDICT_IP && decode_owner(f) != owner_of(&packets[0]))
		abort();
	return 0;
}
