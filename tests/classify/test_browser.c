#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/fingerprint/browser.h"

#include <stdlib.h>
#include <string.h>

#define FIREFOX "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0"
#define CHROME                                                                                               \
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 " \
	"Safari/537.36"
#define SAFARI                                                                                                   \
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.1 " \
	"Safari/605.1.15"
#define WEBKIT   "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Safari/605.1.15"
#define EXPLORER "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)"
#define WEBVIEW                                                                                                       \
	"Mozilla/5.0 (Linux; Android 11; SM-A715F Build/RP1A.200720.012; wv) AppleWebKit/537.36 (KHTML, like Gecko) " \
	"Version/4.0 Chrome/89.0.4389.105 Mobile Safari/537.36"

static struct cursor text(const char *t)
{
	return cursor_init(t, strlen(t));
}

static bool doubtful(const char *agent, const char *written)
{
	return browser_doubtful(text(agent), text(written));
}

static void engines_are_claimed(void **state)
{
	(void)state;
	assert_int_equal(browser_claimed(text(FIREFOX)), BROWSER_GECKO);
	assert_int_equal(browser_claimed(text(CHROME)), BROWSER_BLINK);
	assert_int_equal(browser_claimed(text(WEBVIEW)), BROWSER_BLINK);
	assert_int_equal(browser_claimed(text(SAFARI)), BROWSER_SAFARI);
	assert_int_equal(browser_claimed(text(WEBKIT)), BROWSER_WEBKIT);
	assert_int_equal(browser_claimed(text(EXPLORER)), BROWSER_TRIDENT);
	assert_int_equal(browser_claimed(text("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko")),
			 BROWSER_TRIDENT);
}

/* Programs that say what they are, and texts that name no engine. */
static void others_claim_none(void **state)
{
	static const char *const agents[] = {
		"",
		"curl/7.88.1",
		"Mozilla/5.0",
		"Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.18",
		"Mozilla/5.0 (compatible; Konqueror/3.5; Linux) KHTML/3.5.2 (like Gecko)",
		"Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
		"Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)",
		"Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1682",
		("Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US) AppleWebKit/525.13 (KHTML, like Gecko) "
		 "Chrome/0.2.149.27"),
	};
	(void)state;
	for (size_t i = 0; i < sizeof agents / sizeof *agents; i++) {
		assert_int_equal(browser_claimed(text(agents[i])), BROWSER_NONE);
		assert_false(doubtful(agents[i], "1.1:Host,User-Agent"));
	}
}

