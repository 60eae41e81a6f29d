#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/condense.h"

#define S    1000000000ull
#define MIN  (60 * S)
#define HOUR (3600 * S)

#define CARD(address) "{\"interfaceMacAddress\":\"02:00:00:00:00:01\",\"addresses\":[\"" address "\"]}"
#define SYSTEM(title) "{\"softwareTitle\":\"" title "\",\"role\":\"operatingSystem\"}"
#define SERVER(title, version, port)                                                                \
	"{\"softwareTitle\":\"" title "\",\"softwareVersion\":\"" version "\",\"role\":\"server\"," \
	"\"transport\":\"tcp\",\"port\":" port "}"
#define CLIENT(title, version) \
	"{\"softwareTitle\":\"" title "\",\"softwareVersion\":\"" version "\",\"role\":\"client\"}"
#define SERVICE(name) "{\"applicationName\":\"" name "\",\"transport\":\"tcp\",\"port\":80}"
#define BARE          "{\"transport\":\"tcp\",\"port\":80}"

static struct claim claim(const char *kind, const char *value, uint64_t start_ns, uint64_t end_ns)
{
	return (struct claim){.kind = kind,
			      .value = value,
			      .known = KNOWN_OBSERVATION,
			      .confidence = 90,
			      .start_ns = start_ns,
			      .end_ns = end_ns};
}

/* The endpoint is there from the first hour to the hundredth; `n` claims more are known of it. How many of them hold at
 * `at_ns`; the first of these, or "". */
static uint32_t held(const struct claim *claims, uint32_t n, uint64_t at_ns, const char **first)
{
	static char value[256];
	struct condenser c;
	struct claim *out, in[10] = {claim("fingerprint", "{}", HOUR, 100 * HOUR)};
	condenser_init(&c);
	memcpy(in + 1, claims, n * sizeof *claims);
	int64_t made = condense(&c, in, n + 1, at_ns, &out);
	uint32_t count = 0;
	value[0] = 0;
	for (int64_t i = 0; i < made; i++)
		if (strcmp(out[i].kind, "fingerprint") != 0 && !count++)
			strcpy(value, out[i].value);
	condenser_fini(&c);
	*first = value;
	return count;
}

static void what_is_seldom_seen_stands_for_a_day(void **state)
{
	(void)state;
	const char *first;
	struct claim in[] = {claim("service", SERVICE("http"), 2 * HOUR, 2 * HOUR + MIN)};
	assert_int_equal(held(in, 1, 2 * HOUR - 1, &first), 0);
	assert_int_equal(held(in, 1, 2 * HOUR, &first), 1);
	assert_int_equal(held(in, 1, 20 * HOUR, &first), 1);
	assert_int_equal(held(in, 1, 26 * HOUR + MIN, &first), 1);
	assert_int_equal(held(in, 1, 26 * HOUR + MIN + 1, &first), 0);
}

/* Nothing was seen of it at that time: it was not there, whatever is known of it. */
static void who_is_away_has_nothing(void **state)
{
	(void)state;
	struct condenser c;
	struct claim *out, in[] = {claim("service", SERVICE("http"), 2 * HOUR, 3 * HOUR),
				   claim("hostName", "\"a\"", HOUR, HOUR),
				   claim("service", SERVICE("http"), 20 * HOUR, 21 * HOUR),
				   claim("macAddress", "\"02:00:00:00:00:01\"", HOUR, 21 * HOUR),
				   claim("softwareInstance", CLIENT("bash", "5.2"), 10 * HOUR, 10 * HOUR),
				   claim("event", "{\"kind\":\"gone\"}", 10 * HOUR, 10 * HOUR)};
	in[3].implied = true; /* it came with what was said before and after */
	in[4].known = KNOWN_SELF;
	condenser_init(&c);
	assert_int_equal(condense(&c, in, 6, 4 * HOUR, &out), 3);
	assert_int_equal(condense(&c, in, 6, 10 * HOUR, &out), 0);
	assert_int_equal(condense(&c, in, 6, 20 * HOUR, &out), 4);
	assert_int_equal(condense(&c, in + 3, 1, 10 * HOUR, &out), 1); /* no more is known of it */
	assert_int_equal(condense(&c, in + 2, 2, 10 * HOUR, &out), 1); /* yet */
	condenser_fini(&c);
}

