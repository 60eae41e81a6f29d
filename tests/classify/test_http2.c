#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/dissect/hpack.h"
#include "dissect_fixture.h"

extern const struct dissector dissector_http2, dissector_http;

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define NOTHING "\0\0\0\4\0\0\0\0\0" /* SETTINGS */

/* The examples of RFC 7541 appendix C.4 and C.6. */
static void the_code_of_the_rfc(void **state)
{
	static const struct {
		const char *coded;
		size_t len;
		const char *text;
	} rows[] = {
		{"\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff", 12, "www.example.com"},
		{"\xa8\xeb\x10\x64\x9c\xbf", 6, "no-cache"},
		{"\x25\xa8\x49\xe9\x5b\xb8\xe8\xb4\xbf", 9, "custom-value"},
		{"\xd0\x7a\xbe\x94\x10\x54\xd4\x44\xa8\x20\x05\x95\x04\x0b\x81\x66\xe0\x82\xa6\x2d\x1b\xff", 22,
		 "Mon, 21 Oct 2013 20:13:21 GMT"},
		{"\xff\xfe\x1f", 3, "\\"},
	};
	uint8_t out[64];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int n = hpack_decode(cursor_init(rows[i].coded, rows[i].len), out, sizeof out);
		assert_int_equal(n, strlen(rows[i].text));
		assert_memory_equal(out, rows[i].text, (size_t)n);
		assert_int_equal(hpack_decode(cursor_init(rows[i].coded, rows[i].len), out, (size_t)n - 1), -1);
	}
}

static void what_is_no_code_is_refused(void **state)
{
	uint8_t out[64];
	assert_int_equal(hpack_decode(cursor_init("\xff\xff\xff\xff", 4), out, sizeof out), -1); /* the end mark */
	assert_int_equal(hpack_decode(cursor_init("\xff", 1), out, sizeof out), -1);             /* eight ones */
	assert_int_equal(hpack_decode(cursor_init("\x00", 1), out, sizeof out), -1);             /* filled with zeros */
	assert_int_equal(hpack_decode(cursor_init("", 0), out, sizeof out), 0);
}

static void both_sides_say_what_they_are(void **state)
{
	EXPECT(dissector_http2, 8080,
	       "http.host client receiver www.example.com\n"
	       "http.userAgent client sender curl/8\n"
	       "service server sender http\n"
	       "http.server server sender nginx\n",
	       C(PREFACE NOTHING "\0\0\x1b\1\5\0\0\0\1"
				 "\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff"
				 "\x7a\6curl/8\xc1\xc2"),
	       S(NOTHING "\0\0\x0e\1\x28\0\0\0\1"
			 "\0\0\0\0\0\x88\x0f\x27\5nginx"
			 "\0\0\3\0\1\0\0\0\1"
			 "abc"));
	/* a name that is spelled although the table has it */
	EXPECT(dissector_http2, 50051, "http.userAgent client sender grpc-python/1.51.1\nservice server sender http\n",
	       C(PREFACE NOTHING "\0\0\x1f\1\5\0\0\0\1"
				 "\x40\x0auser-agent\x12grpc-python/1.51.1"),
	       S(NOTHING));
}

static void padding_names_and_sizes_are_stepped_over(void **state)
{
	EXPECT(dissector_http2, 8080, "http.userAgent client sender x\nuser.name client sender carol\n",
	       C(PREFACE NOTHING "\0\0\x2b\1\x0d\0\0\0\1\2"
				 "\x3f\xe1\x1f"
				 "\x40\3foo\3bar"
				 "\x7a\1x"
				 "\x1f\x08\x16"
				 "Basic Y2Fyb2w6cGFzcw=="
				 "\0\0"));
}

/* A gateway's users have browsers, the gateway has none; the second request gives the field's name by a table. */
static void gateways_ask_for_others(void **state)
{
	EXPECT(dissector_http2, 8080, "http.host client receiver a.example\n",
	       C(PREFACE NOTHING "\0\0\x2f\1\5\0\0\0\1"
				 "\x41\x09"
				 "a.example"
				 "\x7a\6curl/8"
				 "\x40\x0fx-forwarded-for\x07"
				 "1.2.3.4"),
	       C("\0\0\x12\1\5\0\0\0\3"
		 "\x7a\6curl/9"
		 "\x7e\x08"
		 "1.2.3.41"));
	EXPECT(dissector_http2, 8080, "",
	       C(PREFACE NOTHING "\0\0\x0d\1\5\0\0\0\1"
				 "\x7a\6curl/8\x7c\3 x1"));
}

static void an_upgrade_leads_here(void **state)
{
	EXPECT(dissector_http, 80, "service server sender http\nnext http2\n",
	       C("GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"),
	       S("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n" NOTHING));
	EXPECT(dissector_http, 80, "service server sender http\ndone\n",
	       C("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"),
	       S("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\5hello"));
}

static void others_are_left_alone(void **state)
{
	EXPECT(dissector_http2, 80, "not\n", C("PRI * HTTP/1.1\r\n"));
	EXPECT(dissector_http2, 80, "not\n", C("PRI * HTTP/2.0\r\n"), S("HTTP/1.1 400\r\n"));
	EXPECT(dissector_http2, 80, "done\n", C(PREFACE "\0\0\0\1\0\0\0\0\1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_code_of_the_rfc),
		cmocka_unit_test(what_is_no_code_is_refused),
		cmocka_unit_test(both_sides_say_what_they_are),
		cmocka_unit_test(padding_names_and_sizes_are_stepped_over),
		cmocka_unit_test(gateways_ask_for_others),
		cmocka_unit_test(an_upgrade_leads_here),
		cmocka_unit_test(others_are_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
