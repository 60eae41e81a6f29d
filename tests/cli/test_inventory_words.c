#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/inventory_words.h"
#include "core/time.h"

static void devices(void **state)
{
	(void)state;
	static const struct {
		const char *value, *text;
		enum device_rank rank;
	} rows[] = {
		{"{\"manufacturer\":\"D-Link\",\"model\":\"DCS-935L\"}", "D-Link DCS-935L", DEVICE_MODEL},
		{"{\"manufacturer\":\"Brother\",\"model\":\"Brother HL-2270DW\",\"kind\":\"printer\"}",
		 "Brother HL-2270DW", DEVICE_MODEL},
		{"{\"model\":\"TL-WR841N\"}", "TL-WR841N", DEVICE_MODEL},
		{"{\"manufacturer\":\"Siemens\",\"kind\":\"controller\"}", "Siemens controller", DEVICE_KIND},
		{"{\"kind\":\"router\"}", "router", DEVICE_KIND},
		{"{\"manufacturer\":\"Acuity Brands\"}", "Acuity Brands", DEVICE_MAKER},
		{"{\"manufacturer\":\"Intel\",\"kind\":\"network interface\"}", "NIC by Intel", DEVICE_INTERFACE},
		{"{\"manufacturer\":\"Intel\",\"model\":\"I350\",\"kind\":\"network interface\"}", "Intel I350",
		 DEVICE_MODEL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[64];
		const struct claim c = {.kind = "hardware", .value = rows[i].value};
		assert_int_equal(device_words(&c, text, sizeof text), rows[i].rank);
		assert_string_equal(text, rows[i].text);
	}
}

/* By name before those without, transfers last, by port within. */
static void services(void **state)
{
	(void)state;
	static const struct {
		const char *value, *text;
	} rows[] = {
		{"{\"transport\":\"tcp\",\"port\":22,\"applicationName\":\"ssh\"}", "22 ssh"},
		{"{\"transport\":\"udp\",\"port\":53,\"applicationName\":\"domain\"}", "53/udp domain"},
		{"{\"transport\":\"tcp\",\"port\":443,\"applicationName\":\"https\"}", "443 https"},
		{"{\"transport\":\"tcp\",\"port\":80}", "80"},
		{"{\"transport\":\"sctp\",\"port\":2905}", "2905/sctp"},
		{"{\"transport\":\"tcp\",\"port\":20,\"applicationName\":\"ftp-data\"}", "20 ftp-data"},
	};
	uint32_t before = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[64];
		const struct claim c = {.kind = "service", .value = rows[i].value};
		uint32_t rank = service_words(&c, text, sizeof text);
		assert_string_equal(text, rows[i].text);
		assert_in_range(rank, before, UINT32_MAX);
		before = rank + 1;
	}
}

static void times(void **state)
{
	(void)state;
	static const struct {
		const char *first, *last, *text;
	} rows[] = {
		{"2026-11-21T02:16:01Z", "2026-11-21T02:16:59Z", "2026-11-21 02:16"},
		{"2026-11-21T02:16:59Z", "2026-11-21T02:17:00Z", "2026-11-21 02:16 to 02:17"},
		{"2026-11-21T23:59:00Z", "2026-11-22T00:01:00Z", "2026-11-21 23:59 to 2026-11-22 00:01"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[64];
		struct inventory_endpoint e = {0};
		assert_int_equal(time_parse(rows[i].first, &e.first_ns), 0);
		assert_int_equal(time_parse(rows[i].last, &e.last_ns), 0);
		seen_words(&e, text, sizeof text);
		assert_string_equal(text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices),
		cmocka_unit_test(services),
		cmocka_unit_test(times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
