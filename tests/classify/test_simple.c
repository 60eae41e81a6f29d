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
	EXPECT(dissector_simple, 5555, "service server sender zmtp\ndone\n", C("\377\0\0\0\0\0\0\0\1\177\3\0NULL"),
	       S("\377\0\0\0\0\0\0\0\1\177\3\1NULL"));
	EXPECT(dissector_simple, 4730, "service server sender gearman\ndone\n", C("\0REQ\0\0\0\1\0\0\0\2wc"),
	       S("\0RES\0\0\0\12\0\0\0\0"));
	EXPECT(dissector_simple, 1494, "service client receiver ica\ndone\n", S("\177\177ICA\0"), C("\177\177ICA\0"));
	EXPECT(dissector_simple, 1099, "service server sender rmiregistry\ndone\n", C("JRMI\0\2K"),
	       S("N\0\11127.0.0.1\0\0\206\222"));
	EXPECT(dissector_simple, 8009, "service server sender ajp13\ndone\n", C("\22\64\0\1\12"), S("AB\0\1\11"));
	EXPECT(dissector_simple, 5900, "service client receiver spice\ndone\n", S("REDQ\2\0\0\0"), C("REDQ\2\0\0\0"));
	EXPECT(dissector_simple, 6789, "service server sender ceph\ndone\n", C("ceph v027"), S("ceph v027"));
	EXPECT(dissector_simple, 2809, "service server sender giop\ndone\n", C("GIOP\1\2\1\0\44\0\0\0"),
	       S("GIOP\1\2\1\1\31\0\0\0"));
	EXPECT(dissector_simple, 7680, "service server sender ms-do\ndone\n", C("\16Swarm protocol\0"),
	       S("\16Swarm protocol\0"));
	EXPECT(dissector_simple, 9876, "service server sender fix\ndone\n", C("8=FIX.4.2\0019=65\001"),
	       S("8=FIX.4.2\0019=70\001"));
	EXPECT(dissector_simple, 5044, "service server sender lumberjack\ndone\n", C("2W\0\0\0\0012C\0\0\0\77"),
	       S("2A\0\0\0\1"));
	EXPECT(dissector_simple, 18245, "service server sender gesrtp\ndone\n",
	       C("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), S("\1\0\0\0\0\0\0\0\0\17"));
	EXPECT(dissector_simple, 4880, "service server sender hislip\ndone\n", C("HS\0\0\1\0"), S("HS\1\0\1\0"));
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
