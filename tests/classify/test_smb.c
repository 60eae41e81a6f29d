#include "tests/classify/dissect_test.h"

extern const struct dissector smb_dissector, dcerpc_dissector, ldap_dissector;

static struct fixture f;

static int setup(void **state)
{
	fixture_init(&f, &smb_dissector, 4, 445);
	return 0;
}

/* Puts a NetBIOS session header before a message. */
static struct message framed(const struct message *inner)
{
	struct message m = {.len = 0};
	put_u32(&m, (uint32_t)inner->len);
	put(&m, inner->data, inner->len);
	return m;
}

static void put_pair(struct message *m, unsigned kind, const char *text)
{
	put_le16(m, kind);
	put_le16(m, 2 * (unsigned)strlen(text));
	put_utf16(m, text);
}

/* NTLM: what points to a value (length twice, offset), and messages of the two kinds that matter. */
static void put_value(struct message *m, size_t len, size_t offset)
{
	put_le16(m, (unsigned)len);
	put_le16(m, (unsigned)len);
	put_le32(m, (uint32_t)offset);
}

static struct message ntlm_challenge(const char *computer, const char *domain, const char *dns)
{
	struct message m = {.len = 0}, target = {.len = 0};
	put_pair(&target, 2, domain);
	put_pair(&target, 1, computer);
	put_pair(&target, 4, "corp.example");
	put_pair(&target, 3, dns);
	put_pair(&target, 0, "");
	put(&m, "NTLMSSP", 8);
	put_le32(&m, 2);
	put_value(&m, 0, 0);
	put_le32(&m, 0x02000001);
	put_zero(&m, 16);
	put_value(&m, target.len, 56);
	put_hex(&m, "06 01 b11d 000000 0f");
	put(&m, target.data, target.len);
	return m;
}

static struct message ntlm_authenticate(void)
{
	struct message m = {.len = 0};
	put(&m, "NTLMSSP", 8);
	put_le32(&m, 3);
	put_value(&m, 0, 0);
	put_value(&m, 0, 0);
	put_value(&m, 8, 72);
	put_value(&m, 10, 80);
	put_value(&m, 6, 90);
	put_value(&m, 0, 0);
	put_le32(&m, 0x02000001);
	put_hex(&m, "0a 00 5d58 000000 0f");
	put_utf16(&m, "CORP");
	put_utf16(&m, "alice");
	put_utf16(&m, "PC7");
	return m;
}

static struct message smb2(unsigned command, uint32_t status, bool reply, const struct message *body)
{
	struct message m = {.len = 0};
	put_hex(&m, "fe534d42 4000 0000");
	put_le32(&m, status);
	put_le16(&m, command);
	put_le16(&m, 1);
	put_le32(&m, reply);
	put_zero(&m, 44);
	put(&m, body->data, body->len);
	return framed(&m);
}

static struct message smb2_negotiated(void)
{
	struct message body = {.len = 0};
	put_hex(&body, "4100 0100 1103 0000 000102030405060708090a0b0c0d0e0f");
	put_zero(&body, 40);
	return smb2(0, 0, true, &body);
}

static void smb2_tells_of_server_and_client(void **state)
{
	struct message challenge = ntlm_challenge("FS1", "CORP", "fs1.corp.example"), m = smb2_negotiated();
	assert_int_equal(fixture_probe(&f, TRANSPORT_TCP, FLOW_REVERSE, m.data, m.len), PROBE_YES);
	assert_true(fixture_probe_waits(&f, FLOW_REVERSE, m.data, m.len));
	fixture_stream(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "service sender smb",
				 "smb.serverGuid sender "
				 "\\x00\\x01\\x02\\x03\\x04\\x05\\x06\\x07\\x08\\x09\\x0a\\x0b\\x0c\\x0d\\x0e\\x0f",
				 NULL));
	fixture_clear(&f);
	m = smb2(1, 0xc0000016, true, &challenge);
	fixture_drip(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "ntlm.version sender 6.1.7601", "ntlm.computer sender FS1",
				 "ntlm.computer sender fs1.corp.example", "ntlm.domain sender CORP",
				 "ntlm.domain sender corp.example", NULL));
	fixture_clear(&f);
	struct message authenticate = ntlm_authenticate();
	m = smb2(1, 0, false, &authenticate);
	fixture_drip(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "user.name sender CORP\\x5calice", "ntlm.computer sender PC7",
				 "ntlm.version sender 10.0.22621", NULL));
}

