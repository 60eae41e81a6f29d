#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/scope.h"

#include <string.h>

static struct packet between(const char *src, const char *dst)
{
	struct packet p = {.verdict = VERDICT_IP, .protocol = 6, .sport = 40000, .dport = 443};
	p.version = address_parse(src, &p.src);
	assert_int_equal(address_parse(dst, &p.dst), p.version);
	return p;
}

static void without_limits_all_are_concerned(void **state)
{
	struct scope s = {0};
	struct packet p = between("10.0.0.1", "10.0.0.2");
	assert_true(scope_concerned(&s, &p, 1) & 1);
}

static void both_ends_count_and_nobody_else(void **state)
{
	struct prefix local[2];
	assert_true(prefix_parse("192.0.2.0/24", &local[0]));
	assert_true(prefix_parse("2001:db8::/32", &local[1]));
	struct scope s = {.local = local, .n_local = 2};
	struct packet p[] = {between("192.0.2.1", "10.0.0.2"),   between("10.0.0.2", "192.0.2.1"),
			     between("10.0.0.1", "10.0.0.2"),    between("2001:db8::1", "2001:4860::1"),
			     between("2001:4860::2", "2a00::1"), between("192.0.3.1", "192.0.1.255")};
	assert_int_equal(scope_concerned(&s, p, 6), 0x0b);
}

static void what_is_excluded_concerns_nobody(void **state)
{
	struct prefix excluded;
	assert_true(prefix_parse("192.0.2.0/24", &excluded));
	struct scope s = {.excluded = &excluded, .n_excluded = 1};
	struct packet p[] = {between("192.0.2.1", "192.0.2.2"), between("192.0.2.1", "10.0.0.1")};
	assert_int_equal(scope_concerned(&s, p, 2), 2);
}

/* Of whom such packets tell is not known before they are read. */
static void what_speaks_of_others_is_heard(void **state)
{
	struct prefix local;
	assert_true(prefix_parse("192.0.2.0/24", &local));
	struct scope s = {.local = &local, .n_local = 1};
	struct packet p[] = {between("10.0.0.1", "10.0.0.2"),    between("0.0.0.0", "255.255.255.255"),
			     between("10.0.0.1", "224.0.0.251"), between("fe80::1", "2001:4860::1"),
			     between("10.0.0.1", "10.0.0.2"),    between("2001:4860::2", "2a00::1")};
	p[0].sport = 53;
	p[4].verdict = VERDICT_NOT_IP;
	p[5].protocol = 58;
	assert_int_equal(scope_concerned(&s, p, 6), 0x3f);
}

static void holders(void **state)
{
	static const uint8_t mac[1][6] = {{2, 0, 0, 0, 0, 9}};
	struct prefix local;
	assert_true(prefix_parse("192.0.2.0/24", &local));
	struct scope s = {.local = &local, .n_local = 1, .excluded_macs = mac, .n_excluded_macs = 1};
	struct holder h = {.version = 4};
	address_parse("192.0.2.7", &h.ip);
	assert_true(scope_holds(&s, &h));
	memcpy(h.mac, mac[0], 6);
	assert_false(scope_holds(&s, &h));
	h.mac[5] = 8;
	address_parse("192.0.3.7", &h.ip);
	assert_false(scope_holds(&s, &h));
	h.version = 0; /* a MAC alone */
	assert_true(scope_holds(&s, &h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_limits_all_are_concerned),
		cmocka_unit_test(both_ends_count_and_nobody_else),
		cmocka_unit_test(what_is_excluded_concerns_nobody),
		cmocka_unit_test(what_speaks_of_others_is_heard),
		cmocka_unit_test(holders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
