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
	refuse("dpkg", "ii  :amd64 1.0\n", "line 1 is no package and version");
	struct self_report r;
	struct error error = {""};
	assert_int_equal(self_report_read("dpkg", "ii  \0ash 5.2\n", 14, &r, &error), ERROR_USAGE);
	assert_non_null(strstr(error.text, "octets of zero"));
	self_report_free(&r);
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

static void packages_of_spdx(void **state)
{
	(void)state;
	static const char bill[] =
		"{\"spdxVersion\":\"SPDX-2.3\",\"packages\":[{\"name\":\"zlib\",\"versionInfo\":\"1.2.13\","
		"\"supplier\":\"Organization: Example Inc.\",\"externalRefs\":[{\"referenceType\":\"purl\","
		"\"referenceLocator\":\"pkg:deb/debian/zlib1g@1.2.13\"},{\"referenceType\":\"cpe23Type\","
		"\"referenceLocator\":\"cpe:2.3:a:zlib:zlib:1.2.13:*:*:*:*:*:*:*\"}]}]}";
	struct self_report r;
	assert_int_equal(read_text("spdx", bill, &r, NULL), 0);
	assert_int_equal(r.count, 1);
	assert_string_equal(r.items[0].creator, "Example Inc.");
	assert_string_equal(r.items[0].purl, "pkg:deb/debian/zlib1g@1.2.13");
	assert_string_equal(r.items[0].cpe, "cpe:2.3:a:zlib:zlib:1.2.13:*:*:*:*:*:*:*");
	self_report_free(&r);
	refuse("spdx", "{\"spdxVersion\":\"SPDX-3.0\"}", "spdxVersion is another");
	refuse("spdx", "{\"spdxVersion\":\"SPDX-2.3\"}", "or none");
	refuse("spdx", "{\"spdxVersion\":\"SPDX-2.3\",\"packages\":[{}]}", "has no name");
}

static void tags_of_swid(void **state)
{
	(void)state;
	static const char tag[] =
		"<?xml version='1.0'?><SoftwareIdentity xmlns='http://standards.iso.org/iso/19770/-2/2015/schema.xsd'"
		" name='Example Server' tagId='example-server-4.1' version='4.1.5'>"
		"<Entity name='Example Inc.' regid='example.com' role='tagCreator softwareCreator'/>"
		"<Payload><File name='server'/></Payload></SoftwareIdentity>";
	struct self_report r;
	assert_int_equal(read_text("swid", tag, &r, NULL), 0);
	assert_int_equal(r.count, 1);
	assert_string_equal(r.items[0].title, "Example Server");
	assert_string_equal(r.items[0].version, "4.1.5");
	assert_string_equal(r.items[0].creator, "Example Inc.");
	assert_string_equal(r.items[0].tag, "example.com__example-server-4.1");
	self_report_free(&r);
	expect("swid",
	       "<tags><s:SoftwareIdentity xmlns:s='x' name='A' tagId='1'/><SoftwareIdentity name='B' tagId='2' "
	       "patch='true'/>"
	       "<SoftwareIdentity name='C' tagId='3'><Entity name='N' "
	       "role='softwareCreators'/></SoftwareIdentity></tags>",
	       2, "C", NULL);
	refuse("swid", "<SoftwareIdentity name='A'>", "no XML");
	refuse("swid", "<SoftwareIdentity name='A'/>", "line 1: a tag has no name or tagId");
	refuse("swid", "<x>\n<SoftwareIdentity tagId='1'/></x>", "line 2: a tag has no name");
	refuse("swid", "<SoftwareIdentity name='A' tagId='1'><SoftwareIdentity/></SoftwareIdentity>", "within a tag");
	refuse("swid", "<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", "no document type");
	refuse("swid", "<SoftwareIdentity name='A' tagId='1' supplemental='true'/>", "no software");
	refuse("swid", "<html/>", "no software");
}

/* {0: "example-server-4.1", 1: "Example Server", 13: "4.1.5", 8: false, 2: {31: "Example Inc.", 32: "example.com",
 *  33: [1, 2]}, 6: {17: [{24: "server", 20: 70000}]}} behind its CBOR tag */
