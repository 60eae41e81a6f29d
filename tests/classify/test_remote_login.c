/* rlogin, rsh, rexec and TACACS+. */
#include "tests/classify/dissect_test.h"
#include "tests/classify/dissect_fixture.h"

extern const struct dissector rlogin_dissector, tacacs_dissector;

static void who_logs_in_is_named(void **state)
{
	EXPECT(rlogin_dissector, 513, "user.name client sender maria\nservice server sender login\ndone\n",
	       C("\0maria\0root\0vt100/9600\0"), S("\0"));
	EXPECT(rlogin_dissector, 514, "user.name client sender maria\nservice server sender shell\ndone\n",
	       C("1022\0maria\0root\0ls\0"), S("\0"));
	/* never the password */
	EXPECT(rlogin_dissector, 512, "user.name client sender maria\nservice server sender exec\ndone\n",
	       C("0\0maria\0secret\0ls\0"), S("\0"));
}

static void other_octets_are_none(void **state)
{
	EXPECT(rlogin_dissector, 513, "not\n", C("\0\0root\0vt100\0"));
	EXPECT(rlogin_dissector, 513, "not\n", C("\0ma\001ria\0root\0vt100\0"));
	EXPECT(rlogin_dissector, 514, "not\n", C("70000\0maria\0root\0ls\0"));
	EXPECT(rlogin_dissector, 515, "not\n", C("\0maria\0root\0vt100/9600\0"));
}

#define START                                                 \
	"\xc0\1\1\1\0\0\0\7\0\0\0\x1a\1\1\1\1\5\4\x09\0maria" \
	"tty7"                                                \
	"192.0.2.7"
#define SEALED                                                \
	"\xc0\1\1\0\0\0\0\7\0\0\0\x1a\1\1\1\1\5\4\x09\0maria" \
	"tty7"                                                \
	"192.0.2.7"
#define ANSWER "\xc0\1\2\1\0\0\0\7\0\0\0\6\1\0\0\0\0\0"

static void devices_ask_who_may_come_in(void **state)
{
	EXPECT(tacacs_dissector, 49, "radius.userName client sender maria\nservice server sender tacacs\n", C(START),
	       S(ANSWER));
	EXPECT(tacacs_dissector, 49, "service server sender tacacs\n", C(SEALED), S(ANSWER));
	EXPECT(tacacs_dissector, 49, "not\n", C("\xd0\1\1\1\0\0\0\7\0\0\0\x1a"));
	EXPECT(tacacs_dissector, 49, "not\n", C("\xc0\4\1\1\0\0\0\7\0\0\0\x1a"));
	EXPECT(tacacs_dissector, 49, "not\n", C("\xc0\1\2\1\0\0\0\7\0\0\0\x1a"));
	EXPECT(tacacs_dissector, 49, "not\n", C("\xc0\1\1\1\0\0\0\7\1\0\0\x1a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_logs_in_is_named),
		cmocka_unit_test(other_octets_are_none),
		cmocka_unit_test(devices_ask_who_may_come_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
