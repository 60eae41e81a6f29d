#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_adb;

#define HEAD(name, len, magic) name "\0\0\0\1\0\0\x10\0" len "\0\0\0\0\0\0\0" magic
#define CNXN(len, data)        HEAD("CNXN", len, "\xbc\xb1\xa7\xb1") data
#define STLS                   HEAD("STLS", "\0", "\xac\xab\xb3\xac")

static void devices_name_their_model(void **state)
{
	EXPECT(dissector_adb, 5555, "service server sender adb\nadb.model server sender Pixel 4\ndone\n",
	       C(CNXN("\7", "host::\0")), S(CNXN("\x37", "device::ro.product.name=flame;ro.product.model=Pixel 4;")),
	       C(HEAD("OPEN", "\0", "\xb0\xaf\xba\xb1")), S(HEAD("OKAY", "\0", "\xb0\xb4\xbe\xa6")));
}

static void both_agree_on_tls(void **state)
{
	EXPECT(dissector_adb, 5555, "service server sender adb\nnext tls\n", C(CNXN("\7", "host::\0")), S(STLS),
	       C(STLS "\x16\3\1"));
}

static void others_are_left_alone(void **state)
{
	EXPECT(dissector_adb, 5555, "not\n", C("CNXX"));
	EXPECT(dissector_adb, 5555, "not\n", C(HEAD("CNXN", "\0", "\xbc\xb1\xa7\xb0")));
	EXPECT(dissector_adb, 5555, "", C(CNXN("\7", "host::\0")), S("HTTP"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_name_their_model),
		cmocka_unit_test(both_agree_on_tls),
		cmocka_unit_test(others_are_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
