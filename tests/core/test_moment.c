#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/moment.h"
#include "core/time.h"

static void as_people_say(void **state)
{
	(void)state;
	static const struct {
		const char *text, *time;
	} rows[] = {
		{"2026-11-20T12:00:00Z", "2026-11-20T12:00:00.000000Z"},
		{"2026-11-20", "2026-11-20T00:00:00.000000Z"},
		{"now", "2026-11-21T10:20:30.000000Z"},
		{"0s", "2026-11-21T10:20:30.000000Z"},
		{"90s", "2026-11-21T10:19:00.000000Z"},
		{"15m", "2026-11-21T10:05:30.000000Z"},
		{"2h", "2026-11-21T08:20:30.000000Z"},
		{"7d", "2026-11-14T10:20:30.000000Z"},
		{"4w", "2026-10-24T10:20:30.000000Z"},
	};
	uint64_t now_ns, ns;
	char text[TIME_TEXT_BYTES];
	assert_int_equal(time_parse("2026-11-21T10:20:30Z", &now_ns), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(moment_parse(rows[i].text, now_ns, &ns), 0);
		time_text(ns, text);
		assert_string_equal(text, rows[i].time);
		assert_int_equal(moment_moves(rows[i].text), i > 1);
	}
}

static void nonsense(void **state)
{
	(void)state;
	static const char *const rows[] = {"",   "h",      "-1h",        "1",           "1 h", "1hh",
					   "1y", "nowish", "999999999w", "9999999999s", "1.5h"};
	uint64_t now_ns, ns;
	assert_int_equal(time_parse("2026-11-21T10:20:30Z", &now_ns), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (moment_parse(rows[i], now_ns, &ns) == 0)
			fail_msg("'%s' is taken", rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_people_say),
		cmocka_unit_test(nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
