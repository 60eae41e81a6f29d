#include "tests/classify/dissect_test.h"

#include <stdio.h>

extern const struct dissector dhcp_dissector;

static struct fixture f;

static int setup(void **state)
{
	fixture_init(&f, &dhcp_dissector, 4, 67);
	return 0;
}

/* Up to the options; addresses as hex, eight digits each. */
static struct message start(unsigned op, const char *ciaddr, const char *yiaddr, const char *giaddr)
{
	struct message m = {.len = 0};
	put_u8(&m, op);
	put_hex(&m, "01 06 00 12345678 0000 0000");
	put_hex(&m, ciaddr);
	put_hex(&m, yiaddr);
	put_hex(&m, "00000000");
	put_hex(&m, giaddr);
	put_hex(&m, "0200000000aa 00000000000000000000");
	put_zero(&m, 64 + 128);
	put_u32(&m, 0x63825363);
	return m;
}

static void option(struct message *m, unsigned code, const char *text)
{
	put_u8(m, code);
	put_u8(m, (unsigned)strlen(text));
	put_text(m, text);
}

static struct message request(void)
{
	struct message m = start(1, "00000000", "00000000", "c0000201");
	put_hex(&m, "35 01 03");
	option(&m, 12, "pc7");
	option(&m, 60, "MSFT 5.0");
	put_hex(&m, "00 37 04 01 03 06 fc");
	put_hex(&m, "3d 07 01 0200000000aa");
	put_hex(&m, "51 07 05 00 00 03 706337"); /* encoded, partial */
	option(&m, 77, "iPXE");
	put_u8(&m, 255);
	return m;
}

static void a_client_tells_of_itself_through_relays_too(void **state)
{
	struct message m = request();
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, m.len), PROBE_YES);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "dhcp.hostName 02:00:00:00:00:aa pc7",
				 "dhcp.vendorClass 02:00:00:00:00:aa MSFT 5.0",
				 "dhcp.clientId 02:00:00:00:00:aa \\x01\\x02\\x00\\x00\\x00\\x00\\xaa",
				 "dhcp.parameters 02:00:00:00:00:aa 1,3,6,252", "dhcp.userClass 02:00:00:00:00:aa iPXE",
				 "dhcp.fqdn 02:00:00:00:00:aa pc7", NULL));
	assert_int_equal(fixture_cut_datagrams(&f, FLOW_FORWARD, m.data, m.len), 6);
}

/* What a device says of itself in one of its options; NULL: nothing. */
static void expect_device(const char *class, const char *options, const char *want)
{
	struct message m = start(1, "00000000", "00000000", "00000000");
	put_hex(&m, "35 01 01");
	option(&m, 60, class);
	put_hex(&m, options);
	put_u8(&m, 255);
	fixture_init(&f, &dhcp_dissector, 4, 67);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	char said[128];
	snprintf(said, sizeof said, "dhcp.vendorClass 02:00:00:00:00:aa %s", class);
	if (want)
		assert_true(fixture_said(&f, said, want, NULL));
	else
		assert_true(fixture_said(&f, said, NULL));
}

static void devices_say_what_they_are(void **state)
{
	/* cable: device type, serial number, software, model, vendor; an OUI in octets between them */
	static const char modem[] = "2b 23 02 03 45434d 04 04 53313233 06 04 312e3061 08 03 001122 09 05 5356363436"
				    "0a 04 41636d65";
	expect_device("docsis3.0:", modem,
		      "dhcp.device 02:00:00:00:00:aa serial=S123;firmware=1.0a;model=SV646;vendor=Acme");
	expect_device("MSFT 5.0", modem, NULL);
	expect_device("docsis3.0:", "2b 06 04 10 53313233", NULL);
	/* managed by TR-069: OUI, serial number, product class, behind another enterprise's */
	expect_device("dslforum.org",
		      "7d 1e 00000009 02 01 00 00000de9 12 01 06 303031313232 02 02 5331 03 04 42686c31",
		      "dhcp.device 02:00:00:00:00:aa serial=S1;model=Bhl1");
}

static void names_a_renewing_client_by_its_address_too(void **state)
{
	struct message m = start(1, "c000020a", "00000000", "00000000");
	put_hex(&m, "51 07 00 00 00");
	put_text(&m, "pc7.");
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "dhcp.fqdn 02:00:00:00:00:aa/192.0.2.10 pc7.", NULL));
}

static void user_classes_may_be_a_list(void **state)
{
	struct message m = start(1, "00000000", "00000000", "00000000");
	option(&m, 77, "\5alpha\4beta");
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "dhcp.userClass 02:00:00:00:00:aa alpha", NULL));
}

