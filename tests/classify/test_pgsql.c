#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_pgsql;

static void startup_and_parameters_are_read(void **state)
{
	EXPECT(dissector_pgsql, 5432,
	       "service server sender postgresql\nuser.name client sender bob\npgsql.client client sender psql\n"
	       "pgsql.version server sender 15.3 (Debian 15.3-0+deb12u1)\ndone\n",
	       C("\0\0\0\x08\x04\xd2\x16\x2f"), S("N"), C("\0\0\0\x28\0\3\0\0user\0bob\0application_name\0psql\0\0"),
	       S("R\0\0\0\x08\0\0\0\0S\0\0\0\x31server_version\0"
		 "15.3 (Debian 15.3-0+deb12u1)\0xZ\0\0\0\5I"));
}

static void parameters_come_in_any_order(void **state)
{
	EXPECT(dissector_pgsql, 5432, "user.name client sender bob\nservice server sender postgresql\n",
	       C("\0\0\0\x27\0\3\0\0client_encoding\0UTF8\0user\0bob\0\0"), S("R\0\0\0\x08\0\0\0\0"));
}

static void tls_is_handed_over(void **state)
{
	EXPECT(dissector_pgsql, 5432, "service server sender postgresql\nnext tls\n", C("\0\0\0\x08\x04\xd2\x16\x2f"),
	       S("S"), C("\x16\x03"));
	EXPECT(dissector_pgsql, 5432, "next tls\n", C("\0\0\0\x08\x04\xd2\x16\x2f\x16\x03"));
}

static void others_are_left_alone(void **state)
{
	EXPECT(dissector_pgsql, 5432, "not\n", C("\0\0\0\x08\x04\xd2\x16\x31"));
	EXPECT(dissector_pgsql, 5432, "not\n", C("GET / HTTP/1.1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(startup_and_parameters_are_read),
		cmocka_unit_test(parameters_come_in_any_order),
		cmocka_unit_test(tls_is_handed_over),
		cmocka_unit_test(others_are_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
