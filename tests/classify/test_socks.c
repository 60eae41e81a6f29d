#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_socks;

static void what_version_4_connects_is_found_out(void **state)
{
	EXPECT(dissector_socks, 1080, "user.name client sender bob\nservice server sender socks\nnext any\n",
	       C("\4\1\0\x50\xc0\0\2\1bob\0"), S("\0\x5a\0\0\0\0\0\0"), C("GET / HTTP/1.1\r\n"));
	EXPECT(dissector_socks, 1080, "service server sender socks\nnext any\n",
	       C("\4\1\1\xbb\0\0\0\1\0www.example.org\0"), S("\0\x5a\0\0\0\0\0\0\x16\3"));
	EXPECT(dissector_socks, 1080, "service server sender socks\ndone\n", C("\4\1\1\xbb\xc0\0\2\1\0"),
	       S("\0\x5b\0\0\0\0\0\0"));
	EXPECT(dissector_socks, 1080, "service server sender socks\ndone\n", C("\4\2\1\xbb\xc0\0\2\1\0"),
	       S("\0\x5a\0\0\0\0\0\0"));
}

static void what_version_5_connects_is_found_out(void **state)
{
	EXPECT(dissector_socks, 1080, "service server sender socks\nnext any\n", C("\5\1\0"), S("\5\0"),
	       C("\5\1\0\3\x0bexample.org\1\xbb"), S("\5\0\0\1\xc0\0\2\1\1\xbb"), C("\x16\3\1"));
	EXPECT(dissector_socks, 4711, "service server sender socks\nuser.name client sender alice\nnext any\n",
	       C("\5\2\0\2"), S("\5\2"), C("\1\5alice\6secret"), S("\1\0"), C("\5\1\0\1\xc0\0\2\1\0\x50"),
	       S("\5\0\0\4................\1\xbb"));
	EXPECT(dissector_socks, 1080, "service server sender socks\ndone\n", C("\5\1\0"), S("\5\0"),
	       C("\5\1\0\1\xc0\0\2\1\0\x50"), S("\5\5\0\1\0\0\0\0\0\0"));
	EXPECT(dissector_socks, 1080, "service server sender socks\n", C("\5\1\0"), S("\5\xff"));
}

static void others_are_left_alone(void **state)
{
	EXPECT(dissector_socks, 1080, "not\n", C("\5\1\0"), S("HTTP/1.1 400 Bad Request\r\n"));
	EXPECT(dissector_socks, 1080, "not\n", C("\4\3\0\x50\xc0\0\2\1\0"));
	EXPECT(dissector_socks, 1080, "not\n", C("\4\1\0\x50\xc0\0\2\1\x01\0"));
	EXPECT(dissector_socks, 1080, "not\n", C("\5\x20"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_version_4_connects_is_found_out),
		cmocka_unit_test(what_version_5_connects_is_found_out),
		cmocka_unit_test(others_are_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
