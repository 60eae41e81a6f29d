/* What travels in a tunnel's fragments: a storm of datagrams in pieces, lost, doubled, late, contradictory, tells three
 * workers together what it tells one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/decode.h"
#include "capture/fragment.h"
#include "core/time.h"
#include "tests/capture/frames.h"

#include <stdlib.h>
#include <string.h>

#define WORKERS   3
#define DATAGRAMS 20000
#define PIECES    4
#define UNDER_WAY 12

/* What one packet came to tell of what is inside. */
struct told {
	uint64_t ordinal;
	bool followed, passenger, inside;
	struct address src, dst;
	uint32_t payload;
};

struct teller {
	struct told *told;
	size_t n;
};

/* A datagram whose pieces are being sent. */
struct sending {
	struct made pieces[PIECES];
	unsigned n, next;
};

static unsigned draw(unsigned below)
{
	static uint64_t state = 88172645463325252ull;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % below;
}

static struct made inner_packet(void)
{
	struct made m = {0};
	unsigned len = 20 + draw(60);
	add_ipv4(&m, 17, 8 + len, draw(9), draw(20) ? 0 : 0x2000);
	put16(&m, 14, 0x0200 | draw(5));
	put16(&m, 18, 0x0300 | draw(5));
	add_udp(&m, 1000 + draw(5), 53, len);
	for (unsigned i = 0; i < len; i++)
		add8(&m, draw(256));
	return m;
}

static void add_outer(struct made *m, unsigned protocol, unsigned len, unsigned id)
{
	unsigned pair = draw(4);
	add_ethernet(m, 0x0800);
	add_ipv4(m, protocol, len, id, 0);
	put16(m, 26, 0xc633);
	put16(m, 28, 0x6400 | pair);
	put16(m, 30, 0xcb00);
	put16(m, 32, 0x7100 | pair);
}

/* VXLAN, GRE, IP in IP, or no tunnel at all. */
static struct made datagram(unsigned id)
{
	struct made inner = inner_packet(), m = {0};
	unsigned kind = draw(4);
	if (kind == 0) {
		add_outer(&m, 17, 16 + 14 + inner.len, id);
		add_udp(&m, 50000, draw(9) ? 4789 : 4790, 8 + 14 + inner.len);
		add(&m, "\x08\0\0\0\0\0\7\0\2\0\0\0\0\2\2\0\0\0\0\1\x08\0", 22);
	} else if (kind == 1) {
		add_outer(&m, 47, 4 + inner.len, id);
		add(&m, "\0\0\x08\0", 4);
	} else if (kind == 2) {
		add_outer(&m, 4, inner.len, id);
	} else {
		add_outer(&m, 17, 8 + inner.len, id);
		add_udp(&m, 1000, 2000, inner.len);
	}
	add(&m, inner.data, inner.len);
	return m;
}

/* Cuts it; now and then the pieces overlap, or one is damaged. */
static void begin(struct sending *s)
{
	struct made whole = datagram(draw(6));
	unsigned len = whole.len - 34, at = 0, id = (unsigned)(whole.data[18] << 8 | whole.data[19]);
	s->n = s->next = 0;
	while (at < len && s->n < PIECES) {
		unsigned size = s->n == PIECES - 1 ? len - at : 8 * (1 + draw(10));
		size = size > len - at ? len - at : size;
		s->pieces[s->n++] = fragment_of(&whole, id, at, size, at + size < len);
		at += size - (size > 16 && !draw(40) ? 8 : 0);
	}
	if (!draw(20)) {
		struct made *p = &s->pieces[draw(s->n)];
		p->data[34 + draw(p->len - 34)] ^= 1 << draw(8);
	}
	for (unsigned i = 1; !draw(5) && i < s->n; i++) { /* out of order */
		unsigned k = draw(i + 1);
		struct made swapped = s->pieces[i];
		s->pieces[i] = s->pieces[k];
		s->pieces[k] = swapped;
	}
}

static void tell(struct teller *t, const struct packet *p)
{
	struct packet inner;
	if (!(p->flags & PACKET_WHOLE))
		return;
	struct told *x = &t->told[t->n++];
	memset(x, 0, sizeof *x);
	x->ordinal = p->frame->ordinal;
	x->followed = p->flags & PACKET_FOLLOWED;
	x->passenger = p->flags & PACKET_PASSENGER;
	x->inside = decode_inside(p, &inner);
	if (!x->inside)
		return;
	x->src = inner.src;
	x->dst = inner.dst;
	for (uint32_t i = 0; i < inner.payload_len; i++)
		x->payload = x->payload * 31 + inner.payload[i];
}

static enum verdict decode_one(struct decoder *d, const struct frame *f, enum frame_part part, struct teller *t)
{
	struct packet p;
	struct batch batch = {.count = 1, .frames = batch.room};
	batch.room[0] = *f;
	batch.room[0].part = (uint8_t)part;
	decode_batch(d, &batch, &p);
	tell(t, &p);
	return (enum verdict)p.verdict;
}

