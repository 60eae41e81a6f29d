/* Lines of clocks and counters: who is two, who is one, and that chance makes nobody two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/fingerprint/clock.h"
#include "core/hash.h"

#include <string.h>

static struct clocks *clocks;
static unsigned most[CLOCK_KINDS];
static uint16_t port;
static bool again;   /* the same SYN once more */
static uint8_t wide; /* 1: of a make that ends its options where others fill up */

static int set_up(void **state)
{
	clocks = clocks_new();
	memset(most, 0, sizeof most);
	wide = 0;
	again = false;
	return clocks ? 0 : -1;
}

static int tear_down(void **state)
{
	clocks_free(clocks);
	return 0;
}

/* A SYN at `ms` from host `src` to host `dst`; without a stamp when that is 0. */
static bool syn(uint64_t ms, uint32_t stamp, uint16_t ident, uint8_t src, uint8_t dst)
{
	struct frame f = {.time_ns = ms * 1000000};
	uint8_t options[] = {2,          4,     5, 0xb4, 4, 2, 8, 10, stamp >> 24, stamp >> 16,
			     stamp >> 8, stamp, 0, 0,    0, 0, 1, 3,  3,           7};
	options[16] = wide ? 0 : 1;
	struct packet p = {.frame = &f, .version = 4, .ip_id = ident};
	p.sport = again ? port : ++port;
	p.src.bytes[3] = src;
	p.dst.bytes[3] = dst;
	p.tcp.options = options;
	p.tcp.options_len = stamp ? sizeof options : 6;
	unsigned at_least[CLOCK_KINDS];
	bool told = clocks_note(clocks, &p, at_least);
	for (unsigned k = 0; k < CLOCK_KINDS; k++)
		most[k] = at_least[k] > most[k] ? at_least[k] : most[k];
	return told;
}

static void two_lines_in_turn_are_two_systems(void **state)
{
	static const uint16_t rates[] = {1000, 250, 100};
	for (size_t r = 0; r < 3; r++) {
		tear_down(state);
		set_up(state);
		unsigned times = 0;
		for (uint32_t i = 0; i < 40; i++) {
			uint64_t ms = 5000000 + 700u * i + (i * 37 % 20);
			uint32_t ticks = (uint32_t)(ms * rates[r] / 1000);
			times += syn(ms, ticks + (i & 1 ? 0xfffff000u : 12345), 0, 1, 2);
		}
		assert_int_equal(most[CLOCK_STAMPS], 2);
		assert_int_equal(most[CLOCK_COUNTERS], 0);
		assert_int_equal(times, 1); /* told once */
	}
}

/* A Mac and an Android have a line each, which are no two of either. */
static void makes_are_not_compared(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 40; i++) {
		wide = i & 1;
		assert_false(syn(1000u * i, 1000u * i + wide * 500000000u + 1, 0, 1, 2));
	}
}

/* Each connection begins at random, and its SYN is sent again after a second. */
static void what_is_sent_again_is_no_line(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 40; i++) {
		uint32_t stamp = (uint32_t)hash_mix(i) | 1;
		again = false;
		assert_false(syn(700u * i, stamp, 0, 1, 2));
		again = true;
		assert_false(syn(700u * i + 300, stamp + 300, 0, 1, 2));
	}
}

/* Over a path that delays by half a second now and then. */
static void a_slow_path_is_no_second_clock(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 60; i++)
		assert_false(syn(700u * i + (i % 3 ? 0 : 500), 700u * i + 77777, 0, 1, 2));
}

static void more_are_told_as_they_show(void **state)
{
	for (uint32_t i = 0; i < 40; i++)
		syn(1000u * i, 1000u * i + (i % 4) * 500000000u + 1, 0, 1, 2);
	assert_int_equal(most[CLOCK_STAMPS], 4);
}

static void counters_in_turn_are_two_systems(void **state)
{
	for (uint16_t i = 0; i < 16; i++)
		syn(1000u * i, 0, (uint16_t)((i & 1 ? 65500 : 20000) + 12 * i), 1, 2);
	assert_int_equal(most[CLOCK_COUNTERS], 2);
	assert_int_equal(most[CLOCK_STAMPS], 0);
}

static void lines_to_different_peers_are_not_compared(void **state)
{
	for (uint32_t i = 0; i < 100; i++)
		syn(1000u * i, 1000u * i + 1 + (i & 1) * 77777777u, (uint16_t)(i + (i & 1) * 9999), 1,
		    (uint8_t)(2 + (i & 1)));
	assert_int_equal(most[CLOCK_STAMPS] + most[CLOCK_COUNTERS], 0);
}

static void one_after_the_other_is_one(void **state)
{
	for (uint32_t i = 0; i < 60; i++)
		syn(1000u * i, 1000u * i + 1 + i / 20 * 1234567890u, (uint16_t)(i * 9 + i / 20 * 20000), 1, 2);
	assert_int_equal(most[CLOCK_STAMPS] + most[CLOCK_COUNTERS], 0);
}

static void chance_makes_nobody_two(void **state)
{
	uint64_t random = 9;
	for (uint32_t i = 0; i < 300000; i++) {
		random = hash_mix(random + i);
		syn(20u * i, (uint32_t)random | 1, (uint16_t)(random >> 40), 1, 2);
	}
	assert_int_equal(most[CLOCK_STAMPS] + most[CLOCK_COUNTERS], 0);
}

/* Other pairs than there is room for: the table stays as large as it is, and nothing is made up. */
static void a_crowd_of_pairs_has_a_bound(void **state)
{
	for (uint32_t i = 0; i < 200000; i++) {
		struct frame f = {.time_ns = i * 1000000ull};
		struct packet p = {.frame = &f, .version = 4, .ip_id = (uint16_t)i};
		unsigned at_least[CLOCK_KINDS];
		p.src.words[0] = hash_mix(i);
		p.tcp.options_len = 0;
		assert_false(clocks_note(clocks, &p, at_least));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_lines_in_turn_are_two_systems),
		TEST(makes_are_not_compared),
		TEST(a_slow_path_is_no_second_clock),
		TEST(what_is_sent_again_is_no_line),
		TEST(more_are_told_as_they_show),
		TEST(counters_in_turn_are_two_systems),
		TEST(lines_to_different_peers_are_not_compared),
		TEST(one_after_the_other_is_one),
		TEST(chance_makes_nobody_two),
		TEST(a_crowd_of_pairs_has_a_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
