#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_telnet;

static void text_up_to_the_prompt_is_read(void **state)
{
	EXPECT(dissector_telnet, 23,
	       "service server sender telnet\n"
	       "telnet.banner server sender OpenBSD/i386 (oof) (ttyp1)\\0d\\0a\\0d\\0alogin:\n"
	       "user.name client sender fake\ndone\n",
	       C("\xff\xfd\x03\xff\xfb\x18"),
	       S("\xff\xfb\x03\xff\xfa\x18\x01\xff\xf0\r\n\r\nOpenBSD/i386 (oof) (ttyp1)\r\n\r\nlogin: "),
	       C("faxke\x08\x08\x7f"
		 "ke\r\0user\r\0"),
	       S("Password:"));
}

static void typing_ends_the_banner(void **state)
{
	EXPECT(dissector_telnet, 2323,
	       "service server sender telnet\ntelnet.banner client receiver Welcome!\\0d\\0a>\ndone\n",
	       S("\xff\xfb\x01Welcome!\r\n> "), C("enable\r\n"));
}

static void a_question_for_a_password_ends_it(void **state)
{
	EXPECT(dissector_telnet, 23,
	       "service server sender telnet\ntelnet.banner server sender User Access "
	       "Verification\\0d\\0a\\0d\\0aPassword:\ndone\n",
	       S("\r\nUser Access Verification\r\n\r\nPassword: "), C("secret\r\n"));
}

static void others_are_left_alone(void **state)
{
	EXPECT(dissector_telnet, 2300, "not\n", S("hello"));
	EXPECT(dissector_telnet, 23, "not\n", S("\xff\x01\x02"));
	EXPECT(dissector_telnet, 23, "not\n", C("GET /"));
	EXPECT(dissector_telnet, 23, "not\n", S("SSH-2.0-x\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_up_to_the_prompt_is_read),
		cmocka_unit_test(typing_ends_the_banner),
		cmocka_unit_test(a_question_for_a_password_ends_it),
		cmocka_unit_test(others_are_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
