/* What switches and routers say to each other: spanning tree, EDP, VRRP, CARP, HSRP, routing protocols. */
#include "tests/classify/dissect_test.h"

extern const struct link_dissector stp_link, edp_link, vrrp_link, routing_link, ndp_link;
extern const struct dissector hsrp_dissector;

static struct fixture f;

static void frames(void)
{
	fixture_init(&f, NULL, 4, 0);
	f.packet.version = 0;
	f.packet.ethertype = 60;
}

#define BPDU "0000 00 00 00 8000020000000001 00000004 8001020000000053 8002 0100 1400 0200 0f00"

static void a_bridge_names_itself(void **state)
{
	struct message m = {.len = 0}, pvst = {.len = 0};
	frames();
	put_hex(&m, "424203" BPDU);
	assert_true(fixture_frame(&f, &stp_link, m.data, m.len));
	SAID(&f, "stp.bridge sender 02:00:00:00:00:53", "link.role sender kind=switch", NULL);
	assert_int_equal(fixture_cut_frames(&f, &stp_link, m.data, 32), 0);
	put_hex(&pvst, "aaaa03 00000c 010b" BPDU);
	assert_true(fixture_frame(&f, &stp_link, pvst.data, pvst.len));
	SAID(&f, "stp.bridge sender 02:00:00:00:00:53", "link.role sender kind=switch", NULL);
	m.data[6] = 0x80; /* a change of topology has no more than its type */
	fixture_frame(&f, &stp_link, m.data, 7);
	SAID(&f, "link.role sender kind=switch", NULL);
	m.data[6] = 0x11; /* a type that is none */
	fixture_frame(&f, &stp_link, m.data, m.len);
	SAID(&f, NULL);
	m.data[0] = 0xf0; /* another service access point */
	assert_false(fixture_frame(&f, &stp_link, m.data, m.len));
}

static void extreme_switches_tell(void **state)
{
	struct message m = {.len = 0};
	frames();
	put_hex(&m, "aaaa03 00e02b 00bb 01 00 0045 0000 0001 0000 020000000053");
	put_hex(&m, "99 02 0024 0001 0002 0000 000000000000 0c050107 ffff0000 00000000 00000000 00000000");
	put_hex(&m, "99 01 000d");
	put_text(&m, "switch-7");
	put_hex(&m, "00 99 00 0004");
	assert_true(fixture_frame(&f, &edp_link, m.data, m.len));
	SAID(&f, "edp.version sender 12.5.1.7", "link.role sender vendor=Extreme Networks;kind=switch",
	     "edp.systemName sender switch-7", NULL);
	assert_int_equal(fixture_cut_frames(&f, &edp_link, m.data, 70), 2);
	m.data[8] = 2; /* a version nobody knows */
	fixture_frame(&f, &edp_link, m.data, m.len);
	SAID(&f, NULL);
}

static void above_ip(unsigned protocol, unsigned version)
{
	fixture_init(&f, NULL, (uint8_t)version, 0);
	f.packet.protocol = (uint8_t)protocol;
	f.packet.ethertype = 0x0800;
}

static void routers_share_an_address(void **state)
{
	struct message m = {.len = 0}, six = {.len = 0}, carp = {.len = 0};
	above_ip(112, 4);
	put_hex(&m, "21 01 64 01 00 01 0000 c0000201 0000000000000000");
	assert_true(fixture_frame(&f, &vrrp_link, m.data, m.len));
	SAID(&f, "link.role sender kind=router", "router.virtualAddress 192.0.2.1 kind=virtual router", NULL);
	assert_int_equal(fixture_cut_frames(&f, &vrrp_link, m.data, 8), 0);
	m.data[0] = 0x22; /* no advertisement */
	fixture_frame(&f, &vrrp_link, m.data, m.len);
	SAID(&f, NULL);
	f.packet.ttl = 254; /* from beyond the link */
	m.data[0] = 0x21;
	assert_false(fixture_frame(&f, &vrrp_link, m.data, m.len));

	above_ip(112, 6);
	put_hex(&six, "31 01 64 01 00 64 0000 fe800000000000000000000000000001");
	fixture_frame(&f, &vrrp_link, six.data, six.len);
	SAID(&f, "link.role sender kind=router", "router.virtualAddress fe80::1 kind=virtual router", NULL);

	above_ip(112, 4);
	put_hex(&carp, "21 01 00 07 00 01 0000 1122334455667788");
	put_zero(&carp, 20);
	fixture_frame(&f, &vrrp_link, carp.data, carp.len);
	SAID(&f, "link.role sender kind=router", NULL); /* its digest is no list of addresses */
}

