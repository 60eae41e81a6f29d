#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "classify/dissect.h"
#include "tests/classify/traffic.h"

/* A ClientHello for h.example that offers h2, and what a server of TLS 1.2 answers, a certificate included. */
static const uint8_t client[] = "\x16\x03\x01\x00\x4d\x01\x00\x00\x49\x03\x03"
				"RandomRandomRandomRandomRandom32"
				"\x00\x00\x04\xc0\x2f\x00\x2f\x01\x00\x00\x1c"
				"\x00\x00\x00\x0e\x00\x0c\x00\x00\x09h.example"
				"\x00\x10\x00\x05\x00\x03\x02h2\x00"
				"\x17\x00\x00";
static const uint8_t server[] =
	"\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03"
	"RandomRandomRandomRandomRandom32"
	"\x00\xc0\x2f\x00"
	"\x16\x03\x03\x00\x14\x0b\x00\x00\x10\x00\x00\x0d\x00\x00\x06\x30\x04\x02\x02\x01\x02\x00\x00\x01\x30"
	"\x16\x03\x03\x00\x04\x0e\x00\x00\x00";
#define CLIENT_BYTES (sizeof client - 1)
#define SERVER_BYTES (sizeof server - 1)

static uint8_t hello[CLIENT_BYTES];

static const char *const want = "tls.sni@443=h.example\n"
				"tls.ja3@40000=771,49199-47,0-16-23,,\n"
				"tls.ja4@40000=t12d0203h2_002f,c02f_0017\n"
				"tls.ja3s@443=771,49199,\n"
				"service@443=https\n"
				"tls.certificate@443=(6 octets)\n"
				"tls.chainCertificate@443=0\n";

/* The extensions as they should stand: the string above is easier to read than to count. */
static int make_hello(void **state)
{
	(void)state;
	static const uint8_t extensions[] = "\x00\x00\x00\x0e\x00\x0c\x00\x00\x09h.example"
					    "\x00\x10\x00\x05\x00\x03\x02h2"
					    "\x00\x17\x00\x00";
	size_t n = sizeof extensions - 1, at = 11 + 32 + 9;
	memcpy(hello, client, at);
	hello[at] = 0;
	hello[at + 1] = (uint8_t)n;
	memcpy(hello + at + 2, extensions, n);
	hello[8] = (uint8_t)(at + 2 + n - 9);
	hello[4] = (uint8_t)(hello[8] + 4);
	return at + 2 + n != CLIENT_BYTES;
}

static void talk(struct traffic *t, size_t piece)
{
	traffic_shake(t);
	traffic_say(t, FLOW_FORWARD, hello, CLIENT_BYTES, piece);
	traffic_say(t, FLOW_REVERSE, server, SERVER_BYTES, piece);
}

static void the_size_of_segments_does_not_matter(void **state)
{
	(void)state;
	for (size_t piece = 1; piece <= CLIENT_BYTES; piece++) {
		struct traffic t;
		traffic_open(&t, 6, 40000, 443, 0);
		talk(&t, piece);
		assert_string_equal(traffic_end(&t), want);
		assert_string_equal(application_name(t.flow.application), "https");
		const struct inspect_counters *c = inspector_counters(t.in);
		assert_int_equal(c->flows, 1);
		assert_int_equal(c->identified, 1);
		assert_int_equal(c->unknown + c->gaps + c->overlaps + c->shed_memory, 0);
		traffic_close(&t);
	}
}

/* Handshake messages may be spread over records in any way. */
static void the_size_of_records_does_not_matter(void **state)
{
	(void)state;
	for (size_t record = 1; record < CLIENT_BYTES - 5; record++) {
		uint8_t out[6 * CLIENT_BYTES];
		size_t len = 0;
		for (size_t at = 5; at < CLIENT_BYTES; at += record) {
			size_t n = CLIENT_BYTES - at < record ? CLIENT_BYTES - at : record;
			memcpy(out + len, (uint8_t[]){0x16, 3, 1, 0, (uint8_t)n}, 5);
			memcpy(out + len + 5, hello + at, n);
			len += 5 + n;
		}
		struct traffic t;
		traffic_open(&t, 6, 40000, 443, 0);
		traffic_shake(&t);
		traffic_say(&t, FLOW_FORWARD, out, len, 9);
		traffic_say(&t, FLOW_REVERSE, server, SERVER_BYTES, 9);
		if (record >= 64 || (CLIENT_BYTES - 5) / record < 60)
			assert_string_equal(traffic_end(&t), want);
		traffic_close(&t);
	}
}

