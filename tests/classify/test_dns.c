#include "tests/classify/dissect_test.h"

#include "classify/dissect/dns_message.h"

extern const struct dissector dns_dissector;

static struct fixture f;

static int setup(void **state)
{
	fixture_init(&f, &dns_dissector, 4, 53);
	return 0;
}

static void header(struct message *m, unsigned flags, unsigned qd, unsigned an, unsigned ns, unsigned ar)
{
	put_u16(m, 0x1234);
	put_u16(m, flags);
	put_u16(m, qd);
	put_u16(m, an);
	put_u16(m, ns);
	put_u16(m, ar);
}

static void question(struct message *m, const char *name, unsigned type)
{
	put_name(m, name);
	put_u16(m, type);
	put_u16(m, DNS_IN);
}

/* Type, class, ttl and length behind an owner that stands already. */
static void record(struct message *m, unsigned type, unsigned class, unsigned len)
{
	put_u16(m, type);
	put_u16(m, class);
	put_u32(m, 300);
	put_u16(m, len);
}

/* www.example.com is an alias of web.example.com, which has one address of each kind. */
static struct message alias_answer(void)
{
	struct message m = {.len = 0};
	header(&m, 0x8180, 1, 3, 0, 1);
	question(&m, "www.example.com", DNS_A); /* example.com stands at 16 */
	put_u16(&m, 0xc00c);
	record(&m, DNS_CNAME, DNS_IN, 6);
	put_hex(&m, "03 776562 c010"); /* web.example.com, at 45 */
	put_u16(&m, 0xc02d);
	record(&m, DNS_A, DNS_IN, 4);
	put_hex(&m, "cb007105");
	put_u16(&m, 0xc02d);
	record(&m, DNS_AAAA, DNS_IN, 16);
	put_hex(&m, "20010db8000000000000000000000005");
	put_name(&m, "ns.example.com");
	record(&m, DNS_A, DNS_IN, 4);
	put_hex(&m, "cb007106");
	return m;
}

static void tells_addresses_and_follows_aliases(void **state)
{
	struct message m = alias_answer();
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_REVERSE, m.data, m.len), PROBE_YES);
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "dns.address 203.0.113.5 web.example.com",
				 "dns.address 203.0.113.5 www.example.com", "dns.address 2001:db8::5 web.example.com",
				 "dns.address 2001:db8::5 www.example.com", "dns.address 203.0.113.6 ns.example.com",
				 "service sender domain", NULL));
}

static void keeps_what_stood_before_the_break(void **state)
{
	struct message m = alias_answer();
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len - 1);
	assert_true(fixture_has(&f, "dns.address 2001:db8::5 web.example.com"));
	assert_false(fixture_has(&f, "dns.address 203.0.113.6 ns.example.com"));
	assert_in_range(fixture_cut_datagrams(&f, FLOW_REVERSE, m.data, m.len), 1, 5);
}

static void reads_the_same_over_tcp(void **state)
{
	struct message m = alias_answer(), t = {.len = 0};
	for (int i = 0; i < 2; i++) {
		put_u16(&t, (unsigned)m.len);
		put(&t, m.data, m.len);
	}
	assert_int_equal(fixture_probe(&f, TRANSPORT_TCP, FLOW_REVERSE, t.data, t.len), PROBE_YES);
	assert_int_equal(fixture_probe(&f, TRANSPORT_TCP, FLOW_REVERSE, t.data, 10), PROBE_MAYBE);
	assert_true(fixture_probe_waits(&f, FLOW_REVERSE, t.data, t.len));
	f.flow.dport = 9953;
	assert_true(fixture_probe_waits(&f, FLOW_REVERSE, t.data, t.len));
	fixture_drip(&f, FLOW_REVERSE, t.data, t.len);
	assert_int_equal(f.count, 11);
	assert_string_equal(f.lines[5], "service sender domain");
}

static void tells_names_of_reversed_addresses(void **state)
{
	struct message m = {.len = 0};
	header(&m, 0x8180, 0, 2, 0, 0);
	put_name(&m, "7.113.0.203.in-addr.arpa");
	record(&m, DNS_PTR, DNS_IN, 12);
	put_name(&m, "host.lan.x");
	put_name(&m, "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6.arpa");
	record(&m, DNS_PTR, DNS_IN, 12);
	put_name(&m, "host.lan.y");
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "dns.pointer 203.0.113.7 host.lan.x", "dns.pointer 2001:db8::9 host.lan.y",
				 "service sender domain", NULL));
}

static void reversed_names_must_be_whole(void **state)
{
	static const char *const bad[] = {"113.0.203.in-addr.arpa",
					  "300.113.0.203.in-addr.arpa",
					  "1.7.113.0.203.in-addr.arpa",
					  "x.113.0.203.in-addr.arpa",
					  "9.8.ip6.arpa",
					  "in-addr.arpa"};
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct dns_name name = {.len = (uint8_t)strlen(bad[i])};
		struct address a;
		memcpy(name.text, bad[i], name.len);
		assert_int_equal(dns_reverse_address(&name, &a), 0);
	}
}