static void routers_are_known_by_their_protocols(void **state)
{
	static const struct {
		unsigned protocol;
		const char *message;
		bool router;
	} rows[] = {
		{89, "02 01 002c c0000201 00000000 0000 0000 0000000000000000", true},
		{89, "03 01 0024 c0000201 00000000 0000 00 00", true},
		{89, "04 01 0024 c0000201 00000000 0000 00 00", false},
		{88, "02 05 eecd 00000000 00000000 00000000 00000064", true},
		{88, "01 05 eecd 00000000 00000000 00000000 00000064", false},
		{103, "20 00 0000 0001 0002 0069", true},
		{103, "10 00 0000 0001 0002 0069", false},
	};
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct message m = {.len = 0};
		above_ip(rows[i].protocol, 4);
		put_hex(&m, rows[i].message);
		assert_true(fixture_frame(&f, &routing_link, m.data, m.len));
		if (rows[i].router)
			SAID(&f, "link.role sender kind=router", NULL);
		else
			SAID(&f, NULL);
		assert_int_equal(fixture_cut_frames(&f, &routing_link, m.data, 4), 0);
	}
	above_ip(17, 4);
	assert_false(fixture_frame(&f, &routing_link, "", 0));
}

static void a_router_advertises(void **state)
{
	struct message m = {.len = 0};
	above_ip(58, 6);
	f.packet.icmp_type = 134;
	put_hex(&m, "86 00 0000 40 00 0708 00000000 00000000 0101020000000010");
	fixture_frame(&f, &ndp_link, m.data, m.len);
	SAID(&f, "bound router 02:00:00:00:00:10 fe80::10", "link.role sender kind=router",
	     "bound ndp 02:00:00:00:00:10 fe80::10", NULL);
	m.data[6] = m.data[7] = 0; /* no way out */
	fixture_frame(&f, &ndp_link, m.data, m.len);
	SAID(&f, "bound router 02:00:00:00:00:10 fe80::10", "bound ndp 02:00:00:00:00:10 fe80::10", NULL);
}

static void hsrp_names_the_address_of_the_group(void **state)
{
	struct message m = {.len = 0}, two = {.len = 0};
	fixture_init(&f, &hsrp_dissector, 4, 1985);
	put_hex(&m, "00 00 10 03 0a 78 01 00 636973636f000000 c0000201");
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, m.len), PROBE_NO);
	f.flow.sport = 1985;
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, m.len), PROBE_YES);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	SAID(&f, "link.role sender kind=router", "router.virtualAddress 192.0.2.1 kind=virtual router", NULL);
	assert_int_equal(fixture_cut_datagrams(&f, FLOW_FORWARD, m.data, m.len), 0);
	m.data[1] = 2; /* it resigns */
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	SAID(&f, NULL);
	put_hex(&two,
		"01 28 02 00 06 04 0001 020000000053 00000064 00000bb8 00002710 c0000201000000000000000000000000");
	fixture_datagram(&f, FLOW_FORWARD, two.data, two.len);
	SAID(&f, "link.role sender kind=router", "router.virtualAddress 192.0.2.1 kind=virtual router", NULL);
	assert_int_equal(fixture_cut_datagrams(&f, FLOW_FORWARD, two.data, two.len), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bridge_names_itself),    cmocka_unit_test(extreme_switches_tell),
		cmocka_unit_test(routers_share_an_address), cmocka_unit_test(routers_are_known_by_their_protocols),
		cmocka_unit_test(a_router_advertises),      cmocka_unit_test(hsrp_names_the_address_of_the_group),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
