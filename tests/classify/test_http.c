#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"
#include "ntlm.h"

extern const struct dissector dissector_http;

static void both_sides_are_read(void **state)
{
	EXPECT(dissector_http, 80,
	       "http.headers client sender 1.1:Host,User-Agent,Accept\n"
	       "http.host client receiver www.example.org\n"
	       "http.userAgent client sender curl/7.88.1\n"
	       "service server sender http\n"
	       "http.serverHeaders server sender 1.1:Server,Content-Type,Content-Length\n"
	       "http.server server sender Apache/2.4.57 (Debian)\n"
	       "http.poweredBy server sender PHP/8.2.7\n"
	       "http.poweredBy server sender ASP.NET/4.0.30319\n"
	       "http.setCookie server sender PHPSESSID=abc; path=/\n"
	       "http.title server sender Hello there\n"
	       "http.generator server sender WordPress 6.3\n"
	       "http.host client receiver www.example.org\n"
	       "http.server server sender nginx\n",
	       C("GET / HTTP/1.1\r\nHost: www.example.org:80\r\nUser-Agent:  curl/7.88.1 \r\nAccept: */*\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nServer: Apache/2.4.57 (Debian)\r\nX-Powered-By: PHP/8.2.7\r\n"
		 "X-AspNet-Version: 4.0.30319\r\nset-cookie: PHPSESSID=abc; path=/\r\n"
		 "Content-Type: text/html; charset=utf-8\r\nContent-Length: 120\r\n\r\n"
		 "<!DOCTYPE html><html><head><title lang=en>\n Hello there </title>"
		 "<meta name=\"generator\" content=\"WordPress 6.3\" /><body>"
		 "y"),
	       C("HEAD /x HTTP/1.1\r\nHost: www.example.org\r\n\r\n"),
	       S("HTTP/1.1 304 Not Modified\r\nServer: nginx\r\nContent-Length: 500\r\n\r\n"));
}

static void chunks_are_walked(void **state)
{
	EXPECT(dissector_http, 8080,
	       "service server sender http\n"
	       "http.title server sender A\n"
	       "http.server server sender B\n",
	       C("POST / HTTP/1.1\r\nHost: 192.0.2.2:8080\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "5;x=y\r\nGET /\r\n0\r\nTrailer: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "a\r\n<p>hello</\r\n1C\r\np><title>A</title>0123456789\r\n0\r\n\r\n"
		 "HTTP/1.1 200 OK\r\nServer: B\r\nContent-Length: 3\r\n\r\nabc"));
}

static void heads_and_interim_responses_have_no_body(void **state)
{
	EXPECT(dissector_http, 80,
	       "service server sender http\n"
	       "http.server server sender one\n"
	       "http.server server sender two\n"
	       "http.server server sender three\n",
	       C("HEAD / HTTP/1.1\r\n\r\nPUT / HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nServer: one\r\nContent-Length: 9999\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"),
	       C("GET GET / HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 204 None\r\nServer: two\r\n\r\nHTTP/1.0 200 OK\r\nServer: three\r\n\r\nServer: no\r\n\r\n"));
}

/* The same machine, another port: it is asked as a proxy, and its answer describes the server there. */
static void another_port_is_another_server(void **state)
{
	EXPECT(dissector_http, 8118, "service server sender http\n",
	       C("GET http://192.0.2.2:8000/ HTTP/1.1\r\nHost: 192.0.2.2:8000\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nServer: SimpleHTTP/0.6\r\nContent-Length: 0\r\n\r\n"));
	EXPECT(dissector_http, 8118, "service server sender http\nhttp.server server sender Box/1\n",
	       C("GET http://192.0.2.2:8118/ HTTP/1.1\r\nHost: 192.0.2.2:8118\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nServer: Box/1\r\nContent-Length: 0\r\n\r\n"));
}

/* What passes answers on adds Via and leaves Server: that may be another's. Who answers itself may stand in both. */
static void a_passed_answer_is_perhaps_anothers(void **state)
{
	EXPECT(dissector_http, 80,
	       "service server sender http\n"
	       "http.passedServer server sender Apache/2.4.41 (Ubuntu)\n"
	       "http.via server sender 1.1 varnish (Varnish/6.0)\n",
	       S("HTTP/1.1 200 OK\r\nServer: Apache/2.4.41 (Ubuntu)\r\nVia: 1.1 varnish (Varnish/6.0)\r\n"
		 "Content-Length: 0\r\n\r\n"));
	EXPECT(dissector_http, 80,
	       "service server sender http\n"
	       "http.via server sender 1.1 host (squid/5.7)\n"
	       "http.server server sender squid/5.7\n",
	       S("HTTP/1.1 200 OK\r\nVia: 1.1 host (squid/5.7)\r\nServer: squid/5.7\r\nContent-Length: 0\r\n\r\n"));
}

