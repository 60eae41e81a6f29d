#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"
#include "ntlm.h"

extern const struct dissector dissector_pop3;

static void a_session_is_read(void **state)
{
	EXPECT(dissector_pop3, 110,
	       "service server sender pop3\npop3.banner server sender Dovecot (Debian) ready.\n"
	       "pop3.implementation server sender Cyrus POP3 v2.4\n"
	       "user.name client sender bob\ndone\n",
	       S("+OK Dovecot (Debian) ready.\r\n"), C("CAPA\r\n"),
	       S("+OK list\r\nTOP\r\nIMPLEMENTATION Cyrus POP3 v2.4\r\n.\r\n"), C("USER bob\r\n"), S("+OK\r\n"),
	       C("PASS x\r\n"), S("+OK in\r\n"), C("RETR 1\r\n"));
}

static void sasl_and_tls_are_followed(void **state)
{
	EXPECT(dissector_pop3, 110,
	       "service server sender pop3\npop3.banner server sender ready\nuser.name client sender carol\nnext tls\n",
	       S("+OK ready\r\n"), C("AUTH PLAIN\r\n"), S("+ \r\n"), C("AGNhcm9sAHBhc3M=\r\n"), S("-ERR no\r\n"),
	       C("STLS\r\n"), S("+OK go\r\n"), C("\x16\x03"));
}

static void replies_are_no_greetings(void **state)
{
	static const struct step steps[] = {C("CAPA\r\n"),
					    S("+OK Capability list follows\r\nIMPLEMENTATION x\r\n.\r\n")};
	struct talk talk = TALK(steps, dissector_pop3, 110);
	talk.mid_stream = true;
	talk_expect(&talk, "service server sender pop3\npop3.implementation server sender x\n");
}

static void a_client_may_not_wait_for_the_greeting(void **state)
{
	EXPECT(dissector_pop3, 110,
	       "service server sender pop3\npop3.banner server sender Hello there.\n"
	       "pop3.implementation server sender Courier Mail Server\n",
	       C("CAPA\r\nQUIT\r\n"),
	       S("+OK Hello there.\r\n+OK Here\r\nUIDL\r\nIMPLEMENTATION Courier Mail Server\r\n.\r\n+OK\r\n"));
}

static void others_are_left_alone(void **state)
{
	EXPECT(dissector_pop3, 6379, "not\n", S("+OK\r\n"), C("*1\r\n"));
	EXPECT(dissector_pop3, 6379, "not\n", C("AUTH noone password\r\n"), S("+OK\r\n"));
	EXPECT(dissector_pop3, 8000, "not\n", C("USER a +iw a :b\r\n"), S(":irc.example NOTICE\r\n"));
	EXPECT(dissector_pop3, 110, "not\n", S("* OK hello\r\n"));
	EXPECT(dissector_pop3, 6379, "", S("+OK hello\r\n"));
}

static void windows_tells_who_it_is(void **state)
{
	EXPECT(dissector_pop3, 110,
	       "service server sender pop3\npop3.banner server sender ready\n" NTLM_CHALLENGE_TELLS NTLM_ANSWER_TELLS,
	       S("+OK ready\r\n"), C("AUTH NTLM\r\n"), S("+ \r\n"), C("TlRMTVNTUAABAAAA\r\n"),
	       S("+ " NTLM_CHALLENGE "\r\n"), C(NTLM_ANSWER "\r\n"), S("+OK done\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_read),       cmocka_unit_test(sasl_and_tls_are_followed),
		cmocka_unit_test(others_are_left_alone),   cmocka_unit_test(replies_are_no_greetings),
		cmocka_unit_test(windows_tells_who_it_is), cmocka_unit_test(a_client_may_not_wait_for_the_greeting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
