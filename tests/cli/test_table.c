#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/table.h"

static char *printed(const struct table *t, unsigned width)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	assert_true(table_print(t, f, width));
	fclose(f);
	return text;
}

static void columns_fit(void **state)
{
	(void)state;
	static const char *const heads[] = {"ONE", "TWO"};
	struct table t;
	table_init(&t, heads, 2);
	table_cell(&t, "a");
	table_cell(&t, "bb");
	table_cell(&t, "long cell of text");
	table_cell(&t, "ü");
	char *text = printed(&t, 0);
	assert_string_equal(text, "ONE                TWO\na                  bb\nlong cell of text  ü\n");
	free(text);
	text = printed(&t, 16);
	assert_string_equal(text, "ONE          TWO\na            bb\nlong cell …  ü\n");
	free(text);
	table_fini(&t);
}

static void terminals_obey_nobody(void **state)
{
	(void)state;
	struct buffer b = {0};
	table_escape(&b, "a\x1b[2Jb\n\x7f\xc2\x9b|\xe2\x80\xae|\xff|é");
	buffer_char(&b, 0);
	assert_string_equal(b.data, "a\\x1b[2Jb\\x0a\\x7f\\x9b|\\u202e|\\xff|é");
	buffer_clear(&b);
	for (int c = 1; c < 256; c++) { /* a byte cut off from its sequence */
		const char text[2] = {(char)c, 0};
		buffer_clear(&b);
		table_escape(&b, text);
		for (size_t i = 0; i < b.len; i++)
			assert_in_range(b.data[i], 0x20, 0x7e);
	}
	buffer_fini(&b);
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_fit),
		cmocka_unit_test(terminals_obey_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
