/* What is said right over Ethernet besides LLDP and CDP. */
#include "tests/classify/dissect_test.h"

extern const struct link_dissector goose_link, isis_link, lltd_link, ptp_link, sonmp_link, udld_link;

static struct fixture f;

static int setup(void **state)
{
	fixture_init(&f, NULL, 4, 0);
	f.packet.version = 0;
	return 0;
}

/* Says the lines, and nothing that was not whole when cut; what is not its own it leaves alone. */
static void expect(const struct link_dissector *link, unsigned ethertype, const char *hex, const char *line,
		   const char *other)
{
	struct message m = {.len = 0};
	put_hex(&m, hex);
	f.packet.ethertype = (uint16_t)ethertype;
	assert_true(fixture_frame(&f, link, m.data, m.len));
	if (line)
		SAID(&f, line, other, NULL);
	else
		assert_int_equal(f.count, 0);
	fixture_cut_frames(&f, link, m.data, m.len);
	fixture_clear(&f);
	f.packet.ethertype = 0x0800;
	assert_false(fixture_frame(&f, link, m.data, m.len));
}

static void nortels_switches_tell_their_address(void **state)
{
	expect(&sonmp_link, 19, "aaaa03000081 01a2 c0000205 000103 0c 02 02 00",
	       "link.role 02:00:00:00:00:10/192.0.2.5 kind=switch", NULL);
	expect(&sonmp_link, 19, "aaaa03000081 01a1 00000000 000000 0c 02 01 00",
	       "link.role 02:00:00:00:00:10 kind=switch", NULL);
	expect(&sonmp_link, 19, "aaaa03000081 01a2 c0000205 000103 0c 02 00 00", NULL, NULL);
}

static void fibres_ends_tell_their_names(void **state)
{
	expect(&udld_link, 60,
	       "aaaa0300000c0111 21 00 0000 0001 000f 464f583130323547 4a3150 0002 0009 4769302f31 0006 0009 "
	       "636f726531",
	       "device.name sender core1", "link.role sender serial=FOX1025GJ1P;kind=switch");
	expect(&udld_link, 60, "aaaa0300000c0111 41 00 0000 0006 0009 636f726531", NULL, NULL);
}

static void maps_are_answered_with_names(void **state)
{
	expect(&lltd_link, 0x88d9,
	       "01 01 00 01 ffffffffffff 020000000010 0000 0001 0200000000aa 0200000000aa"
	       "01 06 020000000010 07 04 c000020a 0f 0c 440045005300 4b002d003100 00",
	       "device.name 02:00:00:00:00:10 DESK-1", "device.name 02:00:00:00:00:10/192.0.2.10 DESK-1");
	expect(&lltd_link, 0x88d9, "01 01 00 00 ffffffffffff 020000000010 0000 0001", NULL, NULL);
}

static void routers_are_heard(void **state)
{
	expect(&isis_link, 60, "fefe03 83 1b 01 00 0f 01 00 00 03 000000000001 001e 05dc 40 000000000001 01",
	       "link.role sender kind=router", NULL);
	expect(&isis_link, 60, "fefe03 83 1b 01 00 12 01 00 00 03 000000000001 001e 05dc", NULL, NULL);
}

static void clocks_describe_themselves(void **state)
{
	expect(&ptp_link, 0x88f7,
	       "0b02 0040 0000 0000 0000000000000000 00000000 001122fffe334455 0001 0001 05 01"
	       "00000000000000000000 0025 00 80 06210000 80 001122fffe334455 0000 20",
	       "ptp.clock sender kind=clock;role=grandmaster;clock=001122fffe334455", NULL);
	/* one that goes by another */
	expect(&ptp_link, 0x88f7,
	       "0b02 0040 0000 0000 0000000000000000 00000000 001122fffe334455 0001 0001 05 01"
	       "00000000000000000000 0025 00 80 06210000 80 009999fffe334455 0001 20",
	       NULL, NULL);
}

static void substations_devices_name_their_block(void **state)
{
	expect(&goose_link, 0x88b8, "0001 0030 0000 0000 61 16 80 12 494544314354524c2f4c4c4e3024474f2461 8100",
	       "goose.device sender kind=substation device;block=IED1CTRL/LLN0$GO$a", NULL);
	expect(&goose_link, 0x88b8, "0001 0030 0000 0000 60 04 8002 4142", NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nortels_switches_tell_their_address, setup),
		cmocka_unit_test_setup(fibres_ends_tell_their_names, setup),
		cmocka_unit_test_setup(maps_are_answered_with_names, setup),
		cmocka_unit_test_setup(routers_are_heard, setup),
		cmocka_unit_test_setup(clocks_describe_themselves, setup),
		cmocka_unit_test_setup(substations_devices_name_their_block, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
