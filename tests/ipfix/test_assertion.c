#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ipfix/assertion.h"
#include "ipfix/element.h"

/* Vectors of the Community ID specification. */
static const struct vector {
	const char *src, *dst;
	uint16_t sport, dport;
	uint8_t protocol;
	const char *id;
	bool one_way;
} vectors[] = {
	{"192.168.1.52", "8.8.8.8", 54585, 53, 17, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=", false},
	{"192.168.170.8", "192.168.170.56", 7, 7, 132, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=", false},
	{"192.168.0.89", "192.168.0.1", 8, 0, 1, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", false},
	{"fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0, 58, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=", false},
	{"3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0, 58, "1:2ObVBgIn28oZvibYZhZMBgh7WdQ=", true},
	{"10.1.12.1", "10.1.12.2", 0, 0, 46, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=", false},
	{"128.232.110.120", "66.35.250.204", 34855, 80, 6, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=", false},
};

static void community_ids_are_those_of_the_specification(void **state)
{
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		const struct vector *v = &vectors[i];
		struct flow_tuple t = {.sport = v->sport, .dport = v->dport, .protocol = v->protocol};
		char id[32];
		t.version = address_parse(v->src, &t.src);
		assert_int_equal(address_parse(v->dst, &t.dst), t.version);
		community_id(&t, id);
		assert_string_equal(id, v->id);
	}
}

static void both_directions_have_one_id(void **state)
{
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		const struct vector *v = &vectors[i];
		if (v->one_way || v->protocol == 1 || v->protocol == 58)
			continue;
		struct flow_tuple t = {.sport = v->dport, .dport = v->sport, .protocol = v->protocol};
		char id[32];
		t.version = address_parse(v->dst, &t.src);
		address_parse(v->src, &t.dst);
		community_id(&t, id);
		assert_string_equal(id, v->id);
	}
	struct flow_tuple reply = {.sport = 0, .dport = 0, .protocol = 1, .version = 4};
	char id[32];
	address_parse("192.168.0.1", &reply.src);
	address_parse("192.168.0.89", &reply.dst);
	community_id(&reply, id);
	assert_string_equal(id, vectors[2].id);
}

static void no_address_no_id(void **state)
{
	struct flow_tuple t = {.protocol = 17};
	char id[32] = "x";
	community_id(&t, id);
	assert_string_equal(id, "");
}

static void every_name_is_an_element(void **state)
{
	for (int i = 0; i < DESIGNATIONS; i++)
		assert_non_null(element_find(assertion_designation_name(i)));
	for (int i = 0; i < ATTRIBUTES; i++) {
		struct attribute a = {.name = i, .designation = DESIGNATION_HOST_NAME};
		assert_non_null(element_find(assertion_attribute_name(&a)));
	}
}

static void names_of_statements_and_marks(void **state)
{
	assert_string_equal(assertion_statement_name(STATEMENT_OBSERVATION), "Observation");
	assert_string_equal(assertion_statement_name(STATEMENT_EVENT), "Event");
	assert_string_equal(assertion_known_name(KNOWN_SELF), "self");
	assert_string_equal(assertion_known_name(KNOWN_DERIVED), "derived");
	assert_string_equal(assertion_known_name(3), "");
}

static void uuids_have_the_canonical_form(void **state)
{
	const uint8_t id[16] = {0, 1, 2, 3, 4, 5, 0x86, 7, 0x88, 9, 10, 11, 12, 13, 14, 255};
	char text[37];
	uuid_text(id, text);
	assert_string_equal(text, "00010203-0405-8607-8809-0a0b0c0d0eff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(community_ids_are_those_of_the_specification),
		cmocka_unit_test(both_directions_have_one_id),
		cmocka_unit_test(no_address_no_id),
		cmocka_unit_test(every_name_is_an_element),
		cmocka_unit_test(names_of_statements_and_marks),
		cmocka_unit_test(uuids_have_the_canonical_form),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
