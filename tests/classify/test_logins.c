#include "tests/classify/dissect_test.h"

extern const struct dissector kerberos_dissector, radius_dissector, ldap_dissector;

static struct fixture f;

static struct message ber(unsigned tag, const struct message *inner)
{
	struct message m = {.len = 0};
	put_u8(&m, tag);
	put_u8(&m, 0x82);
	put_u16(&m, (unsigned)inner->len);
	put(&m, inner->data, inner->len);
	return m;
}

static struct message text(unsigned tag, const char *value)
{
	struct message m = {.len = 0};
	put_text(&m, value);
	return ber(tag, &m);
}

static void put_member(struct message *m, unsigned n, const struct message *value)
{
	struct message wrapped = ber(0xa0 + n, value);
	put(m, wrapped.data, wrapped.len);
}

static void put_number(struct message *m, unsigned n, unsigned value)
{
	struct message number = {.len = 0};
	put_hex(&number, "02 01");
	put_u8(&number, value);
	/* the probe wants the short form, as everybody writes it */
	put_u8(m, 0xa0 + n);
	put_u8(m, 3);
	put(m, number.data, number.len);
}

static struct message principal(const char *first, const char *second)
{
	struct message m = {.len = 0}, parts = text(0x1b, first), more;
	if (second) {
		more = text(0x1b, second);
		put(&parts, more.data, more.len);
	}
	parts = ber(0x30, &parts);
	put_number(&m, 0, 1);
	put_member(&m, 1, &parts);
	return ber(0x30, &m);
}

static struct message request_of(struct message body, const struct message *padata)
{
	struct message m = {.len = 0};
	put_number(&m, 1, 5);
	put_number(&m, 2, 10);
	if (padata)
		put_member(&m, 3, padata);
	put_member(&m, 4, &body);
	m = ber(0x30, &m);
	return ber(0x6a, &m);
}

static struct message as_request(const char *first, const char *second)
{
	struct message body = {.len = 0}, who = principal(first, second);
	struct message realm = text(0x1b, "CORP.EXAMPLE"), address = {.len = 0}, name = text(4, "PC7             ");
	put_member(&body, 1, &who);
	put_member(&body, 2, &realm);
	put_number(&address, 0, 20);
	put_member(&address, 1, &name);
	address = ber(0x30, &address);
	address = ber(0x30, &address);
	put_member(&body, 9, &address);
	body = ber(0x30, &body);
	return request_of(body, NULL);
}

static void a_ticket_request_tells_who_asks(void **state)
{
	struct message m = as_request("alice", NULL);
	fixture_init(&f, &kerberos_dissector, 4, 88);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, m.len), PROBE_YES);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "user.name sender CORP.EXAMPLE\\x5calice", "kerberos.host sender PC7",
				 "kerberos.realm sender CORP.EXAMPLE", NULL));
	assert_int_equal(fixture_cut_datagrams(&f, FLOW_FORWARD, m.data, m.len), 0);
	m.data[0] = 0x6b;
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, m.len), PROBE_NO);
}

static void machines_are_hosts_not_persons(void **state)
{
	struct message m = as_request("PC9$", NULL);
	fixture_init(&f, &kerberos_dissector, 4, 88);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_has(&f, "kerberos.host sender PC9"));
	m = as_request("host", "pc9.corp.example");
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_has(&f, "kerberos.host sender pc9.corp.example"));
	for (unsigned i = 0; i < f.count; i++)
		assert_memory_not_equal(f.lines[i], "user.name", 9);
	m = as_request("alice@corp.example", NULL);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_has(&f, "user.name sender alice@corp.example"));
}

/* Of no domain, whatever preauthentication there is, until the PAC is asked for ([MS-KILE] 2.2.3). */
static void realms_are_domains_where_pacs_are_asked_for(void **state)
{
	struct message who = principal("alice", NULL), realm = text(0x1b, "EXAMPLE.ORG");
	for (unsigned kind = 127; kind <= 129; kind++) {
		struct message body = {.len = 0}, padata = {.len = 0}, value = text(0x04, "x");
		put_member(&body, 1, &who);
		put_member(&body, 2, &realm);
		body = ber(0x30, &body);
		put_hex(&padata, "a1 04 02 02 00");
		put_u8(&padata, kind);
		put_member(&padata, 2, &value);
		padata = ber(0x30, &padata);
		padata = ber(0x30, &padata);
		struct message m = request_of(body, &padata);
		fixture_init(&f, &kerberos_dissector, 4, 88);
		fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
		assert_true(fixture_has(&f, "user.name sender EXAMPLE.ORG\\x5calice"));
		assert_int_equal(fixture_has(&f, "kerberos.realm sender EXAMPLE.ORG"), kind == 128);
		assert_int_equal(fixture_cut_datagrams(&f, FLOW_FORWARD, m.data, m.len), 0);
	}
}

