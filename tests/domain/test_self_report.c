#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/self_report.h"

static int read_text(const char *format, const char *text, struct self_report *r, struct error *error)
{
	size_t len = strlen(text);
	char *copy = malloc(len + 1); /* exactly as long as it is: reading past it shows */
	assert_non_null(copy);
	memcpy(copy, text, len);
	int code = self_report_read(format, copy, len, r, error);
	free(copy);
	return code;
}

static void expect(const char *format, const char *text, uint32_t count, const char *title, const char *version)
{
	struct self_report r;
	struct error error = {""};
	if (read_text(format, text, &r, &error) != 0)
		fail_msg("%s: %s", format, error.text);
	assert_int_equal(r.count, count);
	assert_string_equal(r.items[count - 1].title, title);
	if (version)
		assert_string_equal(r.items[count - 1].version, version);
	self_report_free(&r);
}

static void refuse(const char *format, const char *text, const char *said)
{
	struct self_report r;
	struct error error = {""};
	assert_int_equal(read_text(format, text, &r, &error), ERROR_USAGE);
	if (!strstr(error.text, said))
		fail_msg("%s: '%s' lacks '%s'", format, error.text, said);
	self_report_free(&r);
}

static void packages_of_dpkg(void **state)
{
	(void)state;
	expect("dpkg", "adduser\t3.134\nlibc6:amd64\t2.36-9+deb12u10\n", 2, "libc6", "2.36-9+deb12u10");
	expect("dpkg", "jq 1.6-2.1", 1, "jq", "1.6-2.1");
	expect("dpkg",
	       "Desired=Unknown/Install\n| Status=Not/Inst\n|/ Err?=(none)\n||/ Name Version Architecture Description\n"
	       "+++-===-===\nii  bash  5.2.15-2+b7  amd64  GNU Bourne Again SHell\nrc  gone  1.0  amd64  was removed\n",
	       1, "bash", "5.2.15-2+b7");
	expect("dpkg",
	       "Package: bash\nStatus: install ok installed\nVersion: 5.2\nDescription: shell\n text\n\n"
	       "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
	       "Package: zsh\nStatus: install ok installed\nVersion: 5.9\n",
	       2, "zsh", "5.9");
	refuse("dpkg", "bash\n", "line 1 is no package and version");
	refuse("dpkg", "bash 5.2\n<html> x\n", "line 2");
	refuse("dpkg", "", "no software");
}

static void rows_of_osquery(void **state)
{
	(void)state;
	expect("osquery",
	       "[{\"name\":\"bash\",\"version\":\"5.2\"},{\"name\":\"Firefox\",\"version\":\"128.0\","
	       "\"publisher\":\"Mozilla\"}]",
	       2, "Firefox", "128.0");
	expect("osquery",
	       "{\"os_version\":[{\"name\":\"Debian GNU/Linux\",\"version\":\"12\",\"major\":\"12\","
	       "\"platform\":\"debian\"}]}",
	       1, "Debian GNU/Linux", "12");
	refuse("osquery", "[{\"name\":", "no JSON");
	refuse("osquery", "[7]", "no list of rows");
	refuse("osquery", "[]", "no software");
}

static void components_of_cyclonedx(void **state)
{
	(void)state;
	expect("cyclonedx",
	       "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":[{\"type\":\"library\","
	       "\"name\":\"zlib\",\"version\":\"1.3\",\"components\":[{\"type\":\"file\",\"name\":\"x\"}]}]}",
	       2, "x", NULL);
	refuse("cyclonedx", "{\"spdxVersion\":\"SPDX-2.3\"}", "bomFormat");
	refuse("cyclonedx", "{\"bomFormat\":\"CycloneDX\",\"components\":[{\"type\":\"library\"}]}", "no name");
	refuse("lotus", "x", "no such format");
}

/* Whatever a report is cut to, it is read or refused. */
static void every_cut_ends_well(void **state)
{
	(void)state;
	static const char *const texts[][2] = {
		{"dpkg", "Package: bash\nStatus: install ok installed\nVersion: 5.2\n\nii  bash 5.2 amd64 x\n"},
		{"dpkg", "ii  bash  5.2  amd64\nrc x 1 y\nlibc6:amd64 2.36\n"},
		{"osquery", "{\"deb_packages\":[{\"name\":\"bash\",\"version\":\"5.2\"}]}"},
		{"cyclonedx",
		 "{\"bomFormat\":\"CycloneDX\",\"components\":[{\"name\":\"a\",\"supplier\":{\"name\":\"b\"}}]}"},
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t len = 0; len <= strlen(texts[i][1]); len++) {
			struct self_report r;
			struct error error = {""};
			char *cut = malloc(len + 1);
			assert_non_null(cut);
			memcpy(cut, texts[i][1], len);
			if (self_report_read(texts[i][0], cut, len, &r, &error) != 0)
				assert_true(strlen(error.text) > 0);
			self_report_free(&r);
			free(cut);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packages_of_dpkg),
		cmocka_unit_test(rows_of_osquery),
		cmocka_unit_test(components_of_cyclonedx),
		cmocka_unit_test(every_cut_ends_well),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
