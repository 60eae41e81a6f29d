#include "tests/classify/dissect_test.h"

extern const struct dissector dhcp6_dissector;

static struct fixture f;

static int setup(void **state)
{
	fixture_init(&f, &dhcp6_dissector, 6, 547);
	return 0;
}

static const char duid[] = "0003 0001 0200000000aa";

static void option(struct message *m, unsigned code, const char *hex)
{
	struct message value = {.len = 0};
	put_hex(&value, hex);
	put_u16(m, code);
	put_u16(m, (unsigned)value.len);
	put(m, value.data, value.len);
}

static struct message solicit(void)
{
	struct message m = {.len = 0};
	put_hex(&m, "01 123456");
	option(&m, 1, duid);
	option(&m, 16, "00000137 0008 4d53465420352e30");
	option(&m, 39, "00 03706337 0361646d");
	option(&m, 15, "0004 69505845");
	return m;
}

static struct message reply(void)
{
	struct message m = {.len = 0};
	put_hex(&m, "07 123456");
	option(&m, 1, duid);
	option(&m, 2, "0003 0001 020000000053");
	option(&m, 3, "00000001 00000000 00000000 0005 0018 20010db8000000000000000000000007 00000e10 00001c20");
	return m;
}

static void a_client_tells_of_itself(void **state)
{
	struct message m = solicit();
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, m.len), PROBE_YES);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "dhcp.clientId sender \\x00\\x03\\x00\\x01\\x02\\x00\\x00\\x00\\x00\\xaa",
				 "dhcp.vendorClass sender MSFT 5.0", "dhcp.userClass sender iPXE",
				 "dhcp.fqdn sender pc7.adm", NULL));
	assert_int_equal(fixture_cut_datagrams(&f, FLOW_FORWARD, m.data, m.len), 3);
}

static void a_reply_binds_whom_it_is_sent_to(void **state)
{
	struct message m = reply();
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(
		&f, "bound dhcp 02:00:00:00:00:10 2001:db8::7 lease=7200 spoken",
		"dhcp.clientId 02:00:00:00:00:10/2001:db8::7 \\x00\\x03\\x00\\x01\\x02\\x00\\x00\\x00\\x00\\xaa",
		"dhcp.clientId sender \\x00\\x03\\x00\\x01\\x02\\x00\\x00\\x00\\x00S", "service sender dhcpv6-server",
		NULL));
	fixture_cut_datagrams(&f, FLOW_REVERSE, m.data, m.len);
}

static void a_lease_without_time_binds_nothing(void **state)
{
	struct message m = reply();
	memset(m.data + m.len - 4, 0, 4);
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_int_equal(f.count, 2);
	assert_true(fixture_has(&f, "service sender dhcpv6-server"));
}

/* A relay's wrapping around a message: link, peer, the client's hardware address if asked, the message. */
static struct message wrap(const struct message *inner, unsigned type, bool with_mac)
{
	struct message m = {.len = 0};
	put_u8(&m, type);
	put_hex(&m, "00 20010db8000000000000000000000001 fe8000000000000000000000000000aa");
	if (with_mac)
		option(&m, 79, "0001 0200000000ab");
	put_u16(&m, 9);
	put_u16(&m, (unsigned)inner->len);
	put(&m, inner->data, inner->len);
	return m;
}

static void relays_are_seen_through(void **state)
{
	struct message inner = solicit(), once = wrap(&inner, 12, true), twice = wrap(&once, 12, false);
	fixture_datagram(&f, FLOW_FORWARD, once.data, once.len);
	assert_true(fixture_has(&f, "dhcp.fqdn 02:00:00:00:00:ab/fe80::aa pc7.adm"));
	fixture_clear(&f);
	fixture_datagram(&f, FLOW_FORWARD, twice.data, twice.len);
	assert_true(fixture_has(&f, "dhcp.fqdn 02:00:00:00:00:ab/fe80::aa pc7.adm"));
	struct message plain = wrap(&inner, 12, false);
	fixture_clear(&f);
	fixture_datagram(&f, FLOW_FORWARD, plain.data, plain.len);
	assert_true(fixture_has(&f, "dhcp.fqdn fe80::aa pc7.adm"));
	fixture_cut_datagrams(&f, FLOW_FORWARD, twice.data, twice.len);
}

/* Two relays: the nearer to the client knows its port. */
static void the_nearest_relay_tells_the_port(void **state)
{
	struct message inner = solicit(), m = {.len = 0};
	put_hex(&m, "0c 00 20010db8000000000000000000000001 fe8000000000000000000000000000aa");
	option(&m, 79, "0001 0200000000ab");
	option(&m, 18, "4769312f302f35");
	option(&m, 37, "00000009 6163636573732d31");
	put_u16(&m, 9);
	put_u16(&m, (unsigned)inner.len);
	put(&m, inner.data, inner.len);
	struct message outer = {.len = 0};
	put_hex(&outer, "0c 01 20010db8000000000000000000000002 20010db8000000000000000000000001");
	option(&outer, 18, "7570");
	put_u16(&outer, 9);
	put_u16(&outer, (unsigned)m.len);
	put(&outer, m.data, m.len);
	fixture_datagram(&f, FLOW_FORWARD, outer.data, outer.len);
	assert_true(fixture_has(&f, "dhcp.relayAgent 02:00:00:00:00:ab "
				    "kind=switchPort;chassis=access-1;port=Gi1/0/5"));
}

static void a_relayed_reply_binds_by_the_duid(void **state)
{
	struct message inner = reply(), m = wrap(&inner, 13, false);
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_has(&f, "bound dhcp 02:00:00:00:00:aa 2001:db8::7 lease=7200 spoken"));
}

static void too_many_relays_are_not_followed(void **state)
{
	struct message m = solicit();
	for (int i = 0; i < 5; i++)
		m = wrap(&m, 12, true);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_client_tells_of_itself, setup),
		cmocka_unit_test_setup(a_reply_binds_whom_it_is_sent_to, setup),
		cmocka_unit_test_setup(a_lease_without_time_binds_nothing, setup),
		cmocka_unit_test_setup(relays_are_seen_through, setup),
		cmocka_unit_test_setup(the_nearest_relay_tells_the_port, setup),
		cmocka_unit_test_setup(a_relayed_reply_binds_by_the_duid, setup),
		cmocka_unit_test_setup(too_many_relays_are_not_followed, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
