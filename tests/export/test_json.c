#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <stdlib.h>
#include <wchar.h>

#include <cmocka.h>
#include <jansson.h>

#include "export/json.h"
#include "tests/sample.h"

static void writes_the_contract(void **state)
{
	(void)state;
	struct sample s;
	struct provenance p = sample_provenance();
	struct buffer b = {0};
	sample_fill(&s, 1, 5, 1);
	json_assertion(&b, &p, &s.assertion);
	buffer_char(&b, 0);
	const char *want =
		"{\"assertionId\":\"01000000-0000-8000-8000-000000000001\",\"provenanceId\":1,"
		"\"statementType\":\"Correlation\",\"endpoint\":{\"endpointIdentifier\":"
		"\"02000000-0000-8000-8000-000000000005\",\"uniquelyIdentified\":true,\"designation\":["
		"{\"name\":\"macAddress\",\"value\":\"00:0c:29:00:00:05\",\"howKnown\":[\"observation\"],"
		"\"confidence\":99},{\"name\":\"ipv4Address\",\"value\":\"10.0.0.5\",\"howKnown\":[\"observation\"],"
		"\"confidence\":95}]},\"attributes\":[{\"name\":\"softwareInstance\",\"value\":{\"softwareTitle\":"
		"\"nginx\",\"softwareCreator\":\"F5\",\"softwareVersion\":\"1.22.1\",\"softwareIdentifier\":"
		"\"cpe:2.3:a:f5:nginx:1.22.1:*:*:*:*:*:*:*\",\"role\":\"server\",\"transport\":\"tcp\",\"port\":80},"
		"\"howKnown\":[\"self\",\"observation\"],\"confidence\":90,\"method\":\"http.server\","
		"\"signature\":\"http.server/nginx\",\"evidence\":[{\"field\":\"http.server\",\"value\":"
		"\"nginx/1.22.1\",\"communityId\":\"1:";
	assert_memory_equal(b.data, want, strlen(want));
	const char *tail = "\"time\":\"2026-11-20T12:00:00.123457Z\",\"source\":\"capture.pcap\",\"packet\":2}]}],"
			   "\"interval\":{\"start\":\"2026-11-20T12:00:00.123456Z\",\"end\":"
			   "\"2026-11-20T12:00:09.123456Z\",\"open\":false},"
			   "\"collectionTimestamp\":\"2026-11-20T12:00:00.123457Z\"}\n";
	assert_string_equal(b.data + b.len - 1 - strlen(tail), tail);
	buffer_fini(&b);
}

/* The published example of Community ID v1, seed 0. */
static void knows_the_community(void **state)
{
	(void)state;
	struct evidence e = {.field = "f",
			     .tuple = {.src = {.bytes = {128, 232, 110, 120}},
				       .dst = {.bytes = {66, 35, 250, 204}},
				       .sport = 34855,
				       .dport = 80,
				       .protocol = 6,
				       .version = 4}};
	struct buffer b = {0};
	for (int i = 0; i < 2; i++) {
		buffer_clear(&b);
		json_evidence(&b, &e, 1);
		buffer_char(&b, 0);
		assert_string_equal(b.data, "[{\"field\":\"f\",\"communityId\":\"1:LQU9qZlK+B5F3KDmev6m5PMibrg=\"}]");
	}
	e.tuple.version = 0;
	buffer_clear(&b);
	json_evidence(&b, &e, 1);
	buffer_char(&b, 0);
	assert_string_equal(b.data, "[{\"field\":\"f\"}]");
	buffer_fini(&b);
}