/* How the engines write, of several ages and on several ways. */
static void browsers_are_believed(void **state)
{
	static const struct {
		const char *agent, *written;
	} rows[] = {
		{FIREFOX, "1.1:Host,User-Agent,Accept,Accept-Language,Accept-Encoding=[gzip, deflate],Connection=[keep-"
			  "alive],Upgrade-Insecure-Requests"},
		{FIREFOX, "1.1:Host,User-Agent,Accept,Accept-Language,Accept-Encoding=[gzip,deflate],Accept-Charset,"
			  "Keep-Alive,Connection=[keep-alive]"},
		{FIREFOX,
		 "1.1:Host,User-Agent,Accept,Accept-Language,Accept-Encoding=[gzip, deflate],DNT,Access-Control"
		 "-Request-Method,Connection=[keep-alive]"},
		{FIREFOX, "1.1:X-Of-An-Extension,Host,User-Agent,Accept,Accept-Language,Accept-Encoding=[gzip, "
			  "deflate],Connection=[keep-alive]"},
		{FIREFOX, "1.1:Host,User-Agent,Accept,Accept-Language,Accept-Encoding=[gzip, deflate],Sec-WebSocket-"
			  "Version,Connection=[keep-alive, Upgrade]"},
		/* a film, whose octets are compressed already */
		{FIREFOX, "1.1:Host,User-Agent,Accept,Accept-Language,Accept-Encoding=[identity],Connection=[keep-"
			  "alive]"},
		/* a filter on the way took the encodings out, another closes */
		{FIREFOX, "1.1:Host,User-Agent,Accept,Accept-Language,Connection=[keep-alive]"},
		{FIREFOX,
		 "1.1:Host,User-Agent,Accept,Accept-Language,Accept-Encoding=[gzip, deflate],Connection=[close]"},
		{CHROME,
		 "1.1:Host,Connection=[keep-alive],Upgrade-Insecure-Requests,User-Agent,Accept,Accept-Encoding=["
		 "gzip, deflate],Accept-Language"},
		{CHROME, "1.1:Host,Connection=[keep-alive],Accept,User-Agent,Accept-Encoding=[gzip,deflate,sdch],Accept"
			 "-Language,Accept-Charset"},
		{CHROME, "1.1:Host,Proxy-Connection,User-Agent,Accept,Accept-Encoding=[gzip, deflate],Accept-Language"},
		{CHROME,
		 "1.1:Host,Connection=[Upgrade],User-Agent,Upgrade,Sec-WebSocket-Version,Accept-Encoding=[gzip, "
		 "deflate],Accept-Language"},
		{CHROME, "1.1:Host,Connection=[keep-alive],User-Agent"}, /* an update */
		{CHROME, "1.1:Host,Connection=[keep-alive],sec-ch-ua,sec-ch-ua-mobile,*"},
		{SAFARI, "1.1:Host,Accept,User-Agent,Accept-Language,Accept-Encoding=[gzip, deflate],Connection=[keep-"
			 "alive]"},
		{WEBKIT, "1.1:User-Agent,Accept,Connection=[Keep-Alive],Accept-Encoding=[gzip],Accept-Language,Host"},
		{SAFARI,
		 "1.1:User-Agent,Accept,Accept-Language,Accept-Encoding=[gzip, deflate],Connection=[keep-alive],"
		 "Host"},
		{EXPLORER, "1.1:Accept,Accept-Language,User-Agent,Accept-Encoding=[gzip, deflate],Host,DNT,Connection=["
			   "Keep-Alive]"},
		{EXPLORER, "1.0:Accept,Accept-Language,Accept-Encoding=[gzip, deflate],User-Agent,Host,Connection=["
			   "Keep-Alive]"},
		{EXPLORER, "1.1:Connection=[Keep-Alive],Accept,User-Agent,Host"},
		/* an application on Android, which asks under the name of the system's browser */
		{WEBVIEW, "1.1:User-Agent,Host,Connection=[Keep-Alive],Accept-Encoding=[gzip]"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_false(doubtful(rows[i].agent, rows[i].written));
}

/* What libraries write, with the name of a browser put in. */
static void libraries_are_not(void **state)
{
	static const char *const written[] = {
		"1.1:Host,Accept-Encoding=[identity],User-Agent,Accept,Accept-Language,Sec-Fetch-Mode,Connection=["
		"close]",
		"1.1:Host,Accept-Encoding=[identity],User-Agent",
		"1.1:Host,User-Agent,Accept-Encoding=[gzip, deflate, "
		"br],Accept,Connection=[keep-alive],Accept-Language",
		"1.1:Host,Accept,Accept-Encoding=[gzip, deflate, br],Connection=[keep-alive],User-Agent",
		"1.1:Host,User-Agent,Accept-Language,Accept,Accept-Encoding=[gzip, deflate]",
		"1.1:Host,User-Agent,Accept",
		"1.1:Host,User-Agent,Accept,Accept-Encoding=[deflate, gzip, br, zstd]",
		"1.1:Host,User-Agent,Accept,Accept-Encoding=[identity],Connection=[Keep-Alive]",
		"1.1:Host,User-Agent,Accept,Accept-Language,Accept-Encoding=[gzip]",
		"1.1:User-Agent,Host,Accept,Connection=[keep-alive]",
		"1.1:TE=[deflate,gzip;q=0.3],Connection=[TE, close],Accept,Accept-Language,Host,User-Agent",
		"1.1:Accept-Encoding=[gzip;q=1.0,deflate;q=0.6,identity;q=0.3],Accept,User-Agent,Host",
		"1.1:Accept,User-Agent,Accept-Encoding=[gzip, compress, deflate, br],Host,Connection=[keep-alive]",
		"1.1:host,connection=[keep-alive],User-Agent,accept,accept-language,accept-encoding=[gzip, deflate]",
		"1.1:Host,Connection=[close],User-Agent",
		"1.0:Host,Accept,Accept-Encoding=[identity],User-Agent",
	};
	(void)state;
	for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
		assert_true(doubtful(CHROME, written[i]));
		assert_true(doubtful(FIREFOX, written[i]));
	}
	/* what says nothing of its writer */
	assert_false(doubtful(CHROME, "1.1:Host,User-Agent"));
	assert_false(doubtful(FIREFOX, "1.0:User-Agent"));
	/* Firefox's own order, but Brotli in the clear and no word about the connection */
	assert_true(doubtful(FIREFOX,
			     "1.1:Host,User-Agent,Accept,Accept-Language,Accept-Encoding=[gzip, deflate, br],Referer"));
	assert_false(doubtful(FIREFOX, "1.1:Host,User-Agent,Accept,Accept-Language,Accept-Encoding=[gzip, deflate, br],"
				       "Connection=[keep-alive]"));
	assert_true(doubtful(SAFARI, written[0]));
	/* Qt under Apple's name */
	assert_true(doubtful(SAFARI, "1.1:User-Agent,Accept,Connection=[Keep-Alive],Accept-Encoding=[gzip],Accept-"
				     "Language,Host"));
	assert_true(doubtful(EXPLORER, written[0]));
	assert_true(doubtful(EXPLORER, "1.1:User-Agent,Host,Accept,Accept-Encoding=[deflate, gzip]"));
}

/* One browser that calls itself another is none of them. */
static void one_engine_is_not_another(void **state)
{
	(void)state;
	assert_true(doubtful(CHROME, "1.1:Host,User-Agent,Accept,Accept-Language,Accept-Encoding=[gzip, deflate],"
				     "Connection=[keep-alive]"));
	assert_true(doubtful(FIREFOX, "1.1:Host,Connection=[keep-alive],User-Agent,Accept,Accept-Encoding=[gzip, "
				      "deflate],Accept-Language"));
	assert_true(doubtful(EXPLORER, "1.1:Host,User-Agent,Accept,Accept-Language,Accept-Encoding=[gzip, deflate],"
				       "Connection=[keep-alive]"));
}

/* What is cut off is not missing, and what is no fingerprint tells nothing. */
static void nothing_is_concluded_from_pieces(void **state)
{
	static const char whole[] = "1.1:Host,User-Agent,Accept=[,]x,Accept-Encoding=[gzip";
	(void)state;
	assert_false(doubtful(FIREFOX, "1.1:Host,User-Agent,*"));
	assert_false(doubtful(FIREFOX, ""));
	for (size_t n = 0; n <= sizeof whole - 1; n++) {
		char *piece = malloc(n + !n);
		assert_non_null(piece);
		memcpy(piece, whole, n);
		browser_doubtful(text(FIREFOX), cursor_init(piece, n));
		browser_claimed(cursor_init(piece, n));
		free(piece);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(engines_are_claimed),       cmocka_unit_test(others_claim_none),
		cmocka_unit_test(browsers_are_believed),     cmocka_unit_test(libraries_are_not),
		cmocka_unit_test(one_engine_is_not_another), cmocka_unit_test(nothing_is_concluded_from_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
