/* ONC RPC, NFS and iSCSI. */
#include "tests/classify/dissect_test.h"

extern const struct dissector rpc_dissector, iscsi_dissector;

static struct fixture f;

/* Call 7 of a program, by "host7" (AUTH_SYS). */
static struct message call(unsigned program, unsigned version, unsigned procedure)
{
	struct message m = {.len = 0};
	put_hex(&m, "00000007 00000000 00000002");
	put_u32(&m, program);
	put_u32(&m, version);
	put_u32(&m, procedure);
	put_hex(&m,
		"00000001 0000001c 00000000 00000005 686f73743700 0000 00000000 00000000 00000000 00000000 00000000");
	return m;
}

#define REPLY "00000007 00000001 00000000 00000000 00000000 00000000"

static void a_program_answers(void **state)
{
	struct message m = call(100005, 3, 1), r = {.len = 0};
	fixture_init(&f, &rpc_dissector, 4, 1048);
	put_hex(&r, REPLY "00000000");
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, m.len), PROBE_YES);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_REVERSE, r.data, r.len), PROBE_MAYBE);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	SAID(&f, "rpc.machineName sender host7", NULL);
	r.data[3] = 8; /* the answer to another call */
	fixture_datagram(&f, FLOW_REVERSE, r.data, r.len);
	SAID(&f, NULL);
	r.data[3] = 7;
	r.data[23] = 1; /* the program is not there */
	fixture_datagram(&f, FLOW_REVERSE, r.data, r.len);
	SAID(&f, NULL);
	r.data[23] = 0;
	fixture_datagram(&f, FLOW_REVERSE, r.data, r.len);
	SAID(&f, "service sender mountd", NULL);
	fixture_init(&f, &rpc_dissector, 4, 1048);
	assert_int_equal(fixture_cut_datagrams(&f, FLOW_FORWARD, m.data, m.len), 0);
}

static void what_is_no_call_is_not_taken(void **state)
{
	static const struct {
		size_t at;
		uint8_t octet;
	} broken[] = {{7, 2}, {11, 3}, {12, 0x70}, {18, 0xff}, {22, 0xff}, {30, 0xff}};
	for (unsigned i = 0; i < sizeof broken / sizeof *broken; i++) {
		struct message m = call(100003, 3, 1);
		fixture_init(&f, &rpc_dissector, 4, 2049);
		m.data[broken[i].at] = broken[i].octet;
		assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, m.len), PROBE_NO);
		fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
		SAID(&f, NULL);
	}
}

static struct message record(const struct message *m)
{
	struct message r = {.len = 0};
	put_u32(&r, 0x80000000u | (uint32_t)m->len);
	put(&r, m->data, m->len);
	return r;
}

static void put_opaque(struct message *m, const char *text)
{
	put_u32(m, (uint32_t)strlen(text));
	put_text(m, text);
	put_zero(m, (4 - strlen(text) % 4) % 4);
}

static void clients_of_nfs_say_what_they_are(void **state)
{
	struct message m = call(100003, 4, 1), r = {.len = 0};
	put_hex(&m, "00000000 00000001 00000001 0000002a 1122334455667788");
	put_opaque(&m, "Linux NFSv4.1 host7");
	put_hex(&m, "00000101 00000000 00000001");
	put_opaque(&m, "kernel.org");
	put_opaque(&m, "Linux 5.10.0 x86_64");
	put_hex(&m, "0000000000000000 00000000");
	m = record(&m);
	put_hex(&r, REPLY "00000000");
	r = record(&r);
	fixture_init(&f, &rpc_dissector, 4, 2049);
	assert_true(fixture_probe_waits(&f, FLOW_FORWARD, m.data, m.len));
	fixture_drip(&f, FLOW_FORWARD, m.data, m.len);
	fixture_clear(&f);
	fixture_init(&f, &rpc_dissector, 4, 2049);
	fixture_stream(&f, FLOW_FORWARD, m.data, m.len);
	fixture_stream(&f, FLOW_REVERSE, r.data, r.len);
	SAID(&f, "rpc.machineName sender host7", "nfs.owner sender Linux NFSv4.1 host7",
	     "nfs.implementation sender Linux 5.10.0 x86_64", "service sender nfs", NULL);
	m.data[0] = 0xff; /* a record without end */
	fixture_init(&f, &rpc_dissector, 4, 2049);
	fixture_stream(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(f.x.done[0]);
	SAID(&f, NULL);
}

static struct message pdu(unsigned operation, const char *pairs, size_t len)
{
	struct message m = {.len = 0};
	put_u8(&m, operation);
	put_hex(&m, "87 00 00 00 00");
	put_u16(&m, (unsigned)len);
	put_zero(&m, 40);
	put(&m, pairs, len);
	put_zero(&m, (4 - len % 4) % 4);
	return m;
}

static void initiators_and_targets_name_themselves(void **state)
{
	static const char ask[] =
		"InitiatorName=iqn.1993-08.org.debian:01:7\0InitiatorAlias=host7\0SessionType=Normal\0"
		"TargetName=iqn.2003-01.org.linux-iscsi.s.x:sn.1\0CHAP_N=maria\0CHAP_R=0xsecret";
	static const char answer[] = "TargetAlias=disk one\0TargetPortalGroupTag=1";
	struct message m = pdu(0x43, ask, sizeof ask), r = pdu(0x23, answer, sizeof answer);
	fixture_init(&f, &iscsi_dissector, 4, 3260);
	assert_true(fixture_probe_waits(&f, FLOW_FORWARD, m.data, m.len));
	fixture_stream(&f, FLOW_FORWARD, m.data, m.len);
	SAID(&f, "iscsi.initiator sender iqn.1993-08.org.debian:01:7", "iscsi.alias sender host7",
	     "iscsi.target receiver iqn.2003-01.org.linux-iscsi.s.x:sn.1", "user.name sender maria", NULL);
	fixture_stream(&f, FLOW_REVERSE, r.data, r.len);
	SAID(&f, "service sender iscsi-target", "iscsi.alias sender disk one", NULL);
	r.data[0] = 0x25; /* data: it is logged in */
	fixture_stream(&f, FLOW_REVERSE, r.data, r.len);
	assert_true(f.x.done[1]);
	SAID(&f, NULL);
	m.data[2] = 1; /* a version there is none of */
	assert_int_equal(fixture_probe(&f, TRANSPORT_TCP, FLOW_FORWARD, m.data, m.len), PROBE_NO);
	fixture_init(&f, &iscsi_dissector, 4, 3260);
	m.data[2] = 0;
	m.data[5] = 0xff; /* more than a login may carry */
	fixture_stream(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(f.x.done[0]);
	SAID(&f, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_answers),
		cmocka_unit_test(what_is_no_call_is_not_taken),
		cmocka_unit_test(clients_of_nfs_say_what_they_are),
		cmocka_unit_test(initiators_and_targets_name_themselves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
