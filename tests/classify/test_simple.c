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
	EXPECT(dissector_simple, 3690, "service server sender svn\ndone\n",
	       S("( success ( 2 2 ( ) ( edit-pipeline ) ) )"));
	EXPECT(dissector_simple, 6881, "service server sender bittorrent\ndone\n", C("\023BitTorrent protocol........"),
	       S("\023BitTorrent protocol"));
	EXPECT(dissector_simple, 9418, "service server sender git\ndone\n",
	       C("0033git-upload-pack /project.git\0host=h\0"), S("004fabc HEAD"));
	EXPECT(dissector_simple, 179, "service server sender bgp\ndone\n",
	       C("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x1d\1\4"),
	       S("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x1d\1\4"));
	EXPECT(dissector_simple, 6379, "service server sender redis\ndone\n", C("*1\r\n$4\r\nPING\r\n"),
	       S("+PONG\r\n"));
	EXPECT(dissector_simple, 11211, "service server sender memcache\ndone\n", C("version\r\n"),
	       S("VERSION 1.6.18\r\n"));
	EXPECT(dissector_simple, 27017, "service server sender mongodb\ndone\n",
	       C("\x3a\0\0\0\1\0\0\0\0\0\0\0\xdd\7\0\0...."), S("\x3a\0\0\0\2\0\0\0\1\0\0\0\xdd\7\0\0...."));
	EXPECT(dissector_simple, 5672, "service server sender amqp\ndone\n", C("AMQP\0\0\x09\1"),
	       S("\1\0\0\0\0\1\xc5\0\x0a\0\x0a\0\x09"));
	EXPECT(dissector_simple, 6667, "service server sender irc\ndone\n", C("NICK bob\r\n"),
	       S(":irc.example.org NOTICE * :hello\r\n"));
	EXPECT(dissector_simple, 1723, "service server sender pptp\ndone\n", C("\0\x9c\0\1\x1a\x2b\x3c\x4d"),
	       S("\0\x9c\0\1\x1a\x2b\x3c\x4d"));
}

static void what_is_not_unmistakable_is_left_alone(void **state)
{
	EXPECT(dissector_simple, 80, "not\n", C("GET / HTTP/1.1\r\n"));
	EXPECT(dissector_simple, 6379, "not\n", C("*1\r\n$4\r\nPING\r\n"), S("HTTP/1.1 400 Bad\r\n"));
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
