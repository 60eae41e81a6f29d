#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "datagram_fixture.h"
#include "dissect_fixture.h"
#include "hello.h"

extern const struct dissector dissector_tds;

#define PRELOGIN_BODY "\0\0\x0b\0\6\1\0\x11\0\1\xff\x0f\0\x07\xd0\0\0\0"

/* A packet: kind, whether it is the last, and what it holds. */
static void packet(struct message *m, unsigned kind, bool last, const void *body, size_t len)
{
	put_u8(m, kind);
	put_u8(m, last);
	put_u16(m, (unsigned)len + 8);
	put_zero(m, 4);
	put(m, body, len);
}

static void expect(struct step *steps, size_t count, const char *lines)
{
	const struct talk talk = {.dissector = &dissector_tds, .steps = steps, .count = count, .port = 1433};
	talk_expect(&talk, lines);
}

static void tls_is_read_inside_packets(void **state)
{
	struct message c[2] = {{.len = 0}}, s[2] = {{.len = 0}};
	packet(&c[0], 0x12, true, PRELOGIN_BODY, sizeof PRELOGIN_BODY - 1);
	packet(&s[0], 4, true, PRELOGIN_BODY, sizeof PRELOGIN_BODY - 1);
	packet(&c[1], 0x12, false, HELLO_CLIENT, 40);
	packet(&c[1], 0x12, true, &HELLO_CLIENT[40], HELLO_CLIENT_BYTES - 40);
	packet(&s[1], 0x12, true, HELLO_SERVER, HELLO_SERVER_BYTES);
	put_text(&c[1], "\x17\3\3");
	struct step steps[] = {{FLOW_FORWARD, c[0].data, c[0].len, 0},
			       {FLOW_REVERSE, s[0].data, s[0].len, 0},
			       {FLOW_FORWARD, c[1].data, c[1].len, 0},
			       {FLOW_REVERSE, s[1].data, s[1].len, 0}};
	expect(steps, 4,
	       "service server sender ms-sql-s\n"
	       "tds.version server sender 15.0.2000\n"
	       "tls.sni client receiver h.example\n"
	       "tls.ja3 client sender " HELLO_JA3 "\n"
	       "tls.ja4 client sender " HELLO_JA4 "\n"
	       "tls.ja3s server sender " HELLO_JA3S "\n"
	       "tls.certificate server sender 0\\04\\02\\02\\01\\02\n"
	       "tls.chainCertificate server sender 0\n");
}

static void text(struct message *body, struct message *texts, const char *value)
{
	put_le16(body, 94 + (unsigned)texts->len);
	put_le16(body, (unsigned)strlen(value));
	put_utf16(texts, value);
}

static void logins_name_machine_user_and_program(void **state)
{
	struct message texts = {.len = 0}, body = {.len = 0}, c = {.len = 0}, s = {.len = 0};
	put_le32(&body, 94 + 2 * (5 + 5 + 1 + 7 + 6));
	put_le32(&body, 0x74000004);
	put_zero(&body, 28);
	text(&body, &texts, "DESK7");
	text(&body, &texts, "alice");
	text(&body, &texts, "x");
	text(&body, &texts, "SQLCMD7");
	text(&body, &texts, "server");
	put_zero(&body, 94 - body.len);
	put(&body, texts.data, texts.len);
	packet(&c, 0x10, true, body.data, body.len);
	body.len = 0;
	put_hex(&body, "ad3600 01 71000001 16");
	put_utf16(&body, "Microsoft SQL Server");
	put_zero(&body, 4);
	put_hex(&body, "080007f7");
	packet(&s, 4, true, body.data, body.len);
	struct step steps[] = {{FLOW_FORWARD, c.data, c.len, 0}, {FLOW_REVERSE, s.data, s.len, 0}};
	expect(steps, 2,
	       "tds.clientHost client sender DESK7\n"
	       "user.name client sender alice\n"
	       "tds.client client sender SQLCMD7\n"
	       "service server sender ms-sql-s\n"
	       "tds.version server sender 8.0.2039\n");
}

static void others_are_left_alone(void **state)
{
	EXPECT(dissector_tds, 1433, "not\n", C("\x12\1\0\x1a\0\0\1\0\1\0\x0b\0\6\1\0\x11\0\1\xff\x0f\0\x07\xd0\0\0\0"));
	EXPECT(dissector_tds, 1433, "not\n", C("\x12\7"));
	EXPECT(dissector_tds, 1433, "not\n", C("\x10\1\0\x1a\0\0\1\0\x12\0\0\0\1\0\0\x71\0\0\0\0\0\0\0\0\0\0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tls_is_read_inside_packets),
		cmocka_unit_test(logins_name_machine_user_and_program),
		cmocka_unit_test(others_are_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
