#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_sip;

static void agents_and_servers_are_read(void **state)
{
	EXPECT_UDP(dissector_sip, 5060,
		   "sip.userAgent client sender Nero SIPPS 2.0\nuser.name client sender voi18063\n"
		   "service server sender sip\nsip.server server sender Asterisk PBX 18\nsip.userAgent server sender "
		   "Asterisk\n",
		   C("REGISTER sip:example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nf: "
		     "<sip:voi18063:pw@example.org>;tag=1\r\n"
		     "User-Agent: Nero SIPPS 2.0\r\nContent-Length: 0\r\n\r\n"),
		   S("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nServer: Asterisk PBX 18\r\n\r\n"),
		   S("OPTIONS sip:voi18063@192.0.2.1 SIP/2.0\r\nUser-Agent: Asterisk\r\n"));
}

static void testers_are_known_by_their_tags(void **state)
{
	EXPECT_UDP(
		dissector_sip, 5060,
		"sip.userAgent client sender SIPp\nuser.name client sender sipp\nservice server sender sip\n"
		"sip.server server sender SIPp\n",
		C("INVITE sip:service@192.0.2.2 SIP/2.0\r\nFrom: sipp <sip:sipp@192.0.2.1>;tag=11SIPpTag001\r\n\r\n"),
		S("SIP/2.0 180 Ringing\r\nFrom: sipp <sip:sipp@192.0.2.1>;tag=11SIPpTag001\r\n"
		  "To: service <sip:service@192.0.2.2>;tag=9SIPpTag011\r\n\r\n"));
	EXPECT_UDP(dissector_sip, 5060, "service server sender sip\nsip.server server sender Kamailio\n",
		   S("SIP/2.0 200 OK\r\nServer: Kamailio\r\nTo: <sip:a@h>;tag=9SIPpTag011\r\n\r\n"));
}

static void streams_are_framed(void **state)
{
	EXPECT(dissector_sip, 5060,
	       "sip.userAgent client sender A\nuser.name client sender bob\nuser.name client sender carol\n"
	       "service server sender sip\nsip.server server sender B\nsip.server server sender C\n",
	       C("INVITE sip:x SIP/2.0\r\nUser-Agent: A\r\nFrom: <sip:bob@h>\r\nl: 8\r\n\r\nbody\r\n\r\n"
		 "\r\n\r\nBYE sip:x SIP/2.0\r\nAuthorization: Digest username=\"carol\"\r\n\r\n"),
	       S("SIP/2.0 200 OK\r\nServer: B\r\n\r\nSIP/2.0 404 No\r\nUser-Agent: C\r\n\r\n"));
}

static void proxied_requests_are_not_the_proxys(void **state)
{
	EXPECT_UDP(dissector_sip, 5060, "",
		   C("INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nv: SIP/2.0/UDP b\r\nUser-Agent: A\r\nFrom: "
		     "<sip:bob@h>\r\n\r\n"));
	EXPECT(dissector_sip, 5060, "not\n", C("OPTIONS * HTTP/1.1\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agents_and_servers_are_read),
		cmocka_unit_test(testers_are_known_by_their_tags),
		cmocka_unit_test(streams_are_framed),
		cmocka_unit_test(proxied_requests_are_not_the_proxys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
