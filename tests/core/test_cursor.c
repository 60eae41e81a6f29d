#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/cursor.h"

static void reads_big_endian(void **state)
{
	(void)state;
	const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	struct cursor c = cursor_init(bytes, sizeof bytes);
	assert_int_equal(cursor_u8(&c), 1);
	assert_int_equal(cursor_u16(&c), 0x0203);
	assert_int_equal(cursor_u24(&c), 0x040506);
	assert_int_equal(cursor_le32(&c), 0x0a090807);
	assert_int_equal(cursor_left(&c), 0);
	assert_true(cursor_ok(&c));
}

static void short_reads_stick(void **state)
{
	(void)state;
	const uint8_t bytes[] = {1, 2, 3};
	for (size_t n = 0; n < sizeof bytes + 1; n++) {
		struct cursor c = cursor_init(bytes, n);
		(void)cursor_u32(&c);
		assert_false(cursor_ok(&c));
		assert_int_equal(cursor_u8(&c), 0);
		assert_int_equal(cursor_left(&c), 0);
	}
}

static void sub_cursor_stays_inside(void **state)
{
	(void)state;
	const uint8_t bytes[] = {1, 2, 3, 4};
	struct cursor c = cursor_init(bytes, 4), s = cursor_sub(&c, 2);
	assert_int_equal(cursor_u16(&s), 0x0102);
	assert_int_equal(cursor_u8(&s), 0);
	assert_false(cursor_ok(&s));
	assert_int_equal(cursor_u16(&c), 0x0304);
	assert_true(cursor_ok(&c));
}

static void lines_wait_for_their_end(void **state)
{
	(void)state;
	const char text[] = "one\r\ntwo\nthree";
	struct cursor c = cursor_init(text, sizeof text - 1), line;
	assert_true(cursor_line(&c, &line));
	assert_int_equal(cursor_left(&line), 3);
	assert_true(cursor_line(&c, &line));
	assert_int_equal(cursor_left(&line), 3);
	assert_false(cursor_line(&c, &line));
	assert_int_equal(cursor_left(&c), 5);
	assert_true(cursor_ok(&c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_big_endian),
		cmocka_unit_test(short_reads_stick),
		cmocka_unit_test(sub_cursor_stays_inside),
		cmocka_unit_test(lines_wait_for_their_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