/* Four segments of the client in every order, then the server backwards. */
static void the_order_of_segments_does_not_matter(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 256; n++) {
		unsigned order[4] = {n & 3, n >> 2 & 3, n >> 4 & 3, n >> 6 & 3};
		if ((1u << order[0] | 1u << order[1] | 1u << order[2] | 1u << order[3]) != 15)
			continue;
		struct traffic t;
		traffic_open(&t, 6, 40000, 443, 0);
		traffic_shake(&t);
		size_t quarter = CLIENT_BYTES / 4;
		for (unsigned i = 0; i < 4; i++) {
			size_t at = order[i] * quarter, len = order[i] == 3 ? CLIENT_BYTES - at : quarter;
			traffic_tcp(&t, FLOW_FORWARD, TCP_ACK, t.seq[0] + (uint32_t)at, t.seq[1], hello + at, len);
		}
		t.seq[0] += CLIENT_BYTES;
		traffic_tcp(&t, FLOW_REVERSE, TCP_ACK, t.seq[1] + 30, t.seq[0], server + 30, SERVER_BYTES - 30);
		traffic_tcp(&t, FLOW_REVERSE, TCP_ACK, t.seq[1], t.seq[0], server, 30);
		assert_string_equal(traffic_end(&t), want);
		traffic_close(&t);
	}
}

/* What is cut off is missing; what was said before it is the same. */
static void cut_at_every_length(void **state)
{
	(void)state;
	for (size_t cut = 0; cut < SERVER_BYTES; cut++) {
		struct traffic t;
		traffic_open(&t, 6, 40000, 443, 0);
		traffic_shake(&t);
		traffic_say(&t, FLOW_FORWARD, hello, CLIENT_BYTES, 1460);
		traffic_say(&t, FLOW_REVERSE, server, cut, 1460);
		const char *log = traffic_end(&t);
		assert_memory_equal(log, want, strlen(log));
		assert_int_equal(strstr(log, "ja3s") != NULL, cut >= 47);
		traffic_close(&t);
	}
	for (size_t cut = 0; cut < CLIENT_BYTES; cut++) {
		struct traffic t;
		traffic_open(&t, 6, 40000, 443, 0);
		traffic_shake(&t);
		traffic_say(&t, FLOW_FORWARD, hello, cut, 1460);
		/* the name needs its extension whole, the fingerprints all of the hello */
		assert_string_equal(traffic_end(&t), cut >= 72 ? "tls.sni@443=h.example\n" : "");
		traffic_close(&t);
	}
}

static void one_side_is_enough(void **state)
{
	(void)state;
	struct traffic t;
	traffic_open(&t, 6, 40000, 443, 0);
	traffic_say(&t, FLOW_FORWARD, hello, CLIENT_BYTES, 20);
	traffic_end(&t);
	assert_memory_equal(t.log.data, want, strlen(t.log.data));
	assert_non_null(strstr(t.log.data, "ja4"));
	traffic_close(&t);
	/* the server alone, and so the sender of the first packet */
	traffic_open(&t, 6, 993, 40000, 0);
	traffic_say(&t, FLOW_FORWARD, server, SERVER_BYTES, 20);
	assert_string_equal(traffic_end(&t), "tls.ja3s@993=771,49199,\n"
					     "service@993=imaps\n"
					     "tls.certificate@993=(6 octets)\n"
					     "tls.chainCertificate@993=0\n");
	traffic_close(&t);
}

