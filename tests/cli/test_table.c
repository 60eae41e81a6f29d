#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/table.h"

static char *printed(struct table *t, unsigned width)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	assert_true(table_print(t, NULL, f, width));
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

static void items_fit_whole(void **state)
{
	(void)state;
	static const char *const heads[] = {"A", "B"};
	static const struct {
		unsigned width;
		const char *text;
	} rows[] = {
		{0, "A                B\none, two, three  word, other +12\n                 last\n"},
		{30, "A            B\none, two +1  word, other +12\n             last\n"},
		{24, "A            B\none, two +1  word +13\n             last\n"},
		{18, "A       B\none +2  word +13\n        last\n"},
	};
	struct table t;
	table_init(&t, heads, 2);
	table_item(&t, "one");
	table_item(&t, "two");
	table_item(&t, "three");
	table_end(&t, 0);
	table_item(&t, "word");
	table_item(&t, "other");
	table_end(&t, 12);
	table_end(&t, 0);
	table_cell(&t, "last");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = printed(&t, rows[i].width);
		assert_string_equal(text, rows[i].text);
		free(text);
	}
	table_fini(&t);
}

/* However narrow: no line is longer than it may be, as long as the columns can be had at all. */
static void lines_never_overflow(void **state)
{
	(void)state;
	static const char *const heads[] = {"ENDPOINT", "ADDRESSES", "NAMES", "SYSTEM", "SOFTWARE"};
	struct table t;
	table_init(&t, heads, 5);
	for (uint32_t i = 0; i < 50; i++) {
		for (uint32_t k = 0; k < i % 7; k++)
			table_item(&t, &"abcdefghijklmnopqrstuvwxyz"[(i + k) % 26]);
		table_end(&t, i % 3 ? 0 : i * 100);
	}
	for (unsigned width = 48; width < 400; width++) {
		char *text = printed(&t, width);
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
			size_t places = 0;
			for (char *p = line; *p; p++)
				places += (*p & 0xc0) != 0x80;
			assert_in_range(places, 0, width);
		}
		free(text);
	}
	table_fini(&t);
}

/* Columns that may go: where they are empty, and where the others would be cut too short, the last to stay first. */
static void columns_that_may_go(void **state)
{
	(void)state;
	static const char *const heads[] = {"A", "EMPTY", "DEVICE", "SEEN", "BARE"};
	static const struct {
		unsigned width;
		const char *text;
	} rows[] = {
		{0, "A     DEVICE                    SEEN        BARE\nword  a device of some name, b  2026-11-20\n"},
		{48, "A     DEVICE                    SEEN        BARE\nword  a device of some name, b  2026-11-20\n"},
		{46, "A     DEVICE                  SEEN        BARE\nword  a device of some n… +1  2026-11-20\n"},
		{40, "A     DEVICE                    BARE\nword  a device of some name, b\n"},
		{34, "A     DEVICE                  BARE\nword  a device of some n… +1\n"},
		{31, "A     BARE\nword\n"},
	};
	struct table t;
	table_init(&t, heads, 5);
	t.stay[1] = TABLE_FILLED;
	t.stay[2] = TABLE_ROOM;
	t.stay[3] = TABLE_ROOM + 1; /* the last column is empty too, and stays */
	table_cell(&t, "word");
	table_end(&t, 0);
	table_item(&t, "a device of some name");
	table_item(&t, "b");
	table_end(&t, 0);
	table_cell(&t, "2026-11-20");
	table_end(&t, 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = printed(&t, rows[i].width);
		assert_string_equal(text, rows[i].text);
		assert_true(t.empty[1] && !t.no_room[1] && !t.empty[4]);
		assert_int_equal(t.no_room[3], rows[i].width && rows[i].width < 44);
		free(text);
	}
	table_fini(&t);
}

static void rows_in_order(void **state)
{
	(void)state;
	static const char *const heads[] = {"A"};
	struct table t;
	table_init(&t, heads, 1);
	size_t order[2];
	order[1] = t.cells.len;
	table_cell(&t, "second");
	order[0] = t.cells.len;
	table_cell(&t, "first");
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	assert_true(table_print(&t, order, f, 0));
	fclose(f);
	assert_string_equal(text, "A\nfirst\nsecond\n");
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
		cmocka_unit_test(columns_fit),          cmocka_unit_test(items_fit_whole),
		cmocka_unit_test(lines_never_overflow), cmocka_unit_test(columns_that_may_go),
		cmocka_unit_test(rows_in_order),        cmocka_unit_test(terminals_obey_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
