#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "export/stats.h"

static const struct sink sink = {.name = "json",
				 .counters = {.offered = 10, .delivered = 7, .dropped = {{"write", 2}, {"full", 1}}}};

static struct stats balanced(void)
{
	struct stats s = {.packets = {.received = 100, .decoded = 80, .bytes = 6400, .filtered = 10, .not_ip = 5},
			  .flows = {.created = 9, .exported = 6, .active = 2, .peak = 4},
			  .workers = 2};
	stats_take_sink(&s, &sink);
	stats_add(&s.packets.malformed, "ipv4Length", 3);
	stats_add(&s.packets.malformed, "ipv4Length", 1);
	stats_add(&s.packets.lost, "ring", 1);
	stats_add(&s.packets.not_received, "kernel", 7);
	stats_add(&s.flows.shed, "capacity", 1);
	stats_add(&s.flows.shed, "nothing", 0);
	return s;
}

static void sums_hold(void **state)
{
	(void)state;
	struct stats s = balanced();
	struct error error = {""};
	assert_true(stats_balanced(&s, &error));
	s.packets.decoded--;
	assert_false(stats_balanced(&s, &error));
	assert_string_equal(error.text, "statistics: packets received is 100 but its parts are 99; report this");
	s = balanced();
	s.flows.active++;
	assert_false(stats_balanced(&s, &error));
	s = balanced();
	s.sinks[0].counters.offered++;
	assert_false(stats_balanced(&s, &error));
}

static void losses_are_named(void **state)
{
	(void)state;
	struct stats s = balanced();
	struct error error = {""};
	assert_true(stats_lossy(&s, &error));
	assert_string_equal(error.text, "packets lost kernel: 7, packets lost ring: 1, flows shed capacity: 1, "
					"json dropped write: 2, json dropped full: 1");
	struct stats none = {.workers = 1};
	assert_false(stats_lossy(&none, &error));
}

static void the_object_is_the_contract(void **state)
{
	(void)state;
	struct stats s = balanced();
	struct buffer b = {0};
	stats_json(&b, &s);
	json_t *o = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL), *p = json_object_get(o, "packets");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(p, "malformed"), "ipv4Length")), 4);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(p, "lost"), "kernel")), 7);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(p, "lost"), "ring")), 1);
	json_t *json = json_object_get(json_object_get(o, "sinks"), "json");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "dropped"), "full")), 1);
	assert_int_equal(json_object_size(o), 11);
	assert_int_equal(json_array_size(json_object_get(o, "perWorker")), 2);
	json_decref(o);
	buffer_fini(&b);
}

static void a_full_disk_is_told(void **state)
{
	(void)state;
	struct stats s = balanced();
	struct error error = {""};
	assert_int_equal(stats_write(&s, "/dev/full", &error), ERROR_FAILED);
	assert_string_equal(error.text, "/dev/full: No space left on device; name a file that can be written");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_hold),
		cmocka_unit_test(losses_are_named),
		cmocka_unit_test(the_object_is_the_contract),
		cmocka_unit_test(a_full_disk_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