static void a_proxy_is_not_the_server_behind_it(void **state)
{
	EXPECT(dissector_http, 3128,
	       "user.name client sender bob\n"
	       "http.userAgent client sender Wget/1.21\n"
	       "user.name client sender alice\n"
	       "service server sender http\n"
	       "http.server server sender squid/5.7\n"
	       "http.via server sender 1.1 none (), 1.0 nameless\n"
	       "next any\n",
	       C("GET http://bob:secret@origin.example.org/ HTTP/1.1\r\nHost: origin.example.org\r\n"
		 "User-Agent: Wget/1.21\r\nProxy-Authorization: Basic YWxpY2U6c2VzYW1l\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nServer: Apache\r\nVia: 1.1 cache (squid/5.7)\r\nContent-Length: 0\r\n\r\n"),
	       C("GET http://origin.example.org/ HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nVia: 1.1 none (), 1.0 nameless\r\nContent-Length: 0\r\n\r\n"),
	       C("CONNECT www.example.org:443 HTTP/1.1\r\nHost: www.example.org:443\r\n\r\n"),
	       S("HTTP/1.1 200 Connection established\r\n\r\n\x16\x03\x01"));
}

static void gateways_that_say_nothing_are_known_by_their_writing(void **state)
{
	EXPECT(dissector_http, 80,
	       "http.host client receiver back\n"
	       "http.host client receiver back\n"
	       "http.host client receiver back\n"
	       "http.userAgent client sender undici\n"
	       "http.host client receiver back\n"
	       "http.host client receiver back\n",
	       C("GET / HTTP/1.0\r\nHost: back\r\nConnection: close\r\nUser-Agent: curl/7.88.1\r\n\r\n"),
	       C("GET / HTTP/1.1\r\nhost: back\r\nuser-agent: curl/7.88.1\r\naccept: */*\r\n\r\n"),
	       C("GET / HTTP/1.1\r\nhost: back\r\nuser-agent: undici\r\n\r\n"),
	       C("GET / HTTP/1.0\r\nUser-Agent: Wget/1.12\r\nHost: back\r\nConnection: close\r\n\r\n"),
	       C("GET / HTTP/1.1\r\nHost: back\r\nConnection: close\r\nUser-Agent: curl/7.88.1\r\n\r\n"));
}

static void pages_that_come_along_tell_less_than_the_server(void **state)
{
	EXPECT(dissector_http, 80,
	       "service server sender http\n"
	       "http.serverHeaders server sender 1.1:Server,Content-Type,Content-Length\n"
	       "http.server server sender nginx\n"
	       "http.title server sender Apache2 Debian Default Page: It works\n",
	       S("HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 52\r\n\r\n"
		 "<title>Apache2 Debian Default Page: It works</title>"
		 "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 52\r\n\r\n"
		 "<title>Apache2 Debian Default Page: It works</title>"));
}

static void pages_of_errors_are_signed(void **state)
{
#define MISSING "HTTP/1.1 404 \r\nContent-Type: text/html;charset=utf-8\r\n"
	EXPECT(dissector_http, 8080,
	       "service server sender http\nhttp.title server sender HTTP Status 404\n"
	       "http.pageSignature server sender Apache Tomcat/10.1.60 (Debian)\n",
	       C("GET /none HTTP/1.1\r\n\r\n"),
	       S(MISSING "\r\n<html><head><title>HTTP Status 404</title></head><body><h3>no number</h3>"
			 "<hr class=\"line\" /><h3>Apache Tomcat/10.1.60 (Debian)</h3></body></html>"));
	EXPECT(dissector_http, 8080,
	       "service server sender http\nhttp.pageSignature server sender Powered by Jetty:// 9.4.50\n",
	       C("GET /none HTTP/1.1\r\n\r\n"),
	       S(MISSING "\r\n<a href=\"https://eclipse.org/jetty\">Powered by Jetty:// 9.4.50</a><h3>7"));
	/* a page that is none of an error; a server that has a name */
	EXPECT(dissector_http, 8080, "service server sender http\n", C("GET / HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h3>Apache Tomcat/10.1.60</h3>"));
	EXPECT(dissector_http, 80, "service server sender http\nhttp.server server sender nginx\n",
	       C("GET / HTTP/1.1\r\n\r\n"), S(MISSING "Server: nginx\r\n\r\n<h3>Apache Tomcat/10.1.60</h3>"));
}

static void headers_of_their_own_name_products(void **state)
{
	EXPECT(dissector_http, 8384,
	       "service server sender http\nhttp.poweredBy server sender Syncthing/v1.19.2-ds1\n"
	       "http.poweredBy server sender Docker Distribution registry/2.0\n"
	       "http.serverModule server sender mod_pagespeed/1.13.35.2-0\n",
	       C("GET / HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nX-Syncthing-Version: v1.19.2-ds1\r\n"
		 "Docker-Distribution-Api-Version: registry/2.0\r\nX-Mod-Pagespeed: 1.13.35.2-0\r\n\r\n"));
}

static void users_are_named_and_passwords_are_not(void **state)
{
	EXPECT(dissector_http, 80, "user.name client sender Mufasa\nuser.name client sender carol\n",
	       C("GET / HTTP/1.1\r\nAuthorization: Digest realm=\"r\", username=\"Mufasa\", uri=\"/\"\r\n\r\n"
		 "GET / HTTP/1.0\r\nauthorization: basic Y2Fyb2w6cGFzcw==\r\n\r\n"));
}

