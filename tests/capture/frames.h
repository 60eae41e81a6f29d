/* Frames made in tests: octets appended to a fixed buffer, network order. */
#ifndef ONLOOKER_TESTS_CAPTURE_FRAMES_H
#define ONLOOKER_TESTS_CAPTURE_FRAMES_H

#include "capture/decode.h"

#include <stdlib.h>
#include <string.h>

struct made {
	uint32_t len;
	uint8_t data[2048];
};

static inline void add(struct made *m, const void *data, size_t len)
{
	memcpy(m->data + m->len, data, len);
	m->len += (uint32_t)len;
}

static inline void add8(struct made *m, unsigned v)
{
	m->data[m->len++] = (uint8_t)v;
}

static inline void add16(struct made *m, unsigned v)
{
	add8(m, v >> 8);
	add8(m, v & 0xff);
}

static inline void add32(struct made *m, uint32_t v)
{
	add16(m, v >> 16);
	add16(m, v & 0xffff);
}

static inline void put16(struct made *m, uint32_t at, unsigned v)
{
	m->data[at] = (uint8_t)(v >> 8);
	m->data[at + 1] = (uint8_t)v;
}

static inline void add_fill(struct made *m, size_t n, int octet)
{
	memset(m->data + m->len, octet, n);
	m->len += (uint32_t)n;
}

/* 02:00:00:00:00:01 to 02:00:00:00:00:02 */
static inline void add_ethernet(struct made *m, unsigned type)
{
	add(m, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01", 12);
	add16(m, type);
}

/* 192.0.2.1 to 192.0.2.2; `payload` octets will follow. */
static inline void add_ipv4(struct made *m, unsigned protocol, unsigned payload, unsigned id, unsigned fragment)
{
	add16(m, 0x4500);
	add16(m, 20 + payload);
	add16(m, id);
	add16(m, fragment);
	add8(m, 64);
	add8(m, protocol);
	add16(m, 0);
	add(m, "\xc0\0\2\1\xc0\0\2\2", 8);
}

/* 2001:db8::1 to 2001:db8::2 */
static inline void add_ipv6(struct made *m, unsigned next, unsigned payload)
{
	add32(m, 0x60000000 | 0x12345);
	add16(m, payload);
	add8(m, next);
	add8(m, 63);
	add(m, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	add(m, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
}

static inline void add_udp(struct made *m, unsigned sport, unsigned dport, unsigned payload)
{
	add16(m, sport);
	add16(m, dport);
	add16(m, 8 + payload);
	add16(m, 0);
}

/* A SYN with four octets of options. */
static inline void add_tcp(struct made *m, unsigned sport, unsigned dport)
{
	add16(m, sport);
	add16(m, dport);
	add32(m, 0x01020304);
	add32(m, 0x05060708);
	add16(m, 0x6000 | TCP_SYN);
	add16(m, 1024);
	add32(m, 7);
	add32(m, 0x020405b4);
}

/* The octets from `from` on of what is behind the outer IPv4 header, as a fragment. */
static inline struct made fragment_of(const struct made *whole, unsigned id, unsigned from, unsigned len, bool more)
{
	struct made m = {0};
	add(&m, whole->data, 34);
	add(&m, whole->data + 34 + from, len);
	put16(&m, 16, 20 + len);
	put16(&m, 18, id);
	put16(&m, 20, (more ? 0x2000u : 0) | from / 8);
	return m;
}

static inline struct frame frame_of(const struct made *m, enum link link)
{
	return (struct frame){
		.data = m->data,
		.caplen = m->len,
		.wirelen = m->len,
		.time_ns = 1,
		.ordinal = 1,
		.number = 1,
		.link = (uint16_t)link,
	};
}

#endif