static void a_machine_in_no_domain_gives_none(void **state)
{
	struct message challenge = ntlm_challenge("PC8", "PC8", "corp.example");
	struct message m = smb2(1, 0xc0000016, true, &challenge);
	fixture_stream(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_has(&f, "ntlm.computer sender PC8"));
	for (unsigned i = 0; i < f.count; i++)
		assert_memory_not_equal(f.lines[i], "ntlm.domain", 11);
}

static void ntlm_values_outside_the_message_are_empty(void **state)
{
	struct message a = ntlm_authenticate();
	for (unsigned at = 28; at < 60; at++) {
		struct message bad = a;
		bad.data[at] = 0xff;
		struct message m = smb2(1, 0, false, &bad);
		setup(NULL);
		fixture_stream(&f, FLOW_FORWARD, m.data, m.len);
		assert_in_range(f.count, 0, 3);
	}
	for (size_t cut = 0; cut < a.len; cut++) {
		struct message bad = a;
		bad.len = cut;
		struct message m = smb2(1, 0, false, &bad);
		setup(NULL);
		fixture_stream(&f, FLOW_FORWARD, m.data, m.len);
		assert_in_range(f.count, 0, 3);
	}
}

static struct message smb1(unsigned command, bool reply, bool unicode, const struct message *words,
			   const struct message *bytes)
{
	struct message m = {.len = 0};
	put_hex(&m, "ff534d42");
	put_u8(&m, command);
	put_zero(&m, 4);
	put_u8(&m, reply ? 0x88 : 0x08);
	put_le16(&m, unicode ? 0x8801 : 0x0801);
	put_zero(&m, 20);
	put_u8(&m, (unsigned)words->len / 2);
	put(&m, words->data, words->len);
	put_le16(&m, (unsigned)bytes->len);
	put(&m, bytes->data, bytes->len);
	return framed(&m);
}

static void put_utf16z(struct message *m, const char *text)
{
	put_utf16(m, text);
	put_le16(m, 0);
}

static void smb1_tells_the_systems_of_both_sides(void **state)
{
	struct message words = {.len = 0}, bytes = {.len = 0};
	put_hex(&words, "ff000000 0000 0000 0000 00000000 0300 0000 00000000 00000000");
	put_hex(&bytes, "010203"); /* password; strings begin at an even offset behind it */
	if ((32 + 1 + words.len + 2 + bytes.len) & 1)
		put_u8(&bytes, 0);
	put_utf16z(&bytes, "alice");
	put_utf16z(&bytes, "OFFICE");
	put_utf16z(&bytes, "Windows 2000 2195");
	put_utf16z(&bytes, "Windows 2000 5.0");
	struct message m = smb1(0x73, false, true, &words, &bytes);
	fixture_drip(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "user.name sender OFFICE\\x5calice", "smb.nativeOs sender Windows 2000 2195",
				 "smb.nativeLm sender Windows 2000 5.0", NULL));
	fixture_clear(&f);
	words.len = bytes.len = 0;
	put_hex(&words, "ff000000 0000");
	put(&bytes, "Unix\0Samba 3.0.20\0OFFICE", 25);
	m = smb1(0x73, true, false, &words, &bytes);
	fixture_stream(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "service sender smb", "smb.nativeOs sender Unix",
				 "smb.nativeLm sender Samba 3.0.20", "ntlm.domain sender OFFICE", NULL));
}

