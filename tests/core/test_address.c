/* Addresses as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "core/address.h"

static void macs_are_read_in_every_usual_form(void **state)
{
	(void)state;
	static const char *const forms[] = {"00:0c:29:aa:bb:cc", "00:0C:29:AA:BB:CC", "00-0c-29-aa-bb-cc",
					    "000c.29aa.bbcc", "000C.29AA.BBCC"};
	static const uint8_t want[6] = {0, 0x0c, 0x29, 0xaa, 0xbb, 0xcc};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		uint8_t mac[6] = {1};
		assert_true(mac_parse(forms[i], mac));
		assert_memory_equal(mac, want, 6);
	}
}

static void other_texts_are_no_macs(void **state)
{
	(void)state;
	static const char *const forms[] = {"",
					    "0",
					    "00",
					    "000c.",
					    "00:0c:29:aa:bb",
					    "00:0c:29:aa:bb:",
					    "00:0c:29:aa:bb:c",
					    "00:0c:29:aa:bb:cc:",
					    "00:0c:29:aa:bb:cc:dd",
					    "000c29aabbcc",
					    "000c.29aa.bbc",
					    "000c.29aa.bbcc.",
					    "000c.29aa:bbcc",
					    "000c:29aa:bbcc",
					    "00.0c.29.aa.bb.cc",
					    "00:0g:29:aa:bb:cc"};
	uint8_t mac[6];
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		assert_false(mac_parse(forms[i], mac));
}

/* Every set of groups that are zero, with values of every length in the others. */
static void ipv6_is_written_as_inet_ntop_does(void **state)
{
	(void)state;
	static const uint16_t values[] = {0x1, 0x20, 0xabc, 0xfedc, 0xffff, 0x1000, 0x80, 0x0f0f};
	for (unsigned zeros = 0; zeros < 256; zeros++)
		for (unsigned turn = 0; turn < 8; turn++) {
			struct address a;
			char text[ADDRESS_TEXT_BYTES], want[INET6_ADDRSTRLEN];
			for (unsigned i = 0; i < 8; i++) {
				uint16_t v = zeros >> i & 1 ? 0 : values[(i + turn) % 8];
				a.bytes[2 * i] = (uint8_t)(v >> 8);
				a.bytes[2 * i + 1] = (uint8_t)v;
			}
			size_t n = address_text(&a, 6, text);
			inet_ntop(AF_INET6, a.bytes, want, sizeof want);
			assert_string_equal(text, want);
			assert_int_equal(n, strlen(want));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(macs_are_read_in_every_usual_form),
		cmocka_unit_test(other_texts_are_no_macs),
		cmocka_unit_test(ipv6_is_written_as_inet_ntop_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
