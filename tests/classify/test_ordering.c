#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "classify/ordering.h"

/* Writes down what comes out: octets as they are, a loss as dots. */
struct record {
	struct pool pool;
	struct inspect_counters counters;
	struct ordering_run run;
	struct ordering stream;
	char text[256];
	size_t len;
	uint64_t skip_after; /* set as skip after the first octets */
};

static void octets(void *context, const struct witness *witness, const uint8_t *data, size_t len)
{
	struct record *r = context;
	(void)witness;
	memcpy(r->text + r->len, data, len);
	r->len += len;
	r->stream.skip += r->skip_after;
	r->skip_after = 0;
}

static void lost(void *context, uint64_t n)
{
	struct record *r = context;
	memset(r->text + r->len, '.', n);
	r->len += n;
}

static size_t again(void *context, uint32_t back, const uint8_t *data, size_t len)
{
	struct record *r = context;
	size_t differ = 0;
	for (size_t i = 0; i < len && i < back && back - i <= r->len; i++)
		differ += r->text[r->len - (back - i)] != (char)data[i];
	return differ;
}

static const struct ordering_sink sink = {octets, lost, again};

static void open_record(struct record *r, uint32_t isn)
{
	memset(r, 0, sizeof *r);
	pool_init(&r->pool, 4 << 20);
	r->run = (struct ordering_run){.pool = &r->pool, .counters = &r->counters, .sink = &sink, .context = r};
	ordering_syn(&r->stream, isn);
}

static void close_record(struct record *r)
{
	ordering_close(&r->stream, &r->pool);
	assert_int_equal(r->pool.pieces, 0);
	pool_fini(&r->pool);
}

static void send_at(struct record *r, uint32_t seq, const char *text, size_t len)
{
	ordering_segment(&r->stream, &r->run, seq, (const uint8_t *)text, (uint32_t)len, (uint32_t)len);
}

static void check(struct record *r, const char *want)
{
	assert_int_equal(r->len, strlen(want));
	assert_memory_equal(r->text, want, r->len);
}

/* The n-th permutation of k things. */
static void permute(unsigned n, unsigned k, unsigned out[])
{
	unsigned left[8];
	for (unsigned i = 0; i < k; i++)
		left[i] = i;
	for (unsigned i = 0; i < k; i++) {
		unsigned at = n % (k - i);
		n /= k - i;
		out[i] = left[at];
		memmove(&left[at], &left[at + 1], (k - i - at - 1) * sizeof left[0]);
	}
}

static const char text[] = "abcdefghijkl";
#define SEGMENTS     6
#define PERMUTATIONS 720

/* Segments of two octets, each overlapping the next by one, around the wrap of the number space. */
static void every_order_gives_the_same(void **state)
{
	(void)state;
	for (unsigned overlap = 0; overlap < 2; overlap++)
		for (unsigned n = 0; n < PERMUTATIONS; n++) {
			struct record r;
			unsigned order[SEGMENTS];
			open_record(&r, 0xfffffffa);
			permute(n, SEGMENTS, order);
			for (unsigned i = 0; i < SEGMENTS; i++) {
				unsigned at = order[i] * 2;
				send_at(&r, 0xfffffffb + at, text + at, 2 + (at < 10 ? overlap : 0));
			}
			check(&r, text);
			assert_int_equal(r.counters.overlaps, 0);
			close_record(&r);
		}
}

static void a_hole_is_given_up_at_the_end_in_every_order(void **state)
{
	(void)state;
	for (unsigned missing = 0; missing < SEGMENTS; missing++)
		for (unsigned n = 0; n < PERMUTATIONS; n++) {
			struct record r;
			unsigned order[SEGMENTS];
			char want[sizeof text];
			memcpy(want, text, sizeof text);
			memset(want + missing * 2, '.', 2);
			if (missing == SEGMENTS - 1)
				want[missing * 2] = 0; /* nothing comes behind it */
			open_record(&r, 7);
			permute(n, SEGMENTS, order);
			for (unsigned i = 0; i < SEGMENTS; i++)
				if (order[i] != missing)
					send_at(&r, 8 + order[i] * 2, text + order[i] * 2, 2);
			ordering_flush(&r.stream, &r.run);
			check(&r, want);
			assert_int_equal(r.counters.gaps, missing != SEGMENTS - 1);
			close_record(&r);
		}
}

