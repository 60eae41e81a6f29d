#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/remembered.h"
#include "classify/signature.h"

#include <stdio.h>

static const uint8_t one[16] = {1}, two[16] = {2};

static struct remembered_slot slot(const uint8_t *id, const char *title, uint16_t port)
{
	return (struct remembered_slot){id, title, ROLE_SERVER, 6, port};
}

static void what_was_known(void **state)
{
	(void)state;
	struct remembered m;
	const char *other;
	const struct remembered_slot web = slot(one, "nginx", 80), beside = slot(one, "nginx", 8080),
				     elsewhere = slot(two, "nginx", 80);
	assert_int_equal(remembered_init(&m, 7), 0);
	assert_false(remembered_knows(&m, &web, "1.22.1", 100, &other));
	assert_null(other);
	assert_true(remembered_add(&m, &web, "1.20.0", 10));
	assert_true(remembered_add(&m, &web, "1.22.1", 20));
	assert_true(remembered_knows(&m, &web, "1.22.1", 100, &other));
	assert_true(remembered_knows(&m, &web, "1.22", 100, &other)); /* says less */
	assert_true(remembered_knows(&m, &web, NULL, 100, &other));
	assert_false(remembered_knows(&m, &web, "1.24.0", 100, &other));
	assert_string_equal(other, "1.22.1");
	assert_false(remembered_knows(&m, &web, "1.24.0", 15, &other)); /* an older capture, read later */
	assert_string_equal(other, "1.20.0");
	assert_false(remembered_knows(&m, &web, "1.24.0", 5, &other));
	assert_null(other);
	assert_false(remembered_knows(&m, &beside, "1.22.1", 100, &other));
	assert_null(other);
	assert_false(remembered_knows(&m, &elsewhere, "1.22.1", 100, &other));
	remembered_fini(&m);
}

static void versions_are_bounded(void **state)
{
	(void)state;
	struct remembered m;
	const char *other;
	const struct remembered_slot web = slot(one, "nginx", 80);
	char text[16];
	assert_int_equal(remembered_init(&m, 7), 0);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(text, sizeof text, "%u.0", i);
		assert_true(remembered_add(&m, &web, text, i));
	}
	assert_true(remembered_knows(&m, &web, "5.0", 2000, &other));
	assert_false(remembered_knows(&m, &web, "900.0", 2000, &other));
	assert_string_equal(other, "63.0");
	remembered_fini(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_known), cmocka_unit_test(versions_are_bounded)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