static struct message as_reply(unsigned tag)
{
	struct message m = {.len = 0}, who = principal("alice", NULL), realm = text(0x1b, "CORP.EXAMPLE");
	put_number(&m, 0, 5);
	put_number(&m, 1, 11);
	put_member(&m, 3, &realm);
	put_member(&m, 4, &who);
	m = ber(0x30, &m);
	return ber(tag, &m);
}

static void a_reply_tells_of_the_receiver_over_tcp(void **state)
{
	struct message m = as_reply(0x6b), t = {.len = 0};
	put_u32(&t, (uint32_t)m.len);
	put(&t, m.data, m.len);
	fixture_init(&f, &kerberos_dissector, 4, 88);
	assert_int_equal(fixture_probe(&f, TRANSPORT_TCP, FLOW_REVERSE, t.data, t.len), PROBE_YES);
	assert_true(fixture_probe_waits(&f, FLOW_REVERSE, t.data, t.len));
	fixture_drip(&f, FLOW_REVERSE, t.data, t.len);
	assert_true(fixture_said(&f, "service sender kerberos", "user.name receiver CORP.EXAMPLE\\x5calice", NULL));
	m = as_reply(0x6d); /* tickets for services may be in another's name */
	fixture_clear(&f);
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
}

static void attribute(struct message *m, unsigned kind, const char *value, size_t len)
{
	put_u8(m, kind);
	put_u8(m, (unsigned)len + 2);
	put(m, value, len);
}

static struct message radius(unsigned code, const struct message *attributes)
{
	struct message m = {.len = 0};
	put_u8(&m, code);
	put_u8(&m, 7);
	put_u16(&m, 20 + (unsigned)attributes->len);
	put_zero(&m, 16);
	put(&m, attributes->data, attributes->len);
	return m;
}

static void an_access_server_tells_who_logs_in_where(void **state)
{
	struct message a = {.len = 0};
	attribute(&a, 1, "alice", 5);
	attribute(&a, 8, "\xc0\x00\x02\x0b", 4);
	struct message m = radius(4, &a);
	fixture_init(&f, &radius_dissector, 4, 1813);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, m.len), PROBE_YES);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, m.data, m.len - 1), PROBE_NO);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "user.name 192.0.2.11 alice", "radius.userName sender alice", NULL));
	fixture_clear(&f);
	attribute(&a, 31, "02-00-00-00-00-AA:office", 24);
	m = radius(1, &a);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(
		fixture_said(&f, "user.name 02:00:00:00:00:aa/192.0.2.11 alice", "radius.userName sender alice", NULL));
	assert_int_equal(fixture_cut_datagrams(&f, FLOW_FORWARD, m.data, m.len), 0);
}

static void an_access_server_tells_where_somebody_is(void **state)
{
	struct message a = {.len = 0};
	attribute(&a, 31, "02-00-00-00-00-AA", 17);
	attribute(&a, 1, "0200000000aa", 12); /* a device: no person, and yet somewhere */
	attribute(&a, 4, "\xc0\x00\x02\x05", 4);
	attribute(&a, 5, "\0\0\xc3\x55", 4);
	struct message m = radius(1, &a), bare = m;
	fixture_init(&f, &radius_dissector, 4, 1812);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, NULL)); /* nobody says what kind of port */
	attribute(&a, 61, "\0\0\0\x0f", 4);
	m = radius(1, &a);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "radius.accessPort 02:00:00:00:00:aa kind=switchPort;chassis=192.0.2.5;port=50005",
				 NULL));
	fixture_clear(&f);
	attribute(&a, 87, "Gi1/0/5", 7);
	attribute(&a, 32, "access-1", 8);
	m = radius(4, &a);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(
		&f, "radius.accessPort 02:00:00:00:00:aa kind=switchPort;chassis=access-1;port=Gi1/0/5", NULL));
	assert_int_equal(fixture_cut_datagrams(&f, FLOW_FORWARD, bare.data, bare.len), 0);
}

static void access_points_and_gateways_are_locations_too(void **state)
{
	struct message a = {.len = 0}, b = {.len = 0};
	attribute(&a, 31, "02-00-00-00-00-AA", 17);
	attribute(&a, 30, "00-1B-0D-00-00-07:office", 24);
	struct message m = radius(1, &a);
	fixture_init(&f, &radius_dissector, 4, 1812);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(
		&f, "radius.accessPort 02:00:00:00:00:aa kind=accessPoint;chassis=00-1B-0D-00-00-07:office", NULL));
	fixture_clear(&f);
	attribute(&b, 31, "203.0.113.9", 11);
	attribute(&b, 61, "\0\0\0\5", 4);
	attribute(&b, 32, "vpn-1", 5);
	m = radius(4, &b);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, NULL)); /* of whom, it does not say */
	attribute(&b, 8, "\xc0\x00\x02\x0b", 4);
	m = radius(4, &b);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "radius.accessPort 192.0.2.11 kind=vpnGateway;chassis=vpn-1", NULL));
}

