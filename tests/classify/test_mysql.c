#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_mysql;

static void greeting_and_login_are_read(void **state)
{
	EXPECT(dissector_mysql, 3306,
	       "service server sender mysql\nmysql.version server sender 5.5.5-10.11.4-MariaDB\n"
	       "user.name client sender root\nmysql.error server sender Access denied for root\ndone\n",
	       S("\x2d\0\0\0\x0a"
		 "5.5.5-10.11.4-MariaDB\0"
		 "\1\2\3\4"
		 "01234567"
		 "\0"
		 "\xff\xf7\x08\2\0\0\0\0\0"),
	       C("\x28\0\0\1"
		 "\x85\xa6\x03\0"
		 "\0\0\0\1"
		 "\x21"
		 "01234567890123456789012"
		 "root\0"
		 "\0\0\0"),
	       S("\x1f\0\0\2\xff\x15\x04#28000Access denied for root"));
}

#define GREETING         \
	"\x20\0\0\0\x0a" \
	"8.0.33\0"       \
	"\1\2\3\4"       \
	"01234567"       \
	"\0"             \
	"\xff\xf7\x08\2\0\0\0\0\0\0\0"
#define ATTRIBUTES(size)                                                          \
	"\0\x82\x18\0"                                                            \
	"\0\0\0\1"                                                                \
	"\x21"                                                                    \
	"01234567890123456789012"                                                 \
	"root\0"                                                                  \
	"\0"                                                                      \
	"mysql_native\0" size "\x0c_client_name\x08libmysql\x0f_client_version\6" \
	"8.0.32\3_os\5Linux"

static void libraries_name_themselves(void **state)
{
	EXPECT(dissector_mysql, 3306,
	       "service server sender mysql\nmysql.version server sender 8.0.33\nuser.name client sender root\n"
	       "mysql.client client sender product=libmysql;version=8.0.32;os=Linux\n",
	       S(GREETING), C("\x6b\0\0\1" ATTRIBUTES("\x37")));
	/* attributes that end beyond the packet */
	EXPECT(dissector_mysql, 3306,
	       "service server sender mysql\nmysql.version server sender 8.0.33\nuser.name client sender root\n",
	       S(GREETING), C("\x6b\0\0\1" ATTRIBUTES("\x38")));
}

static void refusals_are_read(void **state)
{
	EXPECT(dissector_mysql, 3306,
	       "mysql.error server sender Host 'h' is not allowed\nservice server sender mysql\ndone\n",
	       S("\x1a\0\0\0\xff\x6a\x04Host 'h' is not allowed"));
}

static void tls_is_handed_over(void **state)
{
	EXPECT(dissector_mysql, 3306, "service server sender mysql\nmysql.version server sender 8.0.33\nnext tls\n",
	       S("\x20\0\0\0\x0a"
		 "8.0.33\0"
		 "\1\2\3\4"
		 "01234567"
		 "\0"
		 "\xff\xf7\x08\2\0\0\0\0\0\0\0"),
	       C("\x20\0\0\1"
		 "\x85\xae\x03\0"
		 "\0\0\0\1"
		 "\x21"
		 "01234567890123456789012"
		 "\x16\x03"));
}

static void others_are_left_alone(void **state)
{
	EXPECT(dissector_mysql, 3306, "not\n", S("HTTP/1.1 200 OK\r\n"));
	EXPECT(dissector_mysql, 3306, "not\n",
	       S("\x05\0\0\0\x0a"
		 "abcdefgh"));
	EXPECT(dissector_mysql, 3306, "not\n", C("GET /"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(greeting_and_login_are_read), cmocka_unit_test(libraries_name_themselves),
		cmocka_unit_test(refusals_are_read),           cmocka_unit_test(tls_is_handed_over),
		cmocka_unit_test(others_are_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
