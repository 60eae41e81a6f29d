#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_x11;

static void vendors_are_read(void **state)
{
	EXPECT(dissector_x11, 6000, "service server sender x11\nx11.vendor server sender The X.Org Foundation\ndone\n",
	       C("l\0\x0b\0\0\0\0\0\0\0\0\0"),
	       S("\1\0\x0b\0\0\0\x10\0"
		 "0123456789012345"
		 "\x14\0"
		 "01234567890123"
		 "The X.Org Foundation...."));
	EXPECT(dissector_x11, 6000, "service server sender x11\ndone\n", C("B\0\0\x0b\0\0\0\0\0\0\0\0"),
	       S("\0\4\0\x0b\0\0\0\1none"));
	EXPECT(dissector_x11, 6000, "", C("B\0\0\x0b\0\0\0\0\0\0\0\0"), S("\0\4\0\x0b\0\0\0\0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vendors_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
