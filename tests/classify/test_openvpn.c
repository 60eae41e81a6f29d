#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hello.h"
#include "tests/classify/traffic.h"

#define CLIENT "CLIENT_7"
#define SERVER "SERVER_9"
#define MAC                    \
	"a digest of 20 octet" \
	"\0\0\0\1time"

static struct traffic t;

/* A packet of the control channel; over TCP its length comes first. */
static void say(enum flow_direction d, const char *head, size_t head_len, const void *tls, size_t len)
{
	uint8_t packet[512];
	size_t at = 0;
	if (t.flow.protocol == 6) {
		packet[at++] = 0;
		packet[at++] = (uint8_t)(head_len + len);
	}
	memcpy(packet + at, head, head_len);
	memcpy(packet + at + head_len, tls, len);
	at += head_len + len;
	if (t.flow.protocol == 6)
		traffic_say(&t, d, packet, at, 13);
	else
		traffic_udp(&t, d, packet, at);
}

#define SAY(d, head, tls, len) say(d, head, sizeof(head) - 1, tls, len)

#define WANT                                \
	"service@1194=openvpn\n"            \
	"tls.sni@1194=h.example\n"          \
	"tls.ja3@40000=" HELLO_JA3 "\n"     \
	"tls.ja4@40000=" HELLO_JA4 "\n"     \
	"tls.ja3s@1194=" HELLO_JA3S "\n"    \
	"tls.certificate@1194=(6 octets)\n" \
	"tls.chainCertificate@1194=0\n"

static void expect_want(void)
{
	/* the name may come before the rest of the hello */
	assert_string_equal(traffic_end(&t), WANT);
	traffic_close(&t);
}

static void plain(uint8_t protocol)
{
	traffic_open(&t, protocol, 40000, 1194, 0);
	if (protocol == 6)
		traffic_shake(&t);
	SAY(FLOW_FORWARD, "\x38" CLIENT "\0\0\0\0\0", "", 0);
	SAY(FLOW_REVERSE, "\x40" SERVER "\1\0\0\0\0" CLIENT "\0\0\0\0", "", 0);
	SAY(FLOW_FORWARD, "\x28" CLIENT "\1\0\0\0\0" SERVER, "", 0);
	SAY(FLOW_FORWARD, "\x20" CLIENT "\0\0\0\0\1", HELLO_CLIENT, 40);
	SAY(FLOW_FORWARD, "\x20" CLIENT "\0\0\0\0\1", HELLO_CLIENT, 40); /* again */
	SAY(FLOW_FORWARD, "\x20" CLIENT "\0\0\0\0\2", &HELLO_CLIENT[40], HELLO_CLIENT_BYTES - 40);
	SAY(FLOW_REVERSE, "\x20" SERVER "\1\0\0\0\2" CLIENT "\0\0\0\1", HELLO_SERVER, 60);
	SAY(FLOW_REVERSE, "\x20" SERVER "\0\0\0\0\2", &HELLO_SERVER[60], HELLO_SERVER_BYTES - 60);
	expect_want();
}

static void tls_is_read_over_udp(void **state)
{
	plain(17);
}

static void tls_is_read_over_tcp(void **state)
{
	plain(6);
}

static void signed_packets_are_read_too(void **state)
{
	traffic_open(&t, 17, 40000, 1194, 0);
	SAY(FLOW_FORWARD, "\x38" CLIENT MAC "\0\0\0\0\0", "", 0);
	SAY(FLOW_REVERSE, "\x40" SERVER MAC "\1\0\0\0\0" CLIENT "\0\0\0\0", "", 0);
	SAY(FLOW_FORWARD, "\x20" CLIENT MAC "\0\0\0\0\1", HELLO_CLIENT, HELLO_CLIENT_BYTES);
	SAY(FLOW_REVERSE, "\x20" SERVER MAC "\0\0\0\0\1", HELLO_SERVER, HELLO_SERVER_BYTES);
	expect_want();
}

static void what_is_encrypted_or_not_answered_tells_nothing(void **state)
{
	traffic_open(&t, 17, 40000, 1194, 0);
	SAY(FLOW_FORWARD, "\x38" CLIENT "\0\0\0\0\0", "", 0);
	SAY(FLOW_REVERSE,
	    "\x40" SERVER "\1\0\0\0\0"
	    "CLIENT_8"
	    "\0\0\0\0",
	    "", 0);
	SAY(FLOW_FORWARD, "\x20" CLIENT "\0\0\0\0\1", HELLO_CLIENT, HELLO_CLIENT_BYTES);
	assert_string_equal(traffic_end(&t), "");
	traffic_close(&t);
	traffic_open(&t, 17, 40000, 1194, 0);
	SAY(FLOW_FORWARD, "\x38" CLIENT "\0\0\0\0\0", "", 0);
	SAY(FLOW_REVERSE, "\x40" SERVER "\1\0\0\0\0" CLIENT "\0\0\0\0", "", 0);
	SAY(FLOW_FORWARD, "\x20" CLIENT "\0\0\0\0\1", "nothing to read", 15);
	assert_string_equal(traffic_end(&t), "service@1194=openvpn\n");
	traffic_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tls_is_read_over_udp),
		cmocka_unit_test(tls_is_read_over_tcp),
		cmocka_unit_test(signed_packets_are_read_too),
		cmocka_unit_test(what_is_encrypted_or_not_answered_tells_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
