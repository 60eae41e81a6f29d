/* Capture files made in tests, in a directory of their own, and a source that reads them whole.
 *
 * The includer has included cmocka.h and what it needs. One test at a time.
 */
#ifndef ONLOOKER_TESTS_CAPTURE_CAPTURES_H
#define ONLOOKER_TESTS_CAPTURE_CAPTURES_H

#include "capture/source.h"
#include "tests/capture/frames.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static char dir[64];
static char path[4][128];

/* A file being made. */
struct bytes {
	size_t len;
	bool big; /* written in network order */
	uint8_t data[4 << 20];
};

static struct bytes *bytes;

static inline int setup(void **state)
{
	strcpy(dir, "/tmp/onlooker-test-XXXXXX");
	if (!mkdtemp(dir))
		return 1;
	for (int i = 0; i < 4; i++)
		snprintf(path[i], sizeof path[i], "%s/%c.pcap", dir, 'a' + i);
	bytes = calloc(1, sizeof *bytes);
	return !bytes;
}

static inline int teardown(void **state)
{
	for (int i = 0; i < 4; i++)
		unlink(path[i]);
	free(bytes);
	return rmdir(dir);
}

static inline void put(const void *data, size_t len)
{
	assert_true(bytes->len + len <= sizeof bytes->data);
	memcpy(bytes->data + bytes->len, data, len);
	bytes->len += len;
}

static inline void put_n(uint64_t v, unsigned n)
{
	uint8_t b[8];
	for (unsigned i = 0; i < n; i++)
		b[bytes->big ? n - 1 - i : i] = (uint8_t)(v >> 8 * i);
	put(b, n);
}

static inline void begin(bool big)
{
	bytes->len = 0;
	bytes->big = big;
}

static inline void write_file(int which, const void *data, size_t len)
{
	int fd = open(path[which], O_CREAT | O_TRUNC | O_WRONLY, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	close(fd);
}

static inline void done(int which)
{
	write_file(which, bytes->data, bytes->len);
}

static inline void pcap_header(uint32_t magic, uint32_t link)
{
	put_n(magic, 4);
	put_n(2, 2);
	put_n(4, 2);
	put_n(0, 8);
	put_n(262144, 4);
	put_n(link, 4);
}

static inline void pcap_record(uint32_t sec, uint32_t fraction, const struct made *m, uint32_t wirelen)
{
	put_n(sec, 4);
	put_n(fraction, 4);
	put_n(m->len, 4);
	put_n(wirelen, 4);
	put(m->data, m->len);
}

/* UDP from 192.0.2.1 port `port` to 192.0.2.`host`. */
static inline struct made message(unsigned host, unsigned port)
{
	struct made m = {0};
	add_ethernet(&m, 0x0800);
	add_ipv4(&m, 17, 8 + 10, 1, 0);
	m.data[33] = (uint8_t)host;
	add_udp(&m, port, 53, 10);
	add_fill(&m, 10, 'z');
	return m;
}

/* `n` messages a second apart from `sec` on, to hosts in turn. */
static inline void make_pcap(int which, uint32_t n, uint32_t sec, uint32_t step)
{
	begin(false);
	pcap_header(0xa1b2c3d4, 1);
	for (uint32_t i = 0; i < n; i++) {
		struct made m = message(i % 200, i & 0xffff);
		pcap_record(sec + i * step, i % 1000, &m, m.len);
	}
	done(which);
}

static inline struct source_options options_for(uint32_t n)
{
	static const char *names[4];
	for (int i = 0; i < 4; i++)
		names[i] = path[i];
	return (struct source_options){.files = names, .n_files = n, .queues = 1};
}

/* What came out, in order. */
struct seen {
	uint32_t n;
	struct frame frames[8192]; /* without data */
	int result;
	struct error error;
	struct source_counters counters;
	struct error open_error;
};

static struct seen seen;

static inline int read_all(const struct source_options *options)
{
	struct source *s;
	struct batch batch;
	uint64_t watermark = 0;
	memset(&seen, 0, sizeof seen);
	int rc = source_open(options, &s, &seen.open_error);
	if (rc) {
		assert_true(strlen(seen.open_error.text) > 10);
		return rc;
	}
	for (enum source_status status; (status = source_poll(s, 0, &batch)) != SOURCE_END;) {
		assert_true(source_watermark(s, 0) >= watermark);
		watermark = source_watermark(s, 0);
		assert_int_equal(status == SOURCE_READY, batch.count > 0);
		for (uint32_t i = 0; i < batch.count; i++) {
			assert_true(batch.frames[i].ordinal <= watermark);
			assert_true(batch.frames[i].time_ns <= source_clock(s, 0));
			assert_true(seen.n < 8192);
			seen.frames[seen.n++] = batch.frames[i];
		}
	}
	assert_true(source_watermark(s, 0) == UINT64_MAX);
	assert_int_equal(source_poll(s, 0, &batch), SOURCE_END);
	source_counters(s, &seen.counters);
	seen.result = source_result(s, &seen.error);
	source_close(s);
	return 0;
}

static inline int read_one(void)
{
	struct source_options o = options_for(1);
	return read_all(&o);
}

static inline size_t block_begin(uint32_t type)
{
	size_t at = bytes->len;
	put_n(type, 4);
	put_n(0, 4);
	return at;
}

static inline void block_end(size_t at)
{
	while (bytes->len & 3)
		put("", 1);
	size_t end = bytes->len;
	uint32_t len = (uint32_t)(end - at + 4);
	put_n(len, 4);
	memcpy(bytes->data + at + 4, bytes->data + end, 4);
}

static inline void section(void)
{
	size_t at = block_begin(0x0a0d0d0a);
	put_n(0x1a2b3c4d, 4);
	put_n(1, 2);
	put_n(0, 2);
	put_n(UINT64_MAX, 8);
	block_end(at);
}

static inline void interface(uint32_t link, uint32_t snaplen, int resolution, int64_t offset)
{
	size_t at = block_begin(1);
	put_n(link, 2);
	put_n(0, 2);
	put_n(snaplen, 4);
	if (resolution >= 0) {
		put_n(9, 2);
		put_n(1, 2);
		put_n((uint64_t)resolution, 1);
		put("\0\0\0", 3);
	}
	if (offset) {
		put_n(14, 2);
		put_n(8, 2);
		put_n((uint64_t)offset, 8);
	}
	put_n(0, 4);
	block_end(at);
}

static inline void enhanced(uint32_t id, uint64_t ticks, const struct made *m)
{
	size_t at = block_begin(6);
	put_n(id, 4);
	put_n(ticks >> 32, 4);
	put_n(ticks & 0xffffffff, 4);
	put_n(m->len, 4);
	put_n(m->len + 1, 4);
	put(m->data, m->len);
	block_end(at);
}

static inline void simple(const struct made *m)
{
	size_t at = block_begin(3);
	put_n(m->len, 4);
	put(m->data, m->len);
	block_end(at);
}

static inline void old_packet(unsigned id, uint64_t ticks, const struct made *m)
{
	size_t at = block_begin(2);
	put_n(id, 2);
	put_n(0xffff, 2);
	put_n(ticks >> 32, 4);
	put_n(ticks & 0xffffffff, 4);
	put_n(m->len, 4);
	put_n(m->len, 4);
	put(m->data, m->len);
	block_end(at);
}

static inline void check_messages(uint32_t n)
{
	assert_int_equal(seen.n, n);
	assert_int_equal(seen.result, 0);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(seen.frames[i].number, i + 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
