#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"
#include "ntlm.h"

extern const struct dissector dissector_imap;

static void a_session_is_read(void **state)
{
	EXPECT(dissector_imap, 143,
	       "service server sender imap\n"
	       "imap.banner server sender * OK [CAPABILITY IMAP4rev1 ID] Dovecot ready.\n"
	       "imap.capability server sender IMAP4rev1 ID\n"
	       "imap.clientId client sender \"name\" \"Thunderbird\" \"version\" \"115\"\n"
	       "imap.id server sender \"name\" \"Dovecot\"\n"
	       "user.name client sender bob smith\n"
	       "imap.capability server sender IMAP4rev1 IDLE\n"
	       "done\n",
	       S("* OK [CAPABILITY IMAP4rev1 ID] Dovecot ready.\r\n"),
	       C("1 ID (\"name\" \"Thunderbird\" \"version\" \"115\")\r\n"),
	       S("* ID (\"name\" \"Dovecot\")\r\n1 OK done\r\n"), C("2 login \"bob smith\" secret\r\n"),
	       S("* CAPABILITY IMAP4rev1 IDLE\r\n2 OK\r\n"), C("3 SELECT INBOX\r\n"));
}

static void literals_are_understood(void **state)
{
	EXPECT(dissector_imap, 143,
	       "service server sender imap\nimap.banner server sender * OK hello\nuser.name client sender carol\n"
	       "imap.id server sender \"name\" \"x\"\n",
	       S("* OK hello\r\n"), C("a LOGIN {5}\r\n"), S("+ go\r\n"), C("carol {6}\r\n"), S("+ go\r\n"),
	       C("secret\r\n"), S("a OK\r\n* LIST () {6}\r\na\r\n* b\r\n* ID (\"name\" \"x\")\r\n"));
}

static void tls_is_handed_over_when_granted(void **state)
{
	EXPECT(dissector_imap, 143, "service server sender imap\nimap.banner server sender * OK hello\nnext tls\n",
	       S("* OK hello\r\n"), C("a1 STARTTLS\r\n"), S("* OK wait\r\na1 OK go\r\n"), C("\x16\x03"));
}

static void sasl_is_followed(void **state)
{
	EXPECT(dissector_imap, 143,
	       "service server sender imap\nimap.banner server sender * OK hello\nuser.name client sender carol\n",
	       S("* OK hello\r\n"), C("a AUTHENTICATE PLAIN\r\n"), S("+ \r\n"), C("AGNhcm9sAHBhc3M=\r\n"),
	       S("a OK\r\n"));
}

static void windows_tells_who_it_is(void **state)
{
	EXPECT(dissector_imap, 143,
	       "service server sender imap\nimap.banner server sender * OK ready\n" NTLM_CHALLENGE_TELLS
		       NTLM_ANSWER_TELLS,
	       S("* OK ready\r\n"), C("a AUTHENTICATE NTLM\r\n"), S("+ \r\n"), C("TlRMTVNTUAABAAAA\r\n"),
	       S("+ " NTLM_CHALLENGE "\r\n"), C(NTLM_ANSWER "\r\n"), S("a OK done\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_read),
		cmocka_unit_test(literals_are_understood),
		cmocka_unit_test(tls_is_handed_over_when_granted),
		cmocka_unit_test(sasl_is_followed),
		cmocka_unit_test(windows_tells_who_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
