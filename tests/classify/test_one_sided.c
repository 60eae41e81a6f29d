/* What is told of connections of which one direction was seen, and of those that were there before us. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "classify/dissect.h"
#include "tests/classify/traffic.h"

enum begin { FROM_SYN, FROM_SYN_ACK, MIDST };

#define OCTETS(TEXT) TEXT, sizeof TEXT - 1

struct row {
	uint16_t port;
	enum begin begin;
	enum flow_direction direction; /* from the client, or from the server */
	const char *data;
	size_t len;
	const char *want;
};

/* Client: 40000. Forward is whoever is seen first. */
static void begin(struct traffic *t, const struct row *r)
{
	traffic_open(t, 6, 40000, r->port, 0);
	if (r->begin == FROM_SYN)
		traffic_tcp(t, FLOW_FORWARD, TCP_SYN, t->seq[0] - 1, 0, NULL, 0);
	else if (r->begin == FROM_SYN_ACK)
		traffic_tcp(t, FLOW_REVERSE, TCP_SYN | TCP_ACK, t->seq[1] - 1, t->seq[0], NULL, 0);
}

static void expect(const struct row *r, size_t piece)
{
	struct traffic t;
	begin(&t, r);
	traffic_say(&t, r->direction, (const uint8_t *)r->data, r->len, piece);
	const char *log = traffic_end(&t);
	if (strcmp(log, r->want))
		print_message("port %u, %zu octets a segment:\n%s", r->port, piece, log);
	assert_string_equal(log, r->want);
	traffic_close(&t);
}

/* A server's flight of TLS 1.2, from its first octet to the end of its hello. */
#define SERVER_HELLO                                   \
	"\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" \
	"RandomRandomRandomRandomRandom32"             \
	"\x00\xc0\x2f\x00"

#define HALF(PORT, BEGIN, DIRECTION, DATA, WANT)           \
	{                                                  \
		PORT, BEGIN, DIRECTION, OCTETS(DATA), WANT \
	}

static const struct row halves[] = {
	/* databases */
	HALF(5432, FROM_SYN_ACK, FLOW_REVERSE, "R\0\0\0\10\0\0\0\0S\0\0\0\x18server_version\00015.3\0Z\0\0\0\5I",
	     "service@5432=postgresql\npgsql.version@5432=15.3\n"),
	HALF(5432, FROM_SYN_ACK, FLOW_REVERSE, "NR\0\0\0\10\0\0\0\0S\0\0\0\x18server_version\00015.3\0",
	     "service@5432=postgresql\npgsql.version@5432=15.3\n"),
	HALF(5432, FROM_SYN_ACK, FLOW_REVERSE, "S" SERVER_HELLO, "service@5432=postgresql\ntls.ja3s@5432=771,49199,\n"),
	HALF(5433, FROM_SYN_ACK, FLOW_REVERSE, "R\0\0\0\10\0\0\0\0S\0\0\0\x18server_version\00015.3\0", ""),
	HALF(5432, FROM_SYN_ACK, FLOW_REVERSE, "R\0\0\1\10\0\0\1\0nothing that a server says", ""),
	HALF(3306, FROM_SYN, FLOW_FORWARD,
	     "\x25\0\0\1\x05\xa2\0\0\0\0\0\1\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	     "bob\0\0",
	     "user.name@40000=bob\n"),
	/* messages */
	HALF(1883, FROM_SYN_ACK, FLOW_REVERSE, "\x20\2\0\0\x90\3\0\1\0", "service@1883=mqtt\n"),
	HALF(1884, FROM_SYN_ACK, FLOW_REVERSE, "\x20\2\0\0\x90\3\0\1\0", ""),
	/* remote desktops: who confirms, and then talks TLS */
	HALF(3389, FROM_SYN_ACK, FLOW_REVERSE, "\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\x1f\x08\0\2\0\0\0" SERVER_HELLO,
	     "service@3389=ms-wbt-server\ntls.ja3s@3389=771,49199,\n"),
	HALF(13389, FROM_SYN_ACK, FLOW_REVERSE, "\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\x1f\x08\0\2\0\0\0",
	     "service@13389=ms-wbt-server\n"),
	/* mail whose client asked for TLS where nobody heard it */
	HALF(25, FROM_SYN_ACK, FLOW_REVERSE,
	     "220 mx.example ESMTP\r\n250-mx.example\r\n250 STARTTLS\r\n220 go ahead\r\n" SERVER_HELLO,
	     "service@25=smtp\nsmtp.banner@25=mx.example "
	     "ESMTP\ntls.ja3s@25=771,49199,\n"),
	/* calls nobody heard, to the port mapper */
	HALF(111, FROM_SYN_ACK, FLOW_REVERSE, "\x80\0\0\x1c\0\0\0\7\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\3\1",
	     "service@111=sunrpc\n"),
	HALF(112, FROM_SYN_ACK, FLOW_REVERSE, "\x80\0\0\x1c\0\0\0\7\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\3\1",
	     ""),
};

