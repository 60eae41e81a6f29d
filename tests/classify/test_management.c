#include "tests/classify/dissect_test.h"

#include <stdio.h>

extern const struct dissector snmp_dissector, ntp_dissector, ssdp_dissector, stun_dissector;

static struct fixture f;

/* An element around what is in another message. */
static struct message ber(unsigned tag, const struct message *inner)
{
	struct message m = {.len = 0};
	put_u8(&m, tag);
	put_u8(&m, 0x82);
	put_u16(&m, (unsigned)inner->len);
	put(&m, inner->data, inner->len);
	return m;
}

static struct message octets(const char *text)
{
	struct message m = {.len = 0};
	put_text(&m, text);
	return ber(4, &m);
}

static void put_binding(struct message *list, const char *oid, const struct message *value)
{
	struct message binding = {.len = 0};
	put_hex(&binding, oid);
	binding = ber(6, &binding);
	put(&binding, value->data, value->len);
	binding = ber(0x30, &binding);
	put(list, binding.data, binding.len);
}

static struct message pdu(unsigned tag)
{
	struct message list = {.len = 0}, body = {.len = 0}, oid = {.len = 0}, text = octets("Example OS 4.2");
	put_binding(&list, "2b06010201010100", &text);
	put_hex(&oid, "06 08 2b06010401 bf08 01");
	put_binding(&list, "2b06010201010200", &oid);
	text = octets("switch7");
	put_binding(&list, "2b06010201010500", &text);
	text = octets("not asked");
	put_binding(&list, "2b06010201010600", &text);
	list = ber(0x30, &list);
	put_hex(&body, "020101 020100 020100");
	put(&body, list.data, list.len);
	return ber(tag, &body);
}

static struct message snmp(unsigned tag)
{
	struct message m = {.len = 0}, p = pdu(tag), community = octets("public");
	put_hex(&m, "020101");
	put(&m, community.data, community.len);
	put(&m, p.data, p.len);
	return ber(0x30, &m);
}

static void an_agent_tells_of_its_system(void **state)
{
	struct message m = snmp(0xa2);
	fixture_init(&f, &snmp_dissector, 4, 161);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_REVERSE, m.data, m.len), PROBE_YES);
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "service sender snmp", "snmp.sysDescr sender Example OS 4.2",
				 "snmp.sysObjectId sender 1.3.6.1.4.1.8072.1", "snmp.sysName sender switch7", NULL));
	assert_int_equal(fixture_cut_datagrams(&f, FLOW_REVERSE, m.data, m.len), 0);
	m = snmp(0xa3); /* to set is not to tell */
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
}

/* An answer with the given bindings. */
static struct message answer(unsigned tag, const char *head, const struct message *bindings)
{
	struct message m = {.len = 0}, body = {.len = 0}, list = ber(0x30, bindings), community = octets("public");
	put_hex(&body, head);
	put(&body, list.data, list.len);
	body = ber(tag, &body);
	put_hex(&m, "020101");
	put(&m, community.data, community.len);
	put(&m, body.data, body.len);
	return ber(0x30, &m);
}

static void an_agent_tells_of_its_device(void **state)
{
	static const struct {
		const char *object[3], *text[3], *said;
	} rows[] = {
		{{"2b060102012f010101010d01", "2b060102012f010101010b01", "2b060102012f010101010a8769"},
		 {"WS-C2960X-24TS-L", "FOC1234X0YZ", "15.2(2)E3"},
		 "snmp.device sender model=WS-C2960X-24TS-L;serial=FOC1234X0YZ;firmware=15.2(2)E3"},
		{{"2b060102012f010101010d02"}, {"a module"}, NULL},
		{{"2b060102012101010100", "2b060102012101010200", "2b060102012101010300"},
		 {"APC", "Smart-UPS 1500", "UPS 09.3"},
		 "snmp.device sender vendor=APC;model=Smart-UPS 1500;kind=UPS;firmware=UPS 09.3"},
		{{"2b060102012b0501011101"}, {"VNB3C00001"}, "snmp.device sender serial=VNB3C00001;kind=printer"},
		{{"2b060104010b020309010107 00"},
		 {"MFG:Hewlett-Packard;CMD:PJL;MDL:HP LaserJet 4250;SN:42;"},
		 "snmp.device sender vendor=Hewlett-Packard;model=HP LaserJet 4250;serial=42;kind=printer"},
		{{"2b060102012f010101010d01"}, {"\x01\x02"}, NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct message list = {.len = 0};
		for (int j = 0; j < 3 && rows[i].object[j]; j++) {
			struct message text = octets(rows[i].text[j]);
			put_binding(&list, rows[i].object[j], &text);
		}
		struct message m = answer(0xa2, "020101 020100 020100", &list);
		fixture_init(&f, &snmp_dissector, 4, 161);
		fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
		if (!fixture_said(&f, "service sender snmp", rows[i].said, NULL))
			fail_msg("row %zu: %s", i, f.lines[1]);
	}
}

/* The fixture's client is 192.0.2.10. */
static void a_trap_tells_of_its_sender(void **state)
{
	static const struct {
		const char *agent, *generic;
		bool told, bindings;
	} rows[] = {{"4004 c000020a", "020100", true, true},
		    {"4004 00000000", "020103", true, true},
		    {"4004 c000020a", "020106", false, true},
		    {"4004 c00002fe", "020100", false, false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct message name = octets("switch7"), list = {.len = 0}, m;
		char head[128];
		put_binding(&list, "2b06010201010500", &name);
		snprintf(head, sizeof head, "06082b06010401 09 01 25 %s %s 020100 430101", rows[i].agent,
			 rows[i].generic);
		m = answer(0xa4, head, &list);
		fixture_init(&f, &snmp_dissector, 4, 162);
		fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
		assert_int_equal(fixture_has(&f, "snmp.sysObjectId sender 1.3.6.1.4.1.9.1.37"), rows[i].told);
		assert_int_equal(fixture_has(&f, "snmp.sysName sender switch7"), rows[i].bindings);
	}
	struct message list = {.len = 0}, name = octets("switch7"), m;
	put_binding(&list, "2b06010201010500", &name);
	m = answer(0xa6, "020101 020100 020100", &list);
	fixture_init(&f, &snmp_dissector, 4, 162);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "snmp.sysName sender switch7", NULL));
}