static void servers_are_known_without_their_clients(void **state)
{
	static const struct step steps[] = {
		{FLOW_FORWARD,
		 "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"Router\"\r\nContent-Length: 2\r\n\r\nxy", 73, 0}};
	struct talk talk = TALK(steps, dissector_http, 50000);
	talk.sport = 80;
	talk.mid_stream = true;
	talk_expect(&talk, "service client sender http\nhttp.wwwAuthenticate client sender Basic realm=\"Router\"\n");
}

static void printers_speak_ipp_and_radios_icy(void **state)
{
	EXPECT(dissector_http, 631, "service server sender ipp\nhttp.server server sender CUPS/2.4 IPP/2.1\n",
	       C("POST /printers/a HTTP/1.1\r\nContent-Length: 2\r\n\r\n\1\1"),
	       S("HTTP/1.1 200 OK\r\nServer: CUPS/2.4 IPP/2.1\r\nContent-Length: 0\r\n\r\n"));
	EXPECT(dissector_http, 8000, "service server sender http\nhttp.server server sender Icecast 2.4.4\n",
	       C("GET /stream HTTP/1.0\r\n\r\n"), S("ICY 200 OK\r\nServer: Icecast 2.4.4\r\n\r\n\xff\xfb"));
}

static void the_order_of_fields_is_a_habit(void **state)
{
	EXPECT(dissector_http, 80,
	       "http.headers client sender 1.1:Host,User-Agent,Accept-Encoding=[gzip, "
	       "deflate],accept,Connection=[close]\n"
	       "http.host client receiver a.example\n"
	       "http.userAgent client sender x\n"
	       "service server sender http\n"
	       "http.serverHeaders server sender 1.0:Date,Server,Content-type,Content-Length\n"
	       "http.server server sender Apache\n"
	       "http.setCookie server sender a=b\n",
	       C("GET / HTTP/1.1\r\nHost: a.example\r\nUser-Agent: x\r\nCookie: a=b\r\nReferer: c\r\n"
		 "Accept-Encoding:  gzip, deflate\r\naccept: */*\r\n folded\r\nConnection: close\r\n\r\n"
		 "GET /2 HTTP/1.1\r\nAccept: x\r\nOnce: 1\r\nIs: 2\r\nEnough: 3\r\n\r\n"),
	       S("HTTP/1.0 100 Continue\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n"
		 "HTTP/1.0 200 OK\r\nDate: x\r\nServer: Apache\r\nSet-Cookie: a=b\r\nX-Page: own\r\n"
		 "Content-type: text/plain\r\nContent-Length: 0\r\n\r\n"));
	/* what is no header, too short, or passed over by a proxy tells nothing of its writer */
	EXPECT(dissector_http, 80, "", C("GET / HTTP/1.1\r\nAccept: 1\r\nno header at all\r\nB: 2\r\nC: 3\r\n\r\n"));
	EXPECT(dissector_http, 80, "", C("GET / HTTP/1.1\r\nAccept: 1\r\nB: 2\r\n\r\n"));
	EXPECT(dissector_http, 80, "",
	       C("GET / HTTP/1.1\r\nAccept: 1\r\nB: 2\r\nC: 3\r\nX-Forwarded-For: unknown\r\n\r\n"));
	/* and of a header without its end only what stands in it */
	EXPECT(dissector_http, 80, "http.userAgent client sender x\n",
	       C("GET / HTTP/1.1\r\nAccept: 1\r\nB: 2\r\nUser-Agent: x\r\nC: 3\r\nD:"));
}

#define CHROME_AGENT \
	"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"

/* A browser's name in a header that it does not write is doubtful, on all of the connection; what names itself
 * otherwise is not. */
static void a_browser_that_is_none_is_doubtful(void **state)
{
	EXPECT(dissector_http, 80,
	       "http.headers client sender 1.1:Host,Accept-Encoding=[identity],User-Agent,Accept,Connection=[close]\n"
	       "http.unnamedHeaders client sender "
	       "1.1:Host,Accept-Encoding=[identity],User-Agent,Accept,Connection=[close]\n"
	       "http.host client receiver a.example\n"
	       "http.doubtfulUserAgent client sender " CHROME_AGENT "\n"
	       "http.doubtfulUserAgent client sender " CHROME_AGENT "\n"
	       "http.userAgent client sender curl/8.0\n",
	       C("GET / HTTP/1.1\r\nHost: a.example\r\nAccept-Encoding: identity\r\nUser-Agent: " CHROME_AGENT
		 "\r\nAccept: */*\r\nConnection: close\r\n\r\n"
		 "GET / HTTP/1.1\r\nHost: 192.0.2.2\r\nConnection: keep-alive\r\nUser-Agent: " CHROME_AGENT "\r\n\r\n"
		 "GET / HTTP/1.1\r\nUser-Agent: curl/8.0\r\n\r\n"));
	/* a bare name tells nothing of its writer */
	EXPECT(dissector_http, 80, "http.userAgent client sender " CHROME_AGENT "\n",
	       C("GET / HTTP/1.1\r\nHost: 192.0.2.2\r\nUser-Agent: " CHROME_AGENT "\r\n\r\n"));
	/* a request that names nobody is by whoever writes so */
	EXPECT(dissector_http, 80,
	       "http.headers client sender 1.1:Accept,Host,Connection=[close]\n"
	       "http.unnamedHeaders client sender 1.1:Accept,Host,Connection=[close]\n",
	       C("GET / HTTP/1.1\r\nAccept: */*\r\nHost: 192.0.2.2\r\nConnection: close\r\n\r\n"));
}

