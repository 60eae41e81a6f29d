#include "tests/classify/dissect_test.h"
#include "tests/classify/dissect_fixture.h"

extern const struct dissector rfb_dissector;

#define SCREEN "\4\0\3\0\x20\x18\0\1\0\xff\0\xff\0\xff\x10\x08\0\0\0\0"

static void a_desktop_is_named_where_it_is_not_sealed(void **state)
{
	EXPECT(rfb_dissector, 5901,
	       "service server sender rfb\n"
	       "rfb.version server sender 003.008\n"
	       "rfb.security server sender 1,2\n"
	       "rfb.desktopName server sender QEMU\n"
	       "done\n",
	       S("RFB 003.008\n"), C("RFB 003.008\n"), S("\2\1\2"), C("\1"), S("\0\0\0\0"), C("\1"),
	       S(SCREEN "\0\0\0\4QEMU"));
	/* with a password; before 3.7 the server decides */
	EXPECT(rfb_dissector, 5900,
	       "service server sender rfb\n"
	       "rfb.version server sender 003.003\n"
	       "rfb.desktopName server sender host7\n"
	       "done\n",
	       S("RFB 003.003\n"), C("RFB 003.003\n"),
	       S("\0\0\0\2"
		 "0123456789abcdef"),
	       C("0123456789abcdef"), S("\0\0\0\0"), C("\1"), S(SCREEN "\0\0\0\5host7"));
}

static void what_is_sealed_ends_it(void **state)
{
	EXPECT(rfb_dissector, 5900,
	       "service server sender rfb\n"
	       "rfb.version server sender 003.889\n"
	       "rfb.security server sender 30,33\n"
	       "done\n",
	       S("RFB 003.889\n"), C("RFB 003.889\n"), S("\2\x1e\x21"), C("\x1e"));
	/* refused: no way in, or the wrong password */
	EXPECT(rfb_dissector, 5900,
	       "service server sender rfb\n"
	       "rfb.version server sender 003.008\n"
	       "done\n",
	       S("RFB 003.008\n"), C("RFB 003.008\n"), S("\0\0\0\0\4full"));
	EXPECT(rfb_dissector, 5900,
	       "service server sender rfb\n"
	       "rfb.version server sender 003.008\n"
	       "rfb.security server sender 2\n"
	       "done\n",
	       S("RFB 003.008\n"), C("RFB 003.008\n"), S("\1\2"), C("\2"), S("0123456789abcdef"), C("0123456789abcdef"),
	       S("\0\0\0\1"));
	EXPECT(rfb_dissector, 5900, "failed\n", S("RFB 003x008\n"));
	EXPECT(rfb_dissector, 5900, "not\n", S("RFC 003.008\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_desktop_is_named_where_it_is_not_sealed),
		cmocka_unit_test(what_is_sealed_ends_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