static struct message version3(unsigned tag, const char *user)
{
	struct message m = {.len = 0}, parameters = {.len = 0}, scope = {.len = 0}, p = pdu(tag);
	put_hex(&parameters, "0409 800007e58001020304 020101 020100");
	put_hex(&parameters, user);
	put_hex(&parameters, "0400 0400");
	parameters = ber(0x30, &parameters);
	parameters = ber(4, &parameters);
	put_hex(&scope, "0400 0400");
	put(&scope, p.data, p.len);
	scope = ber(0x30, &scope);
	put_hex(&m, "020103 300d 020101 020205dc 040104 020103");
	put(&m, parameters.data, parameters.len);
	put(&m, scope.data, scope.len);
	return ber(0x30, &m);
}

static void who_asks_an_engine_is_a_user(void **state)
{
	struct message m = version3(0xa0, "0405 6d61726961");
	fixture_init(&f, &snmp_dissector, 4, 161);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	SAID(&f, "user.name sender maria", NULL);
	m = version3(0xa2, "0405 6d61726961"); /* the answer repeats it */
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_false(fixture_has(&f, "user.name sender maria"));
}

static void an_engine_tells_its_identity(void **state)
{
	struct message m = version3(0xa8, "0400");
	fixture_init(&f, &snmp_dissector, 4, 161);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_REVERSE, m.data, m.len), PROBE_YES);
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_has(&f, "snmp.engineId sender \\x80\\x00\\x07\\xe5\\x80\\x01\\x02\\x03\\x04"));
	assert_true(fixture_has(&f, "snmp.sysName sender switch7"));
	assert_in_range(fixture_cut_datagrams(&f, FLOW_REVERSE, m.data, m.len), 0, 4);
}

static void a_time_server_is_told_by_its_answer(void **state)
{
	struct message m = {.len = 0};
	fixture_init(&f, &ntp_dissector, 4, 123);
	put_u8(&m, 0x23);
	put_zero(&m, 47);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, m.len), PROBE_YES);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, 47), PROBE_NO);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
	m.data[0] = 0x24;
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "service sender ntp", NULL));
}

static void a_time_server_reads_out_its_variables(void **state)
{
	static const char text[] = "version=\"ntpd 4.2.8\", system=\"Linux/5.4\"\r\n";
	struct message m = {.len = 0};
	fixture_init(&f, &ntp_dissector, 4, 123);
	put_hex(&m, "16 82 0001 0000 0000 0000");
	put_u16(&m, sizeof text - 1);
	put_text(&m, text);
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "service sender ntp",
				 "ntp.readvar sender version=\"ntpd 4.2.8\", system=\"Linux/5.4\"", NULL));
	fixture_cut_datagrams(&f, FLOW_REVERSE, m.data, m.len);
	m.data[9] = 20; /* a later part */
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "service sender ntp", NULL));
}

static void devices_announce_and_answer(void **state)
{
	static const char notify[] = "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n"
				     "Server:Example/1.0 UPnP/1.0 Box/2\r\n\r\nServer: no header\r\n";
	static const char answer[] = "HTTP/1.1 200 OK\r\nEXT:\r\nSERVER: Example/1.0 UPnP/1.1 Box/3\r\n\r\n";
	fixture_init(&f, &ssdp_dissector, 4, 1900);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, notify, sizeof notify - 1), PROBE_YES);
	fixture_datagram(&f, FLOW_FORWARD, notify, sizeof notify - 1);
	assert_true(fixture_said(&f, "ssdp.server sender Example/1.0 UPnP/1.0 Box/2", NULL));
	assert_int_equal(fixture_cut_datagrams(&f, FLOW_FORWARD, notify, sizeof notify - 1), 1);
	fixture_datagram(&f, FLOW_REVERSE, answer, sizeof answer - 1);
	assert_true(fixture_said(&f, "ssdp.server sender Example/1.0 UPnP/1.1 Box/3", "service sender ssdp", NULL));
}

