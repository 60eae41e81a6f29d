/* Times as text: what is written is read again, and what is none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/time.h"

#include <string.h>

static void what_is_written_is_read_again(void **state)
{
	(void)state;
	uint64_t step_ns = 86400 * NS_PER_SECOND + 3599 * NS_PER_SECOND + 123456000;
	for (uint64_t t = 0; t < 9000000000ull * NS_PER_SECOND; t += step_ns) {
		char text[TIME_TEXT_BYTES];
		uint64_t again;
		time_text(t, text);
		assert_int_equal(time_parse(text, &again), 0);
		assert_int_equal(again, t);
	}
}

static void people_write_less(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t ns;
	} rows[] = {
		{"1970-01-01", 0},
		{"2000-02-29T00:00:00Z", 951782400 * NS_PER_SECOND},
		{"2026-11-20 12:00:00", 1795176000 * NS_PER_SECOND},
		{"2026-11-20T12:00:00.5Z", 1795176000 * NS_PER_SECOND + NS_PER_SECOND / 2},
		{"2026-11-20T12:00:00.1234567891Z", 1795176000 * NS_PER_SECOND + 123456789},
		{"2016-12-31T23:59:60Z", 1483228800 * NS_PER_SECOND},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t t;
		assert_int_equal(time_parse(rows[i].text, &t), 0);
		assert_int_equal(t, rows[i].ns);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	(void)state;
	static const char *const rows[] = {"",
					   "soon",
					   "2026",
					   "2026-11",
					   "2026-1-20",
					   "2026-00-20",
					   "2026-13-20",
					   "2026-11-00",
					   "2026-11-31",
					   "2025-02-29",
					   "1969-12-31",
					   "2262-01-01",
					   " 2026-11-20",
					   "+026-11-20",
					   "2026-11-20T",
					   "2026-11-20T12:00",
					   "2026-11-20T24:00:00",
					   "2026-11-20T12:60:00",
					   "2026-11-20T12:00:61",
					   "2026-11-20T12:00:00+01:00",
					   "2026-11-20T12:00:00ZZ"};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t t;
		assert_int_not_equal(time_parse(rows[i], &t), 0);
	}
	/* cut at every length: a date alone is whole */
	static const char whole[] = "2026-11-20T12:00:00Z";
	for (size_t n = 0; n < sizeof whole - 1; n++) {
		char cut[sizeof whole];
		uint64_t t;
		memcpy(cut, whole, n);
		cut[n] = 0;
		assert_int_equal(time_parse(cut, &t) == 0, n == 10 || n == 19);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(people_write_less),
		cmocka_unit_test(what_is_no_time_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