/* What a flow without a handshake says of services; `first` speaks first. */
static void check_old(uint16_t sport, uint16_t dport, const char *first, const char *second, size_t len,
		      const char *expected)
{
	struct traffic t;
	traffic_open(&t, 6, sport, dport, 0);
	traffic_say(&t, FLOW_FORWARD, (const uint8_t *)first, len, 1460);
	traffic_say(&t, FLOW_REVERSE, (const uint8_t *)second, len, 1460);
	assert_string_equal(traffic_end(&t), expected);
	traffic_close(&t);
}

static void ports_tell_who_serves_an_old_connection(void **state)
{
	(void)state;
	static const char data[] = "\x17\x03\x03\x00\x08"
				   "12345678";
	check_old(443, 50000, data, data, 13, "service@443=tls\n");
	check_old(50000, 443, data, data, 13, "service@443=tls\n");
	check_old(1100, 443, data, data, 13, "service@443=tls\n");
	check_old(443, 1100, data, data, 13, "service@443=tls\n");
	static const char name[] = "SSH-2.0-OpenSSH_9.2\r\n";
	check_old(22, 50000, name, name, 21,
		  "ssh.banner@22=SSH-2.0-OpenSSH_9.2\nservice@22=ssh\nssh.clientBanner@50000=SSH-2.0-OpenSSH_9.2\n");
	check_old(20022, 50000, name, name, 21,
		  "ssh.banner@20022=SSH-2.0-OpenSSH_9.2\nservice@20022=ssh\nssh.clientBanner@50000=SSH-2.0-OpenSSH_9."
		  "2\n");
	/* nothing tells: the service is not guessed */
	check_old(40001, 50000, name, name, 21,
		  "ssh.clientBanner@40001=SSH-2.0-OpenSSH_9.2\nssh.banner@50000=SSH-2.0-OpenSSH_9.2\n");
}

static void an_answer_is_known_without_its_question(void **state)
{
	(void)state;
	static const char version[] = "\x09"
				      "12345678"
				      "Q043Q039Q035Q034";
	struct traffic t;
	traffic_open(&t, 17, 443, 50000, 0);
	for (int i = 0; i < 3; i++)
		traffic_udp(&t, i % 2 ? FLOW_REVERSE : FLOW_FORWARD, version, sizeof version - 1);
	assert_string_equal(traffic_end(&t), "service@443=quic\n");
	traffic_close(&t);
}

static void a_snapshot_length_leaves_what_it_leaves(void **state)
{
	(void)state;
	struct traffic t;
	traffic_open(&t, 6, 40000, 443, 0);
	traffic_shake(&t);
	traffic_say(&t, FLOW_FORWARD, hello, CLIENT_BYTES, 1460);
	struct packet p = {.flags = PACKET_TCP, .tcp = {.seq = t.seq[1], .ack = t.seq[0], .flags = TCP_ACK}};
	traffic_packet(&t, FLOW_REVERSE, &p, server, 50, SERVER_BYTES);
	const char *log = traffic_end(&t);
	assert_non_null(strstr(log, "service@443=https"));
	assert_null(strstr(log, "certificate"));
	assert_int_equal(inspector_counters(t.in)->gaps, 1);
	traffic_close(&t);
}

static void the_same_ports_again_are_a_new_connection(void **state)
{
	(void)state;
	struct traffic t;
	traffic_open(&t, 6, 40000, 443, 0);
	talk(&t, 1460);
	traffic_tcp(&t, FLOW_FORWARD, TCP_SYN, t.seq[0] - 1 - CLIENT_BYTES, 0, NULL, 0); /* an old SYN, late */
	t.seq[0] += 100000;
	t.seq[1] += 300000;
	talk(&t, 1460);
	char twice[1024];
	snprintf(twice, sizeof twice, "%s%s", want, want);
	assert_string_equal(traffic_end(&t), twice);
	traffic_close(&t);
}

