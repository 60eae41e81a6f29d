#include "tests/classify/dissect_test.h"

#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

static void utf16_becomes_utf8(void **state)
{
	static const uint8_t text[] = {'a', 0, 0xe4, 0, 0xac, 0x20, 0x3d, 0xd8, 0x00, 0xde, 0, 0, 'x', 0};
	struct wire_text t = {.len = 0};
	wire_text_utf16(&t, text, sizeof text);
	assert_int_equal(t.len, 10);
	assert_memory_equal(t.data, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 10);
}

static void halves_of_a_pair_are_replaced(void **state)
{
	static const uint8_t lone[] = {0x3d, 0xd8, 'a', 0, 0x00, 0xde, 0x3d, 0xd8};
	struct wire_text t = {.len = 0};
	wire_text_utf16(&t, lone, sizeof lone);
	assert_int_equal(t.len, 10);
	assert_memory_equal(t.data,
			    "\xef\xbf\xbd"
			    "a\xef\xbf\xbd\xef\xbf\xbd",
			    10);
}

static void what_does_not_fit_is_dropped(void **state)
{
	static uint8_t wide[4096];
	struct wire_text t = {.len = 0};
	for (size_t i = 0; i < sizeof wide; i += 2)
		wide[i] = 0xac, wide[i + 1] = 0x20;
	wire_text_utf16(&t, wide, sizeof wide);
	assert_int_equal(t.len, sizeof t.data / 3 * 3);
	wire_text_add(&t, "abcdef", 6);
	assert_int_equal(t.len, sizeof t.data);
	wire_text_format(&t, "%d", 7);
	assert_int_equal(t.len, sizeof t.data);
}

static void text_ends_at_its_nul_without_blanks(void **state)
{
	struct cursor c = wire_trim(cursor_init("name \r\n\0rest", 12));
	assert_int_equal(cursor_left(&c), 4);
	c = wire_trim(cursor_init(NULL, 0));
	assert_int_equal(cursor_left(&c), 0);
}

static void some_addresses_are_nobodys(void **state)
{
	static const struct {
		const char *text;
		bool usable;
	} rows[] = {
		{"192.0.2.1", true},  {"0.0.0.0", false},         {"0.1.2.3", false},    {"127.0.0.1", false},
		{"224.0.0.1", false}, {"255.255.255.255", false}, {"fe80::1", true},     {"::", false},
		{"::1", false},       {"ff02::1", false},         {"2001:db8::1", true},
	};
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct address a;
		uint8_t version = address_parse(rows[i].text, &a);
		assert_int_equal(wire_address_usable(&a, version), rows[i].usable);
	}
}

/* Nothing seen: every protocol that looks at its own first octets must wait, none may claim the flow. */
static void no_probe_claims_an_empty_flow(void **state)
{
	for (unsigned i = 0; dissector_table[i]; i++) {
		struct probe_input in = {.transport = dissector_table[i]->transports & TRANSPORT_UDP ? TRANSPORT_UDP
												     : TRANSPORT_TCP};
		in.first[0] = in.first[1] = cursor_init(NULL, 0);
		in.dport = dissector_table[i]->ports[0];
		assert_int_not_equal(dissector_table[i]->probe(&in), PROBE_YES);
	}
}

static void both_ends_are_weighed(void **state)
{
	assert_int_equal(text_sides(PROBE_YES, PROBE_NO, true), PROBE_NO);
	assert_int_equal(text_sides(PROBE_NO, PROBE_MAYBE, false), PROBE_NO);
	assert_int_equal(text_sides(PROBE_YES, PROBE_MAYBE, true), PROBE_YES);
	assert_int_equal(text_sides(PROBE_MAYBE, PROBE_YES, true), PROBE_YES);
	assert_int_equal(text_sides(PROBE_YES, PROBE_MAYBE, false), PROBE_MAYBE);
	assert_int_equal(text_sides(PROBE_MAYBE, PROBE_YES, false), PROBE_MAYBE);
	assert_int_equal(text_sides(PROBE_YES, PROBE_YES, false), PROBE_YES);
}

static void messages_are_taken_whole_and_counted(void **state)
{
	struct dissection x = {.direction = FLOW_REVERSE};
	struct cursor c = cursor_init("aaabbbcc", 8), m;
	uint16_t taken = 0;
	assert_false(wire_next(&x, &c, 0, &taken, 2, &m)); /* the header is not there */
	assert_true(wire_next(&x, &c, 3, &taken, 2, &m));
	assert_int_equal(cursor_left(&m), 3);
	assert_false(wire_next(&x, &c, 6, &taken, 2, &m)); /* not all of it */
	assert_int_equal(cursor_left(&c), 5);
	assert_true(wire_next(&x, &c, 3, &taken, 2, &m));
	assert_false(x.done[FLOW_REVERSE]);
	assert_false(wire_next(&x, &c, 2, &taken, 2, &m)); /* two were to be taken */
	assert_true(x.done[FLOW_REVERSE]);
	assert_int_equal(taken, 2);
}

static void behind_what_is_no_message_there_is_none(void **state)
{
	struct dissection x = {.direction = FLOW_FORWARD};
	struct cursor c = cursor_init("abc", 3), m;
	uint16_t taken = 0;
	assert_false(wire_next(&x, &c, -1, &taken, 9, &m));
	assert_true(x.done[FLOW_FORWARD]);
	assert_false(wire_next(&x, &c, 3, &taken, 9, &m));
	assert_int_equal(taken, 0);
}

/* One that is longer than is put together comes out empty, and the rest of it is not asked for. */
static void long_messages_are_passed_over(void **state)
{
	struct dissection x = {.direction = FLOW_FORWARD};
	struct cursor c = cursor_init("abc", 3), m;
	uint16_t taken = 0;
	assert_true(wire_next(&x, &c, WIRE_MESSAGE_BYTES + 1, &taken, 9, &m));
	assert_int_equal(cursor_left(&m), 0);
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(x.skip[FLOW_FORWARD], WIRE_MESSAGE_BYTES + 1 - 3);
	assert_int_equal(taken, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf16_becomes_utf8),
		cmocka_unit_test(halves_of_a_pair_are_replaced),
		cmocka_unit_test(what_does_not_fit_is_dropped),
		cmocka_unit_test(text_ends_at_its_nul_without_blanks),
		cmocka_unit_test(some_addresses_are_nobodys),
		cmocka_unit_test(no_probe_claims_an_empty_flow),
		cmocka_unit_test(both_ends_are_weighed),
		cmocka_unit_test(messages_are_taken_whole_and_counted),
		cmocka_unit_test(behind_what_is_no_message_there_is_none),
		cmocka_unit_test(long_messages_are_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
