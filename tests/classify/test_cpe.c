#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/cpe.h"

#include <stdio.h>
#include <string.h>

static void expect(const char *part, const char *vendor, const char *product, const char *version, const char *update,
		   const char *want)
{
	const char *value[CPE_ATTRIBUTES] = {part, vendor, product, version, update};
	char out[256];
	assert_true(cpe_format(value, out, sizeof out));
	assert_string_equal(out, want);
}

static void follows_the_book(void **state)
{
	expect("a", "OpenBSD", "OpenSSH", "9.2", "p1", "cpe:2.3:a:openbsd:openssh:9.2:p1:*:*:*:*:*:*");
	expect("a", "nginx", "nginx", "1.22.1", NULL, "cpe:2.3:a:nginx:nginx:1.22.1:*:*:*:*:*:*:*");
	expect("o", "Cisco", "IOS", "12.2(55)SE", NULL, "cpe:2.3:o:cisco:ios:12.2\\(55\\)se:*:*:*:*:*:*:*");
	expect("a", "notepad++", "Notepad++", "7", "", "cpe:2.3:a:notepad\\+\\+:notepad\\+\\+:7:*:*:*:*:*:*:*");
	expect("a", "a:b", "c/d\\e", "1~2", "!", "cpe:2.3:a:a\\:b:c\\/d\\\\e:1\\~2:\\!:*:*:*:*:*:*");
	expect("h", "big-ip", "under_score", "1.0-rc", NULL, "cpe:2.3:h:big-ip:under_score:1.0-rc:*:*:*:*:*:*:*");
}

static void nothing_turns_into_a_logical_value(void **state)
{
	expect("a", "", NULL, "-", "*", "cpe:2.3:a:*:*:*:*:*:*:*:*:*:*");
	expect("a", "?", "??", " ", "- -", "cpe:2.3:a:*:*:*:*:*:*:*:*:*:*");
	expect("a", "x*", "?y", "\xff\x01", NULL, "cpe:2.3:a:x\\*:\\?y:*:*:*:*:*:*:*:*");
}

static void blanks_become_one_underscore(void **state)
{
	expect("o", "  Red  Hat\t", "Enterprise Linux ", "8", NULL,
	       "cpe:2.3:o:red_hat:enterprise_linux:8:*:*:*:*:*:*:*");
	expect("a", "caf\xc3\xa9", "x", "1", NULL, "cpe:2.3:a:caf:x:1:*:*:*:*:*:*:*");
}

static void has_always_thirteen_parts(void **state)
{
	const char *value[CPE_ATTRIBUTES] = {"a", "v:w", "p", "1", "2", "3", "4", "5", "6", "7", "8"};
	char out[256];
	unsigned parts = 1;
	assert_true(cpe_format(value, out, sizeof out));
	for (const char *p = out; *p; p++) {
		if (*p == '\\')
			p++;
		else
			parts += *p == ':';
	}
	assert_int_equal(parts, 13);
}

static void what_does_not_fit_gives_nothing(void **state)
{
	const char *value[CPE_ATTRIBUTES] = {"a", "vendor", "product", "1"}, *none[CPE_ATTRIBUTES] = {"x"};
	char out[64], whole[64];
	assert_true(cpe_format(value, whole, sizeof whole));
	size_t len = strlen(whole);
	for (size_t size = 1; size <= len; size++) {
		assert_false(cpe_format(value, out, size));
		assert_string_equal(out, "");
	}
	assert_true(cpe_format(value, out, len + 1));
	assert_false(cpe_format(none, out, sizeof out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_book),
		cmocka_unit_test(nothing_turns_into_a_logical_value),
		cmocka_unit_test(blanks_become_one_underscore),
		cmocka_unit_test(has_always_thirteen_parts),
		cmocka_unit_test(what_does_not_fit_gives_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