/* The description is elsewhere: a gateway repeats what a device said on another link. */
static void what_is_relayed_is_not_the_senders(void **state)
{
	static const char notify[] =
		"NOTIFY * HTTP/1.1\r\nLocation: http://%s:80/d.xml\r\nServer: Hue/1.0 IpBridge/1.56\r\n\r\n";
	static const struct {
		const char *host;
		bool own;
	} rows[] = {{"192.0.2.10", true}, {"192.0.2.77", false}, {"box.local", true}, {"", true}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[256];
		int n = snprintf(text, sizeof text, notify, rows[i].host);
		fixture_init(&f, &ssdp_dissector, 4, 1900);
		fixture_datagram(&f, FLOW_FORWARD, text, (size_t)n);
		assert_int_equal(fixture_has(&f, "ssdp.server sender Hue/1.0 IpBridge/1.56"), rows[i].own);
	}
}

static void a_search_tells_who_searches(void **state)
{
	static const char search[] = "M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\nSERVER: no\r\n"
				     "USER-AGENT: Browser/9 Example\r\n\r\n";
	fixture_init(&f, &ssdp_dissector, 4, 1900);
	fixture_datagram(&f, FLOW_FORWARD, search, sizeof search - 1);
	assert_true(fixture_said(&f, "ssdp.userAgent sender Browser/9 Example", NULL));
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, "GET / HTTP/1.1\r\n", 16), PROBE_NO);
}

/* A binding answer with software of that length's padding, and what else. */
static struct message stun(unsigned type, const char *more)
{
	struct message m = {.len = 0}, attributes = {.len = 0};
	put_hex(&attributes, more);
	put_hex(&attributes, "8022 000a");
	put_text(&attributes, "Turn-4.5.1");
	put_zero(&attributes, 2);
	put_u16(&m, type);
	put_u16(&m, (unsigned)attributes.len);
	put_hex(&m, "2112a442 000102030405060708090a0b");
	put(&m, attributes.data, attributes.len);
	return m;
}

static void stun_tells_its_software(void **state)
{
	struct message m = stun(0x0101, "0006 0003 616263 00");
	fixture_init(&f, &stun_dissector, 4, 5000);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_REVERSE, m.data, m.len), PROBE_YES);
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "stun.software sender Turn-4.5.1", "service sender stun", NULL));
	assert_int_equal(fixture_cut_datagrams(&f, FLOW_REVERSE, m.data, m.len), 0);
	assert_true(fixture_probe_waits(&f, FLOW_REVERSE, m.data, m.len));
	fixture_drip(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_has(&f, "stun.software sender Turn-4.5.1"));
	m.data[4] = 0;
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_REVERSE, m.data, m.len), PROBE_NO);
}

static void a_peer_of_a_call_is_no_stun_server(void **state)
{
	struct message m = stun(0x0101, "0008 0014 0000000000000000000000000000000000000000");
	fixture_init(&f, &stun_dissector, 4, 5000);
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "stun.software sender Turn-4.5.1", NULL));
}

static void attributes_without_padding_are_read(void **state)
{
	struct message m = stun(0x0101, "0006 0003 616263");
	fixture_init(&f, &stun_dissector, 4, 3478);
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_has(&f, "stun.software sender Turn-4.5.1"));
}

static void channel_data_between_messages_is_passed_over(void **state)
{
	struct message m = {.len = 0}, s = stun(0x0101, "");
	put_hex(&m, "4001 0016 01020304050607080910111213141516171819202122 0000");
	put(&m, s.data, s.len);
	fixture_init(&f, &stun_dissector, 4, 3478);
	fixture_drip(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "stun.software sender Turn-4.5.1", "service sender stun", NULL));
	fixture_stream(&f, FLOW_FORWARD, "\x80 media that is no message", 27);
	assert_true(f.x.done[FLOW_FORWARD]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_agent_tells_of_its_system),
		cmocka_unit_test(an_agent_tells_of_its_device),
		cmocka_unit_test(a_trap_tells_of_its_sender),
		cmocka_unit_test(who_asks_an_engine_is_a_user),
		cmocka_unit_test(an_engine_tells_its_identity),
		cmocka_unit_test(a_time_server_is_told_by_its_answer),
		cmocka_unit_test(a_time_server_reads_out_its_variables),
		cmocka_unit_test(devices_announce_and_answer),
		cmocka_unit_test(what_is_relayed_is_not_the_senders),
		cmocka_unit_test(a_search_tells_who_searches),
		cmocka_unit_test(stun_tells_its_software),
		cmocka_unit_test(a_peer_of_a_call_is_no_stun_server),
		cmocka_unit_test(attributes_without_padding_are_read),
		cmocka_unit_test(channel_data_between_messages_is_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
