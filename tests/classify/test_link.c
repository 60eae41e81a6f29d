#include "tests/classify/dissect_test.h"

extern const struct link_dissector arp_link, ndp_link, lldp_link, cdp_link;

static struct fixture f;

static int setup(void **state)
{
	fixture_init(&f, NULL, 4, 0);
	f.packet.version = 0;
	return 0;
}

static struct message arp(unsigned operation, const char *mac, const char *address)
{
	struct message m = {.len = 0};
	put_hex(&m, "0001 0800 06 04");
	put_u16(&m, operation);
	put_hex(&m, mac);
	put_hex(&m, address);
	put_hex(&m, "000000000000 c0000263");
	put_zero(&m, 18);
	f.packet.ethertype = 0x0806;
	return m;
}

static void an_arp_sender_binds_itself(void **state)
{
	struct message m = arp(1, "020000000010", "c000020a");
	assert_true(fixture_frame(&f, &arp_link, m.data, m.len));
	assert_true(fixture_said(&f, "bound arp 02:00:00:00:00:10 192.0.2.10", NULL));
	assert_int_equal(fixture_cut_frames(&f, &arp_link, m.data, 18), 0);
}

static void arp_for_another_is_marked(void **state)
{
	struct message m = arp(2, "0200000000aa", "c000020b");
	fixture_frame(&f, &arp_link, m.data, m.len);
	assert_true(fixture_said(&f, "bound answer 02:00:00:00:00:aa 192.0.2.11 spoken", NULL));
}

/* An answer may be given for another; an answer to all about oneself is an announcement. */
static void an_arp_answer_is_no_announcement(void **state)
{
	struct message m = arp(2, "020000000010", "c000020a");
	fixture_frame(&f, &arp_link, m.data, m.len);
	assert_true(fixture_said(&f, "bound answer 02:00:00:00:00:10 192.0.2.10", NULL));
	m = arp(2, "020000000010", "c0000263");
	fixture_clear(&f);
	fixture_frame(&f, &arp_link, m.data, m.len);
	assert_true(fixture_said(&f, "bound arp 02:00:00:00:00:10 192.0.2.99", NULL));
}

static void arp_that_claims_nothing_binds_nothing(void **state)
{
	static const struct {
		unsigned operation;
		const char *mac, *address;
	} rows[] = {
		{1, "020000000010", "00000000"}, /* is the address free? */
		{2, "ffffffffffff", "c000020a"}, {2, "000000000000", "c000020a"},
		{2, "020000000010", "e0000001"}, {3, "020000000010", "c000020a"},
	};
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct message m = arp(rows[i].operation, rows[i].mac, rows[i].address);
		fixture_frame(&f, &arp_link, m.data, m.len);
		assert_true(fixture_said(&f, NULL));
	}
	f.packet.ethertype = 0x0800;
	assert_false(fixture_frame(&f, &arp_link, "", 0));
}

static struct message neighbour(unsigned type, const char *target, const char *options)
{
	struct message m = {.len = 0};
	put_u8(&m, type);
	put_hex(&m, "00 0000 00000000");
	put_hex(&m, target);
	put_hex(&m, options);
	fixture_init(&f, NULL, 6, 0);
	f.packet.protocol = 58;
	f.packet.icmp_type = (uint8_t)type;
	return m;
}