static void synopses_of_the_handshake(void **state)
{
	(void)state;
	static const uint8_t options[] = {2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7};
	struct traffic t;
	traffic_open(&t, 6, 40000, 8080, 0);
	t.keep_synopses = true;
	for (int again = 0; again < 2; again++) {
		struct packet p = {.flags = PACKET_TCP,
				   .ip_flags = 2,
				   .ip_id = 7,
				   .tcp = {.seq = 9,
					   .window = 29200,
					   .flags = TCP_SYN,
					   .options = options,
					   .options_len = sizeof options}};
		traffic_packet(&t, FLOW_FORWARD, &p, NULL, 0, 0);
	}
	for (int again = 0; again < 2; again++)
		traffic_tcp(&t, FLOW_REVERSE, TCP_SYN | TCP_ACK, 500, 10, NULL, 0);
	assert_string_equal(traffic_end(&t), "tcp.syn@40000=4:64:0:1460:29200,7:mss,sok,ts,nop,ws:df,id+:0\n"
					     "tcp.synAck@8080=4:64:0:0:1000,0::id-:0\n"
					     "service@8080=\n");
	traffic_close(&t);
}

static void a_flood_of_syns_takes_no_memory(void **state)
{
	(void)state;
	struct traffic t;
	traffic_open(&t, 6, 40000, 443, 2 << 20);
	for (uint32_t i = 0; i < 10000; i++) {
		traffic_new_flow(&t, 6, (uint16_t)i, 443);
		traffic_tcp(&t, FLOW_FORWARD, TCP_SYN, i, 0, NULL, 0);
	}
	assert_int_equal(inspector_counters(t.in)->flows, 0);
	traffic_new_flow(&t, 6, 40000, 443);
	talk(&t, 1460);
	assert_string_equal(traffic_end(&t), want);
	traffic_close(&t);
}

static void without_memory_flows_are_shed_and_counted(void **state)
{
	(void)state;
	struct traffic t;
	static struct flow flows[8000];
	traffic_open(&t, 6, 40000, 443, 2 << 20);
	for (uint32_t i = 0; i < 8000; i++) {
		traffic_new_flow(&t, 6, (uint16_t)i, 443);
		traffic_shake(&t);
		traffic_say(&t, FLOW_FORWARD, hello, 20, 20);
		flows[i] = t.flow;
	}
	const struct inspect_counters *c = inspector_counters(t.in);
	assert_true(c->shed_memory > 1000);
	for (uint32_t i = 0; i < 8000; i++)
		inspector_release(t.in, &flows[i]);
	traffic_new_flow(&t, 6, 40000, 443);
	talk(&t, 1460);
	assert_string_equal(traffic_end(&t), want);
	traffic_close(&t);
}

static void unknown_protocols_are_left_alone(void **state)
{
	(void)state;
	struct traffic t;
	traffic_open(&t, 6, 40000, 443, 0);
	traffic_shake(&t);
	traffic_say(&t, FLOW_FORWARD, (const uint8_t *)"\x00\x01\x02\x03 nothing anybody knows", 26, 26);
	assert_int_equal(t.flow.inspected, 1);
	traffic_say(&t, FLOW_REVERSE, (const uint8_t *)"\x00\x01\x02\x03 nor this", 13, 13);
	assert_int_equal(t.flow.inspected, 3);
	assert_null(t.flow.inspect);
	assert_int_equal(inspector_counters(t.in)->unknown, 1);
	traffic_new_flow(&t, 17, 40000, 40001);
	for (int i = 0; i < 4; i++)
		for (enum flow_direction d = FLOW_FORWARD; d <= FLOW_REVERSE; d++)
			traffic_udp(&t, d, "\x00\x01\x02\x03 nothing anybody knows", 26);
	assert_int_equal(t.flow.inspected, 3);
	assert_null(t.flow.inspect);
	assert_int_equal(inspector_counters(t.in)->unknown, 2);
	assert_string_equal(traffic_end(&t), "");
	traffic_close(&t);
}

/* The server tells what it is, whatever its client says. */
static void a_client_of_the_wrong_protocol_hides_nothing(void **state)
{
	(void)state;
	struct traffic t;
	traffic_open(&t, 6, 40000, 443, 0);
	traffic_shake(&t);
	traffic_say(&t, FLOW_FORWARD, (const uint8_t *)"\x00\x01\x02 what is that?", 17, 17);
	traffic_say(&t, FLOW_REVERSE, server, SERVER_BYTES, 10);
	assert_string_equal(traffic_end(&t), "tls.ja3s@443=771,49199,\n"
					     "service@443=tls\n"
					     "tls.certificate@443=(6 octets)\n"
					     "tls.chainCertificate@443=0\n");
	traffic_close(&t);
}