/* A request without a version is one when what only HTTP has follows, though nobody answers. */
static void a_version_may_be_missing(void **state)
{
	EXPECT(dissector_http, 80,
	       "http.headers client sender 1.0:Host,Connection=[keep-alive],User-Agent\n"
	       "http.userAgent client sender x\n",
	       C("GET /a?b=1\r\nHost: 192.0.2.2\r\nConnection:keep-alive\r\nUser-Agent:x\r\n\r\n"));
	EXPECT(dissector_http, 80, "not\n", C("GET /a RTSP/1.0\r\nHost: 192.0.2.2\r\n\r\n"));
}

static void a_browser_that_is_one_is_believed(void **state)
{
	EXPECT(dissector_http, 80,
	       "http.headers client sender 1.1:Host,Connection=[keep-alive],User-Agent,Accept,Accept-Encoding=[gzip, "
	       "deflate],Accept-Language\n"
	       "http.userAgent client sender " CHROME_AGENT "\n",
	       C("GET / HTTP/1.1\r\nHost: 192.0.2.2\r\nConnection: keep-alive\r\nUser-Agent: " CHROME_AGENT
		 "\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nAccept-Language: en\r\n\r\n"));
	/* the way to a proxy is asked for by another part of the program */
	EXPECT(dissector_http, 8080,
	       "http.headers client sender 1.1:User-Agent,Proxy-Connection,Host\n"
	       "http.userAgent client sender " CHROME_AGENT "\n",
	       C("CONNECT a.example:443 HTTP/1.1\r\nUser-Agent: " CHROME_AGENT
		 "\r\nProxy-Connection: keep-alive\r\nHost: a.example:443\r\n\r\n"));
	/* where the header's end was not seen nothing is missing from it */
	EXPECT(dissector_http, 80, "http.userAgent client sender " CHROME_AGENT "\n",
	       C("GET / HTTP/1.1\r\nHost: 192.0.2.2\r\nUser-Agent: " CHROME_AGENT "\r\nAcc"));
}

static void what_a_proxy_passes_on_is_not_its_own(void **state)
{
	EXPECT(dissector_http, 80,
	       "http.host client receiver a.example\n"
	       "http.clientVia client sender 1.1 cache (squid/5.7)\n"
	       "service server sender http\n",
	       C("GET / HTTP/1.1\r\nHost: a.example\r\nUser-Agent: Lynx/2.8\r\nAuthorization: Basic "
		 "YWxpY2U6c2VzYW1l\r\n"
		 "Via: 1.1 cache (squid/5.7)\r\n\r\n"),
	       S("HTTP/1.1 204 No\r\n\r\n"));
	/* said of the address it is forwarded for: the fixture's own is 192.0.2.1 */
	EXPECT(dissector_http, 80,
	       "http.userAgent client address Lynx/2.8\n"
	       "http.userAgent client address Lynx/2.9\n"
	       "http.userAgent client address Lynx/3.0\n"
	       "http.userAgent client sender Lynx/3.1\n",
	       C("GET / HTTP/1.1\r\nUser-Agent: Lynx/2.8\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n"
		 "GET / HTTP/1.1\r\nUser-Agent: Lynx/2.9\r\nForwarded: proto=http;For=\"[2001:db8::7]:4711\"\r\n\r\n"
		 "GET / HTTP/1.1\r\nUser-Agent: Lynx/3.0\r\nX-Real-IP: 2001:db8::9\r\n\r\n"
		 "GET / HTTP/1.1\r\nUser-Agent: Lynx/3.1\r\nX-Forwarded-For: 192.0.2.1:99\r\n\r\n"));
	/* asked for by its own address, 192.0.2.1: what it sends on is another's */
	EXPECT(dissector_http, 80, "http.userAgent client sender Lynx/2.8\n",
	       C("GET / HTTP/1.1\r\nHost: 192.0.2.1:8080\r\nUser-Agent: Wget/1.21.3\r\n\r\n"
		 "GET / HTTP/1.1\r\nHost: 192.0.2.9\r\nUser-Agent: Lynx/2.8\r\n\r\n"));
	/* programs that have no word about the connection, or another */
	EXPECT(dissector_http, 80,
	       "http.host client receiver a.example\nhttp.host client receiver a.example\n"
	       "http.headers client sender 1.1:Host,User-Agent,Connection=[Keep-Alive]\n"
	       "http.host client receiver a.example\nhttp.userAgent client sender Wget/1.21.3\n",
	       C("GET / HTTP/1.1\r\nHost: a.example\r\nUser-Agent: curl/7.88.1\r\nConnection: close\r\n\r\n"
		 "GET / HTTP/1.1\r\nHost: a.example\r\nUser-Agent: Wget/1.21.3\r\nConnection: close\r\n\r\n"
		 "GET / HTTP/1.1\r\nHost: a.example\r\nUser-Agent: Wget/1.21.3\r\nConnection: Keep-Alive\r\n\r\n"));
	/* Squid with via off and forwarded_for delete; a browser that reloads */
	EXPECT(dissector_http, 80,
	       "http.host client receiver a.example\n"
	       "http.headers client sender 1.1:Host,User-Agent,Connection=[keep-alive]\n"
	       "http.host client receiver a.example\nhttp.userAgent client sender undici\n",
	       C("GET / HTTP/1.1\r\nUser-Agent: Wget/1.21.3\r\nAccept: */*\r\nHost: a.example\r\n"
		 "Cache-Control: max-age=259200\r\nConnection: keep-alive\r\n\r\n"
		 "GET / HTTP/1.1\r\nHost: a.example\r\nUser-Agent: undici\r\nCache-Control: max-age=0\r\n"
		 "Connection: keep-alive\r\n\r\n"));
	/* a name with a port that is not this server's is that of the gateway; without a gateway it is as it was asked
	 */
	EXPECT(dissector_http, 80, "http.clientVia client sender 1.1 nghttpx\nhttp.host client receiver b.example\n",
	       C("GET / HTTP/1.1\r\nHost: a.example:8030\r\nVia: 1.1 nghttpx\r\n\r\n"
		 "GET / HTTP/1.1\r\nHost: b.example:8030\r\n\r\n"));
	EXPECT(dissector_http, 8080, "",
	       C("GET / HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n"));
	/* not of several, of another realm, or of what is no address */
	EXPECT(dissector_http, 80, "",
	       C("GET / HTTP/1.1\r\nUser-Agent: Lynx/2.8\r\nX-Forwarded-For: 198.51.100.7, 203.0.113.1\r\n\r\n"
		 "GET / HTTP/1.1\r\nUser-Agent: Lynx/2.9\r\nX-Forwarded-For: 10.0.0.9\r\n\r\n"
		 "GET / HTTP/1.1\r\nUser-Agent: Lynx/2.9\r\nForwarded: for=_hidden\r\n\r\n"
		 "GET / HTTP/1.1\r\nUser-Agent: Lynx/2.9\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n"));
}

