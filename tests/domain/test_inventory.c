#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/time.h"
#include "domain/claim_text.h"
#include "domain/inventory.h"
#include "domain/inventory_diff.h"
#include "domain/inventory_filter.h"
#include "tests/sample.h"

static struct repository *filled(bool backwards)
{
	struct repository *r;
	struct provenance p = sample_provenance();
	struct sample s;
	assert_int_equal(repository_open(":memory:", REPOSITORY_WRITE, &r, NULL), 0);
	assert_int_equal(repository_provenance(r, &p, NULL), 0);
	for (uint32_t i = 0; i < 30; i++) {
		uint32_t n = backwards ? 29 - i : i;
		sample_fill(&s, n, n / 3, n % 3);
		assert_int_equal(repository_write(r, &s.assertion, 1, NULL), 0);
	}
	return r;
}

/* A name of endpoint `n`, said with its evidence, `after_ns` later than others. */
static void call_later(struct repository *r, uint32_t n, enum designation_name name, const char *text,
		       uint64_t after_ns)
{
	struct sample s;
	struct member m = {.text = text};
	sample_fill(&s, 1000 + n, n, 0);
	s.attribute.name = ATTRIBUTE_NAME;
	s.attribute.designation = name;
	s.attribute.members = &m;
	s.attribute.n_members = 1;
	s.assertion.start_ns += after_ns;
	s.assertion.end_ns += after_ns;
	assert_int_equal(repository_write(r, &s.assertion, 1, NULL), 0);
}

static void call(struct repository *r, uint32_t n, enum designation_name name, const char *text)
{
	call_later(r, n, name, text, 500);
}

static bool append(void *arg, const struct inventory_endpoint *e)
{
	inventory_json(arg, e, NULL);
	return true;
}

static uint32_t found(struct repository *r, const struct inventory_filter *f)
{
	struct buffer b = {0};
	uint32_t n = 0;
	assert_int_equal(inventory_each(r, f, append, &b, NULL), 0);
	for (size_t i = 0; i < b.len; i++)
		n += b.data[i] == '\n';
	buffer_fini(&b);
	return n;
}