/* Its banner is read, and what the client said of itself before stays; a plain refusal is no other protocol. */
static void a_client_of_another_protocol_hides_nothing(void **state)
{
	(void)state;
	static const char request[] = "GET / HTTP/1.1\r\nUser-Agent: curl/8.5.0\r\n\r\n";
	static const char banner[] =
		"SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.8\r\nInvalid SSH identification string.\r\n";
	static const char refusal[] = "go away\r\n";
	for (int ssh = 0; ssh < 2; ssh++) {
		const char *answer = ssh ? banner : refusal;
		struct traffic t;
		traffic_open(&t, 6, 40000, 22, 0);
		traffic_shake(&t);
		traffic_say(&t, FLOW_FORWARD, (const uint8_t *)request, sizeof request - 1, 1460);
		traffic_say(&t, FLOW_REVERSE, (const uint8_t *)answer, strlen(answer), 1460);
		const char *got = traffic_end(&t);
		assert_non_null(strstr(got, "http.userAgent@40000=curl/8.5.0\n"));
		assert_int_equal(strstr(got, "ssh.banner@22=SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.8\n") != NULL, ssh);
		assert_int_equal(strstr(got, "service@22=ssh\n") != NULL, ssh);
		traffic_close(&t);
	}
}

static void padding_taken_for_payload_is_nothing(void **state)
{
	(void)state;
	struct traffic t;
	traffic_open(&t, 6, 40000, 443, 0);
	traffic_shake(&t);
	struct packet p = {.flags = PACKET_TCP, .tcp = {.seq = t.seq[0], .ack = t.seq[1], .flags = TCP_ACK}};
	t.wirelen = 56;
	traffic_packet(&t, FLOW_FORWARD, &p, "\0", 2, 2);
	p = (struct packet){.flags = PACKET_TCP,
			    .tcp = {.seq = t.seq[1] - 1, .ack = t.seq[0], .flags = TCP_SYN | TCP_ACK}};
	traffic_packet(&t, FLOW_REVERSE, &p, "\0", 2, 2);
	t.wirelen = 0;
	traffic_say(&t, FLOW_FORWARD, hello, CLIENT_BYTES, 1460);
	traffic_say(&t, FLOW_REVERSE, server, SERVER_BYTES, 1460);
	assert_string_equal(traffic_end(&t), want);
	traffic_close(&t);
}

/* What answers a request of TFTP from another port is the server at the port that was asked; nobody else is. */
static void answers_from_another_port_are_the_server_s(void **state)
{
	(void)state;
	static const char ask[] = "\0\1a\0octet", data[] = "\0\3\0\1HTTP/1.1 200 OK";
	for (int asked = 0; asked < 2; asked++) {
		struct traffic t;
		traffic_open(&t, 17, 40000, 69, 0);
		struct packet p = {0};
		if (asked)
			traffic_packet(&t, FLOW_FORWARD, &p, ask, sizeof ask, sizeof ask);
		inspector_release(t.in, &t.flow);
		struct address a = t.flow.src, b = t.flow.dst;
		for (int again = 0; again < 2; again++) {
			traffic_new_flow(&t, 17, (uint16_t)(51210 + again), 40000);
			t.flow.src = b;
			t.flow.dst = a;
			p = (struct packet){0};
			traffic_packet(&t, FLOW_FORWARD, &p, data, sizeof data - 1, sizeof data - 1);
			inspector_release(t.in, &t.flow);
		}
		const char *got = traffic_end(&t), *first = strstr(got, "service@69=tftp\n");
		assert_int_equal(first != NULL, asked);
		assert_null(first ? strstr(first + 1, "service@") : strstr(got, "service@"));
		traffic_close(&t);
	}
}

