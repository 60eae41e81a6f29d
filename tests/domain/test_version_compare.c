#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "domain/version_compare.h"

static void versions_have_an_order(void **state)
{
	(void)state;
	static const char *const rising[] = {"0.9",
					     "1.0-alpha",
					     "1.0beta2",
					     "1.0beta10",
					     "1.0rc1",
					     "1.0",
					     "1.0p1",
					     "1.0.1",
					     "1.0.9",
					     "1.0.10",
					     "1.2",
					     "2.4.49",
					     "2.4.50",
					     "10",
					     "20240101120000000000000",
					     "20240101120000000000001"};
	for (size_t i = 0; i < sizeof rising / sizeof *rising; i++)
		for (size_t k = 0; k < sizeof rising / sizeof *rising; k++) {
			int got = version_compare(rising[i], rising[k]);
			if ((got > 0) != (i > k) || (got < 0) != (i < k))
				fail_msg("%s and %s give %d", rising[i], rising[k], got);
		}
}

static int key_order(const char *a, const char *b)
{
	uint8_t x[64] = {0}, y[64] = {0};
	size_t n = version_key(a, x, sizeof x), m = version_key(b, y, sizeof y);
	int order = memcmp(x, y, n < m ? n : m);
	return order ? order : (n > m) - (n < m);
}

/* An index of octets and the comparison agree, whatever the versions look like. */
static void keys_have_the_order_of_versions(void **state)
{
	(void)state;
	static const char *const parts[] = {"1", "2",    "10", "002",      "0", "rc", "p",
					    "a", "beta", "zz", "20240101", ".", "-",  ""};
	enum { PARTS = sizeof parts / sizeof *parts };
	uint32_t random = 1;
	for (int i = 0; i < 200000; i++) {
		char text[2][64] = {"", ""};
		for (int k = 0; k < 8; k++) {
			random = random * 1664525 + 1013904223;
			strcat(text[k & 1], parts[(random >> 16) % PARTS]);
		}
		int wanted = version_compare(text[0], text[1]), got = key_order(text[0], text[1]);
		if ((wanted > 0) != (got > 0) || (wanted < 0) != (got < 0))
			fail_msg("%s and %s give %d, their keys %d", text[0], text[1], wanted, got);
	}
}

static void what_refines_begins_with_the_prefix(void **state)
{
	(void)state;
	uint8_t prefix[64], key[64];
	size_t n = version_prefix("1.22", prefix, sizeof prefix);
	assert_true(version_key("1.22.1", key, sizeof key) > n && memcmp(prefix, key, n) == 0);
	assert_true(version_key("1.22p1", key, sizeof key) > n && memcmp(prefix, key, n) == 0);
	assert_true(version_key("1.220", key, sizeof key) > 0 && memcmp(prefix, key, n) != 0);
	assert_int_equal(version_key("1.2.3.4.5.6.7.8.9.10.11.12", key, 8), 7); /* cut behind a whole part */
}

static void equal_in_other_clothes(void **state)
{
	(void)state;
	assert_int_equal(version_compare("1.02", "1.2"), 0);
	assert_int_equal(version_compare("9.2P1", "9.2p1"), 0);
	assert_int_equal(version_compare("1-2_3", "1.2.3"), 0);
	assert_int_equal(version_compare("", ""), 0);
}

static void wanted_versions_match(void **state)
{
	(void)state;
	static const struct {
		const char *version, *wanted;
		bool matches;
	} rows[] = {
		{"2.4.49", "<2.4.50", true},
		{"2.4.50", "<2.4.50", false},
		{"2.4.50", "<=2.4.50", true},
		{"2.4.51", ">2.4.50", true},
		{"2.4.50", ">=2.4.50", true},
		{"1.22.1", "1.22", true},
		{"1.220", "1.22", false},
		{"1.22", "1.22.1", false},
		{"1.220", "1.22*", true},
		{"1.22.1", "=1.22", false},
		{"1.22", "=1.22", true},
		{"1.22", "!=1.22", false},
		{"2.4.10", ">=2.4,<2.4.50", true},
		{"2.2.10", ">=2.4,<2.4.50", false},
		{"9.2p1", "9.2", true},
		{"10.0.19041", ">= 10.0", true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (version_matches(rows[i].version, rows[i].wanted) != rows[i].matches)
			fail_msg("%s against %s", rows[i].version, rows[i].wanted);
}

static void nonsense_is_refused(void **state)
{
	(void)state;
	assert_false(version_wanted_valid(""));
	assert_false(version_wanted_valid("<"));
	assert_false(version_wanted_valid(">=2.4,,3"));
	assert_false(version_wanted_valid("<<2"));
	assert_false(version_wanted_valid("2.4<3"));
	assert_true(version_wanted_valid(">=2.4,<3"));
	assert_true(version_wanted_valid("1.2*"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_have_an_order),
		cmocka_unit_test(keys_have_the_order_of_versions),
		cmocka_unit_test(what_refines_begins_with_the_prefix),
		cmocka_unit_test(equal_in_other_clothes),
		cmocka_unit_test(wanted_versions_match),
		cmocka_unit_test(nonsense_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