static void one_object_an_endpoint(void **state)
{
	(void)state;
	struct repository *r = filled(false);
	struct inventory_filter f = {.identifier = "02000000-0000-8000-8000-000000000004"};
	struct buffer b = {0};
	assert_int_equal(inventory_each(r, &f, append, &b, NULL), 0);
	buffer_char(&b, 0);
	const char *start = "{\"endpointIdentifier\":\"02000000-0000-8000-8000-000000000004\","
			    "\"uniquelyIdentified\":true,\"designation\":[{\"name\":\"macAddress\",\"value\":"
			    "\"00:0c:29:00:00:04\",\"howKnown\":[\"observation\"],\"confidence\":99,\"interval\":"
			    "{\"start\":\"2026-11-20T12:00:00.123456Z\",\"end\":\"2026-11-20T12:00:09.123456Z\","
			    "\"open\":false}},{\"name\":\"ipv4Address\",";
	assert_memory_equal(b.data, start, strlen(start));
	json_t *o = json_loads(b.data, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	assert_int_equal(json_array_size(json_object_get(o, "software")), 3);
	assert_int_equal(json_array_size(json_object_get(o, "services")), 0);
	assert_int_equal(json_object_size(o), 11);
	assert_string_equal(json_string_value(json_object_get(o, "firstSeen")), "2026-11-20T12:00:00.123456Z");
	json_decref(o);
	buffer_fini(&b);
	repository_close(r, NULL);
}

static void texts_are_found_and_decoded(void **state)
{
	(void)state;
	static const struct {
		const char *value, *member, *text;
	} rows[] = {
		{"{\"a\":\"x\",\"b\":\"y\"}", "b", "y"},
		{"{\"a\":\"\\\"b\\\":\\\"no\\\"\",\"b\":\"y\"}", "b", "y"},
		{"{\"a\":\"q\\\"q\",\"port\":80}", "a", "q\"q"},
		{"{\"a\":\"q\",\"port\":80}", "port", "80"},
		{"{\"a\":\"\\u00e9\"}", "a", "é"},
		{"\"plain\"", NULL, "plain"},
		{"\"back\\\\slash\"", NULL, "back\\slash"},
		{"{\"a\":[\"x\"]}", "a", NULL},
		{"{\"a\":\"x\"}", "b", NULL},
		{"{\"a\":\"x\"}", NULL, NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct claim c = {.kind = "k", .value = rows[i].value};
		char text[64] = "";
		assert_int_equal(claim_text(&c, rows[i].member, text, sizeof text), rows[i].text != NULL);
		assert_string_equal(text, rows[i].text ? rows[i].text : "");
	}
}

static void the_same_content_gives_the_same_bytes(void **state)
{
	(void)state;
	struct buffer a = {0}, b = {0};
	struct repository *r = filled(false), *s = filled(true);
	assert_int_equal(inventory_each(r, NULL, append, &a, NULL), 0);
	assert_int_equal(inventory_each(s, NULL, append, &b, NULL), 0);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	buffer_fini(&a);
	buffer_fini(&b);
	repository_close(r, NULL);
	repository_close(s, NULL);
}

static void filters_find(void **state)
{
	(void)state;
	struct repository *r = filled(false);
	call(r, 3, DESIGNATION_HOST_NAME, "Printer-3");
	struct inventory_filter f = {0};
	assert_int_equal(found(r, &f), 10);
	f = (struct inventory_filter){.software = "NGINX"};
	assert_int_equal(found(r, &f), 10);
	f.software = "apache*";
	assert_int_equal(found(r, &f), 0);
	f = (struct inventory_filter){.software = "ngi*", .version = "<1.22.1"};
	assert_int_equal(found(r, &f), 10);
	f.version = "<1.22.0";
	assert_int_equal(found(r, &f), 0);
	f = (struct inventory_filter){.version = "1.22.2"};
	assert_int_equal(found(r, &f), 10);
	f = (struct inventory_filter){.has_address = true};
	assert_true(prefix_parse("10.0.0.0/30", &f.address));
	assert_int_equal(found(r, &f), 4);
	f = (struct inventory_filter){.has_mac = true, .mac = {0, 0x0c, 0x29, 0, 0, 7}};
	assert_int_equal(found(r, &f), 1);
	f = (struct inventory_filter){.name = "printer-?"};
	assert_int_equal(found(r, &f), 1);
	f = (struct inventory_filter){.at_ns = SAMPLE_START_NS - 1000};
	assert_int_equal(found(r, &f), 0);
	f.at_ns = SAMPLE_START_NS + 1;
	assert_int_equal(found(r, &f), 10);
	repository_close(r, NULL);
}

/* An address that came with every assertion and is asserted by itself too is one claim: the explicit one. */
static void explicit_names_replace_implied_ones(void **state)
{
	(void)state;
	struct repository *r = filled(false);
	call(r, 3, DESIGNATION_IPV4, "10.0.0.3");
	struct inventory_filter f = {.identifier = "02000000-0000-8000-8000-000000000003"};
	struct buffer b = {0};
	assert_int_equal(inventory_each(r, &f, append, &b, NULL), 0);
	json_t *o = json_loadb(b.data, b.len, 0, NULL), *names = json_object_get(o, "designation");
	assert_int_equal(json_array_size(names), 2);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(names, 1), "confidence")), 90);
	json_decref(o);
	buffer_fini(&b);
	repository_close(r, NULL);
}

