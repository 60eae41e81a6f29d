/* TLS that begins behind another protocol's words: each way there is, through the whole of inspection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/classify/hello.h"
#include "tests/classify/traffic.h"

struct words {
	enum flow_direction from;
	const char *octets;
	size_t len;
};

#define C(text)                                      \
	{                                            \
		FLOW_FORWARD, text, sizeof(text) - 1 \
	}
#define S(text)                                      \
	{                                            \
		FLOW_REVERSE, text, sizeof(text) - 1 \
	}

struct upgrade {
	const char *name, *service;
	uint16_t port;
	struct words words[10];
};

static const struct upgrade upgrades[] = {
	{"smtp",
	 "smtp",
	 25,
	 {S("220 a.example ESMTP\r\n"), C("EHLO b\r\n"), S("250-a\r\n250 STARTTLS\r\n"), C("STARTTLS\r\n"),
	  S("220 go\r\n")}},
	{"lmtp",
	 "smtp",
	 24,
	 {S("220 a.example LMTP\r\n"), C("LHLO b\r\n"), S("250-a\r\n250 STARTTLS\r\n"), C("STARTTLS\r\n"),
	  S("220 go\r\n")}},
	{"smtp, on and on",
	 "smtp",
	 25,
	 {S("220 a.example ESMTP\r\n"), C("EHLO b\r\nSTARTTLS\r\n"), S("250-a\r\n250 STARTTLS\r\n220 go\r\n")}},
	{"imap", "imap", 143, {S("* OK IMAP4rev1 ready\r\n"), C("a1 STARTTLS\r\n"), S("a1 OK Begin TLS\r\n")}},
	{"pop3", "pop3", 110, {S("+OK POP3 ready\r\n"), C("STLS\r\n"), S("+OK Begin TLS\r\n")}},
	{"ftp", "ftp", 21, {S("220 FTP server ready\r\n"), C("AUTH TLS\r\n"), S("234 Proceed with negotiation.\r\n")}},
	{"ftp, the old word", "ftp", 21, {S("220 FTP server ready\r\n"), C("AUTH SSL\r\n"), S("334 Go\r\n")}},
	{"nntp", "nntp", 119, {S("200 news.example ready\r\n"), C("STARTTLS\r\n"), S("382 Continue\r\n")}},
	{"sieve",
	 "sieve",
	 4190,
	 {S("\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK\r\n"), C("STARTTLS\r\n"), S("OK \"Begin\"\r\n")}},
	{"xmpp",
	 "xmpp-client",
	 5222,
	 {C("<?xml version='1.0'?><stream:stream to='a' xmlns='jabber:client' "
	    "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"),
	  S("<?xml version='1.0'?><stream:stream from='a' xmlns='jabber:client' "
	    "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'><stream:features>"
	    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"),
	  C("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
	  S("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")}},
	{"ldap",
	 "ldap",
	 389,
	 {C("\x30\x1d\2\1\1\x77\x18\x80\x16"
	    "1.3.6.1.4.1.1466.20037"),
	  S("\x30\x0c\2\1\1\x78\7\x0a\1\0\4\0\4\0")}},
	{"postgresql", "postgresql", 5432, {C("\0\0\0\x08\4\xd2\x16\x2f"), S("S")}},
	{"postgresql, GSS refused first",
	 "postgresql",
	 5432,
	 {C("\0\0\0\x08\4\xd2\x16\x30"), S("N"), C("\0\0\0\x08\4\xd2\x16\x2f"), S("S")}},
	{"mysql",
	 "mysql",
	 3306,
	 {S("\x4a\0\0\0\x0a"
	    "8.0.32\0\x08\0\0\0"
	    "abcdefgh\0\xff\xff\xff\2\0\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0"
	    "ijklmnopqrst\0caching_sha2_password\0"),
	  C("\x20\0\0\1\5\xae\xff\x19\0\0\0\1\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")}},
	{"rdp",
	 "ms-wbt-server",
	 3389,
	 {C("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\3\0\0\0"),
	  S("\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\0\x08\0\2\0\0\0")}},
	{"http",
	 "http",
	 80,
	 {C("OPTIONS * HTTP/1.1\r\nHost: a.example\r\nUpgrade: TLS/1.0\r\nConnection: Upgrade\r\n\r\n"),
	  S("HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.0, HTTP/1.1\r\nConnection: Upgrade\r\n\r\n")}},
	{"vnc, VeNCrypt",
	 "rfb",
	 5900,
	 {S("RFB 003.008\n"), C("RFB 003.008\n"), S("\1\x13"), C("\x13"), S("\0\2"), C("\0\2"), S("\0\1\0\0\1\4"),
	  C("\0\0\1\4"), S("\1")}},
	{"vnc, TLS", "rfb", 5900, {S("RFB 003.008\n"), C("RFB 003.008\n"), S("\1\x12"), C("\x12")}},
	{"irc", "irc", 6667, {C("NICK a\r\nSTARTTLS\r\n"), S(":irc.example 670 a :STARTTLS successful\r\n")}},
	{"amqp 1.0", "amqp", 5672, {C("AMQP\2\1\0\0"), S("AMQP\2\1\0\0")}},
	{"nomachine", "nx", 4000, {C("NXSH-8.10.1\n"), S("NXD-8.10.1\n")}},
};

/* Who only passes on what another's TLS says. */
static const struct upgrade proxies[] = {
	{"socks 5",
	 "socks",
	 1080,
	 {C("\5\1\0"), S("\5\0"), C("\5\1\0\1\xc0\0\2\7\1\xbb"), S("\5\0\0\1\xc0\0\2\7\1\xbb")}},
	{"socks 4", "socks", 1080, {C("\4\1\1\xbb\xc0\0\2\7me\0"), S("\0\x5a\0\0\0\0\0\0")}},
	{"proxy",
	 "http",
	 3128,
	 {C("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n"),
	  S("HTTP/1.1 200 Connection established\r\n\r\n")}},
};