static void what_is_seen_again_is_one(void **state)
{
	(void)state;
	struct condenser c;
	struct claim *out, in[] = {claim("service", SERVICE("http"), 2 * HOUR, 2 * HOUR),
				   claim("service", SERVICE("http"), 9 * HOUR, 9 * HOUR)};
	condenser_init(&c);
	assert_int_equal(condense(&c, in, 2, 0, &out), 2);
	assert_int_equal(condense(&c, in, 2, 9 * HOUR, &out), 1);
	assert_int_equal(out[0].start_ns, 2 * HOUR);
	assert_int_equal(out[0].end_ns, 9 * HOUR);
	condenser_fini(&c);
}

/* Of two of one kind, seen at two and at nine, with hours between: how many hold at twelve. */
static uint32_t later(const char *kind, const char *before, const char *after)
{
	const char *first;
	struct claim in[] = {claim(kind, before, 2 * HOUR, 2 * HOUR), claim(kind, after, 9 * HOUR, 9 * HOUR)};
	uint32_t n = held(in, 2, 12 * HOUR, &first);
	assert_true(n && (n == 2 || strcmp(first, after) == 0));
	return n;
}

static void something_else_takes_its_place(void **state)
{
	(void)state;
	assert_int_equal(later("softwareInstance", SYSTEM("Windows"), SYSTEM("Linux")), 1);
	assert_int_equal(later("softwareInstance", SYSTEM("Debian GNU/Linux"), SYSTEM("Linux")), 2);
	assert_int_equal(later("softwareInstance", SERVER("nginx", "1.22.1", "80"), SERVER("nginx", "1.24", "80")), 1);
	assert_int_equal(later("softwareInstance", SERVER("nginx", "1.22.1", "80"), SERVER("Apache", "2.4", "80")), 1);
	assert_int_equal(later("softwareInstance", SERVER("nginx", "1.22.1", "80"), SERVER("nginx", "1.24", "81")), 2);
	assert_int_equal(later("softwareInstance", CLIENT("curl", "7"), CLIENT("curl", "8")), 1);
	assert_int_equal(later("softwareInstance", CLIENT("curl", "7"), CLIENT("Wget", "8")), 2);
	assert_int_equal(later("service", SERVICE("http"), SERVICE("ssh")), 1);
	assert_int_equal(later("hostName", "\"a\"", "\"b\""), 2); /* told in no known way */
	assert_int_equal(later("domainName", "\"a\"", "\"b\""), 2);
	assert_int_equal(later("userName", "{\"userName\":\"a\"}", "{\"userName\":\"b\"}"), 1);
	assert_int_equal(later("networkInterface", CARD("10.0.0.1"), CARD("10.0.0.2")), 1);
	assert_int_equal(later("networkInterface", CARD("10.0.0.1"), CARD("2001:db8::1")), 2);
	assert_int_equal(later("networkInterface", CARD("fe80::1"), CARD("2001:db8::1")), 2);
	assert_int_equal(
		later("hardware", "{\"model\":\"a\",\"kind\":\"printer\"}", "{\"model\":\"b\",\"kind\":\"printer\"}"),
		1);
}

/* What says less takes no place, nor what is hardly believed. */
static void less_takes_no_place(void **state)
{
	(void)state;
	const char *first;
	struct claim in[] = {claim("service", SERVICE("http"), 2 * HOUR, 2 * HOUR),
			     claim("service", BARE, 9 * HOUR, 9 * HOUR)};
	assert_int_equal(held(in, 2, 12 * HOUR, &first), 1);
	assert_string_equal(first, SERVICE("http"));
	in[1] = claim("service", SERVICE("ssh"), 9 * HOUR, 9 * HOUR);
	in[1].confidence = 30;
	assert_int_equal(held(in, 2, 12 * HOUR, &first), 2);
	in[0] = claim("softwareInstance", SERVER("nginx", "1.22.1", "80"), 2 * HOUR, 2 * HOUR);
	in[1] = claim("softwareInstance", SERVER("nginx", "", "80"), 9 * HOUR, 9 * HOUR);
	assert_int_equal(held(in, 2, 12 * HOUR, &first), 1);
	assert_string_equal(first, SERVER("nginx", "1.22.1", "80"));
}