struct storm {
	struct decoder *alone, *workers[WORKERS];
	struct fragment_table *splitter;
	struct teller one, many;
	uint64_t handed_to_both;
};

static void give(struct storm *s, const struct frame *f)
{
	uint64_t owners[2];
	bool inside = decode_owners(f, s->splitter, owners) > 1;
	unsigned to = (unsigned)(owners[0] % WORKERS), other = inside ? (unsigned)(owners[1] % WORKERS) : to;
	assert_int_equal(decode_one(s->alone, f, FRAME_ALL, &s->one), VERDICT_IP);
	enum frame_part part = to == other ? FRAME_ALL : FRAME_OUTSIDE;
	assert_int_equal(decode_one(s->workers[to], f, part, &s->many), VERDICT_IP);
	if (to == other)
		return;
	s->handed_to_both++;
	assert_int_equal(decode_one(s->workers[other], f, FRAME_INSIDE, &s->many), VERDICT_INSIDE);
}

/* Sends the next piece of any datagram under way, perhaps twice, perhaps not at all. */
static void send_one(struct storm *s, struct sending *under_way, unsigned *begun, struct frame *f)
{
	struct sending *x = &under_way[draw(UNDER_WAY)];
	if (x->next == x->n) {
		begin(x);
		(*begun)++;
	}
	const struct made *m = &x->pieces[x->next++];
	for (unsigned times = draw(30) ? 1 : draw(3); times; times--) {
		f->data = m->data;
		f->caplen = f->wirelen = m->len;
		f->ordinal++;
		f->time_ns += (draw(2000) ? 1 : 20000) * (NS_PER_SECOND / 1000);
		f->clock_ns = f->time_ns;
		give(s, f);
	}
}

static void same_counters(const struct storm *s)
{
	struct decode_counters sum = {0}, one = *decoder_counters(s->alone);
	struct reassembly_counters parts = {0}, whole = *decoder_reassemblies(s->alone);
	for (unsigned i = 0; i < WORKERS; i++) {
		const struct decode_counters *c = decoder_counters(s->workers[i]);
		const struct reassembly_counters *r = decoder_reassemblies(s->workers[i]);
		sum.verdict[VERDICT_IP] += c->verdict[VERDICT_IP];
		sum.fragments += c->fragments;
		sum.fragments_unowned += c->fragments_unowned;
		parts.begun += r->begun;
		parts.ended[REASSEMBLY_WHOLE] += r->ended[REASSEMBLY_WHOLE];
		parts.ended[REASSEMBLY_OVERLAP] += r->ended[REASSEMBLY_OVERLAP];
	}
	assert_int_equal(sum.verdict[VERDICT_IP], one.verdict[VERDICT_IP]);
	assert_int_equal(sum.fragments, one.fragments);
	assert_int_equal(sum.fragments_unowned, one.fragments_unowned);
	assert_int_equal(parts.begun, whole.begun);
	assert_int_equal(parts.ended[REASSEMBLY_WHOLE], whole.ended[REASSEMBLY_WHOLE]);
	assert_int_equal(parts.ended[REASSEMBLY_OVERLAP], whole.ended[REASSEMBLY_OVERLAP]);
}

static void three_workers_tell_what_one_tells(void **state)
{
	static struct sending under_way[UNDER_WAY];
	struct storm s = {.alone = decoder_new(), .splitter = fragment_notes_new(0)};
	struct frame f = {.link = LINK_ETHERNET, .time_ns = 1700000000 * NS_PER_SECOND};
	size_t most = DATAGRAMS * PIECES * 3;
	s.one.told = calloc(most, sizeof *s.one.told);
	s.many.told = calloc(most, sizeof *s.many.told);
	assert_true(s.alone && s.splitter && s.one.told && s.many.told);
	for (unsigned i = 0; i < WORKERS; i++)
		assert_non_null(s.workers[i] = decoder_new());
	for (unsigned begun = 0; begun < DATAGRAMS;)
		send_one(&s, under_way, &begun, &f);
	assert_true(s.handed_to_both > DATAGRAMS / 2);
	assert_true(s.one.n > DATAGRAMS / 10);
	for (size_t i = 0; i < s.one.n; i++)
		assert_memory_equal(&s.many.told[i], &s.one.told[i], sizeof s.one.told[i]);
	assert_int_equal(s.many.n, s.one.n);
	same_counters(&s);
	for (unsigned i = 0; i < WORKERS; i++)
		decoder_free(s.workers[i]);
	decoder_free(s.alone);
	fragment_free(s.splitter);
	free(s.one.told);
	free(s.many.told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(three_workers_tell_what_one_tells)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