static void what_exploits_write_for_a_system_is_none(void **state)
{
	struct message words = {.len = 0}, bytes = {.len = 0};
	put_hex(&words, "ff000000 0000");
	put_hex(&bytes, "f88700 4a00 41414100");
	struct message m = smb1(0x73, true, false, &words, &bytes);
	fixture_stream(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "service sender smb", "ntlm.domain sender AAA", NULL));
}

static void smb1_extended_security_carries_ntlm(void **state)
{
	struct message words = {.len = 0}, bytes = ntlm_challenge("FS1", "CORP", "fs1.corp.example");
	put_hex(&words, "ff000000 0000");
	put_le16(&words, (unsigned)bytes.len);
	if ((32 + 1 + words.len + 2 + bytes.len) & 1)
		put_u8(&bytes, 0);
	put_utf16z(&bytes, "Windows Server 2003 3790");
	put_utf16z(&bytes, "Windows Server 2003 5.2");
	struct message m = smb1(0x73, true, true, &words, &bytes);
	fixture_stream(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_has(&f, "ntlm.version sender 6.1.7601"));
	assert_true(fixture_has(&f, "smb.nativeOs sender Windows Server 2003 3790"));
	assert_true(fixture_has(&f, "smb.nativeLm sender Windows Server 2003 5.2"));
	for (size_t cut = 4; cut < m.len; cut++) {
		struct message bad = m;
		bad.len = cut;
		bad.data[2] = (uint8_t)((cut - 4) >> 8);
		bad.data[3] = (uint8_t)(cut - 4);
		setup(NULL);
		fixture_stream(&f, FLOW_REVERSE, bad.data, bad.len);
		assert_false(fixture_has(&f, "smb.nativeLm sender Windows Server 2003 5.2") && cut + 4 < m.len);
	}
}

static void smb1_negotiation_tells_of_the_server(void **state)
{
	struct message words = {.len = 0}, bytes = {.len = 0};
	put_hex(&words, "0000 03 3200 0100 00000000 00000000 00000000 00000080 0000000000000000 0000 00");
	put_hex(&bytes, "101112131415161718191a1b1c1d1e1f");
	struct message m = smb1(0x72, true, true, &words, &bytes);
	fixture_stream(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_has(&f, "smb.serverGuid sender "
				    "\\x10\\x11\\x12\\x13\\x14\\x15\\x16\\x17\\x18\\x19\\x1a\\x1b\\x1c\\x1d\\x1e"
				    "\\x1f"));
	words.len = bytes.len = 0;
	put_hex(&words, "0000 03 3200 0100 00000000 00000000 00000000 00000000 0000000000000000 0000 08");
	put_hex(&bytes, "0102030405060708");
	put_utf16z(&bytes, "OFFICE");
	put_utf16z(&bytes, "FS1");
	m = smb1(0x72, true, true, &words, &bytes);
	fixture_clear(&f);
	fixture_stream(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "ntlm.domain sender OFFICE", "ntlm.computer sender FS1", NULL));
}

static void the_first_ntlm_message_has_a_version(void **state)
{
	struct message ntlm = {.len = 0};
	put(&ntlm, "NTLMSSP", 8);
	put_le32(&ntlm, 1);
	put_le32(&ntlm, 0x02000001);
	put_value(&ntlm, 0, 0);
	put_value(&ntlm, 0, 0);
	put_hex(&ntlm, "0a 00 614a 000000 0f");
	struct message m = smb2(1, 0, false, &ntlm);
	fixture_stream(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "ntlm.version sender 10.0.19041", NULL));
	ntlm.data[15] = 0; /* flags promise none */
	m = smb2(1, 0, false, &ntlm);
	fixture_clear(&f);
	fixture_stream(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
}

static struct message tree(const char *path)
{
	struct message body = {.len = 0};
	put_le16(&body, 9);
	put_le16(&body, 0);
	put_le16(&body, 72);
	put_le16(&body, 2 * (unsigned)strlen(path));
	put_utf16(&body, path);
	return smb2(3, 0, false, &body);
}

