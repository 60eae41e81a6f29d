#include "tests/classify/dissect_test.h"
#include "tests/classify/hello.h"
#include "tests/classify/traffic.h"

extern const struct dissector radius_dissector;
extern const struct link_dissector eapol_link;

static struct fixture f;

/* A message of EAP. flags < 0: no method that carries TLS. */
static struct message eap(unsigned code, unsigned id, unsigned type, int flags, const void *data, size_t len)
{
	struct message m = {.len = 0};
	put_u8(&m, code);
	put_u8(&m, id);
	put_u16(&m, (unsigned)len + 5 + (flags < 0 ? 0 : flags & 0x80 ? 5 : 1));
	put_u8(&m, type);
	if (flags >= 0)
		put_u8(&m, (unsigned)flags);
	if (flags >= 0 && flags & 0x80)
		put_u32(&m, 4711);
	put(&m, data, len);
	return m;
}

static struct message frame(const struct message *inner)
{
	struct message m = {.len = 0};
	put_hex(&m, "01 00");
	put_u16(&m, (unsigned)inner->len);
	put(&m, inner->data, inner->len);
	put_zero(&m, 20); /* padding of the link */
	fixture_init(&f, NULL, 4, 0);
	f.packet.version = 0;
	f.packet.ethertype = 0x888e;
	return m;
}

static void supplicants_name_themselves(void **state)
{
	struct message e = eap(2, 1, 1, -1, "EXAMPLE\\alice", 13), m = frame(&e);
	assert_true(fixture_frame(&f, &eapol_link, m.data, m.len));
	assert_true(fixture_said(&f, "user.name sender EXAMPLE\\x5calice", NULL));
	assert_int_equal(fixture_cut_frames(&f, &eapol_link, m.data, m.len - 21), 0);
	e = eap(2, 1, 1, -1, "anonymous@example.org", 21);
	m = frame(&e);
	fixture_frame(&f, &eapol_link, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
	e = eap(1, 1, 1, -1, "who are you?", 12);
	m = frame(&e);
	fixture_frame(&f, &eapol_link, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
}

static void supplicants_show_their_tls(void **state)
{
	struct message e = eap(2, 2, 25, 0x80, HELLO_CLIENT, HELLO_CLIENT_BYTES), m = frame(&e);
	fixture_frame(&f, &eapol_link, m.data, m.len);
	assert_true(fixture_said(&f, "tls.sni receiver h.example", "tls.ja3 sender " HELLO_JA3,
				 "tls.ja4 sender " HELLO_JA4, NULL));
	e = eap(1, 3, 25, 0, HELLO_SERVER, HELLO_SERVER_BYTES);
	m = frame(&e);
	fixture_frame(&f, &eapol_link, m.data, m.len);
	assert_true(fixture_said(&f, NULL));
}

/* The message in pieces of an attribute each, behind the station's address. */
static struct message radius(unsigned code, const char *station, const struct message *e)
{
	struct message m = {.len = 0};
	size_t attributes = strlen(station) ? strlen(station) + 2 : 0;
	size_t pieces = (e->len + 99) / 100;
	put_u8(&m, code);
	put_u8(&m, 7);
	put_u16(&m, (unsigned)(20 + attributes + e->len + 2 * pieces));
	put_zero(&m, 16);
	if (attributes) {
		put_u8(&m, 31);
		put_u8(&m, (unsigned)attributes);
		put_text(&m, station);
	}
	for (size_t at = 0; at < e->len; at += 100) {
		size_t n = e->len - at < 100 ? e->len - at : 100;
		put_u8(&m, 79);
		put_u8(&m, (unsigned)n + 2);
		put(&m, e->data + at, n);
	}
	return m;
}

static void tls_of_a_station_is_about_its_mac(void **state)
{
	struct message e = eap(2, 2, 13, 0x80, HELLO_CLIENT, HELLO_CLIENT_BYTES);
	struct message m = radius(1, "02-00-00-00-00-AA", &e);
	fixture_init(&f, &radius_dissector, 4, 1812);
	fixture_datagram(&f, FLOW_FORWARD, m.data, m.len);
	assert_true(fixture_said(&f, "tls.sni receiver h.example", "tls.ja3 02:00:00:00:00:aa " HELLO_JA3,
				 "tls.ja4 02:00:00:00:00:aa " HELLO_JA4, NULL));
	fixture_init(&f, &radius_dissector, 4, 1812);
	fixture_cut_datagrams(&f, FLOW_FORWARD, m.data, m.len);
}

static void fragments_of_the_server_come_together(void **state)
{
	struct traffic t;
	traffic_open(&t, 17, 40000, 1812, 0);
	struct message hello = eap(2, 2, 13, 0, HELLO_CLIENT, HELLO_CLIENT_BYTES);
	struct message pieces[] = {eap(1, 3, 13, 0xc0, HELLO_SERVER, 30), eap(1, 4, 13, 0x40, &HELLO_SERVER[30], 20),
				   eap(1, 5, 13, 0, &HELLO_SERVER[50], HELLO_SERVER_BYTES - 50)};
	struct message m = radius(1, "", &hello);
	traffic_udp(&t, FLOW_FORWARD, m.data, m.len);
	for (unsigned i = 0; i < 3; i++) {
		m = radius(11, "", &pieces[i]);
		traffic_udp(&t, FLOW_REVERSE, m.data, m.len);
	}
	assert_string_equal(traffic_end(&t), "tls.sni@1812=h.example\n"
					     "tls.ja3@40000=" HELLO_JA3 "\n"
					     "tls.ja4@40000=" HELLO_JA4 "\n"
					     "service@1812=radius\n"
					     "tls.ja3s@1812=" HELLO_JA3S "\n"
					     "tls.certificate@1812=(6 octets)\n"
					     "tls.chainCertificate@1812=0\n");
	traffic_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(supplicants_name_themselves),
		cmocka_unit_test(supplicants_show_their_tls),
		cmocka_unit_test(tls_of_a_station_is_about_its_mac),
		cmocka_unit_test(fragments_of_the_server_come_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