static void lost_octets_cost_no_more_than_they_must(void **state)
{
	EXPECT(dissector_http, 80,
	       "service server sender http\n"
	       "http.server server sender one\n"
	       "http.server server sender two\n"
	       "http.server server sender three\n",
	       S("HTTP/1.1 200 OK\r\nServer: one\r\nContent-Length: 1000\r\n\r\n0123456789"),
	       S_LOST(900, "0123456789012345678901234567890123456789012345678901234567890123456789"
			   "01234567890123456789HTTP/1.1 200 OK\r\nServer: two\r\nX: "),
	       S_LOST(77, "junk\r\n\r\nHTTP/1.1 200 OK\r\nServer: three\r\n\r\n"));
}

static void an_answer_without_its_beginning_is_one(void **state)
{
	EXPECT(dissector_http, 80, "http.host client receiver a.example\nservice server sender http\n",
	       C("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"), S_LOST(900, "0123456789"));
}

static void others_are_left_alone(void **state)
{
	EXPECT(dissector_http, 80, "not\n", C("OPTIONS sip:bob@example.org SIP/2.0\r\n\r\n"));
	EXPECT(dissector_http, 554, "not\n", C("OPTIONS rtsp://camera/ RTSP/1.0\r\n\r\n"));
	EXPECT(dissector_http, 80, "not\n", C("\x16\x03\x01"));
	EXPECT(dissector_http, 80, "not\n", C("GET / RTSP/1.0\r\n\r\n"));
	EXPECT(dissector_http, 80, "not\n", S("SSH-2.0-x\r\n"), C("GET / HTTP/1.1\r\n\r\n"));
}

static void what_the_server_calls_http_is(void **state)
{
	EXPECT(dissector_http, 80, "service server sender http\nhttp.server server sender Apache\n", C("GET /old\r\n"),
	       S("HTTP/1.1 400 Bad\r\nServer: Apache\r\n\r\n"));
	EXPECT(dissector_http, 80,
	       "http.host client receiver a.example\nservice server sender http\nhttp.server server sender Apache\n",
	       C("QUERY /a HTTP/1.1\r\nHost: a.example\r\n\r\n"), S("HTTP/1.1 200 OK\r\nServer: Apache\r\n\r\n"));
	EXPECT(dissector_http, 80,
	       "http.host client receiver a.example\nservice server sender http\nhttp.server server sender Apache\n",
	       C("FROB /a HTTP/1.1\r\nHost: a.example\r\n\r\n"), S("HTTP/1.1 200 OK\r\nServer: Apache\r\n\r\n"));
}

static void endless_lines_end(void **state)
{
	static char text[20000];
	memset(text, 'a', sizeof text);
	memcpy(text, "GET /", 5);
	memcpy(text + 9000, " HTTP/1.1\r\nUser-Agent: ", 23);
	memcpy(text + sizeof text - 14, "\r\nHost: b.c\r\n\r\n", 14);
	static const struct step steps[] = {{FLOW_FORWARD, text, sizeof text, 0}};
	const struct talk talk = TALK(steps, dissector_http, 80);
	static char out[8192], octets[8192];
	talk_run(&talk, 0, sizeof text, out, sizeof out);
	talk_run(&talk, 11, sizeof text, octets, sizeof octets);
	assert_string_equal(out, octets);
	assert_non_null(strstr(out, "http.userAgent client sender aaaa"));
	assert_non_null(strstr(out, "http.host client receiver b.c"));
}