static void neighbours_bind(void **state)
{
	struct message m = neighbour(136, "20010db8000000000000000000000007", "0201 020000000010");
	assert_true(fixture_frame(&f, &ndp_link, m.data, m.len));
	assert_true(fixture_said(&f, "bound ndp 02:00:00:00:00:10 2001:db8::7", NULL));
	assert_int_equal(fixture_cut_frames(&f, &ndp_link, m.data, m.len), 0);
	f.packet.ttl = 64; /* from beyond the link */
	fixture_frame(&f, &ndp_link, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
	m = neighbour(135, "20010db8000000000000000000000063", "0e01 112233445566 0101 020000000010");
	fixture_frame(&f, &ndp_link, m.data, m.len);
	assert_true(fixture_said(&f, "bound ndp 02:00:00:00:00:10 fe80::10", NULL));
	memset(&f.packet.src, 0, sizeof f.packet.src); /* is the address free? */
	fixture_clear(&f);
	fixture_frame(&f, &ndp_link, m.data, m.len);
	assert_true(fixture_said(&f, "bound wanted 02:00:00:00:00:10 2001:db8::63 spoken", NULL));
}

static void routers_bind(void **state)
{
	struct message m = neighbour(134, "0000000000000000", "0101 020000000010");
	fixture_frame(&f, &ndp_link, m.data, m.len);
	assert_true(fixture_said(&f, "bound router 02:00:00:00:00:10 fe80::10", "bound ndp 02:00:00:00:00:10 fe80::10",
				 NULL));
	m = neighbour(137, "20010db8000000000000000000000007 20010db8000000000000000000000063", "");
	fixture_frame(&f, &ndp_link, m.data, m.len);
	assert_true(fixture_said(&f, "bound router 02:00:00:00:00:10 fe80::10", NULL));
	m = neighbour(133, "", "0101 020000000010");
	fixture_frame(&f, &ndp_link, m.data, m.len);
	assert_true(fixture_said(&f, "bound ndp 02:00:00:00:00:10 fe80::10", NULL));
	m = neighbour(133, "", "0100 020000000010"); /* an option of no length */
	fixture_frame(&f, &ndp_link, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
}

static void tlv(struct message *m, unsigned type, const char *prefix, const char *text)
{
	struct message value = {.len = 0};
	put_hex(&value, prefix);
	put_text(&value, text);
	put_u16(m, type << 9 | (unsigned)value.len);
	put(m, value.data, value.len);
}

static void lldp_tells_of_the_device(void **state)
{
	struct message m = {.len = 0};
	tlv(&m, 1, "04 020000000053", "");
	tlv(&m, 2, "05", "Gi1");
	tlv(&m, 3, "0078", "");
	tlv(&m, 5, "", "switch7");
	tlv(&m, 6, "", "Example OS 4.2");
	tlv(&m, 8, "05 01 c0000235 02 00000001 00", "");
	tlv(&m, 7, "0004 0020", "");
	tlv(&m, 127, "0012bb 08", "SN7");
	tlv(&m, 127, "0012bb 09", "Example");
	tlv(&m, 127, "0012bb 0a", "EX-48");
	put_u16(&m, 0);
	put_zero(&m, 9);
	f.packet.ethertype = 0x88cc;
	assert_true(fixture_frame(&f, &lldp_link, m.data, m.len));
	assert_true(fixture_said(
		&f, "lldp.chassis 02:00:00:00:00:10 02:00:00:00:00:53",
		"lldp.chassis 02:00:00:00:00:10/192.0.2.53 02:00:00:00:00:53",
		"lldp.systemName 02:00:00:00:00:10 switch7", "lldp.systemName 02:00:00:00:00:10/192.0.2.53 switch7",
		"lldp.systemDescription 02:00:00:00:00:10 Example OS 4.2",
		"lldp.systemDescription 02:00:00:00:00:10/192.0.2.53 Example OS 4.2",
		"lldp.device 02:00:00:00:00:10 vendor=Example;model=EX-48;serial=SN7;kind=phone",
		"lldp.device 02:00:00:00:00:10/192.0.2.53 vendor=Example;model=EX-48;serial=SN7;kind=phone", NULL));
	assert_int_equal(fixture_cut_frames(&f, &lldp_link, m.data, m.len - 11), 8);
}

static void lldp_chassis_may_be_a_text_or_an_address(void **state)
{
	struct message m = {.len = 0};
	tlv(&m, 1, "07", "rack-3");
	tlv(&m, 1, "05 01 c0000207", "");
	f.packet.ethertype = 0x88cc;
	fixture_frame(&f, &lldp_link, m.data, m.len);
	assert_true(fixture_said(&f, "lldp.chassis 02:00:00:00:00:10 rack-3",
				 "lldp.chassis 02:00:00:00:00:10 192.0.2.7", NULL));
}

static void cdp_field(struct message *m, unsigned type, const char *prefix, const char *text)
{
	struct message value = {.len = 0};
	put_hex(&value, prefix);
	put_text(&value, text);
	put_u16(m, type);
	put_u16(m, (unsigned)value.len + 4);
	put(m, value.data, value.len);
}

static void cdp_tells_of_the_device(void **state)
{
	struct message m = {.len = 0};
	put_hex(&m, "aaaa03 00000c 2000 02 b4 0000");
	cdp_field(&m, 1, "", "router7.example.com");
	cdp_field(&m, 2, "00000001 01 01 cc 0004 c0000235", "");
	cdp_field(&m, 5, "", "Example IOS 15.2");
	cdp_field(&m, 6, "", "example WS-7");
	f.packet.ethertype = 300;
	assert_true(fixture_frame(&f, &cdp_link, m.data, m.len));
	assert_true(fixture_said(&f, "cdp.deviceId 02:00:00:00:00:10 router7.example.com",
				 "cdp.deviceId 02:00:00:00:00:10/192.0.2.53 router7.example.com",
				 "cdp.version 02:00:00:00:00:10 Example IOS 15.2",
				 "cdp.version 02:00:00:00:00:10/192.0.2.53 Example IOS 15.2",
				 "cdp.platform 02:00:00:00:00:10 example WS-7",
				 "cdp.platform 02:00:00:00:00:10/192.0.2.53 example WS-7", NULL));
	assert_int_equal(fixture_cut_frames(&f, &cdp_link, m.data, m.len), 4);
	m.data[6] = 0x21; /* another protocol of the same maker */
	assert_false(fixture_frame(&f, &cdp_link, m.data, m.len));
}

/* Some say their serial number with their name, in either order. */
static void cdp_names_and_serial_numbers_are_told_apart(void **state)
{
	static const char *const rows[][3] = {
		{"core1.example.com(FOX1234G0YZ)", "cdp.deviceId 02:00:00:00:00:10 core1.example.com",
		 "cdp.device 02:00:00:00:00:10 serial=FOX1234G0YZ"},
		{"069049236(sw1)", "cdp.deviceId 02:00:00:00:00:10 sw1",
		 "cdp.device 02:00:00:00:00:10 serial=069049236"},
		{"lab (old)", "cdp.deviceId 02:00:00:00:00:10 lab (old)"},
		{"(", "cdp.deviceId 02:00:00:00:00:10 ("},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct message m = {.len = 0};
		put_hex(&m, "aaaa03 00000c 2000 02 b4 0000");
		cdp_field(&m, 1, "", rows[i][0]);
		fixture_frame(&f, &cdp_link, m.data, m.len);
		assert_true(fixture_said(&f, rows[i][1], rows[i][2], NULL));
		fixture_clear(&f);
	}
	struct message m = {.len = 0};
	put_hex(&m, "aaaa03 00000c 2000 02 b4 0000");
	cdp_field(&m, 4, "00000490", "");
	fixture_frame(&f, &cdp_link, m.data, m.len);
	assert_true(fixture_said(&f, "cdp.device 02:00:00:00:00:10 kind=phone", NULL));
}

static void every_row_of_the_table_is_whole_and_alone(void **state)
{
	assert_non_null(link_table[0]);
	for (unsigned i = 0; link_table[i]; i++) {
		assert_non_null(link_table[i]->match);
		assert_non_null(link_table[i]->frame);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(link_table[i]->name, link_table[k]->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_arp_sender_binds_itself, setup),
		cmocka_unit_test_setup(arp_for_another_is_marked, setup),
		cmocka_unit_test_setup(an_arp_answer_is_no_announcement, setup),
		cmocka_unit_test_setup(arp_that_claims_nothing_binds_nothing, setup),
		cmocka_unit_test_setup(neighbours_bind, setup),
		cmocka_unit_test_setup(routers_bind, setup),
		cmocka_unit_test_setup(lldp_tells_of_the_device, setup),
		cmocka_unit_test_setup(lldp_chassis_may_be_a_text_or_an_address, setup),
		cmocka_unit_test_setup(cdp_tells_of_the_device, setup),
		cmocka_unit_test_setup(cdp_names_and_serial_numbers_are_told_apart, setup),
		cmocka_unit_test_setup(every_row_of_the_table_is_whole_and_alone, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
