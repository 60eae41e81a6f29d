#include "tests/classify/dissect_test.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf16_becomes_utf8),           cmocka_unit_test(halves_of_a_pair_are_replaced),
		cmocka_unit_test(what_does_not_fit_is_dropped), cmocka_unit_test(text_ends_at_its_nul_without_blanks),
		cmocka_unit_test(some_addresses_are_nobodys),   cmocka_unit_test(no_probe_claims_an_empty_flow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