static void windows_tells_who_it_is(void **state)
{
	EXPECT(dissector_http, 80, "service server sender http\n" NTLM_CHALLENGE_TELLS NTLM_ANSWER_TELLS,
	       C("GET / HTTP/1.1\r\nAuthorization: NTLM TlRMTVNTUAABAAAA\r\n\r\n"),
	       S("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM " NTLM_CHALLENGE "\r\nContent-Length: 0\r\n\r\n"),
	       C("GET / HTTP/1.1\r\nAuthorization: Negotiate " NTLM_ANSWER "\r\n\r\n"));
	/* what the server behind a proxy says is not about the proxy */
	EXPECT(dissector_http, 3128, "service server sender http\n", C("GET http://srv1.example.org/ HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM " NTLM_CHALLENGE
		 "\r\nContent-Length: 0\r\n\r\n"));
}

#define HTML "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"

static void pages_tell_by_their_words(void **state)
{
	EXPECT(dissector_http, 9090,
	       "service server sender http\n"
	       "http.pageSignature server sender "
	       "{\"is_cockpit_client\":false,\"hostname\":\"web1\",\"os-release\":{\"PRETTY_NAME\":\"Debian GNU/Linux "
	       "12\"}};\n",
	       C("GET / HTTP/1.1\r\n\r\n"),
	       S(HTML "Transfer-Encoding: chunked\r\n\r\n6\r\n<html>\r\n"
		      "82\r\n<script>\nvar environment = {\"is_cockpit_client\":false,\"hostname\":\"web1\","
		      "\"os-release\":{\"PRETTY_NAME\":\"Debian GNU/Linux 12\"}};\n</script>\r\n0\r\n\r\n"));
	EXPECT(dissector_http, 8081, "service server sender http\nhttp.pageSignature server sender PowerDNS 4.7.3\n",
	       C("GET / HTTP/1.1\r\n\r\n"), S(HTML "\r\n<a href=\"/\" id=\"appname\">PowerDNS 4.7.3</a>"));
	EXPECT(dissector_http, 4567,
	       "service server sender http\nhttp.pageSignature server sender Sinatra doesn't know this ditty.\n",
	       C("GET / HTTP/1.1\r\n\r\n"), S(HTML "\r\n<body>\n  <h2>Sinatra doesn't"), S(" know this ditty.</h2>"));
	/* another server stands before it: the machine is not that one's */
	EXPECT(dissector_http, 80, "service server sender http\nhttp.server server sender nginx\n",
	       C("GET / HTTP/1.1\r\n\r\n"),
	       S(HTML "Server: nginx\r\n\r\n<script>var environment = "
		      "{\"is_cockpit_client\":false,\"hostname\":\"web1\"};</script>"));
	/* other words behind the same tag; words that never end */
	EXPECT(dissector_http, 80, "service server sender http\n", C("GET / HTTP/1.1\r\n\r\n"),
	       S(HTML "\r\n<h2>Sinatra did</h2><script>var environment = {}</script><th>Django Version:</th><td>3"));
}

/* Django's pages have the versions behind eight kilobytes of style. */
static void pages_about_errors_are_read_further(void **state)
{
	static char style[5000];
	memset(style, 'x', sizeof style - 1);
	EXPECT(dissector_http, 8000,
	       "service server sender http\nhttp.title server sender E at /\n"
	       "http.pageSignature server sender Django 3.2.25\n"
	       "http.pageSignature server sender Python of Django 3.11.2\n",
	       C("GET / HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html\r\n\r\n"
		 "<meta name=\"robots\" content=\"NONE,NOARCHIVE\"><title>E at /</title>"),
	       {FLOW_REVERSE, style, sizeof style - 1, 0},
	       S("<tr><th>Django Version:</th>\n<td>3.2.25</td></tr><th>Python Version:</th>\n <td>3.11.2</td>"));
}

/* What Privoxy says itself is the answer to a request of a server elsewhere; it is known by a date. */
static void a_proxys_own_pages_are_of_the_proxy(void **state)
{
#define OWN "Content-Type: text/html\r\nExpires: Sat, 17 Jun 2000 12:00:00 GMT\r\n"
#define PAGE                                                                                                  \
	"<title>Privoxy@cache</title><h1>This is <a href=\"https://www.privoxy.org/\">Privoxy</a> 3.0.34 on " \
	"cache (192.0.2.2), port 8118<!-- x -->"
	EXPECT(dissector_http, 8118,
	       "service server sender http\nhttp.title server sender Privoxy@cache\n"
	       "http.pageSignature server sender Privoxy 3.0.34 on cache (192.0.2.2), port 8118\n",
	       C("GET http://p.p/ HTTP/1.1\r\n\r\n"), S("HTTP/1.1 200 OK\r\n" OWN "\r\n" PAGE));
	EXPECT(dissector_http, 3142,
	       "service server sender http\nhttp.server server sender Debian Apt-Cacher NG/3.7.4\n",
	       C("GET http://deb.example/debian/dists/x/Release HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nServer: Debian Apt-Cacher NG/3.7.4\r\nContent-Length: 0\r\n\r\n"));
	/* passed on by another; somebody else's page */
	EXPECT(dissector_http, 3128, "service server sender http\nhttp.via server sender 1.1 squid\n",
	       C("GET http://p.p/ HTTP/1.1\r\n\r\n"), S("HTTP/1.1 200 OK\r\nVia: 1.1 squid\r\n" OWN "\r\n" PAGE));
	EXPECT(dissector_http, 3128, "service server sender http\n", C("GET http://h/ HTTP/1.1\r\n\r\n"),
	       S(HTML "\r\n" PAGE));
}

