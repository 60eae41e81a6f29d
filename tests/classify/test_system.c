#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/system.h"

static void kernels_lie_under_their_systems(void **state)
{
	(void)state;
	assert_true(system_underlies("Linux", "Android"));
	assert_true(system_underlies("Linux", "Debian GNU/Linux 12"));
	assert_true(system_underlies("Darwin", "iOS"));
	assert_true(system_underlies("FreeBSD", "pfSense"));
}

static void nothing_else_does(void **state)
{
	(void)state;
	assert_false(system_underlies("Linux", "Linux"));
	assert_false(system_underlies("Linux", "macOS"));
	assert_false(system_underlies("Android", "Linux"));
	assert_false(system_underlies("Debian GNU/Linux", "Ubuntu Linux"));
	assert_false(system_underlies("Windows", "Windows Server 2019"));
	assert_false(system_underlies("Linux", "NonStop"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels_lie_under_their_systems),
		cmocka_unit_test(nothing_else_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
