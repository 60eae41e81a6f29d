/* Splitting EAL arguments as a shell would. */
#include "capture/words.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

static void texts_become_words(void **state)
{
	static const struct {
		const char *text;
		const char *words[6];
	} rows[] = {
		{"", {NULL}},
		{" \t\n ", {NULL}},
		{"-l 0", {"-l", "0"}},
		{"  --no-pci   -m\t256 ", {"--no-pci", "-m", "256"}},
		{"--lcores='0@(0-1),1@(0-1)' -n 4", {"--lcores=0@(0-1),1@(0-1)", "-n", "4"}},
		{"--vdev \"net_pcap0,rx_pcap=a b.pcap\"", {"--vdev", "net_pcap0,rx_pcap=a b.pcap"}},
		{"a\\ b '\\' \"\\\"\" ''", {"a b", "\\", "\"", ""}},
		{"'it'\"'\"'s'", {"it's"}},
		{"end\\", {"end\\"}},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct words w;
		struct error error;
		assert_int_equal(words_init(&w, "onlooker", rows[i].text, &error), 0);
		assert_string_equal(w.items[0], "onlooker");
		uint32_t n = 0;
		for (; rows[i].words[n]; n++)
			assert_string_equal(w.items[n + 1], rows[i].words[n]);
		assert_int_equal(w.count, n + 1);
		assert_null(w.items[w.count]);
		words_fini(&w);
	}
}

static void open_quotes_are_refused(void **state)
{
	static const char *const rows[] = {"'", "-l '0", "\"a 'b'", "a\\\" \"\\\"", "--x=\""};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct words w;
		struct error error;
		assert_int_equal(words_init(&w, NULL, rows[i], &error), ERROR_USAGE);
		assert_non_null(strstr(error.text, "quote"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_become_words),
		cmocka_unit_test(open_quotes_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
