/* Associations: chunks of packets, what their messages say, and which service the numbers they bear name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/sctp.h"
#include "tests/classify/datagram_fixture.h"
#include "tests/classify/traffic.h"

enum { WHOLE = 3, BEGIN = 2, END = 1 };

static void put_chunk(struct message *m, unsigned type, unsigned flags, const void *body, size_t len)
{
	put_u8(m, type);
	put_u8(m, flags);
	put_u16(m, (unsigned)len + 4);
	put(m, body, len);
	put_zero(m, (4 - len % 4) % 4);
}

static void put_data(struct message *m, unsigned flags, uint32_t protocol, const void *data, size_t len)
{
	struct message body = {.len = 0};
	put_zero(&body, 8);
	put_u32(&body, protocol);
	put(&body, data, len);
	put_chunk(m, SCTP_DATA, flags, body.data, body.len);
}

static void say(struct traffic *t, enum flow_direction d, const struct message *m)
{
	struct packet p = {.flags = 0};
	traffic_packet(t, d, &p, m->data, m->len, m->len);
}

static void say_chunk(struct traffic *t, enum flow_direction d, unsigned type, const void *body, size_t len)
{
	struct message m = {.len = 0};
	put_chunk(&m, type, 0, body, len);
	say(t, d, &m);
}

static void say_data(struct traffic *t, enum flow_direction d, uint32_t protocol, const void *data, size_t len)
{
	struct message m = {.len = 0};
	put_chunk(&m, 3, 0, "\0\0\0\1\0\1\0\0\0\0\0\0", 12); /* SACK */
	put_data(&m, WHOLE, protocol, data, len);
	say(t, d, &m);
}

static void begin(struct traffic *t, uint16_t sport, uint16_t dport)
{
	traffic_open(t, 132, sport, dport, 0);
	t->keep_synopses = true;
	say_chunk(t, FLOW_FORWARD, SCTP_INIT, "\1\2\3\4\0\1\0\0\0\12\0\12\0\0\0\1", 16);
	say_chunk(t, FLOW_REVERSE, SCTP_INIT_ACK, "\5\6\7\10\0\1\0\0\0\12\0\12\0\0\0\1", 16);
	say_chunk(t, FLOW_FORWARD, 10, "cook", 4);
	say_chunk(t, FLOW_REVERSE, 11, NULL, 0);
}

static void chunks(void **state)
{
	struct message m = {.len = 0};
	struct sctp_chunk k;
	put_data(&m, WHOLE, 46, "hello", 5);
	put_data(&m, BEGIN, 3, "cut", 3);
	put_data(&m, END, 3, "off", 3);
	struct cursor c = cursor_init(m.data, m.len);
	assert_true(sctp_next(&c, &k));
	assert_int_equal(k.protocol, 46);
	assert_true(k.whole);
	assert_memory_equal(k.data.at, "hello", 5);
	assert_int_equal(cursor_left(&k.data), 5);
	assert_true(sctp_next(&c, &k));
	assert_false(k.whole);
	assert_int_equal(cursor_left(&k.data), 3);
	assert_true(sctp_next(&c, &k));
	assert_int_equal(cursor_left(&k.data), 0);
	assert_false(sctp_next(&c, &k));
	assert_string_equal(sctp_application(3), "m3ua");
	assert_null(sctp_application(0));
	for (size_t cut = 0; cut < m.len; cut++) {
		c = cursor_init(m.data, cut);
		unsigned n = 0;
		while (sctp_next(&c, &k))
			n++;
		assert_true(n <= 3);
	}
	c = cursor_init("\0\3\0\3aaaa", 8); /* shorter than its own head */
	assert_false(sctp_next(&c, &k));
}

static const char request[] =
	"\1\0\0p\200\0\1\1\0\0\0\0\0\0\0\1\0\0\0\1\0\0\1\10@\0\0\34mme1.epc.example.org\0\0\1(@\0\0"
	"\23example.org\0\0\0\1\12"
	"@\0\0\14\0\0(\257\0\0\1\15\0\0\0\24freeDiameter\0\0\1\13\0\0\0\14\0\0)\4";
static const char answer[] = "\1\0\0L\0\0\1\1\0\0\0\0\0\0\0\1\0\0\0\1\0\0\1\14@\0\0\14\0\0\7\321\0\0\1\10@\0\0\34hss1.e"
			     "pc.example.org\0\0\1\15\0\0\0\15pyHSS\0\0\0";

static void diameter_is_read(void **state)
{
	struct traffic t;
	begin(&t, 3868, 3868);
	say_data(&t, FLOW_FORWARD, 46, request, sizeof request - 1);
	say_data(&t, FLOW_REVERSE, 46, answer, sizeof answer - 1);
	assert_string_equal(application_name(t.flow.application), "diameter");
	assert_string_equal(traffic_end(&t), "service@3868=\n"
					     "device.name@3868=mme1.epc.example.org\n"
					     "diameter.client@3868=product=freeDiameter;version=10500\n"
					     "service@3868=diameter\n"
					     "device.name@3868=hss1.epc.example.org\n"
					     "diameter.server@3868=product=pyHSS\n");
	traffic_close(&t);
}

static void numbers_name_services(void **state)
{
	struct traffic t;
	begin(&t, 40000, 2905);
	say_data(&t, FLOW_FORWARD, 3, "\1\0\3\1\0\0\0\10", 8);
	say_data(&t, FLOW_REVERSE, 3, "\1\0\3\4\0\0\0\10", 8);
	assert_string_equal(application_name(t.flow.application), "m3ua");
	assert_int_equal(inspector_counters(t.in)->identified, 1);
	assert_string_equal(traffic_end(&t), "service@2905=\n"
					     "service@2905=m3ua\n");
	traffic_close(&t);
}

static void a_begin_that_was_not_seen_tells_no_server(void **state)
{
	struct traffic t;
	traffic_open(&t, 132, 2905, 2905, 0);
	say_data(&t, FLOW_FORWARD, 3, "\1\0\3\1\0\0\0\10", 8);
	assert_string_equal(application_name(t.flow.application), "m3ua");
	assert_string_equal(traffic_end(&t), "");
	traffic_close(&t);
}

static void what_nobody_knows_is_unknown(void **state)
{
	struct traffic t;
	begin(&t, 40000, 9);
	for (int i = 0; i < 20; i++)
		for (enum flow_direction d = FLOW_FORWARD; d <= FLOW_REVERSE; d++)
			say_data(&t, d, 0, "what is that", 12);
	assert_int_equal(inspector_counters(t.in)->unknown, 1);
	assert_int_equal(inspector_counters(t.in)->flows, 1);
	assert_string_equal(traffic_end(&t), "service@9=\n");
	traffic_close(&t);
}

static void cut_anywhere(void **state)
{
	struct message m = {.len = 0};
	put_chunk(&m, SCTP_INIT, 0, "\1\2\3\4\0\1\0\0\0\12\0\12\0\0\0\1", 16);
	put_data(&m, WHOLE, 46, request, sizeof request - 1);
	for (size_t cut = 0; cut <= m.len; cut++) {
		struct traffic t;
		struct packet p = {.flags = 0};
		traffic_open(&t, 132, 40000, 3868, 0);
		traffic_packet(&t, FLOW_FORWARD, &p, m.data, cut, m.len);
		traffic_close(&t);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(chunks),
		cmocka_unit_test(diameter_is_read),
		cmocka_unit_test(numbers_name_services),
		cmocka_unit_test(a_begin_that_was_not_seen_tells_no_server),
		cmocka_unit_test(what_nobody_knows_is_unknown),
		cmocka_unit_test(cut_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
