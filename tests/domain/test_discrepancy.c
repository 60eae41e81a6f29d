#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/discrepancy.h"

static void names_of_packages_and_titles(void **state)
{
	(void)state;
	static const struct {
		const char *reported, *observed;
		bool same;
	} rows[] = {
		{"openssh-server", "OpenSSH", true},
		{"openssh-client", "OpenSSH", true},
		{"apache2", "Apache HTTP Server", true},
		{"apache2", "Apache httpd", true},
		{"apache2", "Apache Tomcat", false},
		{"apache2-utils", "Apache HTTP Server", false},
		{"nginx-light", "nginx", true},
		{"nginx", "nginx", true},
		{"bind9", "BIND", true},
		{"php8.2", "PHP", true},
		{"postgresql-15", "PostgreSQL", true},
		{"curlftpfs", "curl", false},
		{"libcurl4", "curl", false},
		{"exim4-daemon-light", "Exim", true},
		{"vsftpd", "vsftpd", true},
		{"", "nginx", false},
		{"nginx", "", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (discrepancy_same_software(rows[i].reported, rows[i].observed) != rows[i].same)
			fail_msg("%s and %s", rows[i].reported, rows[i].observed);
}

static void versions_of_packages_and_banners(void **state)
{
	(void)state;
	static const struct {
		const char *reported, *observed;
		bool agree;
	} rows[] = {
		{"1:9.2p1-2+deb12u3", "9.2p1", true},   {"1:9.2p1-2+deb12u3", "9.3p1", false},
		{"2.4.57-2", "2.4.57", true},           {"2.4.57-2", "2.4", true},
		{"2.4.57-2", "2.4.58", false},          {"1.22.1", "1.22.1", true},
		{"9.18.24-1~deb12u1", "9.18.24", true}, {"", "1.0", true},
		{"7.88.1-10+deb12u5", "7.88.1", true},  {"3.0.3-13+b2", "3.0.5", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (discrepancy_versions_agree(rows[i].reported, rows[i].observed) != rows[i].agree)
			fail_msg("%s and %s", rows[i].reported, rows[i].observed);
}

static struct claim software(const char *value, uint8_t known)
{
	return (struct claim){.kind = "softwareInstance", .value = value, .known = known, .confidence = 90};
}

static void four_ways_to_stand(void **state)
{
	(void)state;
	const struct claim claims[] = {
		software("{\"softwareTitle\":\"openssh-server\",\"softwareVersion\":\"1:9.2p1-2\"}", KNOWN_SELF),
		software("{\"softwareTitle\":\"vsftpd\",\"softwareVersion\":\"3.0.4-1\"}", KNOWN_SELF),
		software("{\"softwareTitle\":\"bash\",\"softwareVersion\":\"5.2\"}", KNOWN_SELF),
		software("{\"softwareTitle\":\"OpenSSH\",\"softwareVersion\":\"9.2p1\"}",
			 KNOWN_SELF | KNOWN_OBSERVATION),
		software("{\"softwareTitle\":\"vsftpd\",\"softwareVersion\":\"3.0.3\"}",
			 KNOWN_SELF | KNOWN_OBSERVATION),
		software("{\"softwareTitle\":\"nginx\"}", KNOWN_SELF | KNOWN_OBSERVATION),
	};
	struct inventory_endpoint e = {.claims = claims, .n_claims = 6};
	struct buffer b = {0};
	assert_true(discrepancy_json(&b, &e));
	buffer_char(&b, 0);
	static const char *const wanted[] = {
		"\"reporting\":true",
		"{\"agreement\":\"corroborated\",\"reported\":{\"name\":\"softwareInstance\","
		"\"value\":{\"softwareTitle\":\"openssh-server\"",
		"{\"agreement\":\"contradicted\",\"reported\":{\"name\":\"softwareInstance\",\"value\":{"
		"\"softwareTitle\":\"vsftpd\"",
		"{\"agreement\":\"silent\",\"reported\":{\"name\":\"softwareInstance\",\"value\":{\"softwareTitle\":"
		"\"bash\"",
		"{\"agreement\":\"undeclared\",\"observed\":{\"name\":\"softwareInstance\",\"value\":{"
		"\"softwareTitle\":\"nginx\"",
	};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!strstr(b.data, wanted[i]))
			fail_msg("lacks %s: %s", wanted[i], b.data);
	buffer_clear(&b);
	e.claims = claims + 3; /* it never reported */
	e.n_claims = 3;
	assert_true(discrepancy_json(&b, &e));
	buffer_char(&b, 0);
	assert_non_null(strstr(b.data, "\"reporting\":false,\"software\":[]"));
	e.n_claims = 0;
	assert_false(discrepancy_json(&b, &e));
	buffer_fini(&b);
}

static void a_later_report_takes_the_place_of_an_earlier(void **state)
{
	(void)state;
	struct claim claims[] = {
		software("{\"softwareTitle\":\"openssh-server\",\"softwareVersion\":\"1:8.9p1-3\"}", KNOWN_SELF),
		software("{\"softwareTitle\":\"openssh-server\",\"softwareVersion\":\"1:9.2p1-2\"}", KNOWN_SELF),
		software("{\"softwareTitle\":\"OpenSSH\",\"softwareVersion\":\"9.2p1\"}",
			 KNOWN_SELF | KNOWN_OBSERVATION),
	};
	struct inventory_endpoint e = {.claims = claims, .n_claims = 3};
	for (unsigned later = 0; later < 2; later++) {
		struct buffer b = {0};
		claims[1].start_ns = claims[1].end_ns = later;
		assert_true(discrepancy_json(&b, &e));
		buffer_char(&b, 0);
		assert_non_null(strstr(b.data, "corroborated"));
		assert_int_equal(strstr(b.data, "contradicted") == NULL, later); /* two in one report both stand */
		buffer_fini(&b);
	}
}

/* A list of packages has all there are: what the next has no more was removed. */
static void what_a_later_list_lacks_is_gone(void **state)
{
	(void)state;
	struct claim claims[] = {
		software("{\"softwareTitle\":\"telnetd\",\"softwareVersion\":\"0.17\"}", KNOWN_SELF),
		software("{\"softwareTitle\":\"bash\",\"softwareVersion\":\"5.2\"}", KNOWN_SELF),
	};
	static const char *const methods[] = {"selfReport", "selfReport.osquery", "selfReport.dpkg"};
	struct inventory_endpoint e = {.claims = claims, .n_claims = 2};
	claims[0].method = "selfReport.dpkg";
	claims[1].start_ns = claims[1].end_ns = 1;
	for (unsigned i = 0; i < 3; i++) {
		struct buffer b = {0};
		claims[1].method = methods[i];
		assert_true(discrepancy_json(&b, &e));
		buffer_char(&b, 0);
		assert_non_null(strstr(b.data, "bash"));
		assert_int_equal(strstr(b.data, "telnetd") == NULL, i == 2);
		buffer_fini(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_packages_and_titles),
		cmocka_unit_test(versions_of_packages_and_banners),
		cmocka_unit_test(four_ways_to_stand),
		cmocka_unit_test(a_later_report_takes_the_place_of_an_earlier),
		cmocka_unit_test(what_a_later_list_lacks_is_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
