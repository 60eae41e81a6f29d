#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_ftp;

static void a_session_is_read(void **state)
{
	EXPECT(dissector_ftp, 21,
	       "service server sender ftp\n"
	       "ftp.banner server sender (vsFTPd 3.0.3)\n"
	       "user.name client sender anonymous\n"
	       "ftp.syst server sender UNIX Type: L8\n"
	       "ftp.client client sender FileZilla 3.66\n",
	       S("220 (vsFTPd 3.0.3)\r\n"), C("USER anonymous\r\n"), S("331 Please\r\n"), C("PASS x@y\r\nSYST\r\n"),
	       S("230 ok\r\n215 UNIX Type: L8\r\n"), C("CLNT FileZilla 3.66\r\n"), S("200 hi\r\n"));
}

static void long_greetings_give_first_and_last(void **state)
{
	EXPECT(dissector_ftp, 2100,
	       "service server sender ftp\nftp.banner server sender ########\n"
	       "ftp.banner server sender ProFTPD 1.3.5 Server ready.\n"
	       "user.name client sender bob\n",
	       S("220-########\r\n220-Welcome\r\n any text\r\n220 ProFTPD 1.3.5 Server ready.\r\n"), C("USER bob\r\n"));
}

static void tls_is_handed_over(void **state)
{
	EXPECT(dissector_ftp, 21, "service server sender ftp\nftp.banner server sender FTP\nnext tls\n",
	       S("220 FTP\r\n"), C("AUTH TLS\r\n"), S("234 go\r\n"), C("\x16\x03\x01"));
	EXPECT(dissector_ftp, 21, "next tls\n", C("AUTH TLS\r\n"), C("\x16\x03\x01"));
}

static void mail_is_no_file(void **state)
{
	EXPECT(dissector_ftp, 2525, "not\n", S("220 h ESMTP\r\n"));
	EXPECT(dissector_ftp, 2525, "not\n", S("220 h\r\n"), C("EHLO a.example\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_read),
		cmocka_unit_test(long_greetings_give_first_and_last),
		cmocka_unit_test(tls_is_handed_over),
		cmocka_unit_test(mail_is_no_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