static void one_direction_tells(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof halves / sizeof *halves; i++)
		for (size_t piece = 1; piece <= halves[i].len; piece += piece < 8 ? 1 : halves[i].len / 3)
			expect(&halves[i], piece);
}

static const struct row midsts[] = {
	HALF(25, MIDST, FLOW_REVERSE, "250 2.1.0 Ok\r\n", "service@25=smtp\n"),
	HALF(21, MIDST, FLOW_REVERSE, "226 Transfer complete.\r\n", "service@21=ftp\n"),
	HALF(119, MIDST, FLOW_REVERSE, "211 10 1 10 misc.test\r\n", "service@119=nntp\n"),
	HALF(143, MIDST, FLOW_REVERSE, "* 12 EXISTS\r\n", "service@143=imap\n"),
	HALF(143, MIDST, FLOW_REVERSE, "a7 OK FETCH completed\r\n", "service@143=imap\n"),
	HALF(6667, MIDST, FLOW_REVERSE, ":amy!a@h.example PRIVMSG #c :hello\r\n", "service@6667=irc\n"),
	HALF(5222, MIDST, FLOW_REVERSE, "<message from='a@h.example'><body>x</body></message>",
	     "service@5222=xmpp-client\n"),
	HALF(3306, MIDST, FLOW_REVERSE, "\7\0\0\1\0\0\0\2\0\0\0", "service@3306=mysql\n"),
	HALF(3306, MIDST, FLOW_REVERSE,
	     "\1\0\0\1\2\3\0\0\2"
	     "abc\3\0\0\3"
	     "def",
	     "service@3306=mysql\n"),
	HALF(5432, MIDST, FLOW_REVERSE,
	     "D\0\0\0\xb\0\1\0\0\0\1"
	     "1C\0\0\0\xdSELECT 1\0Z\0\0\0\5I",
	     "service@5432=postgresql\n"),
	HALF(1433, MIDST, FLOW_REVERSE, "\4\1\0\x11\0\x35\1\0\xfd\0\0\0\0\0\0\0\0", "service@1433=ms-sql-s\n"),
	HALF(6653, MIDST, FLOW_REVERSE, "\4\3\0\10\0\0\0\1\4\2\0\10\0\0\0\2", "service@6653=openflow\n"),
	HALF(1883, MIDST, FLOW_REVERSE, "\xd0\0", "service@1883=mqtt\n"),
	HALF(9999, MIDST, FLOW_REVERSE,
	     "\x17\3\3\0\x14"
	     "twenty secret octets",
	     "service@9999=tls\n"),
	/* the port alone is no reason */
	HALF(25, MIDST, FLOW_REVERSE, "nothing a mail server says\r\n", ""),
	HALF(3306, MIDST, FLOW_REVERSE, "\7\0\0\5\0\0\0\2\0\0\0\0\0", ""),
	HALF(5432, MIDST, FLOW_REVERSE,
	     "D\0\0\0\xb\0\1\0\0\0\1"
	     "1xxxxxxx",
	     ""),
	HALF(9999, MIDST, FLOW_REVERSE,
	     "\x17\3\3\0\x14"
	     "twenty secret octets or some more",
	     ""),
	/* nor is what a client says */
	HALF(3306, MIDST, FLOW_FORWARD, "\7\0\0\1\0\0\0\2\0\0\0", ""),
};