static void long_options_are_put_together(void **state)
{
	struct message m = start(1, "00000000", "00000000", "00000000");
	option(&m, 12, "long-");
	option(&m, 12, "name");
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "dhcp.hostName 02:00:00:00:00:aa long-name", NULL));
}

static void options_overflow_into_other_fields(void **state)
{
	struct message m = start(1, "00000000", "00000000", "00000000");
	memcpy(m.data + 108,
	       "\x0c\x04"
	       "file\xff",
	       7);
	memcpy(m.data + 44,
	       "\x3c\x05"
	       "sname\xff",
	       8);
	put_hex(&m, "34 01 03 ff");
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "dhcp.hostName 02:00:00:00:00:aa file", "dhcp.vendorClass 02:00:00:00:00:aa sname",
				 NULL));
}

static struct message relayed(const char *information)
{
	struct message m = start(1, "00000000", "00000000", "c0000201");
	put_hex(&m, information);
	put_u8(&m, 255);
	return m;
}

#define AT "dhcp.relayAgent 02:00:00:00:00:aa kind=switchPort;"

static void a_relay_tells_at_which_port_it_heard(void **state)
{
	static const struct {
		const char *information, *said;
	} rows[] = {
		{"52 13 01 07 4769312f302f35 02 08 6163636573732d31", AT "chassis=access-1;port=Gi1/0/5"},
		{"52 09 01 07 4769312f302f35", AT "chassis=192.0.2.1;port=Gi1/0/5"},
		{"52 12 01 06 000400640105 02 08 0006001b0d000007", AT "chassis=00:1b:0d:00:00:07;port=000400640105"},
		{"52 0c 02 0a 01086163636573732d31", AT "chassis=access-1"},
		{"52 08 02 06 616200040102", AT "chassis=616200040102"}, /* octets that begin like a text */
		{"52 06 02 04 3b3b3b3b", AT "chassis=3b3b3b3b"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct message m = relayed(rows[i].information);
		fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
		assert_true(fixture_said(&f, rows[i].said, NULL));
		fixture_clear(&f);
	}
	struct message m = relayed("52 00"), cut = relayed("52 03 01 07 47");
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	fixture_datagram(&f, FLOW_FORWARD, cut.data, cut.len);
	assert_true(fixture_said(&f, NULL));
}

static void an_acknowledgement_binds(void **state)
{
	struct message m = start(2, "00000000", "c0000263", "00000000");
	put_hex(&m, "35 01 05 36 04 c0000235 33 04 00000e10");
	option(&m, 15, "example.com");
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "bound dhcp 02:00:00:00:00:aa 192.0.2.99 lease=3600 spoken",
				 "dhcp.domain 02:00:00:00:00:aa/192.0.2.99 example.com", "service sender bootps",
				 NULL));
}

static void an_offer_and_a_refusal_bind_nothing(void **state)
{
	struct message m = start(2, "00000000", "c0000263", "00000000");
	put_hex(&m, "35 01 02 36 04 c0000235");
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "service sender bootps", NULL));
	m.data[242] = 6;
	fixture_clear(&f);
	f.x.service_said = false;
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
}

static void a_relay_is_no_server(void **state)
{
	struct message m = start(2, "c000020a", "00000000", "c0000235");
	put_hex(&m, "35 01 05 36 04 c6336401");
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "bound dhcp 02:00:00:00:00:aa 192.0.2.10 spoken", NULL));
}

static void without_its_magic_it_is_something_else(void **state)
{
	struct message m = request();
	m.data[236]++;
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, m.len), PROBE_NO);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_client_tells_of_itself_through_relays_too, setup),
		cmocka_unit_test_setup(devices_say_what_they_are, setup),
		cmocka_unit_test_setup(names_a_renewing_client_by_its_address_too, setup),
		cmocka_unit_test_setup(user_classes_may_be_a_list, setup),
		cmocka_unit_test_setup(long_options_are_put_together, setup),
		cmocka_unit_test_setup(options_overflow_into_other_fields, setup),
		cmocka_unit_test_setup(a_relay_tells_at_which_port_it_heard, setup),
		cmocka_unit_test_setup(an_acknowledgement_binds, setup),
		cmocka_unit_test_setup(an_offer_and_a_refusal_bind_nothing, setup),
		cmocka_unit_test_setup(a_relay_is_no_server, setup),
		cmocka_unit_test_setup(without_its_magic_it_is_something_else, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
