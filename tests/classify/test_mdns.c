#include "tests/classify/dissect_test.h"

#include "classify/dissect/dns_message.h"

extern const struct dissector mdns_dissector, llmnr_dissector;

static struct fixture f;

static int setup(void **state)
{
	fixture_init(&f, &mdns_dissector, 4, 5353);
	return 0;
}

static void header(struct message *m, unsigned flags, unsigned qd, unsigned an, unsigned ns)
{
	put_u16(m, 0);
	put_u16(m, flags);
	put_u16(m, qd);
	put_u16(m, an);
	put_u16(m, ns);
	put_u16(m, 0);
}

static void record(struct message *m, const char *owner, unsigned type, uint32_t ttl, const struct message *data)
{
	put_name(m, owner);
	put_u16(m, type);
	put_u16(m, 0x8001);
	put_u32(m, ttl);
	put_u16(m, (unsigned)data->len);
	put(m, data->data, data->len);
}

static struct message named(const char *name)
{
	struct message m = {.len = 0};
	put_name(&m, name);
	return m;
}

static struct message octets(const char *hex)
{
	struct message m = {.len = 0};
	put_hex(&m, hex);
	return m;
}

static struct message strings(const char *first, const char *second)
{
	struct message m = {.len = 0};
	put_u8(&m, (unsigned)strlen(first));
	put_text(&m, first);
	put_u8(&m, (unsigned)strlen(second));
	put_text(&m, second);
	return m;
}

static struct message announcement(void)
{
	struct message m = {.len = 0}, address = octets("c000020a"), v6 = octets("fe800000000000000000000000000010");
	struct message http = named("My printer._http._tcp.local"), type = named("_ipp._tcp.local");
	struct message station = named("pc7 [02:00:00:00:00:10]._workstation._tcp.local");
	struct message model = strings("osxvers=20", "model=MacBookPro14,1"), host = named("pc7.local");
	header(&m, 0x8400, 0, 7, 0);
	record(&m, "pc7.local", DNS_A, 120, &address);
	record(&m, "pc7.local", DNS_AAAA, 120, &v6);
	record(&m, "_http._tcp.local", DNS_PTR, 4500, &http);
	record(&m, "_services._dns-sd._udp.local", DNS_PTR, 4500, &type);
	record(&m, "_workstation._tcp.local", DNS_PTR, 4500, &station);
	record(&m, "pc7._device-info._tcp.local", DNS_TXT, 4500, &model);
	record(&m, "10.2.0.192.in-addr.arpa", DNS_PTR, 120, &host);
	return m;
}

static void an_announcement_tells_all(void **state)
{
	struct message m = announcement();
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, m.len), PROBE_YES);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(
		fixture_said(&f, "mdns.address 192.0.2.10 pc7.local", "mdns.address fe80::10 pc7.local",
			     "mdns.service sender My printer._http._tcp.local", "mdns.service sender _ipp._tcp.local",
			     "mdns.workstation sender pc7 [02:00:00:00:00:10]", "mdns.deviceInfo sender osxvers=20",
			     "mdns.deviceInfo sender model=MacBookPro14,1", "mdns.address 192.0.2.10 pc7.local", NULL));
	assert_int_equal(fixture_cut_datagrams(&f, FLOW_FORWARD, m.data, m.len), 7);
}

/* A gateway repeats it on another link: whose the addresses are is told, but it is no MacBook. */
static void what_is_relayed_is_not_the_senders(void **state)
{
	struct message m = announcement();
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "mdns.address 192.0.2.10 pc7.local", "mdns.address fe80::10 pc7.local", NULL));
}

static void a_query_claims_only_in_its_authority_section(void **state)
{
	struct message m = {.len = 0}, mine = octets("c000020a"), others = octets("c000020b");
	header(&m, 0, 1, 1, 1);
	put_name(&m, "pc7.local");
	put_u16(&m, 255);
	put_u16(&m, 1);
	record(&m, "other.local", DNS_A, 120, &others);
	record(&m, "pc7.local", DNS_A, 120, &mine);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "mdns.address 192.0.2.10 pc7.local", NULL));
}

static void a_goodbye_claims_nothing(void **state)
{
	struct message m = {.len = 0}, mine = octets("c000020a");
	header(&m, 0x8400, 0, 1, 0);
	record(&m, "pc7.local", DNS_A, 0, &mine);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
}

static void instances_with_dots_are_not_cut(void **state)
{
	struct message m = {.len = 0}, instance = {.len = 0};
	put_u8(&instance, 5);
	put_text(&instance, "a.b c");
	put_name(&instance, "_workstation._tcp.local");
	header(&m, 0x8400, 0, 1, 0);
	record(&m, "_workstation._tcp.local", DNS_PTR, 10, &instance);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "mdns.workstation sender a.b c", NULL));
}

static void services_tell_models(void **state)
{
	struct message m = {.len = 0}, printer = strings("ty=Example LaserPrint 7", "note=hall");
	struct message airplay = strings("am=AppleTV3,2", "x"), cast = strings("md=Cast Box", "model=");
	header(&m, 0x8400, 0, 4, 0);
	record(&m, "P._ipp._tcp.local", DNS_TXT, 10, &printer);
	record(&m, "A._raop._tcp.local", DNS_TXT, 10, &airplay);
	record(&m, "C._googlecast._tcp.local", DNS_TXT, 10, &cast);
	record(&m, "P._http._tcp.local", DNS_TXT, 10, &printer);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "mdns.model sender Example LaserPrint 7",
				 "mdns.deviceInfo sender model=AppleTV3,2", "mdns.model sender Cast Box", NULL));
}

static void llmnr_answers_tell(void **state)
{
	struct message m = {.len = 0};
	fixture_init(&f, &llmnr_dissector, 4, 5355);
	header(&m, 0x8000, 1, 1, 0);
	put_name(&m, "PC7");
	put_u16(&m, DNS_A);
	put_u16(&m, DNS_IN);
	put_u16(&m, 0xc00c);
	put_u16(&m, DNS_A);
	put_u16(&m, DNS_IN);
	put_u32(&m, 30);
	put_u16(&m, 4);
	put_hex(&m, "c0000235");
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_REVERSE, m.data, m.len), PROBE_YES);
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "llmnr.address 192.0.2.53 PC7", NULL));
	assert_int_equal(fixture_cut_datagrams(&f, FLOW_REVERSE, m.data, m.len), 0);
	m.data[2] = 0;
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_announcement_tells_all, setup),
		cmocka_unit_test_setup(what_is_relayed_is_not_the_senders, setup),
		cmocka_unit_test_setup(a_query_claims_only_in_its_authority_section, setup),
		cmocka_unit_test_setup(a_goodbye_claims_nothing, setup),
		cmocka_unit_test_setup(instances_with_dots_are_not_cut, setup),
		cmocka_unit_test_setup(services_tell_models, setup),
		cmocka_unit_test_setup(llmnr_answers_tell, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