static void leaves_out_what_is_absent(void **state)
{
	(void)state;
	struct sample s;
	struct provenance p = sample_provenance();
	struct buffer b = {0};
	sample_fill(&s, 1, 5, 1);
	s.assertion.has_endpoint = false;
	s.attribute.signature = NULL;
	s.attribute.method = NULL;
	s.attribute.n_evidence = 0;
	json_assertion(&b, &p, &s.assertion);
	buffer_char(&b, 0);
	assert_non_null(strstr(b.data, "\"endpoint\":{\"uniquelyIdentified\":false,\"designation\":["));
	assert_null(strstr(b.data, "endpointIdentifier"));
	assert_null(strstr(b.data, "signature"));
	assert_null(strstr(b.data, "method"));
	assert_null(strstr(b.data, "evidence"));
	assert_null(strstr(b.data, "basis"));
	buffer_clear(&b);
	static const uint8_t id[1][16] = {{1}};
	s.assertion.basis = id;
	s.assertion.n_basis = 1;
	json_assertion(&b, &p, &s.assertion);
	buffer_char(&b, 0);
	assert_non_null(strstr(b.data, "}],\"basis\":[\"01000000-0000-0000-0000-000000000000\"],\"interval\":"));
	buffer_fini(&b);
}

static void names_are_plain_values(void **state)
{
	(void)state;
	struct member m = {.name = NULL, .text = "printer \"one\""};
	struct attribute a = {.name = ATTRIBUTE_NAME, .members = &m, .n_members = 1};
	struct buffer b = {0};
	json_value(&b, &a);
	m.name = "";
	json_value(&b, &a);
	const char *const names[] = {"a", "b", NULL};
	struct member rest[] = {{.name = "names", .list = names}, {.name = "port", .number = -1}};
	a = (struct attribute){.name = ATTRIBUTE_CERTIFICATE, .members = rest, .n_members = 2};
	json_value(&b, &a);
	buffer_char(&b, 0);
	assert_string_equal(b.data,
			    "\"printer \\\"one\\\"\"\"printer \\\"one\\\"\"{\"names\":[\"a\",\"b\"],\"port\":-1}");
	buffer_fini(&b);
}

static void provenance_is_a_line(void **state)
{
	(void)state;
	struct provenance p = sample_provenance();
	struct buffer b = {0};
	json_provenance(&b, &p);
	buffer_char(&b, 0);
	assert_string_equal(b.data,
			    "{\"provenanceId\":1,\"component\":\"urn:uuid:07000000-0000-8000-8000-000000000001\","
			    "\"software\":\"onlooker 0.1.0\",\"sensor\":{\"hostName\":\"sensor\","
			    "\"ipv4Address\":[\"192.0.2.250\"]},\"observationPoint\":\"pcap:capture.pcap\","
			    "\"observationDomainId\":1,\"signatureSet\":\"sha256:00\",\"clock\":\"packet\","
			    "\"privacy\":{\"userName\":\"drop\"},"
			    "\"creationTimestamp\":\"2026-11-20T12:00:00.123456Z\"}\n");
	buffer_fini(&b);
}