static const uint8_t concise[] = {
	0xda, 0x53, 0x57, 0x49, 0x44, 0xa6, 0x00, 0x72, 'e',  'x',  'a',  'm',  'p',  'l',  'e',  '-',  's',  'e',
	'r',  'v',  'e',  'r',  '-',  '4',  '.',  '1',  0x01, 0x6e, 'E',  'x',  'a',  'm',  'p',  'l',  'e',  ' ',
	'S',  'e',  'r',  'v',  'e',  'r',  0x0d, 0x65, '4',  '.',  '1',  '.',  '5',  0x08, 0xf4, 0x02, 0xa3, 0x18,
	31,   0x6c, 'E',  'x',  'a',  'm',  'p',  'l',  'e',  ' ',  'I',  'n',  'c',  '.',  0x18, 32,   0x6b, 'e',
	'x',  'a',  'm',  'p',  'l',  'e',  '.',  'c',  'o',  'm',  0x18, 33,   0x82, 0x01, 0x02, 0x06, 0xa1, 0x11,
	0x81, 0xa2, 0x18, 24,   0x66, 's',  'e',  'r',  'v',  'e',  'r',  0x14, 0x1a, 0x00, 0x01, 0x11, 0x70};

static int read_octets(const uint8_t *octets, size_t len, struct self_report *r, struct error *error)
{
	char *copy = malloc(len + !len);
	assert_non_null(copy);
	memcpy(copy, octets, len);
	int code = self_report_read("coswid", copy, len, r, error);
	free(copy);
	return code;
}

static void refuse_octets(const uint8_t *octets, size_t len, const char *said)
{
	struct self_report r;
	struct error error = {""};
	assert_int_equal(read_octets(octets, len, &r, &error), ERROR_USAGE);
	if (!strstr(error.text, said))
		fail_msg("'%s' lacks '%s'", error.text, said);
	self_report_free(&r);
}

static void tags_of_coswid(void **state)
{
	(void)state;
	struct self_report r;
	uint8_t twice[2 * sizeof concise];
	assert_int_equal(read_octets(concise, sizeof concise, &r, NULL), 0);
	assert_int_equal(r.count, 1);
	assert_string_equal(r.items[0].title, "Example Server");
	assert_string_equal(r.items[0].version, "4.1.5");
	assert_string_equal(r.items[0].creator, "Example Inc.");
	assert_string_equal(r.items[0].tag, "example.com__example-server-4.1");
	self_report_free(&r);
	memcpy(twice, concise, sizeof concise);
	memcpy(twice + sizeof concise, concise, sizeof concise);
	assert_int_equal(read_octets(twice, sizeof twice, &r, NULL), 0);
	assert_int_equal(r.count, 2);
	self_report_free(&r);
	for (size_t n = 1; n < sizeof concise; n++)
		refuse_octets(concise, n, "it is cut");
	/* a map without end, with the octets of a UUID: {_ 0: h'00…', 1: "A"} */
	static const uint8_t endless[] = {0xbf, 0,  0x50, 0,  1,  2,  3,  4, 5,    6,   7,   8,
					  9,    10, 11,   12, 13, 14, 15, 1, 0x61, 'A', 0xff};
	assert_int_equal(read_octets(endless, sizeof endless, &r, NULL), 0);
	assert_string_equal(r.items[0].tag, "invalid.unavailable__00010203-0405-0607-0809-0a0b0c0d0e0f");
	self_report_free(&r);
	static const uint8_t patch[] = {0xa3, 0, 0x61, '1', 1, 0x61, 'A', 9, 0xf5};
	refuse_octets(patch, sizeof patch, "no software");
	static const uint8_t nameless[] = {0xa1, 0, 0x61, '1'};
	refuse_octets(nameless, sizeof nameless, "no name or tag-id");
	static const uint8_t number[] = {0x07};
	refuse_octets(number, sizeof number, "a tag is no map");
	static const uint8_t reserved[] = {0x1c};
	refuse_octets(reserved, sizeof reserved, "it is no CBOR");
	static const uint8_t broken[] = {0xa1, 0xff};
	refuse_octets(broken, sizeof broken, "ends within");
	static const uint8_t half[] = {0xbf, 0, 0xff};
	refuse_octets(half, sizeof half, "a key has no value");
	static const uint8_t huge[] = {0xa1, 5, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00};
	refuse_octets(huge, sizeof huge, "larger than it is");
	uint8_t deep[200] = {0xa1, 5};
	memset(deep + 2, 0x81, sizeof deep - 2);
	refuse_octets(deep, sizeof deep, "nested too deeply");
	memset(deep + 2, 0xc1, sizeof deep - 2);
	refuse_octets(deep, sizeof deep, "nested too deeply");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packages_of_dpkg),        cmocka_unit_test(rows_of_osquery),
		cmocka_unit_test(components_of_cyclonedx), cmocka_unit_test(every_cut_ends_well),
		cmocka_unit_test(packages_of_spdx),        cmocka_unit_test(tags_of_swid),
		cmocka_unit_test(tags_of_coswid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