static void the_midst_tells(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof midsts / sizeof *midsts; i++)
		expect(&midsts[i], midsts[i].len);
}

/* Who is seen first may be the server. */
static void the_midst_tells_whoever_is_seen_first(void **state)
{
	(void)state;
	struct traffic t;
	traffic_open(&t, 6, 25, 40000, 0);
	traffic_say(&t, FLOW_FORWARD, (const uint8_t *)"250 2.1.0 Ok\r\n", 14, 14);
	traffic_say(&t, FLOW_REVERSE, (const uint8_t *)"DATA\r\n", 6, 6);
	assert_string_equal(traffic_end(&t), "service@25=smtp\n");
	traffic_close(&t);
}

/* A page goes on; then comes the next request on the same connection. */
static void a_message_behind_the_rest_of_another_is_read(void **state)
{
	(void)state;
	static const unsigned rows[] = {0, 1, 3, 100, 10000};
	for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
		unsigned segments = rows[row];
		bool read = segments < 4096;
		struct traffic t;
		traffic_open(&t, 6, 40000, 9999, 0);
		for (unsigned i = 0; i < segments; i++)
			traffic_say(&t, FLOW_REVERSE, (const uint8_t *)"\1\2\3 of a picture, which", 23, 23);
		static const char request[] = "GET / HTTP/1.1\r\nHost: h.example\r\nUser-Agent: curl/8.0\r\n\r\n";
		static const char response[] = "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n";
		traffic_say(&t, FLOW_FORWARD, (const uint8_t *)request, sizeof request - 1, 4096);
		traffic_say(&t, FLOW_REVERSE, (const uint8_t *)response, sizeof response - 1, 4096);
		const char *log = traffic_end(&t);
		assert_int_equal(!!strstr(log, "http.userAgent@40000=curl/8.0\n"), read);
		assert_int_equal(!!strstr(log, "http.server@9999=nginx\n"), read);
		traffic_close(&t);
	}
}

/* A server's port answers one that clients are given: something is served there, whatever it is. */
static void what_nobody_knows_is_a_nameless_service(void **state)
{
	(void)state;
	static const struct {
		uint16_t client, server;
		enum flow_direction who;
		bool told;
	} rows[] = {
		{40000, 22, FLOW_REVERSE, true},    {40000, 22, FLOW_FORWARD, false}, {1023, 22, FLOW_REVERSE, false},
		{40000, 5566, FLOW_REVERSE, false}, {3306, 22, FLOW_REVERSE, false},  {40000, 20, FLOW_REVERSE, false},
		{40000, 700, FLOW_REVERSE, false},  {40000, 993, FLOW_REVERSE, true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct traffic t;
		traffic_open(&t, 6, rows[i].client, rows[i].server, 0);
		t.keep_synopses = true;
		traffic_say(&t, rows[i].who, (const uint8_t *)"\x9b\xd1\xe4 sealed", 10, 10);
		traffic_say(&t, rows[i].who, (const uint8_t *)"\xc7\x02\x99 sealed", 10, 10);
		char want[32];
		snprintf(want, sizeof want, "service@%u=\n", rows[i].server);
		assert_int_equal(!!strstr(traffic_end(&t), want), rows[i].told);
		traffic_close(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_direction_tells),
		cmocka_unit_test(the_midst_tells),
		cmocka_unit_test(the_midst_tells_whoever_is_seen_first),
		cmocka_unit_test(a_message_behind_the_rest_of_another_is_read),
		cmocka_unit_test(what_nobody_knows_is_a_nameless_service),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