/* Of one address at a time only who had it last, though both were seen within the hour. */
static void one_had_the_address(void **state)
{
	(void)state;
	const uint64_t minute = 60000000000ull;
	struct repository *r = filled(false);
	struct inventory_filter f = {.at_ns = SAMPLE_START_NS + 30 * minute, .has_address = true};
	call_later(r, 3, DESIGNATION_IPV4, "10.9.9.9", minute);
	call_later(r, 4, DESIGNATION_IPV4, "10.9.9.9", 20 * minute);
	assert_true(prefix_parse("10.9.9.9", &f.address));
	assert_int_equal(found(r, &f), 1);
	f.identifier = "02000000-0000-8000-8000-000000000004";
	assert_int_equal(found(r, &f), 1);
	f.identifier = "02000000-0000-8000-8000-000000000003"; /* another had it */
	assert_int_equal(found(r, &f), 0);
	f.at_ns = SAMPLE_START_NS + 10 * minute;
	assert_int_equal(found(r, &f), 1);
	f.identifier = NULL;
	f.at_ns = 0; /* ever */
	assert_int_equal(found(r, &f), 2);
	f.at_ns = SAMPLE_START_NS + 30 * minute;
	assert_true(prefix_parse("10.9.9.0/24", &f.address)); /* whose addresses are among these */
	assert_int_equal(found(r, &f), 2);
	repository_close(r, NULL);
}

static bool pass(void *arg, struct inventory_change *change)
{
	(void)arg;
	(void)change;
	return true;
}

static bool append_change(void *arg, struct inventory_change *change)
{
	inventory_change_json(arg, change);
	return true;
}

/* Who must not see user names does not see that one is new. */
static void changes_hide_users(void **state)
{
	(void)state;
	const uint64_t minute = 60000000000ull;
	struct repository *r = filled(false);
	struct inventory_filter f = {.hide_users = false};
	uint64_t until_ns = SAMPLE_START_NS + 30 * minute;
	call_later(r, 4, DESIGNATION_USER_NAME, "bob", 20 * minute);
	for (unsigned hidden = 0; hidden < 2; hidden++) {
		struct buffer b = {0};
		f.hide_users = hidden;
		assert_int_equal(
			inventory_diff(r, &f, SAMPLE_START_NS + 10 * minute, &until_ns, append_change, &b, NULL), 0);
		buffer_char(&b, 0);
		assert_int_equal(strstr(b.data, "bob") == NULL, hidden);
		buffer_fini(&b);
	}
	repository_close(r, NULL);
}

/* What claims to be of the future does not say when anything was seen last, but where there is nothing else. */
static void the_future_ends_no_comparison(void **state)
{
	(void)state;
	const uint64_t year = 365 * 86400ull * 1000000000, later = time_now() + year - SAMPLE_START_NS;
	struct repository *r = filled(false);
	uint64_t until_ns = 0;
	call_later(r, 4, DESIGNATION_HOST_NAME, "tomorrow", later);
	assert_int_equal(inventory_diff(r, NULL, 1, &until_ns, pass, NULL, NULL), 0);
	assert_true(until_ns && (until_ns < time_now() || SAMPLE_START_NS > time_now()));
	repository_close(r, NULL);
	assert_int_equal(repository_open(":memory:", REPOSITORY_WRITE, &r, NULL), 0);
	struct provenance p = sample_provenance();
	assert_int_equal(repository_provenance(r, &p, NULL), 0);
	call_later(r, 4, DESIGNATION_HOST_NAME, "tomorrow", later);
	until_ns = 0;
	assert_int_equal(inventory_diff(r, NULL, 1, &until_ns, pass, NULL, NULL), 0);
	assert_true(until_ns > time_now());
	repository_close(r, NULL);
}

static bool merge_test(void *arg, const struct inventory_endpoint *e)
{
	*(uint8_t *)arg = e->id[15];
	return true;
}

static void aliases_are_not_listed(void **state)
{
	(void)state;
	struct repository *r = filled(false);
	struct sample s;
	struct member event[] = {{.name = "kind", .text = "gone"},
				 {.name = "new", .text = "02000000-0000-8000-8000-000000000004"}};
	sample_fill(&s, 2000, 9, 0);
	s.assertion.statement = STATEMENT_EVENT;
	s.attribute = (struct attribute){.name = ATTRIBUTE_EVENT, .members = event, .n_members = 2};
	assert_int_equal(repository_write(r, &s.assertion, 1, NULL), 0);
	struct inventory_filter f = {0};
	assert_int_equal(found(r, &f), 9);
	uint8_t last = 0;
	assert_int_equal(inventory_each(r, &f, merge_test, &last, NULL), 0);
	assert_int_equal(last, 8);
	repository_close(r, NULL);
}

