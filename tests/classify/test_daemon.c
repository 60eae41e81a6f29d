#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_daemon, dissector_mumble;

static void greetings_tell(void **state)
{
	EXPECT(dissector_daemon, 3301,
	       "service server sender tarantool\ndaemon.greeting server sender Tarantool 2.6.0 (Binary) 643b8dfb\n",
	       S("Tarantool 2.6.0 (Binary) 643b8dfb\nc2FsdA==\n"));
	EXPECT(dissector_daemon, 4949,
	       "service server sender munin\n"
	       "daemon.greeting server sender munins node on web1 version: 2.0.73\ndone\n",
	       S("# munin node at web1\n"), C("version\n"), S("munins node on web1 version: 2.0.73\n"));
	EXPECT(dissector_daemon, 2628,
	       "service server sender dict\n"
	       "daemon.greeting server sender 220 host dictd 1.13.0/rf on Linux 6.1 <auth.mime> <1.1@host>\n"
	       "daemon.client client sender client \"dict 1.13.0/rf on Linux 6.1\"\ndone\n",
	       S("220 host dictd 1.13.0/rf on Linux 6.1 <auth.mime> <1.1@host>\r\n"),
	       C("client \"dict 1.13.0/rf on Linux 6.1\"\r\n"));
	EXPECT(dissector_daemon, 9052,
	       "service server sender tor-control\ndaemon.greeting server sender 250-VERSION Tor=\"0.4.7.16\"\ndone\n",
	       C("PROTOCOLINFO 1\r\n"),
	       S("250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250-VERSION Tor=\"0.4.7.16\"\r\n250 OK\r\n"));
	EXPECT(dissector_daemon, 7001,
	       "service server sender t3\n"
	       "daemon.greeting server sender HELO:12.2.1.3.0.false\n"
	       "daemon.client client sender t3 12.2.1\n"
	       "done\n",
	       C("t3 12.2.1\nAS:255\nHL:19\nMS:10000000\n\n"), S("HELO:12.2.1.3.0.false\nAS:2048\nHL:19\n\n"));
	EXPECT(dissector_daemon, 8649,
	       "service server sender ganglia\n"
	       "daemon.greeting server sender <GANGLIA_XML VERSION=\"3.7.2\" SOURCE=\"gmond\">\n",
	       S("<\?xml version=\"1.0\" encoding=\"ISO-8859-1\" standalone=\"yes\"\?>\n<!DOCTYPE GANGLIA_XML "
		 "[\n]>\n<GANGLIA_XML VERSION=\"3.7.2\" SOURCE=\"gmond\">\n<CLUSTER>\n"));
	EXPECT(dissector_daemon, 2501,
	       "service server sender kismet\n"
	       "daemon.greeting server sender *KISMET: 0.0.0 1 Kismet 2005 0 2005.08.R1\n",
	       S("*KISMET: 0.0.0 1 Kismet 2005 0 2005.08.R1\n"));
	EXPECT(dissector_daemon, 10011,
	       "service server sender teamspeak\n"
	       "daemon.greeting server sender version=3.13.7 build=1655727713 platform=Linux\ndone\n",
	       S("TS3\n\rWelcome to the TeamSpeak 3 ServerQuery interface\n\r"), C("version\n"),
	       S("version=3.13.7 build=1655727713 platform=Linux\n\rerror id=0 msg=ok\n\r"));
	EXPECT(dissector_daemon, 6346,
	       "service server sender gnutella-svc\n"
	       "daemon.greeting server sender User-Agent: gtk-gnutella/1.2.2\n"
	       "daemon.client client sender User-Agent: LimeWire/4.9.9\ndone\n",
	       C("GNUTELLA CONNECT/0.6\r\nX-Ultrapeer: True\r\nUser-Agent: LimeWire/4.9.9\r\n\r\n"),
	       S("GNUTELLA/0.6 200 OK\r\nUser-Agent: gtk-gnutella/1.2.2\r\n\r\n"));
	EXPECT(dissector_daemon, 4258,
	       "service server sender osmocom-vty\n"
	       "daemon.greeting server sender Welcome to the OsmoHLR VTY interface\n"
	       "daemon.greeting server sender OsmoHLR 1.5.0 (OsmoHLR).\ndone\n",
	       S("Welcome to the OsmoHLR VTY interface\r\n\r\nCopyright (C) 2016\r\n"), C("show version\r\n"),
	       S("show version\r\nOsmoHLR 1.5.0 (OsmoHLR).\r\nCopyright (C) 2016\r\n"));
	EXPECT(dissector_daemon, 14580,
	       "daemon.client client sender user N0CALL pass -1 vers aprx 2.9.1\n"
	       "service server sender aprs\n"
	       "daemon.greeting server sender # aprsc 2.1.4-g408ed49\ndone\n",
	       S("# aprsc 2.1.4-g408ed49\r\n"), C("user N0CALL pass -1 vers aprx 2.9.1\r\n"));
	EXPECT(dissector_daemon, 1344,
	       "service server sender icap\n"
	       "daemon.greeting server sender Service: C-ICAP/0.5.10 server - Echo\n"
	       "daemon.client client sender User-Agent: C-ICAP-Client-Library/0.5.10\ndone\n",
	       C("OPTIONS icap://h/echo ICAP/1.0\r\nHost: h\r\nUser-Agent: C-ICAP-Client-Library/0.5.10\r\n\r\n"),
	       S("ICAP/1.0 200 OK\r\nService: C-ICAP/0.5.10 server - Echo\r\n\r\n"));
	EXPECT(dissector_daemon, 1511,
	       "service server sender adc\n"
	       "daemon.greeting server sender IINF CT32 VEuHub/0.4.1 NIhub DE\n",
	       C("HSUP ADBASE ADTIGR\n"), S("ISUP ADBASE ADTIGR\nISID AAAB\nIINF CT32 VEuHub/0.4.1 NIhub DE\n"));
	EXPECT(dissector_daemon, 10809, "service server sender nbd\n", S("NBDMAGICIHAVEOPT"));
}

