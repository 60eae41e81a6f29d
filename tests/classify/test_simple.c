#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_asked_line, dissector_gopher, dissector_simple, dissector_simple_datagram;

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

/* Lines of text tell little: the port must be theirs, too. */
static void text_that_is_asked_for_needs_its_port(void **state)
{
	EXPECT(dissector_asked_line, 43, "service server sender nicname\ndone\n", C("example.com\r\n"),
	       S("   Domain Name: EXAMPLE.COM\r\n"));
	EXPECT(dissector_asked_line, 79, "service server sender finger\ndone\n", C("\r\n"),
	       S("Login    Name   Tty\r\n"));
	EXPECT(dissector_asked_line, 79, "service server sender finger\ndone\n", C("/W \303\244\r\n"), S("\r\n"),
	       S("finger: \303\244: no such user.\r\n"));
	EXPECT(dissector_asked_line, 79, "service server sender finger\ndone\n", C("root\r\n"), S("\r\nroot\r\n"));
	EXPECT(dissector_asked_line, 43, "", C("example.com\r\n"), S("no"));
	EXPECT(dissector_asked_line, 79, "", C("root\r\n"), S("\r\n \r\n"));
	EXPECT(dissector_asked_line, 43, "not\n", C("\1\2\r\n"));
	EXPECT(dissector_asked_line, 44, "not\n", C("example.com\r\n"), S("   Domain Name: EXAMPLE.COM\r\n"));
}

static void vehicles_have_their_own_port(void **state)
{
	EXPECT(dissector_simple, 13400, "service server sender doip-data\ndone\n",
	       C("\2\375\0\5\0\0\0\7\16\0\0\0\0\0\0"), S("\2\375\0\6\0\0\0\11\16\0\20\1\20\0\0\0\0"));
	EXPECT(dissector_simple, 13400, "not\n", C("\2\2\0\5\0\0\0\7"));
}

static void menus_tell_gopher(void **state)
{
	EXPECT(dissector_gopher, 70, "service server sender gopher\n", C("/files\r\n"),
	       S("0a.txt\t/a.txt\tgw.example\t70\r\n1more\t/more\tgw.example\t70\t+\r\n.\r\n"));
	EXPECT(dissector_gopher, 70,
	       "service server sender gopher\n"
	       "daemon.greeting server sender Gophered by Gophernicus/3.1.1 on Debian/12 x86_64\n",
	       C("\r\n"),
	       S("i[/]\tTITLE\tnull.host\t1\r\ni   Gophered by Gophernicus/3.1.1 on Debian/12 "
		 "x86_64\t\tnull.host\t1\r\n"));
	EXPECT(dissector_gopher, 70,
	       "service server sender gopher\ndaemon.greeting server sender ServerSoftware=Gophernicus\n",
	       C("caps.txt\r\n"), S("CAPS\r\n\r\nCapsVersion=1\r\n\r\nServerSoftware=Gophernicus\r\n"));
	/* text; what has no port; another port; a request of another protocol */
	EXPECT(dissector_gopher, 70, "", C("/a.txt\r\n"), S("hello\r\n\t\t\r\na\tb\tc\td\r\n"));
	EXPECT(dissector_gopher, 71, "not\n", C("\r\n"), S("0a\t/a\tgw.example\t70\r\n"));
	EXPECT(dissector_gopher, 70, "not\n", C("GET / HTTP/1.0\r\n"));
	EXPECT(dissector_gopher, 70, "not\n", C("\1\2\r\n"));
}

static void datagrams_are_named_by_their_answer(void **state)
{
	EXPECT_UDP(dissector_simple_datagram, 5351, "service server sender nat-pmp\ndone\n", C("\0\0"),
		   S("\0\200\0\0\0\0\0\5\300\0\2\1"));
	EXPECT_UDP(dissector_simple_datagram, 5351, "service server sender nat-pmp\ndone\n",
		   C("\0\2\0\0\20\341\20\341\0\0\16\20"), S("\0\202\0\2\0\0\0\5\20\341\20\341\0\0\16\20"));
	EXPECT_UDP(dissector_simple_datagram, 5351, "service server sender pcp\ndone\n",
		   C("\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\377\377\300\0\2\2"),
		   S("\2\200\0\0\0\0\0\0\0\0\0\11\0\0\0\0\0\0\0\0\0\0\0\0"));
	EXPECT_UDP(dissector_simple_datagram, 2123, "service server sender gtp-control\ndone\n",
		   C("\62\1\0\4\0\0\0\0\0\1\0\0"), S("\62\2\0\6\0\0\0\0\0\1\0\0\16\7"));
	EXPECT_UDP(dissector_simple_datagram, 2123, "service server sender gtp-control\ndone\n",
		   C("\100\1\0\11\0\0\1\0\3\0\1\0\4"), S("\100\2\0\11\0\0\1\0\3\0\1\0\7"));
	EXPECT_UDP(dissector_simple_datagram, 2152, "service server sender gtp-user\ndone\n",
		   C("\62\1\0\4\0\0\0\0\0\1\0\0"), S("\62\2\0\6\0\0\0\0\0\1\0\0\16\0"));
	EXPECT_UDP(dissector_simple_datagram, 8805, "service server sender pfcp\ndone\n",
		   C("\40\1\0\14\0\0\1\0\0\140\0\4\344\1\2\3"), S("\40\2\0\14\0\0\1\0\0\140\0\4\344\1\2\3"));
	EXPECT_UDP(dissector_simple_datagram, 13400, "service server sender doip-disc\ndone\n", C("\377\0\0\1\0\0\0\0"),
		   S("\2\375\0\4\0\0\0\40WVWZZZ1JZXW000001\16\0\0\1\2\3\4\5\0\1\2\3\4\5\0"));
}

/* An answer that does not fill its datagram, or is asked of another port, is none; what is only asked is not served. */
static void datagrams_that_do_not_fit_are_left_alone(void **state)
{
	EXPECT_UDP(dissector_simple_datagram, 5351, "", C("\0\0"));
	EXPECT_UDP(dissector_simple_datagram, 5351, "", C("\0\0"), S("\0\200\0\0\0\0\0\5\300\0\2\1\0"));
	EXPECT_UDP(dissector_simple_datagram, 5352, "", C("\0\0"));
	EXPECT_UDP(dissector_simple_datagram, 2123, "", C("\62\1\0\5\0\0\0\0\0\1\0\0"));
	EXPECT_UDP(dissector_simple_datagram, 8805, "", C("\40\1\0\14\0\0\1\0\0\140\0\4\344\1\2"));
	EXPECT_UDP(dissector_simple_datagram, 13400, "", C("\2\2\0\1\0\0\0\0"));
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
		cmocka_unit_test(text_that_is_asked_for_needs_its_port),
		cmocka_unit_test(vehicles_have_their_own_port),
		cmocka_unit_test(menus_tell_gopher),
		cmocka_unit_test(datagrams_are_named_by_their_answer),
		cmocka_unit_test(datagrams_that_do_not_fit_are_left_alone),
		cmocka_unit_test(what_is_not_unmistakable_is_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
