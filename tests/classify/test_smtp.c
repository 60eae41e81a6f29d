#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"
#include "ntlm.h"

extern const struct dissector dissector_smtp;

static void a_whole_session_is_read(void **state)
{
	EXPECT(dissector_smtp, 587,
	       "service server sender smtp\n"
	       "smtp.banner server sender mail.example.org ESMTP Postfix (Debian/GNU)\n"
	       "smtp.heloName client sender desk7.example.org\n"
	       "smtp.ehlo server sender mail.example.org\n"
	       "smtp.ehlo server sender PIPELINING\n"
	       "user.name client sender alice\n"
	       "smtp.mailer client sender Mozilla Thunderbird 115\n",
	       S("220-mail.example.org ESMTP Postfix (Debian/GNU)\r\n220 no junk\r\n"), C("EHLO desk7.example.org\r\n"),
	       S("250-mail.example.org\r\n250 PIPELINING\r\n"), C("AUTH LOGIN\r\n"), S("334 VXNlcm5hbWU6\r\n"),
	       C("YWxpY2U=\r\n"), S("334 UGFzc3dvcmQ6\r\n"), C("c2VjcmV0\r\n"), S("235 fine\r\n"),
	       C("MAIL FROM:<a@b>\r\n"), S("250 ok\r\n"), C("DATA\r\n"), S("354 go\r\n"),
	       C("From: a\r\nUser-Agent: Mozilla Thunderbird 115\r\n\r\nX-Mailer: no\r\nEHLO "
		 "no.example\r\n.\r\nQUIT\r\n"),
	       S("250 ok\r\n221 bye\r\n"));
}

static void plain_users_are_named(void **state)
{
	EXPECT(dissector_smtp, 25,
	       "service server sender smtp\nsmtp.banner server sender h ESMTP\nuser.name client sender carol\n"
	       "user.name client sender dave\n",
	       S("220 h ESMTP\r\n"), C("EHLO [192.0.2.1]\r\n"), C("AUTH PLAIN AGNhcm9sAHBhc3M=\r\n"), S("535 no\r\n"),
	       C("AUTH PLAIN\r\n"), S("334 \r\n"), C("AGRhdmUAcGFzcw==\r\n"), S("235 ok\r\n"));
}

static void relayed_mail_tells_nothing_of_the_relay(void **state)
{
	/* the domain that the server is in is no name of who gives it */
	EXPECT(dissector_smtp, 25, "service server sender smtp\nsmtp.banner server sender mail.lab.test ESMTP\n",
	       S("220 mail.lab.test ESMTP\r\n"), C("EHLO lab.test\r\n"));
	EXPECT(dissector_smtp, 25,
	       "smtp.heloName client sender mx.example.net\nsmtp.trace client sender (Postfix, from userid 0)\n"
	       "smtp.mailer client sender two\n",
	       C("HELO mx.example.net\r\nMAIL FROM:<>\r\nDATA\r\n"
		 "Received: from desk by mx.example.net; today\r\nX-Mailer: one\r\n\r\n.\r\n"
		 "DATA\r\nRSET\r\nDATA\r\nReceived: by mx.example.net (Postfix, from userid 0)\r\nX-Mailer: "
		 "two\r\n\r\n.\r\n"));
}

static void who_hands_a_mail_in_is_told_by_its_own_trace(void **state)
{
	EXPECT(dissector_smtp, 25,
	       "smtp.heloName client sender out.example.net\nsmtp.trace client sender with local (Exim 4.96)\n"
	       "smtp.trace client sender (DragonFly Mail Agent v0.13);\n",
	       C("EHLO out.example.net\r\nMAIL FROM:<a@b>\r\nDATA\r\n"
		 "Received: from root by out.example.net with local (Exim 4.96)\r\n\tid 1; today\r\n"
		 "Received: by out.example.net (Other)\r\n\r\n by out.example.net (Body)\r\n.\r\n"
		 "MAIL FROM:<a@b>\r\nDATA\r\nSubject: by out.example.net (No)\r\nReceived: from root (uid 0)\r\n"
		 "\tid 1f\r\n\tby out.example.net (DragonFly Mail Agent v0.13);\r\n\tby out.example.net "
		 "(No)\r\n\r\n.\r\n"
		 "MAIL FROM:<a@b>\r\nDATA\r\nReceived: by in.example.org (Postfix)\r\n\r\n.\r\n"));
}

static void commands_end_a_login_half_seen(void **state)
{
	EXPECT(dissector_smtp, 587,
	       "smtp.heloName client sender a.example\nuser.name client sender alice\n"
	       "smtp.mailer client sender Outlook\n",
	       C("EHLO a.example\r\nAUTH LOGIN\r\nYWxpY2U=\r\nc2VjcmV0\r\nMAIL FROM:<a@b>\r\nDATA\r\n"
		 "Received: from a.example (localhost [127.0.0.1])\r\nX-Mailer: Outlook\r\n\r\n.\r\n"));
}

