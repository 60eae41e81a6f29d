#include "tests/classify/dissect_test.h"

#include "classify/dissect/netbios_name.h"

#include <stdio.h>

extern const struct dissector nbns_dissector, netbios_dissector;

static struct fixture f;

static int setup(void **state)
{
	fixture_init(&f, &nbns_dissector, 4, 137);
	return 0;
}

/* A name in its wire form: 32 letters behind their length, and the root. */
static void put_netbios(struct message *m, const char *text, unsigned suffix)
{
	char name[17];
	snprintf(name, sizeof name, "%-15s", text);
	name[15] = (char)suffix;
	put_u8(m, 32);
	for (int i = 0; i < 16; i++) {
		put_u8(m, 'A' + ((uint8_t)name[i] >> 4));
		put_u8(m, 'A' + (name[i] & 15));
	}
	put_u8(m, 0);
}

static struct message name_message(unsigned flags, unsigned qd, unsigned an, unsigned ar)
{
	struct message m = {.len = 0};
	put_u16(&m, 0x8001);
	put_u16(&m, flags);
	put_u16(&m, qd);
	put_u16(&m, an);
	put_u16(&m, 0);
	put_u16(&m, ar);
	return m;
}

static struct message registration(const char *text, unsigned suffix, unsigned flags)
{
	struct message m = name_message(0x2910, 1, 0, 1);
	put_netbios(&m, text, suffix);
	put_hex(&m, "0020 0001 c00c 0020 0001 000493e0 0006");
	put_u16(&m, flags);
	put_hex(&m, "c000020a");
	return m;
}

static void registrations_tell(void **state)
{
	struct message m = registration("PC7", 0x20, 0);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, m.len), PROBE_YES);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "nbns.name 192.0.2.10 PC7", NULL));
	assert_int_equal(fixture_cut_datagrams(&f, FLOW_FORWARD, m.data, m.len), 0);
	m = registration("OFFICE", 0x1e, 0x8000);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "nbns.group 192.0.2.10 OFFICE", NULL));
}

static void names_for_other_purposes_do_not(void **state)
{
	static const struct {
		const char *text;
		unsigned suffix, flags;
	} rows[] = {
		{"ALICE", 0x03, 0},
		{"OFFICE", 0x1d, 0},
		{"\x01\x02__MSBROWSE__", 0x01, 0x8000},
		{"IS~PC7", 0, 0},
		{"INet~Services", 0x1c, 0x8000},
		{"*", 0, 0},
	};
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct message m = registration(rows[i].text, rows[i].suffix, rows[i].flags);
		fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
		assert_true(fixture_said(&f, NULL));
	}
}

static void answers_tell_of_every_holder(void **state)
{
	struct message m = name_message(0x8500, 0, 1, 0);
	put_netbios(&m, "PC8", 0);
	put_hex(&m, "0020 0001 000493e0 000c 0000 c0000235 0000 c6336407");
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "nbns.name 192.0.2.53 PC8", "nbns.name 198.51.100.7 PC8",
				 "service sender netbios-ns", NULL));
	m.data[3] = 3; /* no such name */
	fixture_clear(&f);
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
}

static void queries_teach_nothing(void **state)
{
	struct message m = name_message(0x0110, 1, 0, 0);
	put_netbios(&m, "PC8", 0x20);
	put_hex(&m, "0020 0001");
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
}

static void a_node_status_tells_its_names(void **state)
{
	struct message m = name_message(0x8400, 0, 1, 0);
	put_netbios(&m, "*", 0);
	put_hex(&m, "0021 0001 00000000");
	put_u16(&m, 1 + 3 * 18 + 46);
	put_u8(&m, 3);
	put_text(&m, "PC8            ");
	put_hex(&m, "20 0400");
	put_text(&m, "OFFICE         ");
	put_hex(&m, "00 8400");
	put_text(&m, "ALICE          ");
	put_hex(&m, "03 0400");
	put_zero(&m, 46);
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "nbns.name sender PC8", "nbns.group sender OFFICE", "service sender netbios-ns",
				 NULL));
	assert_in_range(fixture_cut_datagrams(&f, FLOW_REVERSE, m.data, m.len), 0, 3);
}

/* A browser announcement from PC7 to the master browser of OFFICE. */
static struct message announcement(unsigned command, const char *name, uint32_t type, const char *comment)
{
	struct message m = {.len = 0};
	char padded[17] = "";
	snprintf(padded, sizeof padded, "%s", name);
	put_hex(&m, "11 02 0001 c000020a 008a 00bb 0000");
	put_netbios(&m, "PC7", 0x20);
	put_netbios(&m, "OFFICE", 0x1d);
	put_hex(&m, "ff534d42 25");
	put_zero(&m, 27);
	unsigned len = 32 + (unsigned)strlen(comment) + 1;
	put_hex(&m, "11 0000");
	put_le16(&m, len);
	put_zero(&m, 18);
	put_le16(&m, len);
	put_le16(&m, 86);
	put_hex(&m, "03 00 0100 0100 0200");
	put_le16(&m, len + 17);
	put_text(&m, "\\MAILSLOT\\BROWSE");
	put_u8(&m, 0);
	put_u8(&m, command);
	put_hex(&m, "00 e0930400");
	for (int i = 0; i < 16; i++)
		put_u8(&m, (uint8_t)padded[i]);
	put_hex(&m, "06 01");
	put_le32(&m, type);
	put_hex(&m, "0f01 55aa");
	put_text(&m, comment);
	put_u8(&m, 0);
	return m;
}

static void announcements_tell_of_the_host(void **state)
{
	struct message m = announcement(1, "PC7", 0x1003, "in the hall");
	fixture_init(&f, &netbios_dissector, 4, 138);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, m.len), PROBE_YES);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "nbns.name 192.0.2.10 PC7", "netbios.host 192.0.2.10 PC7",
				 "netbios.version 192.0.2.10 6.1", "netbios.comment 192.0.2.10 in the hall",
				 "nbns.group 192.0.2.10 OFFICE", NULL));
	fixture_cut_datagrams(&f, FLOW_FORWARD, m.data, m.len);
	m = announcement(15, "NAS", 0x0803, "");
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_has(&f, "netbios.version 192.0.2.10 Unix 6.1"));
}

static void a_domain_announcement_names_the_group_and_its_master(void **state)
{
	struct message m = announcement(12, "OFFICE", 0x80001000, "PC7");
	fixture_init(&f, &netbios_dissector, 4, 138);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "nbns.name 192.0.2.10 PC7", "nbns.group 192.0.2.10 OFFICE",
				 "netbios.host 192.0.2.10 PC7", NULL));
}

static void an_offset_beyond_the_datagram_is_no_announcement(void **state)
{
	struct message m = announcement(1, "PC7", 0x1003, "");
	fixture_init(&f, &netbios_dissector, 4, 138);
	m.data[12 + 2 * 34 + 2 + 32 + 1 + 24] = 0xff; /* data offset */
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "nbns.name 192.0.2.10 PC7", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(registrations_tell, setup),
		cmocka_unit_test_setup(names_for_other_purposes_do_not, setup),
		cmocka_unit_test_setup(answers_tell_of_every_holder, setup),
		cmocka_unit_test_setup(queries_teach_nothing, setup),
		cmocka_unit_test_setup(a_node_status_tells_its_names, setup),
		cmocka_unit_test_setup(announcements_tell_of_the_host, setup),
		cmocka_unit_test_setup(a_domain_announcement_names_the_group_and_its_master, setup),
		cmocka_unit_test_setup(an_offset_beyond_the_datagram_is_no_announcement, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
