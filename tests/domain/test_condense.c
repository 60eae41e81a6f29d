#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/condense.h"

#define S     1000000000ull
#define HOUR  (3600 * S)
#define NGINX "{\"softwareTitle\":\"nginx\",\"role\":\"server\",\"transport\":\"tcp\",\"port\":80}"
#define NGINX1                                                                                                   \
	"{\"softwareTitle\":\"nginx\",\"softwareVersion\":\"1.22.1\",\"role\":\"server\",\"transport\":\"tcp\"," \
	"\"port\":80}"
#define NGINX2                                                                                                       \
	"{\"softwareTitle\":\"nginx\",\"softwareVersion\":\"1.22.1\",\"packageRevision\":\"9\",\"role\":\"server\"," \
	"\"transport\":\"tcp\",\"port\":80}"
#define NGINX3                                                                                                 \
	"{\"softwareTitle\":\"nginx\",\"softwareVersion\":\"1.24\",\"role\":\"server\",\"transport\":\"tcp\"," \
	"\"port\":80}"
#define OTHER "{\"softwareTitle\":\"nginx\",\"role\":\"server\",\"transport\":\"tcp\",\"port\":8080}"

static struct claim claim(const char *kind, const char *value, uint64_t start_ns, uint64_t end_ns)
{
	return (struct claim){.kind = kind,
			      .value = value,
			      .known = KNOWN_OBSERVATION,
			      .confidence = 50,
			      .start_ns = start_ns,
			      .end_ns = end_ns};
}

static uint32_t condensed(struct condenser *c, const struct claim *claims, uint32_t n, uint64_t at_ns,
			  struct claim **out)
{
	int64_t made = condense(c, claims, n, at_ns, out);
	assert_true(made >= 0);
	return (uint32_t)made;
}

static void what_touches_is_one(void **state)
{
	(void)state;
	struct condenser c;
	struct claim *out,
		in[] = {claim("hostName", "\"a\"", 100 * S, 200 * S), claim("hostName", "\"a\"", 150 * S, 160 * S),
			claim("hostName", "\"a\"", 200 * S + HOUR, 201 * S + HOUR),
			claim("hostName", "\"a\"", 202 * S + 2 * HOUR, 203 * S + 2 * HOUR),
			claim("hostName", "\"b\"", 100 * S, 200 * S)};
	in[1].confidence = 90;
	in[1].known = KNOWN_SELF;
	in[1].method = "m";
	in[2].open = true;
	condenser_init(&c);
	assert_int_equal(condensed(&c, in, 5, 0, &out), 3);
	assert_int_equal(out[0].start_ns, 100 * S);
	assert_int_equal(out[0].end_ns, 201 * S + HOUR);
	assert_true(out[0].open);
	assert_int_equal(out[0].known, KNOWN_SELF | KNOWN_OBSERVATION);
	assert_int_equal(out[0].confidence, 90);
	assert_string_equal(out[0].method, "m");
	assert_int_equal(out[1].start_ns, 202 * S + 2 * HOUR); /* more than an hour later: said again */
	assert_false(out[1].open);
	assert_string_equal(out[2].value, "\"b\"");
	condenser_fini(&c);
}

#define E(second) "{\"field\":\"f\",\"value\":\"},{\\\"\",\"time\":\"2026-11-20T12:00:0" #second ".000000Z\"}"

static void the_earliest_evidence_stays(void **state)
{
	(void)state;
	struct condenser c;
	struct claim *out, in[] = {claim("service", "{}", 1, 2), claim("service", "{}", 2, 3),
				   claim("service", "{}", 3, 4), claim("service", "{}", 4, 5)};
	in[0].evidence = "[" E(3) "," E(5) "]";
	in[1].evidence = "[" E(1) "," E(3) "]";
	in[3].evidence = "[" E(4) "," E(2) "]";
	condenser_init(&c);
	assert_int_equal(condensed(&c, in, 4, 0, &out), 1);
	assert_string_equal(out[0].evidence, "[" E(1) "," E(2) "," E(3) "," E(4) "]");
	assert_int_equal(condensed(&c, in, 1, 0, &out), 1);
	assert_string_equal(out[0].evidence, in[0].evidence);
	in[1].evidence = "[{\"cut\":";
	assert_int_equal(condensed(&c, in, 2, 0, &out), 1);
	assert_string_equal(out[0].evidence, in[0].evidence);
	condenser_fini(&c);
}

/* How many of `values`, given together, are left; the first of them is copied. */
static uint32_t left(const char *kind, const char *const *values, uint32_t n, char *first)
{
	struct condenser c;
	struct claim *out, in[8];
	condenser_init(&c);
	for (uint32_t i = 0; i < n; i++)
		in[i] = claim(kind, values[i], 1 + i, 10);
	uint32_t kept = condensed(&c, in, n, 0, &out);
	strcpy(first, out[0].value);
	condenser_fini(&c);
	return kept;
}

