#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ipfix/assertion_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const names[] = {"a.example", "b.example", NULL};
static const struct member members[] = {
	{.name = "softwareTitle", .text = "nginx"}, {.name = "port", .number = 8443}, {.name = "names", .list = names}};
static const struct evidence evidence = {.field = "http.server",
					 .value = "nginx/1.22.1 \xff\xc3\xa9",
					 .tuple = {.version = 4, .protocol = 17, .sport = 54585, .dport = 53},
					 .time_ns = 1700000000123456000,
					 .source = "capture.pcap",
					 .packet = 1042};
static const struct designation designations[] = {
	{DESIGNATION_MAC, "00:0c:29:aa:bb:cc", KNOWN_OBSERVATION, 99},
	{DESIGNATION_IPV4, "192.0.2.7", KNOWN_OBSERVATION, 95},
};
static const struct attribute attributes[] = {{.name = ATTRIBUTE_SOFTWARE,
					       .members = members,
					       .n_members = 3,
					       .known = KNOWN_SELF | KNOWN_OBSERVATION,
					       .confidence = 90,
					       .method = "http.server",
					       .evidence = &evidence,
					       .n_evidence = 1}};
static const uint8_t basis[][16] = {"0123456789abcde"};

static struct assertion sample(uint8_t number)
{
	return (struct assertion){.id = {number},
				  .statement = STATEMENT_CORRELATION,
				  .has_endpoint = true,
				  .unique = true,
				  .endpoint = "ENDPOINT-SIXTEEN",
				  .designations = designations,
				  .n_designations = 2,
				  .attributes = attributes,
				  .n_attributes = 1,
				  .basis = basis,
				  .n_basis = 1,
				  .start_ns = 1700000000000000000,
				  .end_ns = 1700000001000000000,
				  .collected_ns = 1700000002000000000};
}

static bool holds(const struct buffer *b, const char *text, size_t len)
{
	return memmem(b->data, b->len, text, len);
}

#define HOLDS(b, literal) holds(b, literal, sizeof(literal) - 1)

/* Number of whole messages, -1 when the payload is not a run of them. */
static int messages(const struct buffer *b)
{
	int n = 0;
	const uint8_t *p = (const uint8_t *)b->data, *end = p + b->len;
	while (p < end) {
		if (end - p < 16 || p[0] || p[1] != 10 || (p[2] << 8 | p[3]) < 16)
			return -1;
		p += p[2] << 8 | p[3];
		n++;
	}
	return p == end ? n : -1;
}

static void needs_an_enterprise_number(void **state)
{
	struct assertion_encoder *e;
	struct error error;
	assert_int_equal(assertion_encoder_new(0, 1, &e, &error), ERROR_USAGE);
	assert_null(e);
	assert_non_null(strstr(error.text, "pen"));
}

static void payload_stands_alone(void **state)
{
	struct assertion_encoder *e;
	struct error error = {""};
	struct buffer b = {0};
	struct assertion a[] = {sample(1), sample(2), sample(3)};
	assert_int_equal(assertion_encoder_new(32473, 7, &e, &error), 0);
	for (int round = 0; round < 3; round++) {
		buffer_clear(&b);
		assert_int_equal(assertion_messages(e, 1, a, 3, &b, &error), 3);
		assert_true(messages(&b) >= 2); /* templates, data */
		assert_int_equal(((uint8_t *)b.data)[16 + 1], 2);
		assert_true(HOLDS(&b, "nginx"));
		assert_true(HOLDS(&b, "8443"));
		assert_true(HOLDS(&b, "b.example"));
		assert_true(HOLDS(&b, "ENDPOINT-SIXTEEN"));
		assert_true(HOLDS(&b, "0123456789abcde"));
		assert_true(HOLDS(&b, "nginx/1.22.1 \xc3\xbf\xc3\xa9")); /* the odd octet became U+00FF */
		assert_false(HOLDS(&b, "\xff\xc3\xa9"));
		const uint8_t *time = memmem(b.data, b.len, "\xe8\xfe\x6f\x80\x1f", 5); /* evidence, NTP */
		assert_non_null(time);
		uint64_t fraction = (uint64_t)time[4] << 24 | time[5] << 16 | time[6] << 8 | time[7];
		assert_int_equal(fraction * 1000000 >> 32, 123456);
		assert_int_equal(fraction & 0x7ff, 0);
	}
	buffer_fini(&b);
	assertion_encoder_free(e);
}

static void too_large_is_said_and_others_go_on(void **state)
{
	struct assertion_encoder *e;
	struct error error = {""};
	struct buffer b = {0};
	char *large = malloc(70001);
	memset(large, 'x', 70000);
	large[70000] = 0;
	const struct designation d = {DESIGNATION_HOST_NAME, large, KNOWN_SELF, 50};
	struct assertion a[] = {sample(1), sample(2), sample(3)};
	a[1].designations = &d;
	a[1].n_designations = 1;
	assert_int_equal(assertion_encoder_new(32473, 7, &e, &error), 0);
	assert_int_equal(assertion_messages(e, 1, a, 3, &b, &error), 2);
	assert_true(messages(&b) >= 2);
	assert_string_not_equal(error.text, "");
	free(large);
	buffer_fini(&b);
	assertion_encoder_free(e);
}

/* What fixbuf's own reader makes of it; where it is installed. */
static void ipfix_dump_reads_it(void **state)
{
	if (system("ipfixDump --version >/dev/null 2>&1")) {
		skip();
		return;
	}
	struct assertion_encoder *e;
	struct error error = {""};
	struct buffer b = {0};
	struct assertion a[] = {sample(1), sample(2), sample(3)};
	assert_int_equal(assertion_encoder_new(32473, 7, &e, &error), 0);
	assert_int_equal(assertion_messages(e, 1, a, 3, &b, &error), 3);
	char name[] = "/tmp/onlooker-test-XXXXXX", command[512];
	int fd = mkstemp(name);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, b.data, b.len), b.len);
	close(fd);
	snprintf(command, sizeof command,
		 "n=$(ipfixDump --in %s -e " ELEMENTS_XML
		 " | grep -c -e 'evidencePacket : 1042' -e 'memberValue : (len: 4) 8443'); test \"$n\" = 6",
		 name);
	int status = system(command);
	unlink(name);
	assert_int_equal(status, 0);
	buffer_fini(&b);
	assertion_encoder_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(needs_an_enterprise_number),
		cmocka_unit_test(payload_stands_alone),
		cmocka_unit_test(too_large_is_said_and_others_go_on),
		cmocka_unit_test(ipfix_dump_reads_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
