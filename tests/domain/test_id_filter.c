#include "domain/id_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MANY 200000u

static void make(uint8_t id[16], uint32_t kind, uint32_t n)
{
	memset(id, 0, 16);
	memcpy(id, &kind, 4);
	memcpy(id + 12, &n, 4);
}

static void what_was_added_is_never_denied(void **state)
{
	(void)state;
	struct id_filter f;
	uint8_t id[16];
	assert_true(id_filter_init(&f, MANY));
	make(id, 1, 0);
	assert_false(id_filter_may_have(&f, id));
	for (uint32_t i = 0; i < MANY; i++) {
		make(id, 1, i);
		id_filter_add(&f, id);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		make(id, 1, i);
		assert_true(id_filter_may_have(&f, id));
	}
	id_filter_fini(&f);
}

/* The smallest is made for 8 M. */
static void few_others_are_taken_for_one(void **state)
{
	(void)state;
	struct id_filter f;
	uint8_t id[16];
	uint32_t taken = 0;
	assert_true(id_filter_init(&f, 0));
	for (uint32_t i = 0; i < 8000000; i++) {
		make(id, 1, i);
		id_filter_add(&f, id);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		make(id, 2, i);
		taken += id_filter_may_have(&f, id);
	}
	assert_in_range(taken, 0, MANY / 100);
	id_filter_fini(&f);
}

static void it_grows_with_what_is_expected_up_to_a_limit(void **state)
{
	(void)state;
	struct id_filter small, large;
	assert_true(id_filter_init(&small, 1));
	assert_true(id_filter_init(&large, 1ull << 40));
	assert_int_equal(small.blocks * 64, 16u << 20);
	assert_int_equal(large.blocks * 64, 256u << 20);
	id_filter_fini(&small);
	id_filter_fini(&large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_is_never_denied),
		cmocka_unit_test(few_others_are_taken_for_one),
		cmocka_unit_test(it_grows_with_what_is_expected_up_to_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