static void tls_is_handed_over(void **state)
{
	EXPECT(dissector_smtp, 25,
	       "service server sender smtp\nsmtp.banner server sender mx.example.org ready\n"
	       "smtp.heloName client sender a.example\nsmtp.ehlo server sender STARTTLS\nnext tls\n",
	       S("220 mx.example.org ready\r\n"), C("EHLO a.example\r\nSTARTTLS\r\n"), S("250 STARTTLS\r\n220 go\r\n"),
	       C("\x16\x03\x01"));
}

static void chunks_of_mail_are_skipped(void **state)
{
	EXPECT(dissector_smtp, 25, "smtp.heloName client sender a.example\nsmtp.heloName client sender c.example\n",
	       C("EHLO a.example\r\nBDAT 20 LAST\r\nEHLO b.example\r\n1234EHLO c.example\r\n"));
}

static void chunks_of_mail_have_headers(void **state)
{
	EXPECT(dissector_smtp, 25,
	       "smtp.heloName client sender a.example\n"
	       "smtp.mailer client sender git-send-email 2.30\n"
	       "smtp.mailer client sender mutt\n"
	       "smtp.heloName client sender c.example\n",
	       /* a header in two chunks, of which the second has the body, too */
	       C("EHLO a.example\r\nMAIL FROM:<a>\r\nBDAT 12\r\nSubject: x\r\n"
		 "BDAT 45\r\nX-Mailer: git-send-email 2.30\r\n\r\nX-Mailer: y\r"
		 "BDAT 12 LAST\r\nX-Mailer: z\n"
		 /* one from elsewhere; then another of its own */
		 "MAIL FROM:<b>\r\nBDAT 42 LAST\r\nReceived: from [192.0.2.9]\r\nX-Mailer: no\r\n"
		 "MAIL FROM:<c>\r\nBDAT 18 LAST\r\nUser-Agent: mutt\r\nEHLO c.example\r\n"));
}

static void files_are_not_mail(void **state)
{
	EXPECT(dissector_smtp, 2021, "not\n", S("220 ProFTPD ready\r\n"), C("USER bob\r\n"));
	EXPECT(dissector_smtp, 2021, "not\n", S("220 hello\r\n"), C("USER bob\r\n"));
	EXPECT(dissector_smtp, 2026,
	       "service server sender smtp\nsmtp.banner server sender hello\nsmtp.heloName client sender c.example\n",
	       S("220 hello\r\n"), C("EHLO c.example\r\n"));
}

static void windows_tells_who_it_is(void **state)
{
	EXPECT(dissector_smtp, 25,
	       "service server sender smtp\nsmtp.banner server sender h ESMTP\n" NTLM_CHALLENGE_TELLS NTLM_ANSWER_TELLS
	       "smtp.heloName client sender desk7.example.org\n",
	       S("220 h ESMTP\r\n"), C("AUTH NTLM\r\n"), S("334 \r\n"), C("TlRMTVNTUAABAAAA\r\n"),
	       S("334 " NTLM_CHALLENGE "\r\n"), C(NTLM_ANSWER "\r\n"), S("235 fine\r\n"),
	       C("EHLO desk7.example.org\r\n"));
}

static void who_begins_tls_has_been_allowed_to(void **state)
{
	EXPECT(dissector_smtp, 25, "service server sender smtp\nsmtp.banner server sender h ESMTP\nnext tls\n",
	       S("220 h ESMTP\r\n"), C("\x16\3\1\2\0"));
	EXPECT(dissector_smtp, 25, "service server sender smtp\nsmtp.banner server sender h ESMTP\nnext tls\n",
	       S("220 h ESMTP\r\n220 go ahead\r\n\x16\3\3\2\0"));
	EXPECT(dissector_smtp, 25, "service server sender smtp\nsmtp.banner server sender h ESMTP\n",
	       S("220 h ESMTP\r\n"), C("\x16\2\1\2\0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_session_is_read),
		cmocka_unit_test(plain_users_are_named),
		cmocka_unit_test(relayed_mail_tells_nothing_of_the_relay),
		cmocka_unit_test(tls_is_handed_over),
		cmocka_unit_test(who_hands_a_mail_in_is_told_by_its_own_trace),
		cmocka_unit_test(commands_end_a_login_half_seen),
		cmocka_unit_test(chunks_of_mail_are_skipped),
		cmocka_unit_test(chunks_of_mail_have_headers),
		cmocka_unit_test(files_are_not_mail),
		cmocka_unit_test(windows_tells_who_it_is),
		cmocka_unit_test(who_begins_tls_has_been_allowed_to),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