static void answers_tell(void **state)
{
	EXPECT(dissector_daemon, 3493,
	       "service server sender nut\n"
	       "daemon.greeting server sender Network UPS Tools upsd 2.8.0 - http://x/\ndone\n",
	       C("VER\n"), S("Network UPS Tools upsd 2.8.0 - http://x/\n"));
	EXPECT(dissector_daemon, 11300,
	       "service server sender beanstalkd\ndaemon.greeting server sender version: \"1.12\"\ndone\n",
	       C("stats\r\n"), S("OK 40\r\n---\ncurrent-jobs-urgent: 0\nversion: \"1.12\"\nuptime: 1\r\n"));
	/* octets that are no lines: the end of the flow is the end of the line */
	EXPECT(dissector_daemon, 3632,
	       "service server sender distcc\ndaemon.client client sender DIST00000001ARGC00000000\n"
	       "daemon.greeting server sender DONE00000001STAT00000000\ndone\n",
	       C("DIST00000001"), S("DONE00000001"), C("ARGC00000000\n"), S("STAT00000000\n"));
}

static void words_of_other_protocols_are_left_alone(void **state)
{
	EXPECT(dissector_daemon, 25, "not\n", S("220 host ESMTP Postfix\r\n"));
	EXPECT(dissector_daemon, 80, "not\n", C("GET / HTTP/1.1\r\n\r\n"));
	EXPECT(dissector_daemon, 110, "not\n", C("LIST 1\r\n"));
	EXPECT(dissector_daemon, 3493, "not\n", C("VER\n"), S("HTTP/1.1 400 Bad Request\r\n"));
}

static void mumble_answers_with_its_version(void **state)
{
	EXPECT_UDP(dissector_mumble, 64738,
		   "service server sender mumble\ndaemon.greeting server sender Mumble 1.3.4\ndone\n",
		   C("\0\0\0\0"
		     "12345678"),
		   S("\0\1\3\4"
		     "12345678\0\0\0\1\0\0\0\x64\0\1\x19\x40"));
	EXPECT_UDP(dissector_mumble, 64738, "",
		   C("\0\0\0\0"
		     "12345678"),
		   S("\0\1\3\4"
		     "12345678"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(greetings_tell),
		cmocka_unit_test(answers_tell),
		cmocka_unit_test(words_of_other_protocols_are_left_alone),
		cmocka_unit_test(mumble_answers_with_its_version),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
