/* One frame through a decoder of its own, and the message that most decoder tests carry.
 *
 * The includer has included cmocka.h and what it needs.
 */
#ifndef ONLOOKER_TESTS_CAPTURE_DECODING_H
#define ONLOOKER_TESTS_CAPTURE_DECODING_H

#include "tests/capture/frames.h"

/* The two addresses of an Ethernet header, for writing frames as strings. */
#define MACS "\2\0\0\0\0\2\2\0\0\0\0\1"

static struct decoder *decoder;

static inline int setup(void **state)
{
	decoder = decoder_new();
	return !decoder;
}

static inline int teardown(void **state)
{
	decoder_free(decoder);
	return 0;
}

/* Decodes one frame from a heap block of exactly its length, so that a sanitizer sees an octet too far. The
 * block lives until the next call, for the packet points into it. */
static inline struct packet decode_part(const struct made *m, enum link link, uint32_t caplen, uint64_t time_ns,
					enum frame_part part)
{
	static uint8_t *copy;
	static struct batch batch;
	struct packet p;
	memset(&p, 0xa5, sizeof p);
	free(copy);
	copy = malloc(caplen ? caplen : 1);
	assert_non_null(copy);
	memcpy(copy, m->data, caplen);
	batch.count = 1;
	batch.frames = batch.room;
	batch.room[0] = frame_of(m, link);
	batch.room[0].data = copy;
	batch.room[0].caplen = caplen;
	batch.room[0].time_ns = batch.room[0].clock_ns = time_ns;
	batch.room[0].part = (uint8_t)part;
	decode_batch(decoder, &batch, &p);
	return p;
}

static inline struct packet decode_with(const struct made *m, enum link link, uint32_t caplen, uint64_t time_ns)
{
	return decode_part(m, link, caplen, time_ns, FRAME_ALL);
}

static inline struct packet decode(const struct made *m, enum link link)
{
	return decode_with(m, link, m->len, 1);
}

static inline struct made udp_frame(void)
{
	struct made m = {0};
	add_ethernet(&m, 0x0800);
	add_ipv4(&m, 17, 8 + 5, 1, 0);
	add_udp(&m, 1000, 53, 5);
	add(&m, "hello", 5);
	return m;
}

static inline struct made tcp_frame(void)
{
	struct made m = {0};
	add_ethernet(&m, 0x0800);
	add_ipv4(&m, 6, 24 + 3, 1, 0x4000);
	add_tcp(&m, 40000, 443);
	add(&m, "abc", 3);
	return m;
}

static inline void check_udp(const struct packet *p)
{
	static const uint8_t src[16] = {192, 0, 2, 1}, dst[16] = {192, 0, 2, 2};
	assert_int_equal(p->verdict, VERDICT_IP);
	assert_int_equal(p->malformed, MALFORMED_NONE);
	assert_int_equal(p->version, 4);
	assert_int_equal(p->protocol, 17);
	assert_memory_equal(p->src.bytes, src, 16);
	assert_memory_equal(p->dst.bytes, dst, 16);
	assert_true(p->flags & PACKET_HAS_PORTS);
	assert_int_equal(p->sport, 1000);
	assert_int_equal(p->dport, 53);
	assert_int_equal(p->payload_len, 5);
	assert_int_equal(p->payload_wire, 5);
	assert_memory_equal(p->payload, "hello", 5);
}

/* The UDP message behind whatever stands in front of its IP header. */
static inline void expect_udp_behind(const struct made *front, enum link link, uint32_t segment)
{
	struct made whole = udp_frame(), m = *front;
	add(&m, whole.data + 14, whole.len - 14);
	struct packet p = decode(&m, link);
	check_udp(&p);
	assert_int_equal(p.segment, segment);
	for (uint32_t n = 0; n < m.len; n++)
		(void)decode_with(&m, link, n, 1);
}

static inline struct made front_of(const void *data, size_t len)
{
	struct made m = {0};
	add(&m, data, len);
	return m;
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
