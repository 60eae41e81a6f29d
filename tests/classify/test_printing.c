/* Printers: LPD, PJL on the raw port, IPP. */
#include "tests/classify/dissect_test.h"
#include "tests/classify/dissect_fixture.h"

extern const struct dissector lpd_dissector, pjl_dissector, dissector_http;

static void jobs_name_host_and_person(void **state)
{
	EXPECT(lpd_dissector, 515,
	       "service server sender printer\n"
	       "lpd.host client sender host7\n"
	       "user.name client sender maria\n"
	       "done\n",
	       C("\002lp\n"), S("\0"), C("\00221 cfA007host7\n"), S("\0"), C("Hhost7\nPmaria\nJtest\n\0\0"));
	/* the document may come first */
	EXPECT(lpd_dissector, 515,
	       "service server sender printer\n"
	       "lpd.host client sender host7\n"
	       "done\n",
	       C("\002lp\n"), S("\0"), C("\0035 dfA007host7\nhello\0"), C("\0027 cfA007host7\nHhost7\n\0"));
	/* who only asks for the queue says no more */
	EXPECT(lpd_dissector, 515, "service server sender printer\ndone\n", C("\004lp\n"), S("no entries\n"));
}

static void what_is_no_job_is_left_alone(void **state)
{
	EXPECT(lpd_dissector, 515, "not\n", C("\006lp\n"));
	EXPECT(lpd_dissector, 515, "not\n", C("\002\n"));
	EXPECT(lpd_dissector, 515, "not\n", C("\002a\001\n"));
	EXPECT(lpd_dissector, 9999, "not\n", C("\002lp\n"));
}

static void printers_answer_what_they_are(void **state)
{
	EXPECT(pjl_dissector, 9100,
	       "user.name client sender maria\n"
	       "service server sender pdl-datastream\n"
	       "pjl.device server sender model=LaserPrint 400;kind=printer\n",
	       C("\033%-12345X@PJL SET USERNAME = \"maria\"\r\n@PJL INFO ID\r\n"),
	       S("@PJL INFO ID\r\n\"LaserPrint 400\"\r\n\f"));
	EXPECT(pjl_dissector, 9100, "not\n", C("\033%-12345Y@PJL\r\n"));
	EXPECT(pjl_dissector, 9100, "not\n", C("%!PS-Adobe-3.0\r\n"));
}

#define ASK                              \
	"\1\1\0\x0b\0\0\0\1\1\x47\0\x12" \
	"attributes-charset\0\5utf-8\x42\0\x14requesting-user-name\0\5maria\3"
#define TELL                                                                  \
	"\1\1\0\0\0\0\0\1\1\x47\0\x12"                                        \
	"attributes-charset\0\5utf-8\4\x41\0\x16printer-make-and-model\0\x0e" \
	"LaserPrint 400\x41\0\x11printer-device-id\0\x1fMFG:Example;MDL:LP 400;SN:X42;;\3"

static void ipp_tells_the_model(void **state)
{
	EXPECT(dissector_http, 631,
	       "user.name client sender maria\n"
	       "service server sender ipp\n"
	       "ipp.device server sender model=LaserPrint 400;kind=printer\n"
	       "ipp.device server sender vendor=Example;model=LP 400;serial=X42;kind=printer\n",
	       C("POST / HTTP/1.1\r\nContent-Type: application/ipp\r\nContent-Length: 69\r\n\r\n" ASK),
	       S("HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n\r\n" TELL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_name_host_and_person),
		cmocka_unit_test(what_is_no_job_is_left_alone),
		cmocka_unit_test(printers_answer_what_they_are),
		cmocka_unit_test(ipp_tells_the_model),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