static void a_share_is_asked_for_by_the_servers_name(void **state)
{
	static const char *const none[] = {"\\\\192.0.2.53\\IPC$", "\\\\\\x", "fs1\\IPC$", "\\\\fs1", ""};
	struct message m = tree("\\\\fs1.corp.example\\IPC$");
	fixture_stream(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "smb.treeHost receiver fs1.corp.example", NULL));
	fixture_clear(&f);
	for (unsigned i = 0; i < sizeof none / sizeof *none; i++) {
		m = tree(none[i]);
		fixture_stream(&f, FLOW_FORWARD, m.data, m.len);
		assert_true(fixture_said(&f, NULL));
	}
}

static void a_session_that_stands_is_soon_left(void **state)
{
	struct message done = {.len = 0}, other = {.len = 0};
	put_hex(&done, "0900 0000 0000 0000");
	struct message m = smb2(1, 0, true, &done), n = smb2(5, 0, true, &other);
	fixture_stream(&f, FLOW_REVERSE, m.data, m.len);
	for (int i = 0; i < 62; i++)
		fixture_stream(&f, FLOW_REVERSE, n.data, n.len);
	assert_false(f.x.done[FLOW_REVERSE]);
	fixture_stream(&f, FLOW_REVERSE, n.data, n.len);
	assert_true(f.x.done[FLOW_REVERSE]);
}

