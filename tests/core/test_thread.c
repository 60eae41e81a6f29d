/* Threads that bear a name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/thread.h"

#include <string.h>

static void *name_of_self(void *out)
{
	/* the name is given by who starts the thread, so it may come a moment later */
	for (int i = 0; i < 100000 && strncmp(out, "worker", 6) != 0; i++)
		(void)pthread_getname_np(pthread_self(), out, THREAD_NAME_BYTES);
	return NULL;
}

static void test_named(void **state)
{
	(void)state;
	char name[THREAD_NAME_BYTES] = "";
	pthread_t thread;
	assert_int_equal(thread_start(&thread, "worker 7", NULL, name_of_self, name), 0);
	pthread_join(thread, NULL);
	assert_string_equal(name, "worker 7");
}

static void test_long_name_is_cut(void **state)
{
	(void)state;
	char name[THREAD_NAME_BYTES] = "";
	pthread_t thread;
	assert_int_equal(thread_start(&thread, "worker of a very long name", NULL, name_of_self, name), 0);
	pthread_join(thread, NULL);
	assert_string_equal(name, "worker of a ver");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_named), cmocka_unit_test(test_long_name_is_cut)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