static void devices_that_log_in_by_address_are_no_persons(void **state)
{
	struct message a = {.len = 0}, none = {.len = 0};
	attribute(&a, 31, "0200.0000.00aa", 14);
	attribute(&a, 1, "0200000000aa", 12);
	struct message m = radius(1, &a);
	fixture_init(&f, &radius_dissector, 4, 1812);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
	m = radius(2, &none);
	fixture_datagram(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "service sender radius", NULL));
}

static struct message ldap(unsigned operation, const struct message *content)
{
	struct message m = {.len = 0}, op = ber(operation, content);
	put_hex(&m, "020101");
	put(&m, op.data, op.len);
	return ber(0x30, &m);
}

static void a_directory_tells_of_users_and_itself(void **state)
{
	struct message bind = {.len = 0}, name = text(4, "cn=alice,dc=corp"), password = text(0x80, "x");
	struct message result = {.len = 0}, root = {.len = 0};
	put_hex(&bind, "020103");
	put(&bind, name.data, name.len);
	put(&bind, password.data, password.len);
	struct message m = ldap(0x60, &bind);
	fixture_init(&f, &ldap_dissector, 4, 389);
	assert_int_equal(fixture_probe(&f, TRANSPORT_TCP, FLOW_FORWARD, m.data, m.len), PROBE_YES);
	assert_true(fixture_probe_waits(&f, FLOW_FORWARD, m.data, m.len));
	fixture_drip(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "user.name sender cn=alice,dc=corp", NULL));
	fixture_clear(&f);
	put_hex(&result, "0a0100 0400 0400");
	m = ldap(0x61, &result);
	fixture_stream(&f, FLOW_REVERSE, m.data, m.len);
	assert_true(fixture_said(&f, "service sender ldap", NULL));
	put_hex(&root, "0400 3000");
	m = ldap(0x64, &root);
	fixture_stream(&f, FLOW_REVERSE, m.data, m.len);
	assert_memory_equal(f.lines[1], "ldap.searchResult sender 0", 26);
}

/* How a client shows its ticket, wrapped as SPNEGO does: the request cut behind the service's name. */
static struct message ticket(const char *realm, const char *service, const char *host)
{
	struct message names = {.len = 0}, name = {.len = 0}, body = {.len = 0}, request = {.len = 0}, part;
	part = text(0x1b, service);
	put(&names, part.data, part.len);
	part = text(0x1b, host);
	put(&names, part.data, part.len);
	names = ber(0x30, &names);
	names = ber(0xa1, &names);
	put_hex(&name, "a003020102");
	put(&name, names.data, names.len);
	name = ber(0x30, &name);
	name = ber(0xa2, &name);
	put_hex(&body, "a003020105");
	part = text(0x1b, realm);
	part = ber(0xa1, &part);
	put(&body, part.data, part.len);
	put(&body, name.data, name.len);
	part = ber(0x30, &body);
	part = ber(0x61, &part);
	part = ber(0xa3, &part);
	put_hex(&request, "a003020105 a10302010e a20703050000000000");
	put(&request, part.data, part.len);
	part = ber(0x30, &request);
	part = ber(0x6e, &part);
	request.len = 0;
	put_hex(&request, "06092a864886f71201020201 00");
	put(&request, part.data, part.len);
	return ber(0x60, &request);
}

