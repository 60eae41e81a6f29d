#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_rdp;

static void cookies_name_users(void **state)
{
	EXPECT(dissector_rdp, 3389, "user.name client sender bob\nservice server sender ms-wbt-server\nnext tls\n",
	       C("\3\0\0\x29\x24\xe0\0\0\0\0\0Cookie: mstshash=bob\r\n\1\0\x08\0\1\0\0\0"),
	       S("\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\0\x08\0\1\0\0\0"), C("\x16\x03"));
	EXPECT(dissector_rdp, 4000, "service server sender ms-wbt-server\n",
	       C("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\1\0\0\0"), S("\3\0\0\x0b\6\xd0\0\0\x12\x34\0"));
}

static void other_transports_are_left_alone(void **state)
{
	EXPECT(dissector_rdp, 102, "not\n", C("\3\0\0\x16\x11\xe0\0\0\0\1\0\xc0\1\x0a\xc1\2\1\0\xc2\2\1\2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cookies_name_users),
		cmocka_unit_test(other_transports_are_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