/* Two behind one port, each seen in turn; a name told by DHCP and another by mDNS; addresses that come back. */
static void what_was_beside_it_takes_no_place(void **state)
{
	(void)state;
	const char *first, *php = SERVER("PHP", "8.2", "80"), *nginx = SERVER("nginx", "1.22.1", "80");
	struct claim in[] = {claim("softwareInstance", php, 2 * HOUR, 2 * HOUR),
			     claim("softwareInstance", nginx, 2 * HOUR, 2 * HOUR),
			     claim("softwareInstance", nginx, 9 * HOUR, 9 * HOUR)};
	assert_int_equal(held(in, 3, 12 * HOUR, &first), 2);
	in[0] = claim("hostName", "\"a\"", 2 * HOUR, 2 * HOUR);
	in[1] = claim("hostName", "\"b\"", 9 * HOUR, 9 * HOUR);
	in[0].method = in[1].method = "dhcp.hostName";
	assert_int_equal(held(in, 2, 12 * HOUR, &first), 1);
	in[1].method = "mdns.address";
	assert_int_equal(held(in, 2, 12 * HOUR, &first), 2);
	in[0] = claim("networkInterface", CARD("10.0.0.1"), 2 * HOUR, 2 * HOUR);
	in[1] = claim("networkInterface", CARD("10.0.0.2"), 5 * HOUR, 5 * HOUR);
	in[2] = claim("networkInterface", CARD("10.0.0.1"), 9 * HOUR, 9 * HOUR);
	assert_int_equal(held(in, 3, 12 * HOUR, &first), 1);
	assert_string_equal(first, CARD("10.0.0.1"));
}

static void a_report_stands_until_the_next(void **state)
{
	(void)state;
	const char *first;
	struct claim in[] = {claim("softwareInstance", CLIENT("openssl", "3.0.11"), 2 * HOUR, 2 * HOUR),
			     claim("softwareInstance", CLIENT("openssl", "3.0.13"), 80 * HOUR, 80 * HOUR)};
	in[0].known = in[1].known = KNOWN_SELF;
	assert_int_equal(held(in, 2, 70 * HOUR, &first), 1);
	assert_string_equal(first, CLIENT("openssl", "3.0.11"));
	assert_int_equal(held(in, 2, 82 * HOUR, &first), 1);
	assert_string_equal(first, CLIENT("openssl", "3.0.13"));
	assert_int_equal(held(in, 2, 80 * HOUR + MIN, &first), 1);
	in[0].start_ns = in[0].end_ns = 80 * HOUR - MIN; /* however soon */
	assert_int_equal(held(in, 2, 80 * HOUR, &first), 1);
	in[1].value = CLIENT("bash", "5.2"); /* and of another software it says nothing */
	assert_int_equal(held(in, 2, 82 * HOUR, &first), 2);
	in[0].method = in[1].method = "selfReport.dpkg"; /* but a list has all there are */
	assert_int_equal(held(in, 2, 82 * HOUR, &first), 1);
	assert_string_equal(first, CLIENT("bash", "5.2"));
}

static void events_pass(void **state)
{
	(void)state;
	const char *first;
	struct claim in[] = {claim("event", "{\"kind\":\"newEndpoint\"}", 2 * HOUR, 2 * HOUR)};
	assert_int_equal(held(in, 1, 2 * HOUR + MIN, &first), 1);
	assert_int_equal(held(in, 1, 4 * HOUR, &first), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_seldom_seen_stands_for_a_day),
		cmocka_unit_test(who_is_away_has_nothing),
		cmocka_unit_test(what_is_seen_again_is_one),
		cmocka_unit_test(something_else_takes_its_place),
		cmocka_unit_test(less_takes_no_place),
		cmocka_unit_test(what_was_beside_it_takes_no_place),
		cmocka_unit_test(a_report_stands_until_the_next),
		cmocka_unit_test(events_pass),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
