#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_nntp;

static void a_session_is_read(void **state)
{
	EXPECT(dissector_nntp, 119,
	       "service server sender nntp\nnntp.banner server sender news.example.org InterNetNews NNRP server INN "
	       "2.6.4 ready\n"
	       "user.name client sender bob\nnext tls\n",
	       S("200 news.example.org InterNetNews NNRP server INN 2.6.4 ready\r\n"),
	       C("MODE READER\r\nAUTHINFO USER bob\r\n"), S("200 ok\r\n381 more\r\n"), C("STARTTLS\r\n"),
	       S("382 go\r\n"));
	EXPECT(dissector_nntp, 119, "service server sender nntp\nnntp.banner server sender h Cyrus NNTP ready\n",
	       C("CAPABILITIES\r\nQUIT\r\n"), S("200 h Cyrus NNTP ready\r\n101 list\r\n"));
	EXPECT(dissector_nntp, 2000, "not\n", S("200 hello\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