static void the_first_octet_stays(void **state)
{
	(void)state;
	struct record r;
	open_record(&r, 0);
	send_at(&r, 3, "cd", 2);
	send_at(&r, 1, "ABXXEF", 6);
	check(&r, "ABcdEF");
	assert_int_equal(r.counters.overlaps, 2);
	send_at(&r, 5, "EZ", 2);
	assert_int_equal(r.counters.overlaps, 3);
	check(&r, "ABcdEF");
	close_record(&r);
}

static void an_acknowledged_hole_is_given_up(void **state)
{
	(void)state;
	struct record r;
	open_record(&r, 0);
	send_at(&r, 1, "ab", 2);
	send_at(&r, 5, "ef", 2);
	for (int i = 0; i < 8; i++)
		ordering_ack(&r.stream, &r.run, 3);
	check(&r, "ab"); /* not acknowledged: it may still come */
	for (int i = 0; i < 8; i++)
		ordering_ack(&r.stream, &r.run, 7);
	check(&r, "ab..ef");
	send_at(&r, 3, "cd", 2);
	send_at(&r, 7, "gh", 2);
	check(&r, "ab..efgh");
	close_record(&r);
}

static void skipped_octets_need_not_be_seen(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 120; n++) { /* every order of the five segments behind the first, one left out */
		struct record r;
		unsigned order[5];
		open_record(&r, 0);
		r.skip_after = 5; /* c d e f g */
		send_at(&r, 1, text, 2);
		permute(n, 5, order);
		for (unsigned i = 0; i < 5; i++)
			if (order[i] != 1)
				send_at(&r, 3 + order[i] * 2, text + 2 + order[i] * 2, 2);
		ordering_flush(&r.stream, &r.run);
		check(&r, "abhijkl");
		assert_int_equal(r.counters.gaps, 0);
		close_record(&r);
	}
}

static void a_skip_larger_than_the_number_space_counts_right(void **state)
{
	(void)state;
	struct record r;
	open_record(&r, 0);
	r.skip_after = 0x180000000ull;
	send_at(&r, 1, "a", 1);
	uint64_t at = 2;
	while (at - 2 < 0x180000000ull) {
		at += 32 << 20;
		send_at(&r, (uint32_t)at, "xy", 2);
	}
	assert_int_equal(at - 2, 0x180000000ull);
	check(&r, "axy");
	close_record(&r);
}

static void what_waits_is_bounded(void **state)
{
	(void)state;
	static char big[1000];
	struct record r;
	open_record(&r, 0);
	for (uint32_t i = 0; i < 1000; i++) {
		if (r.len > 100)
			r.len = 0;
		send_at(&r, 10 + i * 3, big, 1);
		assert_true(r.stream.held_segments <= ORDERING_HELD_SEGMENTS);
		assert_true(r.stream.held_bytes <= ORDERING_HELD_BYTES);
	}
	assert_true(r.counters.gaps > 900);
	close_record(&r);
}

static void probes_and_old_octets_are_nothing(void **state)
{
	(void)state;
	struct record r;
	open_record(&r, 100);
	send_at(&r, 101, "abc", 3);
	send_at(&r, 103, "?", 1); /* keep-alive */
	send_at(&r, 101, "abc", 3);
	send_at(&r, 0x80000065, "zzz", 3); /* nowhere near */
	send_at(&r, 104, "d", 1);
	send_at(&r, 104, "def", 3);
	check(&r, "abcdef");
	assert_int_equal(r.counters.overlaps, 0);
	close_record(&r);
}

static void a_cut_segment_is_a_hole_behind_it(void **state)
{
	(void)state;
	struct record r;
	open_record(&r, 0);
	ordering_segment(&r.stream, &r.run, 5, (const uint8_t *)"e", 1, 3);
	ordering_segment(&r.stream, &r.run, 1, (const uint8_t *)"ab", 2, 4);
	send_at(&r, 8, "hi", 2);
	check(&r, "ab..e..hi");
	assert_int_equal(r.counters.gaps, 2);
	close_record(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_gives_the_same),
		cmocka_unit_test(a_hole_is_given_up_at_the_end_in_every_order),
		cmocka_unit_test(the_first_octet_stays),
		cmocka_unit_test(an_acknowledged_hole_is_given_up),
		cmocka_unit_test(skipped_octets_need_not_be_seen),
		cmocka_unit_test(a_skip_larger_than_the_number_space_counts_right),
		cmocka_unit_test(what_waits_is_bounded),
		cmocka_unit_test(probes_and_old_octets_are_nothing),
		cmocka_unit_test(a_cut_segment_is_a_hole_behind_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