static void plain_text_tells_by_its_beginning(void **state)
{
#define PLAIN "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
	EXPECT(dissector_http, 3633, "service server sender http\nhttp.pageSignature server sender <distccstats>\n",
	       C("GET / HTTP/1.1\r\n\r\n"),
	       S(PLAIN "Content-Length: 42\r\n\r\nargv /distccd\n<distccstats>\ndcc_tcp_accept"));
	EXPECT(dissector_http, 9292,
	       "service server sender http\nhttp.pageSignature server sender Puma caught this error in puma-5.6.5\n",
	       C("GET / HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 81\r\n\r\n"
		 "Puma caught this error: x (RuntimeError)\n/gems/puma-5.6.5/lib/puma/request.rb:77:in `"));
	EXPECT(dissector_http, 8083,
	       "service server sender http\nhttp.pageSignature server sender # HELP pdns_auth_x\n"
	       "http.self server sender product=a;version=1.2\n",
	       C("GET /metrics HTTP/1.1\r\n\r\n"),
	       S(PLAIN "Content-Length: 57\r\n\r\n# HELP pdns_auth_x y\na_build_info{version=\"1.2\"} 1\nb 2\nc 3"));
	/* metrics behind the beginning; text; what is no error says what it is or nothing */
	static char text[600];
	memset(text, 'x', sizeof text);
	EXPECT(dissector_http, 80, "service server sender http\n", C("GET / HTTP/1.1\r\n\r\n"),
	       S(PLAIN "Content-Length: 2000\r\n\r\n"), {FLOW_REVERSE, text, sizeof text, 0},
	       S("# HELP pdns_auth_x y\na_build_info{version=\"1.2\"} 1\n<distccstats>\ndcc_"));
	EXPECT(dissector_http, 80, "service server sender http\n", C("GET / HTTP/1.1\r\n\r\n"),
	       S(PLAIN "Content-Length: 28\r\n\r\nNobody: Puma caught this err"));
	EXPECT(dissector_http, 80, "service server sender http\n", C("GET / HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\nPuma caught this error: x"));
}

static void players_tell_their_version_in_their_status(void **state)
{
	EXPECT(dissector_http, 8080,
	       "service server sender http\n"
	       "http.self server sender product=VLC media player;vendor=VideoLAN;version=3.0.24\n",
	       C("GET /requests/status.xml HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 147\r\n\r\n"
		 "<?xml version=\"1.0\"?>\n<root>\n<currentplid>-1</currentplid><audiodelay>0</audiodelay>"
		 "<version>3.0.24 Vetinari</version>\n<loop>false</loop>\n</root>\n"));
}

