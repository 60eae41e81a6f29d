/* What every dissector test includes: cmocka in the order it wants, and the fixture. */
#ifndef ONLOOKER_TESTS_CLASSIFY_DISSECT_TEST_H
#define ONLOOKER_TESTS_CLASSIFY_DISSECT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/classify/datagram_fixture.h"

/* What the fixture found since the last time is this; the list ends with NULL. */
#define SAID(fixture, ...)                                       \
	do {                                                     \
		assert_true(fixture_said(fixture, __VA_ARGS__)); \
		fixture_clear(fixture);                          \
	} while (0)

#endif