static void talk(struct traffic *t, const struct upgrade *u, size_t piece)
{
	traffic_new_flow(t, 6, 40000, u->port);
	traffic_shake(t);
	for (size_t i = 0; u->words[i].len; i++)
		traffic_say(t, u->words[i].from, (const uint8_t *)u->words[i].octets, u->words[i].len, piece);
	traffic_say(t, FLOW_FORWARD, (const uint8_t *)HELLO_CLIENT, HELLO_CLIENT_BYTES, piece);
	traffic_say(t, FLOW_REVERSE, (const uint8_t *)HELLO_SERVER, HELLO_SERVER_BYTES, piece);
}

static bool holds(const char *log, const char *format, const struct upgrade *u, const char *value)
{
	char line[128];
	snprintf(line, sizeof line, format, u->port, value);
	return strstr(log, line) != NULL;
}

static bool own(const char *log, const struct upgrade *u)
{
	return strstr(log, "tls.ja3@40000=" HELLO_JA3) && holds(log, "tls.ja3s@%u=" HELLO_JA3S, u, "") &&
	       holds(log, "tls.certificate@%u=", u, "") && holds(log, "service@%u=%s\n", u, u->service);
}

/* The client's hello is its own; of the server there is nothing. */
static bool passed_on(const char *log, const struct upgrade *u)
{
	return strstr(log, "tls.ja3@40000=" HELLO_JA3) && !holds(log, "tls.ja3s@%u=", u, "") &&
	       !holds(log, "tls.certificate@%u=", u, "") && !holds(log, "tls.serverName@%u=", u, "") &&
	       holds(log, "service@%u=%s\n", u, u->service);
}

static unsigned wrong_ones(const struct upgrade *ways, size_t n, bool (*right)(const char *, const struct upgrade *))
{
	static const size_t pieces[] = {1500, 7, 1};
	unsigned wrong = 0;
	for (size_t i = 0; i < n * 3; i++) {
		const struct upgrade *u = &ways[i / 3];
		struct traffic t;
		traffic_open(&t, 6, 40000, u->port, 0);
		talk(&t, u, pieces[i % 3]);
		const char *log = traffic_end(&t);
		if (!right(log, u)) {
			print_message("# %s, in pieces of %zu: %s\n", u->name, pieces[i % 3], log);
			wrong++;
		}
		traffic_close(&t);
	}
	return wrong;
}

static void every_way_to_tls_leads_there(void **state)
{
	assert_int_equal(wrong_ones(upgrades, sizeof upgrades / sizeof *upgrades, own), 0);
}

static void what_a_proxy_passes_on_is_not_its_own(void **state)
{
	assert_int_equal(wrong_ones(proxies, sizeof proxies / sizeof *proxies, passed_on), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_tls_leads_there),
		cmocka_unit_test(what_a_proxy_passes_on_is_not_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
