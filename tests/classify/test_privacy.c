/* What must not be said is not said, wherever it stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/privacy.h"

#include <stdlib.h>
#include <string.h>

static struct arena arena;

static struct privacy rules(const char *name, enum privacy_action action)
{
	return (struct privacy){.rules = {{name, action}}, .n = 1, .key = {1, 2}};
}

static void scrubbed(const char *name, enum privacy_action action, const char *text, const char *wanted)
{
	struct privacy p = rules(name, action);
	assert_string_equal(privacy_scrub(&p, text, &arena), wanted);
}

static void names_go_and_words_stay(void **state)
{
	(void)state;
	scrubbed("domainName", PRIVACY_DROP, "220 mail.example.org ESMTP Postfix 3.7.2", "220 - ESMTP Postfix 3.7.2");
	scrubbed("hostName", PRIVACY_DROP, "CN=mail.example.org,O=Example", "CN=-,O=Example");
	scrubbed("domainName", PRIVACY_TRUNCATE, "mail.example.org.", ".example.org");
	scrubbed("domainName", PRIVACY_DROP, "nginx/1.22.1 (a.b..c)", "nginx/1.22.1 (a.b..c)");
	scrubbed("userName", PRIVACY_DROP, "220 mail.example.org", "220 mail.example.org");
}

static void addresses_go_and_ports_stay(void **state)
{
	(void)state;
	scrubbed("ipv4Address", PRIVACY_DROP, "http://192.0.2.7:8080/x 1.22.1", "http://-:8080/x 1.22.1");
	scrubbed("ipv4Address", PRIVACY_TRUNCATE, "at 192.0.2.7.", "at 192.0.2.0");
	scrubbed("ipv6Address", PRIVACY_DROP, "[2001:db8::7]:80", "[-]:80");
	scrubbed("macAddress", PRIVACY_TRUNCATE, "id 00:0c:29:aa:bb:cc!", "id 00:0c:29:00:00:00!");
	scrubbed("macAddress", PRIVACY_DROP, "192.0.2.7", "192.0.2.7");
}

/* Every length, every cut: nothing is read or written beyond, and the secret never shows. */
static void any_text_will_do(void **state)
{
	(void)state;
	struct privacy p = rules("domainName", PRIVACY_HASH);
	for (size_t n = 0; n < 3000; n += 7) {
		char *text = malloc(n + 20);
		for (size_t i = 0; i < n; i++)
			text[i] = ":.a-1 "[(i * n + i / 3) % 6];
		memcpy(text + n, " secret.example.org", 20);
		const char *said = privacy_scrub(&p, text, &arena);
		assert_null(strstr(said, "secret.example"));
		free(text);
		arena_reset(&arena);
	}
}

/* A client identifier, or a chassis, made of the MAC tells it. */
static void what_is_made_of_a_mac_falls_under_its_rule(void **state)
{
	(void)state;
	struct privacy p = rules("macAddress", PRIVACY_DROP);
	assert_null(privacy_apply(&p, "dhcpClientIdentifier", "01000c29aabbcc", &arena));
	assert_null(privacy_apply(&p, "chassisId", "00:0c:29:aa:bb:cc", &arena));
	p.rules[0].action = PRIVACY_TRUNCATE;
	assert_null(strstr(privacy_apply(&p, "dhcpClientIdentifier", "01000c29aabbcc", &arena), "000c29"));
	p.rules[0].action = PRIVACY_HASH;
	assert_null(strstr(privacy_apply(&p, "ipv6Address", "fe80::20c:29ff:feaa:bbcc", &arena), "aa:bbcc"));
	assert_string_equal(privacy_apply(&p, "ipv6Address", "fe80::20c:29ff:aa:bbcc", &arena),
			    "fe80::20c:29ff:aa:bbcc");
	scrubbed("macAddress", PRIVACY_DROP, "[2001:db8::20c:29ff:feaa:bbcc]:80 [2001:db8::1]", "[-]:80 [2001:db8::1]");
	scrubbed("macAddress", PRIVACY_DROP, "HP/1.0 (3c52825ec2e7) NPI3C52825EC2E7.local 3c52825ec2e7f",
		 "HP/1.0 (-) - 3c52825ec2e7f");
	p.rules[0].action = PRIVACY_DROP;
	assert_null(privacy_apply(&p, "hostName", "hp3c52825ec2e7", &arena));
	p.rules[0].name = "hostName";
	assert_string_equal(privacy_apply(&p, "dhcpClientIdentifier", "01000c29aabbcc", &arena), "01000c29aabbcc");
}

/* A name or a chassis that has an address in it falls under the rule about addresses. */
static void what_is_made_of_an_address_falls_under_its_rule(void **state)
{
	(void)state;
	struct privacy p = rules("ipv4Address", PRIVACY_DROP);
	assert_null(privacy_apply(&p, "chassisId", "192.0.2.7", &arena));
	assert_string_equal(privacy_apply(&p, "chassisId", "2001:db8::7", &arena), "2001:db8::7");
	assert_null(privacy_apply(&p, "domainName", "ip-192-0-2-7.ec2.internal", &arena));
	assert_null(privacy_apply(&p, "hostName", "ip-192-0-2-7", &arena));
	assert_string_equal(privacy_apply(&p, "hostName", "pc-1-2-3", &arena), "pc-1-2-3");
	assert_string_equal(privacy_apply(&p, "hostName", "a-1-2-3-999", &arena), "a-1-2-3-999");
	scrubbed("ipv4Address", PRIVACY_DROP, "220 7-2-0-192.ptr.example.net ESMTP", "220 - ESMTP");
	scrubbed("ipv4Address", PRIVACY_TRUNCATE, "CN=ip-192-0-2-7.ec2.internal", "CN=.ec2.internal");
	scrubbed("ipv4Address", PRIVACY_DROP, "deb-1-2-3 2024-01-02 1-2-3-4", "deb-1-2-3 2024-01-02 -");
	assert_false(privacy_keeps(&p, "chassisId"));
	assert_false(privacy_keeps(&p, "domainName"));
	assert_true(privacy_keeps(&p, "userName"));
}

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 4096, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_and_words_stay),
		cmocka_unit_test(addresses_go_and_ports_stay),
		cmocka_unit_test(any_text_will_do),
		cmocka_unit_test(what_is_made_of_a_mac_falls_under_its_rule),
		cmocka_unit_test(what_is_made_of_an_address_falls_under_its_rule),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