/* A file that looks like a web server's answer is a file all the same; what nobody announced is looked at. */
static void announced_connections_carry_files(void **state)
{
	(void)state;
	static const char greeting[] = "220 FTP\r\n", file[] = "HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n";
	static const struct {
		const char *client, *server;
		bool active, expected;
	} rows[] = {
		{"PASV\r\n", "227 Entering Passive Mode (10,0,0,1,200,10)\r\n", false, true},
		{"PASV\r\n", "227 =10,0,0,1,200,10\r\n", false, true},
		{"PASV\r\n", "227 Entering Passive Mode (10,0,0,1,200,11)\r\n", false, false},
		{"PASV\r\n", "227 Entering Passive Mode (10,0,0,1,200,310)\r\n", false, false},
		{"EPSV\r\n", "229 Extended Passive Mode OK (|||51210|)\r\n", false, true},
		{"EPSV\r\n", "229 Extended Passive Mode OK (|||51210\r\n", false, false},
		{"PORT 192,0,2,1,200,10\r\n", "200 OK\r\n", true, true},
		{"EPRT |1|192.0.2.1|51210|\r\n", "200 OK\r\n", true, true},
		{"EPRT |1|192.0.2.1|51210\r\n", "200 OK\r\n", true, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct traffic t;
		traffic_open(&t, 6, 40000, 21, 0);
		traffic_shake(&t);
		traffic_say(&t, FLOW_REVERSE, (const uint8_t *)greeting, sizeof greeting - 1, 1460);
		traffic_say(&t, FLOW_FORWARD, (const uint8_t *)rows[i].client, strlen(rows[i].client), 1460);
		traffic_say(&t, FLOW_REVERSE, (const uint8_t *)rows[i].server, strlen(rows[i].server), 1460);
		inspector_release(t.in, &t.flow);
		struct address a = t.flow.src, b = t.flow.dst;
		traffic_new_flow(&t, 6, 40001, 51210);
		t.flow.src = rows[i].active ? b : a;
		t.flow.dst = rows[i].active ? a : b;
		traffic_shake(&t);
		assert_int_equal(t.flow.inspected, rows[i].expected ? 3 : 0);
		traffic_say(&t, FLOW_REVERSE, (const uint8_t *)file, sizeof file - 1, 1460);
		const char *got = traffic_end(&t);
		assert_int_equal(strstr(got, "service@51210=ftp-data\n") != NULL, rows[i].expected);
		assert_int_equal(strstr(got, "nginx") != NULL, !rows[i].expected);
		traffic_close(&t);
	}
}

/* One DTLS record with one fragment [from, to) of a handshake message. */
static size_t dtls_record(uint8_t type, uint8_t number, const uint8_t *body, size_t len, size_t from, size_t to,
			  uint8_t *out)
{
	const uint8_t head[25] = {22,
				  0xfe,
				  0xfd,
				  0,
				  0,
				  0,
				  0,
				  0,
				  0,
				  0,
				  number,
				  0,
				  (uint8_t)(12 + to - from),
				  type,
				  0,
				  0,
				  (uint8_t)len,
				  0,
				  number,
				  0,
				  0,
				  (uint8_t)from,
				  0,
				  0,
				  (uint8_t)(to - from)};
	memcpy(out, head, sizeof head);
	memcpy(out + sizeof head, body + from, to - from);
	return sizeof head + to - from;
}

/* The same hello, with a cookie, in fragments of every size, backwards. */
static void dtls_fragments_come_together(void **state)
{
	(void)state;
	uint8_t body[128], packet[256];
	size_t len = 35; /* version, random, no session */
	memcpy(body, hello + 9, len);
	memcpy(body, "\xfe\xfd", 2);
	memcpy(body + len, "\4cook", 5);
	memcpy(body + len + 5, hello + 9 + len, CLIENT_BYTES - 9 - len);
	len = CLIENT_BYTES - 9 + 5;
	for (size_t piece = 10; piece <= len; piece++) {
		struct traffic t;
		traffic_open(&t, 17, 40000, 4433, 0);
		for (size_t n = (len + piece - 1) / piece; n-- > 0;) {
			size_t from = n * piece, to = from + piece < len ? from + piece : len;
			traffic_udp(&t, FLOW_FORWARD, packet, dtls_record(1, 1, body, len, from, to, packet));
		}
		size_t n = dtls_record(2, 0, server + 9, 38, 0, 38, packet);
		n += dtls_record(11, 1, server + 56, 16, 0, 16, packet + n);
		traffic_udp(&t, FLOW_REVERSE, packet, n);
		assert_string_equal(traffic_end(&t), "tls.sni@4433=h.example\n"
						     "tls.ja3@40000=65277,49199-47,0-16-23,,\n"
						     "tls.ja4@40000=dd2d0203h2_002f,c02f_0017\n"
						     "tls.ja3s@4433=771,49199,\n"
						     "service@4433=https\n"
						     "tls.certificate@4433=(6 octets)\n"
						     "tls.chainCertificate@4433=0\n");
		traffic_close(&t);
	}
}

#define STUN_REQUEST               \
	"\0\1\0\0\x21\x12\xa4\x42" \
	"abcdefghijkl"

/* Calls over the web: STUN finds the way, then keys are agreed on over it, and STUN goes on. */
static void dtls_comes_behind_stun(void **state)
{
	(void)state;
	uint8_t body[128], packet[256];
	size_t len = CLIENT_BYTES - 9 + 1;
	memcpy(body, hello + 9, 35);
	memcpy(body, "\xfe\xfd", 2);
	body[35] = 0; /* no cookie */
	memcpy(body + 36, hello + 9 + 35, CLIENT_BYTES - 9 - 35);
	struct traffic t;
	traffic_open(&t, 17, 40000, 50000, 0);
	traffic_udp(&t, FLOW_FORWARD, STUN_REQUEST, 20);
	traffic_udp(&t, FLOW_REVERSE, STUN_REQUEST, 20);
	traffic_udp(&t, FLOW_REVERSE, packet, dtls_record(1, 0, body, len, 0, len / 2, packet));
	traffic_udp(&t, FLOW_FORWARD, STUN_REQUEST, 20);
	traffic_udp(&t, FLOW_REVERSE, STUN_REQUEST, 20);
	traffic_udp(&t, FLOW_REVERSE, packet, dtls_record(1, 0, body, len, len / 2, len, packet));
	size_t n = dtls_record(2, 0, server + 9, 38, 0, 38, packet);
	n += dtls_record(11, 1, server + 56, 16, 0, 16, packet + n);
	traffic_udp(&t, FLOW_FORWARD, packet, n);
	assert_string_equal(traffic_end(&t), "tls.sni@40000=h.example\n"
					     "tls.ja3@50000=65277,49199-47,0-16-23,,\n"
					     "tls.ja4@50000=dd2d0203h2_002f,c02f_0017\n"
					     "tls.ja3s@40000=771,49199,\n"
					     "service@40000=https\n"
					     "tls.certificate@40000=(6 octets)\n"
					     "tls.chainCertificate@40000=0\n");
	traffic_close(&t);
}

static void rows_of_the_table_are_sound(void **state)
{
	(void)state;
	for (size_t i = 0; dissector_table[i]; i++) {
		const struct dissector *d = dissector_table[i];
		assert_non_null(d->probe);
		assert_true(d->state_bytes <= DISSECT_STATE_BYTES);
		assert_true(!(d->transports & TRANSPORT_TCP) || d->stream);
		assert_true(!(d->transports & TRANSPORT_UDP) || d->datagram);
		/* rows without a name stand for many protocols, and say which only when they know */
		bool many = !*d->application;
		if (!many && !application_number(d->application))
			fail_msg("%s: application %s is not in classify/application.c", d->name, d->application);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(dissector_table[k]->name, d->name);
	}
	for (uint16_t n = 1; application_name(n); n++)
		assert_int_equal(application_number(application_name(n)), n);
}

/* An SNMPv3 discovery, and a name's address asked for and told. */
static const uint8_t snmp_request[] = "\x30\x3e\x02\x01\x03\x30\x11\x02\x04\x6f\x6e\x6c\x6b\x02\x03\x00\xff\xe3\x04\x01"
				      "\x04\x02\x01\x03\x04\x10\x30\x0e\x04\x00\x02\x01\x00\x02\x01\x00\x04\x00"
				      "\x04\x00\x04\x00\x30\x14\x04\x00\x04\x00\xa0\x0e\x02\x04\x6c\x6b\x6f\x6e"
				      "\x02\x01\x00\x02\x01\x00\x30\x00";
static const uint8_t dns_query[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
				   "\x01h\x07"
				   "example\x00\x00\x01\x00\x01";
static const uint8_t dns_answer[] = "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"
				    "\x01h\x07"
				    "example\x00\x00\x01\x00\x01"
				    "\xc0\x0c\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04\xc6\x33\x64\x07";
static const uint8_t junk[] = "\xff\x00no message of anybody's\xee\xee\xee";

#define SAY(T, DIRECTION, DATA) traffic_udp(T, DIRECTION, DATA, sizeof DATA - 1)

/* Who looks for a service tries one protocol after another, from one port. */
static void datagrams_of_another_protocol_are_read(void **state)
{
	(void)state;
	struct traffic t;
	traffic_open(&t, 17, 40000, 53, 0);
	SAY(&t, FLOW_FORWARD, snmp_request);
	SAY(&t, FLOW_FORWARD, junk);
	SAY(&t, FLOW_FORWARD, dns_query);
	SAY(&t, FLOW_REVERSE, dns_answer);
	assert_string_equal(application_name(t.flow.application), "domain");
	const char *log = traffic_end(&t);
	assert_non_null(strstr(log, "dns.address"));
	assert_non_null(strstr(log, "service@53=domain"));
	traffic_close(&t);
}

/* Anybody can send a datagram under others' addresses: it ends nothing, but each costs, so not for ever. */
static void junk_among_datagrams_ends_little(void **state)
{
	(void)state;
	static const struct {
		unsigned junk;
		bool read;
	} rows[] = {{0, true}, {3, true}, {100, false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct traffic t;
		traffic_open(&t, 17, 40000, 53, 0);
		SAY(&t, FLOW_FORWARD, snmp_request);
		for (unsigned n = 0; n < rows[i].junk; n++)
			SAY(&t, FLOW_FORWARD, junk);
		SAY(&t, FLOW_REVERSE, dns_answer);
		assert_int_equal(!!strstr(traffic_end(&t), "dns.address"), rows[i].read);
		traffic_close(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagrams_of_another_protocol_are_read),
		cmocka_unit_test(junk_among_datagrams_ends_little),
		cmocka_unit_test(the_size_of_segments_does_not_matter),
		cmocka_unit_test(the_size_of_records_does_not_matter),
		cmocka_unit_test(the_order_of_segments_does_not_matter),
		cmocka_unit_test(cut_at_every_length),
		cmocka_unit_test(one_side_is_enough),
		cmocka_unit_test(ports_tell_who_serves_an_old_connection),
		cmocka_unit_test(an_answer_is_known_without_its_question),
		cmocka_unit_test(a_snapshot_length_leaves_what_it_leaves),
		cmocka_unit_test(the_same_ports_again_are_a_new_connection),
		cmocka_unit_test(synopses_of_the_handshake),
		cmocka_unit_test(a_flood_of_syns_takes_no_memory),
		cmocka_unit_test(without_memory_flows_are_shed_and_counted),
		cmocka_unit_test(unknown_protocols_are_left_alone),
		cmocka_unit_test(dtls_fragments_come_together),
		cmocka_unit_test(dtls_comes_behind_stun),
		cmocka_unit_test(a_client_of_the_wrong_protocol_hides_nothing),
		cmocka_unit_test(a_client_of_another_protocol_hides_nothing),
		cmocka_unit_test(padding_taken_for_payload_is_nothing),
		cmocka_unit_test(answers_from_another_port_are_the_server_s),
		cmocka_unit_test(announced_connections_carry_files),
		cmocka_unit_test(rows_of_the_table_are_sound),
	};
	return cmocka_run_group_tests(tests, make_hello, NULL);
}