static void what_is_refined_is_left_out(void **state)
{
	(void)state;
	char first[256];
	assert_int_equal(left("softwareInstance", (const char *[]){NGINX, NGINX1}, 2, first), 1);
	assert_string_equal(first, NGINX1);
	assert_int_equal(left("softwareInstance", (const char *[]){NGINX2, NGINX1, NGINX}, 3, first), 1);
	assert_string_equal(first, NGINX2);
	assert_int_equal(left("softwareInstance", (const char *[]){NGINX1, NGINX3}, 2, first), 2);
	assert_int_equal(left("softwareInstance", (const char *[]){NGINX2, NGINX3}, 2, first), 2);
	assert_int_equal(left("softwareInstance", (const char *[]){NGINX1, OTHER}, 2, first), 2);
	const char *bare = "{\"transport\":\"tcp\",\"port\":443}", *udp = "{\"transport\":\"udp\",\"port\":443}",
		   *tls = "{\"applicationName\":\"tls\",\"transport\":\"tcp\",\"port\":443}",
		   *https = "{\"applicationName\":\"https\",\"transport\":\"tcp\",\"port\":443}",
		   *imaps = "{\"applicationName\":\"imaps\",\"transport\":\"tcp\",\"port\":443}";
	assert_int_equal(left("service", (const char *[]){bare, tls, https}, 3, first), 1);
	assert_string_equal(first, https);
	assert_int_equal(left("service", (const char *[]){bare, tls}, 2, first), 1);
	assert_string_equal(first, tls);
	assert_int_equal(left("service", (const char *[]){imaps, https, udp}, 3, first), 3);
	assert_int_equal(left("service", (const char *[]){bare}, 1, first), 1);
}

/* A version that is hardly believed does not hide the product that is. */
static void doubt_refines_nothing(void **state)
{
	(void)state;
	struct condenser c;
	struct claim *out, in[] = {claim("softwareInstance", NGINX, 1, 2), claim("softwareInstance", NGINX1, 1, 2)};
	in[0].confidence = 90;
	in[1].confidence = 20;
	condenser_init(&c);
	assert_int_equal(condensed(&c, in, 2, 0, &out), 2);
	in[1].confidence = 50;
	assert_int_equal(condensed(&c, in, 2, 0, &out), 1);
	assert_string_equal(out[0].value, NGINX1);
	in[0].confidence = in[1].confidence = 20;
	assert_int_equal(condensed(&c, in, 2, 0, &out), 1);
	condenser_fini(&c);
}

static void implied_names_stand_in(void **state)
{
	(void)state;
	struct condenser c;
	struct claim *out,
		in[] = {claim("ipv4Address", "\"10.0.0.1\"", 1, 9 * HOUR), claim("ipv4Address", "\"10.0.0.1\"", 5, 6)};
	in[0].implied = true;
	condenser_init(&c);
	assert_int_equal(condensed(&c, in, 2, 0, &out), 1);
	assert_int_equal(out[0].start_ns, 5);
	assert_int_equal(condensed(&c, in, 1, 0, &out), 1);
	assert_int_equal(out[0].start_ns, 1);
	condenser_fini(&c);
}

#define CARD(address) "{\"interfaceMacAddress\":\"02:00:00:00:00:01\",\"addresses\":[" address "]}"

/* An address that somebody else had in between holds when its interface was asserted with it. */
static void addresses_hold_with_their_interface(void **state)
{
	(void)state;
	struct condenser c;
	struct claim *out, in[] = {claim("ipv4Address", "\"10.0.0.1\"", 1 * S, 9 * HOUR),
				   claim("networkInterface", CARD("\"10.0.0.1\""), 1 * S, 60 * S),
				   claim("networkInterface", CARD("\"10.0.0.7\",\"10.0.0.1\""), 8 * HOUR, 8 * HOUR + S),
				   claim("macAddress", "\"02:00:00:00:00:01\"", 1 * S, 9 * HOUR)};
	in[0].implied = in[3].implied = true;
	in[0].confidence = 85;
	condenser_init(&c);
	assert_int_equal(condensed(&c, in, 4, 0, &out), 5);
	assert_string_equal(out[0].kind, "macAddress");
	assert_int_equal(out[0].end_ns, 9 * HOUR);
	assert_string_equal(out[1].value, "\"10.0.0.1\"");
	assert_int_equal(out[1].end_ns, 60 * S);
	assert_int_equal(out[1].confidence, 85);
	assert_int_equal(out[2].start_ns, 8 * HOUR);
	assert_int_equal(out[2].end_ns, 8 * HOUR + S);             /* 10.0.0.7 designates nobody */
	assert_int_equal(condensed(&c, in, 4, 4 * HOUR, &out), 0); /* it was not there */
	in[2].open = true;
	assert_int_equal(condensed(&c, in, 4, 0, &out), 5);
	assert_int_equal(out[2].end_ns, 9 * HOUR); /* it stands, and something was said since */
	condenser_fini(&c);
}