/* The text that JSON must give back for wire text: valid UTF-8 as it is, other bytes as that character. */
static void check_text(const char *raw)
{
	struct buffer b = {0};
	json_text(&b, raw);
	json_error_t error;
	json_t *value = json_loadb(b.data, b.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	if (!value)
		fail_msg("%s in %.*s", error.text, (int)b.len, b.data);
	const uint8_t *got = (const uint8_t *)json_string_value(value);
	for (const uint8_t *p = (const uint8_t *)raw; *p;) {
		mbstate_t shift = {0};
		wchar_t c;
		size_t n = mbrtowc(&c, (const char *)p, strlen((const char *)p), &shift);
		if (n <= 4 && c <= 0x10ffff) { /* valid UTF-8, as the C library sees it */
			assert_memory_equal(got, p, n);
			got += n;
			p += n;
		} else { /* the byte as U+0080 … U+00FF in UTF-8 */
			assert_int_equal(got[0], 0xc0 | *p >> 6);
			assert_int_equal(got[1], 0x80 | (*p++ & 0x3f));
			got += 2;
		}
	}
	assert_int_equal(*got, 0);
	json_decref(value);
	buffer_fini(&b);
}

static void any_bytes_give_valid_json(void **state)
{
	(void)state;
	char raw[64];
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	srand(1);
	for (int i = 0; i < 20000; i++) {
		size_t n = (size_t)rand() % 63;
		for (size_t k = 0; k < n; k++)
			raw[k] = (char)(1 + rand() % (i & 1 ? 255 : 127));
		raw[n] = 0;
		check_text(raw);
	}
	for (int c = 1; c < 256; c++)
		for (size_t at = 0; at < 9; at++) {
			memset(raw, 'a', 9);
			raw[at] = (char)c;
			raw[9] = 0;
			check_text(raw);
		}
}

static void whole_lines_of_hostile_text_parse(void **state)
{
	(void)state;
	struct provenance p = sample_provenance();
	struct buffer b = {0};
	char raw[40];
	srand(2);
	for (int i = 0; i < 2000; i++) {
		for (size_t k = 0; k < sizeof raw - 1; k++)
			raw[k] = (char)(1 + rand() % 255);
		raw[sizeof raw - 1] = 0;
		struct sample s;
		sample_fill(&s, (uint32_t)i, (uint32_t)i, 1);
		s.designations[0].value = raw;
		s.members[0].text = raw;
		s.evidence.value = raw;
		s.evidence.source = raw;
		buffer_clear(&b);
		json_assertion(&b, &p, &s.assertion);
		assert_int_equal(b.data[b.len - 1], '\n');
		assert_ptr_equal(memchr(b.data, '\n', b.len), b.data + b.len - 1);
		json_t *value = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(value);
		json_decref(value);
	}
	buffer_fini(&b);
}

/* Every octet at every place of texts of every short length: as the slow way writes it. */
static void quick_is_as_slow(void **state)
{
	(void)state;
	struct buffer quick = {0}, slow = {0};
	for (size_t len = 1; len < 36; len++)
		for (size_t at = 0; at < len; at++)
			for (unsigned c = 1; c < 256; c++) {
				char text[36] = {0};
				memset(text, 'x', len);
				text[at] = (char)c;
				buffer_clear(&quick);
				buffer_clear(&slow);
				json_text(&quick, text);
				buffer_json_string(&slow, text);
				assert_int_equal(quick.len, slow.len);
				assert_memory_equal(quick.data, slow.data, slow.len);
			}
	buffer_fini(&quick);
	buffer_fini(&slow);
}

/* Lines in a row, of one endpoint and of others, are those that would be written alone. */
static void in_a_row_they_are_the_same(void **state)
{
	(void)state;
	struct provenance p = sample_provenance();
	struct sample s[2];
	struct buffer row = {0}, alone = {0};
	struct json_endpoint before = {0};
	sample_fill(&s[0], 1, 5, 1);
	sample_fill(&s[1], 2, 6, 1);
	struct assertion a[] = {s[0].assertion, s[0].assertion, s[0].assertion, s[0].assertion,
				s[0].assertion, s[1].assertion, s[1].assertion, s[0].assertion};
	a[2].unique = !a[2].unique;
	a[3].endpoint[15] ^= 1;
	a[4].has_endpoint = false;
	a[6].n_designations = 1;
	for (unsigned round = 0; round < 64; round++) /* the buffer grows meanwhile */
		for (unsigned i = 0; i < sizeof a / sizeof *a; i++) {
			json_assertion_after(&row, &p, &a[i], &before);
			json_assertion(&alone, &p, &a[i]);
		}
	assert_int_equal(row.len, alone.len);
	assert_memory_equal(row.data, alone.data, alone.len);
	buffer_fini(&row);
	buffer_fini(&alone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_contract),
		cmocka_unit_test(knows_the_community),
		cmocka_unit_test(leaves_out_what_is_absent),
		cmocka_unit_test(names_are_plain_values),
		cmocka_unit_test(provenance_is_a_line),
		cmocka_unit_test(any_bytes_give_valid_json),
		cmocka_unit_test(whole_lines_of_hostile_text_parse),
		cmocka_unit_test(quick_is_as_slow),
		cmocka_unit_test(in_a_row_they_are_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
