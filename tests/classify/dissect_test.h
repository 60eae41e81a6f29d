/* What every dissector test includes: cmocka in the order it wants, and the fixture. */
#ifndef ONLOOKER_TESTS_CLASSIFY_DISSECT_TEST_H
#define ONLOOKER_TESTS_CLASSIFY_DISSECT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/classify/datagram_fixture.h"

#endif