static void a_ticket_tells_whom_it_is_for(void **state)
{
	static const char *const rows[][5] = {
		{"CORP.EXAMPLE", "ldap", "dc1.corp.example", "kerberos.realm receiver CORP.EXAMPLE",
		 "kerberos.serviceHost receiver dc1.corp.example"},
		{"CORP.EXAMPLE", "cifs", "corp.example", "kerberos.realm receiver CORP.EXAMPLE"},
		{"CORP.EXAMPLE", "krbtgt", "CORP.EXAMPLE"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct message token = ticket(rows[i][0], rows[i][1], rows[i][2]), bind = {.len = 0}, part;
		struct message mechanism = text(4, "GSS-SPNEGO"), credentials = ber(4, &token);
		put(&mechanism, credentials.data, credentials.len);
		part = ber(0xa3, &mechanism);
		put_hex(&bind, "020103 0400");
		put(&bind, part.data, part.len);
		part = ldap(0x60, &bind);
		fixture_init(&f, &ldap_dissector, 4, 389);
		fixture_stream(&f, FLOW_FORWARD, part.data, part.len);
		assert_true(fixture_said(&f, rows[i][3], rows[i][4], NULL));
	}
}

/* What a controller answers over UDP; whatever is cut off, nothing else is told. */
static void a_domain_controller_tells_its_name(void **state)
{
	static const char *const said[] = {"service sender ldap", "netlogon.host sender DC1.corp.example",
					   "netlogon.domain sender corp.example", "netlogon.domain sender CORP"};
	struct message value = {.len = 0}, values, list = text(4, "Netlogon"), entry = {.len = 0}, m;
	put_hex(&value, "1700 0000 fd330000 00112233445566778899aabbccddeeff");
	put_name(&value, "corp.example"); /* at 24: the forest */
	put_hex(&value, "c018");
	put_hex(&value, "03 444331 c018"); /* DC1 */
	put_name(&value, "CORP");
	put_name(&value, "DC1");
	put_hex(&value, "00 00 00 05000000 ffff ffff");
	values = ber(4, &value);
	values = ber(0x31, &values);
	put(&list, values.data, values.len);
	m = ber(0x30, &list);
	m = ber(0x30, &m);
	put_hex(&entry, "0400");
	put(&entry, m.data, m.len);
	m = ldap(0x64, &entry);
	for (size_t n = 1; n <= m.len; n++) {
		fixture_init(&f, &ldap_dissector, 4, 389);
		fixture_datagram(&f, FLOW_REVERSE, m.data, n);
		if (n == m.len)
			assert_true(fixture_said(&f, said[0], said[1], said[2], said[3], NULL));
		else
			assert_true(fixture_said(&f, NULL));
	}
}

static void a_directory_turns_to_tls(void **state)
{
	struct message request = text(0x80, "1.3.6.1.4.1.1466.20037"), response = {.len = 0}, m = ldap(0x77, &request);
	put_hex(&response, "0a0100 0400 0400");
	fixture_init(&f, &ldap_dissector, 4, 389);
	fixture_drip(&f, FLOW_FORWARD, m.data, m.len);
	m = ldap(0x78, &response);
	fixture_stream(&f, FLOW_REVERSE, m.data, m.len);
	assert_ptr_equal(f.x.next, dissector_by_name("tls"));
	fixture_init(&f, &ldap_dissector, 4, 389);
	fixture_stream(&f, FLOW_REVERSE, m.data, m.len);
	assert_null(f.x.next); /* nobody asked for it */
}

/* Its first message may be a change, when the flow began before the capture did: by the port. */
static void changes_of_a_directory_are_its_too(void **state)
{
	struct message result = {.len = 0}, name = text(0x04, "dc=corp"), entry = {.len = 0};
	put(&entry, name.data, name.len);
	put_hex(&entry, "3000");
	put_hex(&result, "0a0100 0400 0400");
	struct message m = ldap(0x68, &entry), done = ldap(0x69, &result);
	fixture_init(&f, &ldap_dissector, 4, 389);
	assert_int_equal(fixture_probe(&f, TRANSPORT_TCP, FLOW_FORWARD, m.data, m.len), PROBE_YES);
	fixture_drip(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
	fixture_stream(&f, FLOW_REVERSE, done.data, done.len);
	assert_true(fixture_said(&f, "service sender ldap", NULL));
	fixture_init(&f, &ldap_dissector, 4, 3900);
	assert_int_equal(fixture_probe(&f, TRANSPORT_TCP, FLOW_FORWARD, m.data, m.len), PROBE_NO);
}

static void a_sealed_directory_session_ends_it(void **state)
{
	fixture_init(&f, &ldap_dissector, 4, 389);
	fixture_stream(&f, FLOW_FORWARD, "\x00\x00\x01\x00sealed", 10);
	assert_true(f.x.done[FLOW_FORWARD]);
	assert_true(fixture_said(&f, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ticket_request_tells_who_asks),
		cmocka_unit_test(machines_are_hosts_not_persons),
		cmocka_unit_test(realms_are_domains_where_pacs_are_asked_for),
		cmocka_unit_test(a_reply_tells_of_the_receiver_over_tcp),
		cmocka_unit_test(an_access_server_tells_who_logs_in_where),
		cmocka_unit_test(an_access_server_tells_where_somebody_is),
		cmocka_unit_test(access_points_and_gateways_are_locations_too),
		cmocka_unit_test(devices_that_log_in_by_address_are_no_persons),
		cmocka_unit_test(a_directory_tells_of_users_and_itself),
		cmocka_unit_test(a_ticket_tells_whom_it_is_for),
		cmocka_unit_test(a_domain_controller_tells_its_name),
		cmocka_unit_test(a_directory_turns_to_tls),
		cmocka_unit_test(changes_of_a_directory_are_its_too),
		cmocka_unit_test(a_sealed_directory_session_ends_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