static void a_sealed_session_is_left_at_once(void **state)
{
	struct message m = {.len = 0}, sealed = {.len = 0};
	put_hex(&sealed, "fd534d42");
	put_zero(&sealed, 60);
	m = framed(&sealed);
	fixture_stream(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(f.x.done[FLOW_FORWARD] && f.x.done[FLOW_REVERSE]);
	assert_true(fixture_said(&f, NULL));
}

static void one_side_alone_is_recognised(void **state)
{
	struct message m = {.len = 0}, answer = smb2_negotiated();
	fixture_init(&f, &smb_dissector, 4, 139);
	put_hex(&m, "82000000");
	assert_int_equal(fixture_probe(&f, TRANSPORT_TCP, FLOW_REVERSE, m.data, m.len), PROBE_MAYBE);
	put(&m, answer.data, answer.len);
	assert_true(fixture_probe_waits(&f, FLOW_REVERSE, m.data, m.len));
	assert_int_equal(fixture_probe(&f, TRANSPORT_TCP, FLOW_REVERSE, m.data, m.len), PROBE_YES);
}

static void a_netbios_session_names_both(void **state)
{
	struct message m = {.len = 0};
	fixture_init(&f, &smb_dissector, 4, 139);
	put_hex(&m, "81000044 20");
	put_text(&m, "EGFDDBCACACACACACACACACACACACACA"); /* FS1<20> */
	put_hex(&m, "00 20");
	put_text(&m, "FAEDDHCACACACACACACACACACACACAAA"); /* PC7<00> */
	put_u8(&m, 0);
	assert_int_equal(fixture_probe(&f, TRANSPORT_TCP, FLOW_FORWARD, m.data, m.len), PROBE_YES);
	assert_true(fixture_probe_waits(&f, FLOW_FORWARD, m.data, m.len));
	fixture_stream(&f, FLOW_FORWARD, m.data, m.len);
	fixture_stream(&f, FLOW_REVERSE, "\x82\0\0\0", 4);
	assert_true(
		fixture_said(&f, "nbns.name receiver FS1", "nbns.name sender PC7", "service sender netbios-ssn", NULL));
}

static void large_messages_are_skipped(void **state)
{
	struct message head = {.len = 0}, body = {.len = 0}, m;
	put_hex(&head, "00 01 00 40 fe534d42 4000 0000 00000000 0900 0100 00000000");
	put_zero(&head, 44);
	fixture_stream(&f, FLOW_FORWARD, head.data, head.len);
	assert_int_equal(f.x.skip[FLOW_FORWARD], 0x10000);
	static uint8_t data[0x10000];
	fixture_stream(&f, FLOW_FORWARD, data, sizeof data);
	body = ntlm_authenticate();
	m = smb2(1, 0, false, &body);
	fixture_stream(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_has(&f, "ntlm.computer sender PC7"));
}

/* A call's beginning with an NTLM message behind it. */
static struct message rpc(unsigned type, const struct message *ntlm)
{
	struct message m = {.len = 0};
	put_hex(&m, "05 00");
	put_u8(&m, type);
	put_hex(&m, "03 10000000");
	put_le16(&m, 16 + 8 + (unsigned)ntlm->len);
	put_le16(&m, (unsigned)ntlm->len);
	put_le32(&m, 1);
	put_zero(&m, 8);
	put(&m, ntlm->data, ntlm->len);
	return m;
}

static void calls_over_pipes_log_in_too(void **state)
{
	struct message ntlm = ntlm_authenticate(), call = rpc(16, &ntlm), m = smb2(9, 0, false, &call);
	fixture_stream(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_has(&f, "user.name sender CORP\\x5calice"));
	fixture_clear(&f);
	call = rpc(0, &ntlm); /* a request: what it carries is no log-in */
	m = smb2(9, 0, false, &call);
	fixture_stream(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
}

static void calls_over_tcp_are_told(void **state)
{
	struct message ntlm = ntlm_challenge("FS1", "CORP", "fs1.corp.example"), m = rpc(12, &ntlm);
	fixture_init(&f, &dcerpc_dissector, 4, 135);
	assert_int_equal(fixture_probe(&f, TRANSPORT_TCP, FLOW_REVERSE, m.data, m.len), PROBE_YES);
	assert_true(fixture_probe_waits(&f, FLOW_REVERSE, m.data, m.len));
	fixture_drip(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_has(&f, "service sender epmap"));
	assert_true(fixture_has(&f, "ntlm.computer sender FS1"));
	m.data[0] = 4;
	assert_int_equal(fixture_probe(&f, TRANSPORT_TCP, FLOW_REVERSE, m.data, m.len), PROBE_NO);
}

static void something_else_fails(void **state)
{
	fixture_stream(&f, FLOW_FORWARD, "GET / HTTP/1.1\r\n\r\n", 18);
	assert_true(f.x.failed);
	assert_int_equal(fixture_probe(&f, TRANSPORT_TCP, FLOW_FORWARD, "GET / HTTP/1.1\r\n", 16), PROBE_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(smb2_tells_of_server_and_client, setup),
		cmocka_unit_test_setup(a_machine_in_no_domain_gives_none, setup),
		cmocka_unit_test_setup(ntlm_values_outside_the_message_are_empty, setup),
		cmocka_unit_test_setup(smb1_tells_the_systems_of_both_sides, setup),
		cmocka_unit_test_setup(what_exploits_write_for_a_system_is_none, setup),
		cmocka_unit_test_setup(smb1_extended_security_carries_ntlm, setup),
		cmocka_unit_test_setup(a_netbios_session_names_both, setup),
		cmocka_unit_test_setup(large_messages_are_skipped, setup),
		cmocka_unit_test_setup(calls_over_pipes_log_in_too, setup),
		cmocka_unit_test_setup(calls_over_tcp_are_told, setup),
		cmocka_unit_test_setup(smb1_negotiation_tells_of_the_server, setup),
		cmocka_unit_test_setup(the_first_ntlm_message_has_a_version, setup),
		cmocka_unit_test_setup(a_share_is_asked_for_by_the_servers_name, setup),
		cmocka_unit_test_setup(a_session_that_stands_is_soon_left, setup),
		cmocka_unit_test_setup(a_sealed_session_is_left_at_once, setup),
		cmocka_unit_test_setup(one_side_alone_is_recognised, setup),
		cmocka_unit_test_setup(something_else_fails, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