static void only_what_held(void **state)
{
	(void)state;
	struct condenser c;
	struct claim *out, in[] = {claim("softwareInstance", NGINX, 10 * S, 20 * S),
				   claim("softwareInstance", NGINX1, 30 * S, 40 * S)};
	condenser_init(&c);
	assert_int_equal(condensed(&c, in, 2, 9 * S, &out), 0);
	assert_int_equal(condensed(&c, in, 2, 15 * S, &out), 1);
	assert_string_equal(out[0].value, NGINX);
	assert_int_equal(condensed(&c, in, 2, 35 * S, &out), 1);
	assert_string_equal(out[0].value, NGINX1);
	assert_int_equal(condensed(&c, in, 2, 40 * S + HOUR, &out), 1);
	assert_int_equal(condensed(&c, in, 2, 41 * S + HOUR, &out), 0);
	condenser_fini(&c);
}

/* An upgrade: soon after it the old version was seen within the hour, and is not there all the same. */
static void what_was_replaced_holds_no_more(void **state)
{
	(void)state;
	struct condenser c;
	struct claim *out, in[] = {claim("softwareInstance", NGINX1, 10 * S, 20 * S),
				   claim("softwareInstance", NGINX3, 30 * S, 40 * S)};
	condenser_init(&c);
	assert_int_equal(condensed(&c, in, 2, 25 * S, &out), 1);
	assert_string_equal(out[0].value, NGINX1);
	assert_int_equal(condensed(&c, in, 2, 30 * S, &out), 1);
	assert_string_equal(out[0].value, NGINX3);
	assert_int_equal(condensed(&c, in, 2, 0, &out), 2); /* ever */
	in[0].end_ns = 35 * S;                              /* both answered for a while: two behind one port */
	assert_int_equal(condensed(&c, in, 2, 38 * S, &out), 2);
	in[0].end_ns = 20 * S;
	in[1].confidence = 40; /* what is hardly believed replaces nothing */
	assert_int_equal(condensed(&c, in, 2, 38 * S, &out), 2);
	condenser_fini(&c);
}

#define CLIENT(v) "{\"softwareTitle\":\"curl\",\"softwareVersion\":\"" v "\",\"role\":\"client\"}"

/* However long ago: a server that was upgraded, a client too, and what nothing took the place of. */
static void the_latest_version_is_one(void **state)
{
	(void)state;
	struct condenser c;
	const char *curl1 = "{\"softwareTitle\":\"curl\",\"softwareVersion\":\"7\",\"role\":\"client\"}",
		   *curl2 = "{\"softwareTitle\":\"curl\",\"softwareVersion\":\"8\",\"role\":\"client\"}";
	struct claim *out, in[] = {claim("softwareInstance", NGINX1, 10 * S, 20 * S),
				   claim("softwareInstance", NGINX3, 30 * S, 40 * S),
				   claim("softwareInstance", curl1, 10 * S, 20 * S),
				   claim("softwareInstance", curl2, 15 * HOUR, 16 * HOUR),
				   claim("softwareInstance", OTHER, 1 * S, 2 * S)};
	condenser_init(&c);
	assert_int_equal(condensed(&c, in, 5, 0, &out), 5);
	assert_int_equal(condensed(&c, in, 5, CONDENSE_LATEST, &out), 3);
	for (int i = 0; i < 3; i++)
		assert_true(strcmp(out[i].value, NGINX1) && strcmp(out[i].value, curl1));
	in[2].end_ns = 15 * HOUR; /* both are used */
	assert_int_equal(condensed(&c, in, 5, CONDENSE_LATEST, &out), 4);
	condenser_fini(&c);
}

static void clients_stay_beside_each_other(void **state)
{
	(void)state;
	struct condenser c;
	struct claim *out, in[] = {claim("softwareInstance", CLIENT("7"), 10 * S, 20 * S),
				   claim("softwareInstance", CLIENT("8"), 30 * S, 40 * S)};
	condenser_init(&c);
	assert_int_equal(condensed(&c, in, 2, 35 * S, &out), 2);
	condenser_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_touches_is_one),
		cmocka_unit_test(the_earliest_evidence_stays),
		cmocka_unit_test(what_is_refined_is_left_out),
		cmocka_unit_test(doubt_refines_nothing),
		cmocka_unit_test(implied_names_stand_in),
		cmocka_unit_test(addresses_hold_with_their_interface),
		cmocka_unit_test(only_what_held),
		cmocka_unit_test(what_was_replaced_holds_no_more),
		cmocka_unit_test(the_latest_version_is_one),
		cmocka_unit_test(clients_stay_beside_each_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