static void identifiers_are_read_in_either_case(void **state)
{
	(void)state;
	struct repository *r = filled(false);
	static const char *const forms[] = {"02000000-0000-8000-8000-00000000000a",
					    "02000000-0000-8000-8000-00000000000A"};
	call(r, 10, DESIGNATION_HOST_NAME, "ten.example");
	for (size_t i = 0; i < 2; i++) {
		struct inventory_filter f = {.has_mac = false};
		assert_true(filter_name_endpoint(&f, forms[i]));
		assert_string_equal(f.identifier, forms[i]);
		assert_int_equal(found(r, &f), 1);
	}
	repository_close(r, NULL);
}

static void services_are_asked_by_port_name_and_transport(void **state)
{
	(void)state;
	static const struct {
		const char *wanted;
		bool takes;
	} rows[] = {{"443", true},     {"https", true},    {"HTTPS", true},        {"http*", true},
		    {"tcp/443", true}, {"443/tcp", true},  {"tcp/https", true},    {"https/TCP", true},
		    {"tcp/*", true},   {"udp/443", false}, {"udp/https", false},   {"tcp/44", false},
		    {"tcp/", false},   {"/443", false},    {"tcp/https/x", false}, {"44", false},
		    {"tcp", false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct inventory_filter f = {.service = rows[i].wanted};
		assert_int_equal(filter_takes_service(&f, "tcp", "443", "https"), rows[i].takes);
	}
	struct inventory_filter f = {.service = "tcp/rdp"}; /* as everybody calls it */
	assert_true(filter_takes_service(&f, "tcp", "3389", "ms-wbt-server"));
}

static void shared_identifiers_relate(void **state)
{
	(void)state;
	struct repository *r = filled(false);
	call(r, 3, DESIGNATION_HOST_NAME, "laptop");
	call(r, 5, DESIGNATION_HOST_NAME, "laptop");
	call(r, 5, DESIGNATION_DHCP_CLIENT_ID, "0001");
	call(r, 3, DESIGNATION_DHCP_CLIENT_ID, "0001");
	for (uint32_t n = 0; n < 10; n++)
		call(r, n, DESIGNATION_SSH_HOST_KEY, "SHA256:clone");
	struct related *related;
	assert_int_equal(related_find(r, &related, NULL), 0);
	const struct claim claims[] = {{.kind = "hostName", .value = "\"laptop\""},
				       {.kind = "dhcpClientIdentifier", .value = "\"0001\""},
				       {.kind = "sshHostKeyFingerprint", .value = "\"SHA256:clone\""}};
	struct buffer b = {0};
	uint8_t id[16];
	sample_id(id, 2, 3);
	related_json(&b, related, id, claims, 3);
	buffer_char(&b, 0);
	assert_string_equal(b.data, "[{\"endpointIdentifier\":\"02000000-0000-8000-8000-000000000005\","
				    "\"reason\":\"dhcpClientIdentifier\",\"confidence\":80}]");
	buffer_fini(&b);
	related_free(related);
	repository_close(r, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_object_an_endpoint),
		cmocka_unit_test(the_same_content_gives_the_same_bytes),
		cmocka_unit_test(texts_are_found_and_decoded),
		cmocka_unit_test(filters_find),
		cmocka_unit_test(explicit_names_replace_implied_ones),
		cmocka_unit_test(one_had_the_address),
		cmocka_unit_test(changes_hide_users),
		cmocka_unit_test(the_future_ends_no_comparison),
		cmocka_unit_test(aliases_are_not_listed),
		cmocka_unit_test(shared_identifiers_relate),
		cmocka_unit_test(identifiers_are_read_in_either_case),
		cmocka_unit_test(services_are_asked_by_port_name_and_transport),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