/* The answer to a question for a version, in the class of its own that such questions have. */
static void answer_version(const char *name, const char *owner, const char *text)
{
	struct message m = {.len = 0};
	header(&m, 0x8580, 1, 1, 0, 0);
	put_name(&m, name);
	put_u16(&m, DNS_TXT);
	put_u16(&m, DNS_CHAOS);
	put_name(&m, owner);
	record(&m, DNS_TXT, DNS_CHAOS, (uint16_t)(strlen(text) + 1));
	put_u8(&m, (uint8_t)strlen(text));
	put_text(&m, text);
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
}

static void tells_the_version_a_server_gives(void **state)
{
	answer_version("version.bind", "VERSION.BIND", "9.18.1");
	assert_true(fixture_said(&f, "dns.versionBind sender 9.18.1", "service sender domain", NULL));
}

/* YADIFA answers with its number alone; the question has its name. */
static void tells_whose_version_was_asked(void **state)
{
	answer_version("version.yadifa", "version.yadifa", "2.6.4-10892");
	assert_true(fixture_said(&f, "dns.versionBind sender YADIFA 2.6.4-10892", "service sender domain", NULL));
}

static void a_dynamic_update_tells_of_the_client(void **state)
{
	struct message m = {.len = 0};
	header(&m, 0x2800, 1, 0, 1, 0);
	question(&m, "example.com", 6);
	put_name(&m, "pc7.example.com");
	record(&m, DNS_A, DNS_IN, 4);
	put_hex(&m, "c000020a");
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "dns.address 192.0.2.10 pc7.example.com", NULL));
}

static void queries_and_blocked_addresses_teach_nothing(void **state)
{
	struct message m = {.len = 0}, n = {.len = 0};
	header(&m, 0x0100, 1, 1, 0, 0);
	question(&m, "a.b", DNS_A);
	put_u16(&m, 0xc00c);
	record(&m, DNS_A, DNS_IN, 4);
	put_hex(&m, "cb007105");
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
	header(&n, 0x8180, 1, 2, 0, 0);
	question(&n, "a.b", DNS_A);
	put_u16(&n, 0xc00c);
	record(&n, DNS_A, DNS_IN, 4);
	put_hex(&n, "00000000");
	put_u16(&n, 0xc00c);
	record(&n, DNS_A, DNS_IN, 4);
	put_hex(&n, "7f000001");
	fixture_datagram(&f, FLOW_REVERSE, n.data, n.len);
	assert_true(fixture_said(&f, "service sender domain", NULL));
}

static void compression_never_loops(void **state)
{
	static const char *const bad[] = {
		"c000",           /* to itself */
		"c002 c000",      /* each to the other */
		"0161 c000 c0ff", /* a label, then back to it */
		"40",
		"80", /* reserved */
	};
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct message m = {.len = 0};
		put_hex(&m, bad[i]);
		struct dns_reader r = {.message = cursor_init(m.data, m.len)};
		struct cursor c = r.message;
		struct dns_name name;
		assert_false(dns_name_read(&r, &c, &name));
		assert_int_equal(name.len, 0);
	}
}

static void a_broken_owner_leaves_the_next_record_readable(void **state)
{
	struct message m = {.len = 0};
	header(&m, 0x8180, 1, 2, 0, 0);
	question(&m, "a.b", DNS_A);
	put_u16(&m, 0xc0ff);
	record(&m, DNS_A, DNS_IN, 4);
	put_hex(&m, "cb007105");
	put_u16(&m, 0xc00c);
	record(&m, DNS_A, DNS_IN, 4);
	put_hex(&m, "cb007106");
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "dns.address 203.0.113.6 a.b", "service sender domain", NULL));
}

static void only_the_strict_pass_on_other_ports(void **state)
{
	struct message m = alias_answer();
	f.flow.dport = 9953;
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_REVERSE, m.data, m.len), PROBE_YES);
	put_u8(&m, 0);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_REVERSE, m.data, m.len), PROBE_NO);
	f.flow.dport = 53;
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_REVERSE, m.data, m.len), PROBE_YES);
	m.data[2] |= 0x78; /* opcode 15 */
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_REVERSE, m.data, m.len), PROBE_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(tells_addresses_and_follows_aliases, setup),
		cmocka_unit_test_setup(keeps_what_stood_before_the_break, setup),
		cmocka_unit_test_setup(reads_the_same_over_tcp, setup),
		cmocka_unit_test_setup(tells_names_of_reversed_addresses, setup),
		cmocka_unit_test_setup(reversed_names_must_be_whole, setup),
		cmocka_unit_test_setup(tells_the_version_a_server_gives, setup),
		cmocka_unit_test_setup(tells_whose_version_was_asked, setup),
		cmocka_unit_test_setup(a_dynamic_update_tells_of_the_client, setup),
		cmocka_unit_test_setup(queries_and_blocked_addresses_teach_nothing, setup),
		cmocka_unit_test_setup(compression_never_loops, setup),
		cmocka_unit_test_setup(a_broken_owner_leaves_the_next_record_readable, setup),
		cmocka_unit_test_setup(only_the_strict_pass_on_other_ports, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
