#include "tests/classify/dissect_test.h"

#include "dissect_fixture.h"
#include "hello.h"

extern const struct dissector dissector_irc, dissector_sieve, dissector_rtcp, dissector_skinny, dissector_mgcp,
	dissector_xmpp;

static void irc_servers_and_clients_are_told(void **state)
{
	EXPECT(dissector_irc, 6667,
	       "service server sender irc\n"
	       "irc.server server sender InspIRCd-3.15.0\n"
	       "irc.client client sender irssi v1.2.3\n",
	       C("NICK bob\r\nUSER bob 0 * :Bob\r\n"),
	       S(":s.example NOTICE * :hi\r\n:s.example 001 bob :Welcome\r\n"
		 ":s.example 002 bob :Your host is s.example, running version InspIRCd-3.15.0\r\n"
		 ":s.example 004 bob s.example InspIRCd-3.15.0 iosw biklmnop\r\n:al PRIVMSG bob :\1VERSION\1\r\n"),
	       C("NOTICE al :\1VERSION irssi v1.2.3\1\r\n"));
	EXPECT(dissector_irc, 6667, "service server sender irc\nirc.server server sender u2.10.12\n", C("CAP LS\r\n"),
	       S("PING :x\r\n:s 004 bob s u2.10.12 a b\r\n"));
	EXPECT(dissector_irc, 6667, "service server sender irc\nirc.client client sender WeeChat 3.8\n",
	       C("NICK bob\r\n"), S("PING :x\r\n"), C("QUIT :WeeChat 3.8\r\n"));
	EXPECT(dissector_irc, 6667, "service server sender irc\n", C("NICK bob\r\n"), S("PING :x\r\n"),
	       C("QUIT :good night\r\n"));
	/* a word of somebody's is no version */
	EXPECT(dissector_irc, 6667, "service server sender irc\n", C("NICK bob\r\nNOTICE al :\1PING 1\1\r\n"),
	       S("PING :x\r\n:al!a@b PRIVMSG bob :running version 9\r\n"));
	EXPECT(dissector_irc, 6667, "not\n", C("NICK bob\r\n"), S("HTTP/1.1 400 Bad\r\n"));
	EXPECT(dissector_irc, 6667, "not\n", C("GET / HTTP/1.1\r\n"));
}

static void sieve_servers_name_themselves(void **state)
{
	EXPECT(dissector_sieve, 4190,
	       "service server sender sieve\n"
	       "sieve.implementation server sender Dovecot Pigeonhole\n"
	       "user.name client sender bob\n",
	       S("\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\n\"SASL\" \"PLAIN\"\r\n\"STARTTLS\"\r\nOK \"ready\"\r\n"),
	       C("AUTHENTICATE \"PLAIN\" \"AGJvYgBzZWNyZXQ=\"\r\n"), S("OK \"in\"\r\n"));
	EXPECT(dissector_sieve, 4190, "not\n", S("\"IMPLEMENTED\" \"x\"\r\n"));
}

static void rtcp_tools_and_names_are_told(void **state)
{
	EXPECT_UDP(dissector_rtcp, 5005, "device.name client sender a.example\nrtcp.tool client sender GStreamer\n",
		   C("\x80\xc9\0\1\0\0\0\1"
		     "\x81\xca\0\x08\0\0\0\1\1\x0d"
		     "bob@a.example\6\x09GStreamer\0\0"));
	/* lengths that do not add up; several sources; no report before */
	EXPECT_UDP(dissector_rtcp, 5005, "", C("\x80\xc9\0\1\0\0\0\1\x81\xca\0\x09\0\0\0\1\6\x09GStreamer\0"));
	EXPECT_UDP(dissector_rtcp, 5005, "", C("\x80\xc9\0\1\0\0\0\1\x82\xca\0\4\0\0\0\1\6\x09GStreamer\0"));
	EXPECT_UDP(dissector_rtcp, 5005, "", C("\x81\xca\0\4\0\0\0\1\6\x09GStreamer\0"));
}

static void telephones_and_gateways_are_told(void **state)
{
	EXPECT(dissector_skinny, 2000,
	       "device.name client sender SEP001122334455\n"
	       "skinny.device client sender name=SEP001122334455\n"
	       "service server sender cisco-sccp\n",
	       C("\x18\0\0\0\0\0\0\0\1\0\0\0SEP001122334455\0\0\0\0\0"), S("\4\0\0\0\0\0\0\0\x81\0\0\0"));
	EXPECT(dissector_skinny, 2000, "not\n", C("\3\0\0\0\0\0\0\0\1\0\0\0"));
	EXPECT(dissector_skinny, 2001, "not\n", C("\4\0\0\0\0\0\0\0\1\0\0\0"));
	EXPECT_UDP(dissector_mgcp, 2427, "service server sender mgcp-gateway\n", C("AUEP 1201 aaln/1@gw1 MGCP 1.0\r\n"),
		   S("200 1201 OK\r\n"));
	EXPECT_UDP(dissector_mgcp, 2427, "", C("AUEP 1201 aaln/1@gw1 MGCP 1.0\r\n"), S("200 1202 OK\r\n"));
	EXPECT_UDP(dissector_mgcp, 2427, "", C("AUEP 1201 aaln/1@gw1 HTTP/1.0\r\n"), S("200 1201 OK\r\n"));
}

static void xmpp_clients_answer_what_they_are(void **state)
{
	EXPECT(dissector_xmpp, 5222,
	       "service server sender xmpp-client\nxmpp.version client sender product=Psi;version=0.15;os=Debian\n",
	       C("<stream:stream to='h' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"),
	       S("<stream:stream from='h' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
		 "<iq type='get' id='1'><query xmlns='jabber:iq:version'/></iq>"),
	       C("<iq type='result' id='1'><query xmlns='jabber:iq:version'><name>Psi</name><version>0.15</version>"
		 "<os>Debian</os></query></iq>"));
	EXPECT(dissector_xmpp, 5222, "service server sender xmpp-client\n",
	       C("<stream:stream to='h' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"),
	       S("<stream:stream from='h' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"),
	       C("<iq><query xmlns='other'><name>Psi</name><version>0.15</version></query></iq>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(irc_servers_and_clients_are_told),  cmocka_unit_test(sieve_servers_name_themselves),
		cmocka_unit_test(rtcp_tools_and_names_are_told),     cmocka_unit_test(telephones_and_gateways_are_told),
		cmocka_unit_test(xmpp_clients_answer_what_they_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