static void json_in_chunks_is_put_together(void **state)
{
	EXPECT(dissector_http, 8083,
	       "service server sender http\nhttp.self server sender product=dnsdist;vendor=PowerDNS;version=1.7.3\n"
	       "http.server server sender next\n",
	       C("GET /api/v1/servers/localhost HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "1b\r\n{\"daemon_type\": \"dnsdist\", \r\n9\r\n\"version\""),
	       S("\r\nA\r\n: \"1.7.3\"}\r\n0\r\n\r\nHTTP/1.1 204 No Content\r\nServer: next\r\n\r\n"));
}

static void services_name_themselves_in_json(void **state)
{
	EXPECT(dissector_http, 9200,
	       "service server sender http\n"
	       "http.self server sender product=Elasticsearch;vendor=Elastic;version=7.17.9\n",
	       C("GET / HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: 103\r\n\r\n"
		 "{\"name\":\"n\",\"version\" : {\"number\" : \"7.17.9\",\"lucene_version\":\"8.11\"},"
		 "\"tagline\":\"You Know, for Search\"}"));
	EXPECT(dissector_http, 5984,
	       "service server sender http\nhttp.self server sender product=CouchDB;vendor=Apache;version=3.2.2\n",
	       C("GET / HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 39\r\n\r\n"
		 "{\"couchdb\":\"Welcome\",\"version\":\"3.2.2\"}"));
	EXPECT(dissector_http, 9093,
	       "service server sender http\nhttp.self server sender "
	       "product=alertmanager;vendor=Prometheus;version=0.25.0\n",
	       C("GET /api/v2/status HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 77\r\n\r\n"
		 "{\"versionInfo\":{\"buildUser\":\"x\",\"revision\":\"0.25.0-1+b4\",\"version\":\"0.25.0\"}}"));
	/* an application's own data; what a client sends */
	EXPECT(dissector_http, 80, "service server sender http\n", C("GET / HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 37\r\n\r\n"
		 "{\"version\":{\"number\":\"7.17.9\"},\"a\":1}"));
	EXPECT(dissector_http, 80, "service server sender http\n",
	       C("POST / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 39\r\n\r\n"
		 "{\"couchdb\":\"Welcome\",\"version\":\"3.2.2\"}"),
	       S("HTTP/1.1 204 No Content\r\n\r\n"));
}

static void services_name_themselves_in_metrics(void **state)
{
#define METRICS "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
	EXPECT(dissector_http, 9100,
	       "service server sender http\nhttp.serverModule server sender Go/1.19.8\n"
	       "http.self server sender product=node_exporter;version=1.5.0+ds\nhttp.serverModule server sender "
	       "Go/1.19.8\n",
	       C("GET /metrics HTTP/1.1\r\n\r\n"),
	       S(METRICS
		 "Transfer-Encoding: chunked\r\n\r\n"
		 "2f\r\n# HELP go_info x\ngo_info{version=\"go1.19.8\"} 1\n\r\n"
		 "4f\r\nnode_exporter_build_info{branch=\"x\",goversion=\"go1.19.8\",version=\"1.5.0+ds\"} 1\n\r\n"
		 "0\r\n\r\n"));
	/* a line that is cut by a chunk's end is read whole; the next chunk's beginning is none */
	EXPECT(dissector_http, 9116,
	       "service server sender http\nhttp.self server sender product=snmp_exporter;version=0.21.0\n",
	       C("GET /metrics HTTP/1.1\r\n\r\n"),
	       S(METRICS "Transfer-Encoding: chunked\r\n\r\n"
			 "1c\r\nsnmp_exporter_build_info{bra\r\n"
			 "23\r\nnch=\"debian\",version=\"0.21.0"),
	       S("\"} 1\nx \r\n0\r\n\r\n"));
	EXPECT(dissector_http, 9102, "service server sender http\nhttp.serverModule server sender Python/3.11.2\n",
	       C("GET /metrics HTTP/1.1\r\n\r\n"),
	       S(METRICS "Content-Length: 73\r\n\r\n"
			 "python_info{implementation=\"CPython\",major=\"3\",version=\"3.11.2\"} 1.0\nx 1\n"));
	/* what was built elsewhere; a module's own number; no number; cut short */
	EXPECT(dissector_http, 9090, "service server sender http\n", C("GET /federate HTTP/1.1\r\n\r\n"),
	       S(METRICS "\r\nnode_exporter_build_info{instance=\"a:9100\",version=\"1.5.0\"} 1\n"
			 "go_info{version=\"go1.19.8\",job=\"n\"} 1\ngo_build_info{version=\"(devel)\"} 1\n"
			 "_build_info{version=\"1\"} 1\npython_info{version=\"\"} 1\ngo_info{version=\"none\"} 1\n"
			 "go_info{version=\"go1.1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_are_read),
		cmocka_unit_test(services_name_themselves_in_json),
		cmocka_unit_test(services_name_themselves_in_metrics),
		cmocka_unit_test(pages_tell_by_their_words),
		cmocka_unit_test(pages_about_errors_are_read_further),
		cmocka_unit_test(a_proxys_own_pages_are_of_the_proxy),
		cmocka_unit_test(plain_text_tells_by_its_beginning),
		cmocka_unit_test(players_tell_their_version_in_their_status),
		cmocka_unit_test(json_in_chunks_is_put_together),
		cmocka_unit_test(chunks_are_walked),
		cmocka_unit_test(heads_and_interim_responses_have_no_body),
		cmocka_unit_test(a_proxy_is_not_the_server_behind_it),
		cmocka_unit_test(a_passed_answer_is_perhaps_anothers),
		cmocka_unit_test(another_port_is_another_server),
		cmocka_unit_test(gateways_that_say_nothing_are_known_by_their_writing),
		cmocka_unit_test(pages_that_come_along_tell_less_than_the_server),
		cmocka_unit_test(pages_of_errors_are_signed),
		cmocka_unit_test(headers_of_their_own_name_products),
		cmocka_unit_test(users_are_named_and_passwords_are_not),
		cmocka_unit_test(servers_are_known_without_their_clients),
		cmocka_unit_test(printers_speak_ipp_and_radios_icy),
		cmocka_unit_test(the_order_of_fields_is_a_habit),
		cmocka_unit_test(a_browser_that_is_none_is_doubtful),
		cmocka_unit_test(a_browser_that_is_one_is_believed),
		cmocka_unit_test(a_version_may_be_missing),
		cmocka_unit_test(what_a_proxy_passes_on_is_not_its_own),
		cmocka_unit_test(lost_octets_cost_no_more_than_they_must),
		cmocka_unit_test(an_answer_without_its_beginning_is_one),
		cmocka_unit_test(others_are_left_alone),
		cmocka_unit_test(what_the_server_calls_http_is),
		cmocka_unit_test(endless_lines_end),
		cmocka_unit_test(windows_tells_who_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
