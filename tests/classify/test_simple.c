#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_simple;

static void servers_are_named_when_they_have_spoken(void **state)
{
	EXPECT(dissector_simple, 873, "service server sender rsync\ndone\n", S("@RSYNCD: 31.0\n"),
	       C("@RSYNCD: 31.0\n"));
	EXPECT(dissector_simple, 179, "service server sender bgp\ndone\n",
	       C("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x1d\1\4"),
	       S("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x1d\1\4"));
	EXPECT(dissector_simple, 5555, "service server sender zmtp\ndone\n", C("\377\0\0\0\0\0\0\0\1\177\3\0NULL"),
	       S("\377\0\0\0\0\0\0\0\1\177\3\1NULL"));
	EXPECT(dissector_simple, 1720, "service server sender h323hostcall\ndone\n", C("\3\0\0\x20\10\2\0\1\5"),
	       S("\3\0\0\x20\10\2\x80\1\2"));
}

static void what_is_not_unmistakable_is_left_alone(void **state)
{
	EXPECT(dissector_simple, 80, "not\n", C("GET / HTTP/1.1\r\n"));
	EXPECT(dissector_simple, 5900, "not\n", S("SSH-2.0-x\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(servers_are_named_when_they_have_spoken),
		cmocka_unit_test(what_is_not_unmistakable_is_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
