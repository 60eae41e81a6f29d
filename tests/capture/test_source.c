#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/source.h"
#include "tests/capture/frames.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static char dir[64];
static char path[4][128];

/* A file being made. */
struct bytes {
	size_t len;
	bool big; /* written in network order */
	uint8_t data[4 << 20];
};

static struct bytes *bytes;

static int setup(void **state)
{
	strcpy(dir, "/tmp/onlooker-test-XXXXXX");
	if (!mkdtemp(dir))
		return 1;
	for (int i = 0; i < 4; i++)
		snprintf(path[i], sizeof path[i], "%s/%c.pcap", dir, 'a' + i);
	bytes = calloc(1, sizeof *bytes);
	return !bytes;
}

static int teardown(void **state)
{
	for (int i = 0; i < 4; i++)
		unlink(path[i]);
	free(bytes);
	return rmdir(dir);
}

static void put(const void *data, size_t len)
{
	assert_true(bytes->len + len <= sizeof bytes->data);
	memcpy(bytes->data + bytes->len, data, len);
	bytes->len += len;
}

static void put_n(uint64_t v, unsigned n)
{
	uint8_t b[8];
	for (unsigned i = 0; i < n; i++)
		b[bytes->big ? n - 1 - i : i] = (uint8_t)(v >> 8 * i);
	put(b, n);
}

static void begin(bool big)
{
	bytes->len = 0;
	bytes->big = big;
}

static void write_file(int which, const void *data, size_t len)
{
	int fd = open(path[which], O_CREAT | O_TRUNC | O_WRONLY, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	close(fd);
}

static void done(int which)
{
	write_file(which, bytes->data, bytes->len);
}

static void pcap_header(uint32_t magic, uint32_t link)
{
	put_n(magic, 4);
	put_n(2, 2);
	put_n(4, 2);
	put_n(0, 8);
	put_n(262144, 4);
	put_n(link, 4);
}

static void pcap_record(uint32_t sec, uint32_t fraction, const struct made *m, uint32_t wirelen)
{
	put_n(sec, 4);
	put_n(fraction, 4);
	put_n(m->len, 4);
	put_n(wirelen, 4);
	put(m->data, m->len);
}

/* UDP from 192.0.2.1 port `port` to 192.0.2.`host`. */
static struct made message(unsigned host, unsigned port)
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
static void make_pcap(int which, uint32_t n, uint32_t sec, uint32_t step)
{
	begin(false);
	pcap_header(0xa1b2c3d4, 1);
	for (uint32_t i = 0; i < n; i++) {
		struct made m = message(i % 200, i & 0xffff);
		pcap_record(sec + i * step, i % 1000, &m, m.len);
	}
	done(which);
}

static struct source_options options_for(uint32_t n)
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

static int read_all(const struct source_options *options)
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

static int read_one(void)
{
	struct source_options o = options_for(1);
	return read_all(&o);
}

static void classic_in_every_form(void **state)
{
	static const struct {
		uint32_t magic, extra, scale;
	} forms[] = {{0xa1b2c3d4, 0, 1000}, {0xa1b23c4d, 0, 1}, {0xa1b2cd34, 8, 1000}};
	for (int big = 0; big < 2; big++)
		for (size_t i = 0; i < 3; i++) {
			struct made m = message(2, 7);
			begin(big);
			pcap_header(forms[i].magic, 0x14000001); /* with the mark of a check sequence */
			for (int k = 0; k < 3; k++) {
				put_n(100, 4);
				put_n(5, 4);
				put_n(m.len, 4);
				put_n(k ? 1500 : 10, 4);
				put("\0\0\0\0\0\0\0", forms[i].extra);
				put(m.data, m.len);
			}
			done(0);
			assert_int_equal(read_one(), 0);
			assert_int_equal(seen.result, 0);
			assert_int_equal(seen.n, 3);
			assert_int_equal(seen.frames[2].time_ns, 100000000000ull + 5 * forms[i].scale);
			assert_int_equal(seen.frames[2].caplen, m.len);
			assert_int_equal(seen.frames[2].wirelen, 1500);
			assert_int_equal(seen.frames[0].wirelen, m.len); /* never below what is there */
			assert_int_equal(seen.frames[2].number, 3);
			assert_int_equal(seen.frames[2].ordinal, 3);
			assert_int_equal(seen.frames[2].link, LINK_ETHERNET);
		}
}

static size_t block_begin(uint32_t type)
{
	size_t at = bytes->len;
	put_n(type, 4);
	put_n(0, 4);
	return at;
}

static void block_end(size_t at)
{
	while (bytes->len & 3)
		put("", 1);
	size_t end = bytes->len;
	uint32_t len = (uint32_t)(end - at + 4);
	put_n(len, 4);
	memcpy(bytes->data + at + 4, bytes->data + end, 4);
}

static void section(void)
{
	size_t at = block_begin(0x0a0d0d0a);
	put_n(0x1a2b3c4d, 4);
	put_n(1, 2);
	put_n(0, 2);
	put_n(UINT64_MAX, 8);
	block_end(at);
}

static void interface(uint32_t link, uint32_t snaplen, int resolution, int64_t offset)
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

static void enhanced(uint32_t id, uint64_t ticks, const struct made *m)
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

static void simple(const struct made *m)
{
	size_t at = block_begin(3);
	put_n(m->len, 4);
	put(m->data, m->len);
	block_end(at);
}

static void old_packet(unsigned id, uint64_t ticks, const struct made *m)
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

static void pcapng_with_everything(void **state)
{
	struct made m = message(2, 7);
	for (int big = 0; big < 2; big++) {
		begin(big);
		section();
		interface(1, 0, -1, 0);           /* microseconds */
		interface(101, 0, 9, 0);          /* nanoseconds */
		interface(1, 20, 0x80 | 10, 100); /* 1/1024 s, 100 s later */
		interface(147, 0, 3, 0);          /* a user's link type */
		enhanced(0, 5000000, &m);
		enhanced(1, 6000000001ull, &m);
		size_t at = block_begin(0x80000bad); /* a stranger's block, too long for any buffer */
		for (int i = 0; i < 800; i++)
			put((const uint8_t[1024]){6}, 1024);
		block_end(at);
		enhanced(2, 7 * 1024 + 512, &m);
		enhanced(3, 8000, &m);
		old_packet(1, 9000000000ull, &m);
		simple(&m);
		bytes->big = !big; /* a section in the other order */
		section();
		interface(113, 30, 40, 0);
		simple(&m);
		done(0);
		assert_int_equal(read_one(), 0);
		assert_string_equal(seen.error.text, "");
		static const struct {
			uint64_t time_ns;
			int link;
			uint32_t caplen;
		} expected[] = {
			{5000000000ull, LINK_ETHERNET, 0},   {6000000001ull, LINK_RAW, 0},
			{107500000000ull, LINK_ETHERNET, 0}, {8000000000ull, LINK_UNKNOWN, 0},
			{9000000000ull, LINK_RAW, 0},        {9000000000ull, LINK_ETHERNET, 0},
			{9000000000ull, LINK_LINUX_SLL, 30},
		};
		assert_int_equal(seen.n, 7);
		for (int i = 0; i < 7; i++) {
			assert_int_equal(seen.frames[i].time_ns, expected[i].time_ns);
			assert_int_equal(seen.frames[i].link, expected[i].link);
			assert_int_equal(seen.frames[i].caplen, expected[i].caplen ? expected[i].caplen : m.len);
			assert_int_equal(seen.frames[i].number, i + 1);
		}
		assert_int_equal(seen.frames[0].wirelen, m.len + 1);
	}
}

static void check_messages(uint32_t n)
{
	assert_int_equal(seen.n, n);
	assert_int_equal(seen.result, 0);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(seen.frames[i].number, i + 1);
}

static void compressed_by_content(void **state)
{
	make_pcap(0, 3000, 1, 1);
	gzFile gz = gzopen(path[0], "wb");
	assert_int_equal(gzwrite(gz, bytes->data, 1000), 1000);
	gzclose(gz);
	gz = gzopen(path[0], "ab"); /* a second member */
	assert_int_equal(gzwrite(gz, bytes->data + 1000, (unsigned)bytes->len - 1000), (int)bytes->len - 1000);
	gzclose(gz);
	assert_int_equal(read_one(), 0);
	check_messages(3000);

	size_t room = 1 << 20, half = 100000;
	uint8_t *out = malloc(room);
	size_t len = ZSTD_compress(out, room, bytes->data, half, 1);
	len += ZSTD_compress(out + len, room - len, bytes->data + half, bytes->len - half, 1);
	write_file(0, out, len);
	assert_int_equal(read_one(), 0);
	check_messages(3000);

	write_file(0, out, len - 20); /* cut */
	assert_int_equal(read_one(), 0);
	assert_int_equal(seen.result, ERROR_DAMAGED);
	assert_true(seen.n > 0);
	free(out);
}

static void snoop_records(void **state)
{
	begin(true);
	put("snoop\0\0\0", 8);
	put_n(2, 4);
	put_n(4, 4); /* Ethernet */
	for (unsigned i = 0; i < 3; i++) {
		struct made m = message(i, i);
		uint32_t padding = (4 - m.len % 4) % 4;
		put_n(m.len + 10, 4);
		put_n(m.len, 4);
		put_n(24 + m.len + padding, 4);
		put_n(0, 4);
		put_n(7 + i, 4);
		put_n(5, 4);
		put(m.data, m.len);
		put("\0\0\0", padding);
	}
	done(0);
	assert_int_equal(read_one(), 0);
	assert_int_equal(seen.result, 0);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.frames[2].time_ns, 9 * 1000000000ull + 5000);
	assert_int_equal(seen.frames[2].wirelen, seen.frames[2].caplen + 10);
	write_file(0, bytes->data, bytes->len - 3);
	assert_int_equal(read_one(), 0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.result, ERROR_DAMAGED);
}

static void cut_gzip(void **state)
{
	make_pcap(0, 3000, 1, 1);
	gzFile gz = gzopen(path[1], "wb");
	gzwrite(gz, bytes->data, (unsigned)bytes->len);
	gzclose(gz);
	struct stat st;
	assert_int_equal(stat(path[1], &st), 0);
	for (off_t n = st.st_size - 1; n > 0; n -= st.st_size / 20) {
		assert_int_equal(truncate(path[1], n), 0);
		const char *name = path[1];
		struct source_options o = {.files = &name, .n_files = 1, .queues = 1};
		if (read_all(&o) == 0)
			assert_int_equal(seen.result, ERROR_DAMAGED);
	}
}

/* Every length a small file may be cut at: what is whole is delivered, the rest is said to be damaged. */
static void cut_at_every_length(void **state)
{
	make_pcap(1, 5, 1, 1);
	uint32_t record = (uint32_t)(bytes->len - 24) / 5;
	for (uint32_t n = 0; n <= bytes->len; n++) {
		write_file(0, bytes->data, n);
		int rc = read_one();
		assert_int_equal(rc, n < 24 ? ERROR_USAGE : 0);
		if (rc)
			continue;
		assert_int_equal(seen.n, (n - 24) / record);
		bool whole = (n - 24) % record == 0;
		assert_int_equal(seen.result, whole ? 0 : ERROR_DAMAGED);
		assert_int_equal(seen.counters.damaged, !whole);
		assert_int_equal(!!strstr(seen.error.text, "a.pcap"), !whole);
	}
}

static void cut_pcapng_at_every_length(void **state)
{
	struct made m = message(2, 7);
	begin(false);
	section();
	interface(1, 0, 6, 0);
	uint32_t head = (uint32_t)bytes->len;
	for (unsigned i = 0; i < 3; i++)
		enhanced(0, i, &m);
	uint32_t record = (uint32_t)(bytes->len - head) / 3;
	for (uint32_t n = 0; n <= bytes->len; n++) {
		write_file(0, bytes->data, n);
		int rc = read_one();
		assert_int_equal(rc, n < 28 ? ERROR_USAGE : 0);
		if (rc)
			continue;
		assert_int_equal(seen.n, n < head ? 0 : (n - head) / record);
		bool whole = n == 28 || (n >= head && (n - head) % record == 0);
		assert_int_equal(seen.result, whole ? 0 : ERROR_DAMAGED);
	}
}

static void refuses(const char *what)
{
	assert_int_equal(read_one(), ERROR_USAGE);
	if (!strstr(seen.open_error.text, what))
		fail_msg("'%s' does not say '%s'", seen.open_error.text, what);
	assert_null(strchr(seen.open_error.text, '\n'));
}

static void wrong_files_are_usage_errors(void **state)
{
	refuses("No such file");
	write_file(0, "", 0);
	refuses("empty");
	write_file(0, "abc", 3);
	refuses("no capture file");
	write_file(0, "this is plain text", 18);
	refuses("no capture file");
	write_file(0, "\x1f\x8b nonsense after the magic", 28);
	refuses("gzip");
	begin(false);
	pcap_header(0xa1b2c3d4, 147);
	done(0);
	refuses("147");
	refuses("Ethernet (1)");
	begin(true);
	section();
	interface(147, 0, 6, 0);
	done(0);
	refuses("147");
	begin(false);
	pcap_header(0xa1b2c3d4, 1);
	done(0);
	assert_int_equal(read_one(), 0); /* nothing in it, but a capture */
	assert_int_equal(seen.n, 0);
	assert_int_equal(seen.result, 0);
	struct source_options o = options_for(1);
	const char *name = dir;
	o.files = &name;
	assert_int_equal(read_all(&o), ERROR_USAGE);
	assert_non_null(strstr(seen.open_error.text, "directory"));
	o.n_files = 0;
	assert_int_equal(read_all(&o), ERROR_USAGE);
}

static void corrupt_records_end_their_file(void **state)
{
	make_pcap(0, 5, 1, 1);
	uint32_t record = (uint32_t)(bytes->len - 24) / 5;
	memset(bytes->data + 24 + 2 * record + 8, 0xff, 4);
	done(0);
	make_pcap(1, 5, 1, 1);
	struct source_options o = options_for(2);
	assert_int_equal(read_all(&o), 0);
	assert_int_equal(seen.n, 2 + 5);
	assert_int_equal(seen.result, ERROR_DAMAGED);
	assert_int_equal(seen.counters.damaged, 1);
	assert_int_equal(seen.counters.received, 7);
	char place[64];
	snprintf(place, sizeof place, "byte %u, after packet 2", 24 + 2 * record);
	assert_non_null(strstr(seen.error.text, place));
}

/* The largest frame that is believed, and one octet more. */
static void jumbo(void **state)
{
	for (uint32_t n = 262144; n <= 262145; n++) {
		begin(false);
		pcap_header(0xa1b2c3d4, 1);
		for (int i = 0; i < 5; i++) {
			put_n(1, 4);
			put_n(1, 4);
			put_n(n, 4);
			put_n(n, 4);
			assert_true(bytes->len + n < sizeof bytes->data);
			memset(bytes->data + bytes->len, i, n);
			bytes->len += n;
		}
		done(0);
		assert_int_equal(read_one(), 0);
		assert_int_equal(seen.n, n == 262144 ? 5 : 0);
		assert_int_equal(seen.result, n == 262144 ? 0 : ERROR_DAMAGED);
	}
}

static void files_are_merged_in_time_order(void **state)
{
	make_pcap(0, 3000, 10, 3);
	make_pcap(1, 4000, 5, 2);
	make_pcap(2, 1, 10, 1);
	struct source_options o = options_for(3);
	assert_int_equal(read_all(&o), 0);
	assert_int_equal(seen.n, 7001);
	uint64_t numbers[3] = {0};
	for (uint32_t i = 0; i < seen.n; i++) {
		const struct frame *f = &seen.frames[i];
		assert_int_equal(f->ordinal, i + 1);
		assert_int_equal(f->number, ++numbers[f->source]);
		if (!i)
			continue;
		const struct frame *before = f - 1;
		assert_true(before->time_ns < f->time_ns ||
			    (before->time_ns == f->time_ns && before->source <= f->source));
	}
}

static void the_filter_leaves_out(void **state)
{
	make_pcap(0, 400, 1, 1);
	struct source_options o = options_for(1);
	o.filter = "dst host 192.0.2.3";
	assert_int_equal(read_all(&o), 0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.frames[0].ordinal, 4);
	assert_int_equal(seen.frames[1].number, 204);
	assert_int_equal(seen.counters.received, 400);
	assert_int_equal(seen.counters.filtered, 398);
	o.filter = "udp port and";
	assert_int_equal(read_all(&o), ERROR_USAGE);
	assert_non_null(strstr(seen.open_error.text, "syntax"));
}

/* By its own link type in a file that has several. */
static void the_filter_follows_the_link_type(void **state)
{
	struct made m = message(2, 7), bare = {0}, null = {0};
	add(&bare, m.data + 14, m.len - 14);
	add(&null, "\0\0\0\2", 4);
	add(&null, bare.data, bare.len);
	begin(false);
	section();
	interface(1, 0, 6, 0);
	interface(101, 0, 6, 0);
	interface(147, 0, 6, 0);
	interface(108, 0, 6, 0);
	enhanced(0, 1, &m);
	enhanced(1, 2, &bare);
	enhanced(2, 3, &bare);
	enhanced(3, 4, &null);
	memcpy(null.data, "\2\0\0\0", 4);
	enhanced(3, 5, &null);
	done(0);
	struct source_options o = options_for(1);
	o.filter = "udp port 53";
	assert_int_equal(read_all(&o), 0);
	assert_int_equal(seen.n, 4);
	assert_int_equal(seen.counters.filtered, 1);
}

static void pace_takes_its_time(void **state)
{
	make_pcap(0, 3, 1, 1);
	struct source_options o = options_for(1);
	o.pace = 20;
	struct timespec a, b;
	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_int_equal(read_all(&o), 0);
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_int_equal(seen.n, 3);
	int64_t ns = (b.tv_sec - a.tv_sec) * 1000000000ll + b.tv_nsec - a.tv_nsec;
	assert_true(ns > 100000000 && ns < 3000000000ll);
}

static void standard_input_and_names(void **state)
{
	make_pcap(0, 300, 1, 1);
	int pipes[2], saved = dup(STDIN_FILENO);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], bytes->data, bytes->len), (ssize_t)bytes->len);
	close(pipes[1]);
	dup2(pipes[0], STDIN_FILENO);
	close(pipes[0]);
	const char *name = "-";
	struct source_options o = {.files = &name, .n_files = 1, .queues = 1};
	int rc = read_all(&o);
	dup2(saved, STDIN_FILENO);
	close(saved);
	assert_int_equal(rc, 0);
	check_messages(300);
	struct source *s;
	o = options_for(1);
	assert_int_equal(source_open(&o, &s, NULL), 0);
	assert_string_equal(source_name(s, 0), "a.pcap");
	assert_string_equal(source_name(s, 9), "?");
	assert_int_equal(source_count(s), 1);
	source_close(s);
}

static void stop_ends_early(void **state)
{
	make_pcap(0, 3000, 1, 1);
	struct source_options o = options_for(1);
	for (o.queues = 1; o.queues < 3; o.queues++) {
		struct source *s;
		struct batch batch;
		assert_int_equal(source_open(&o, &s, NULL), 0);
		source_stop(s);
		for (uint32_t q = 0; q < o.queues; q++)
			while (source_poll(s, q, &batch) != SOURCE_END)
				;
		source_close(s);
	}
}

/* What one worker of several saw. */
struct worker {
	struct source *source;
	uint32_t queue, n;
	bool wrong;
	uint64_t ordinals[8192];
	uint64_t owners[8192];
};

static void take_batch(struct worker *w, const struct batch *batch, uint64_t last_watermark)
{
	uint64_t watermark = source_watermark(w->source, w->queue);
	w->wrong |= watermark < last_watermark;
	for (uint32_t i = 0; i < batch->count; i++) {
		const struct frame *f = &batch->frames[i];
		/* what was promised is over; what is given is covered; contents survived the copy */
		w->wrong |= f->ordinal <= last_watermark || f->ordinal > watermark;
		w->wrong |= f->time_ns > source_clock(w->source, w->queue);
		w->wrong |= w->n && f->ordinal <= w->ordinals[w->n - 1];
		w->wrong |= f->data[f->caplen - 1] != 'z';
		w->owners[w->n] = decode_owner(f);
		w->ordinals[w->n++] = f->ordinal;
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct batch batch;
	uint64_t watermark = 0;
	while (source_poll(w->source, w->queue, &batch) != SOURCE_END) {
		take_batch(w, &batch, watermark);
		watermark = source_watermark(w->source, w->queue);
	}
	w->wrong |= source_watermark(w->source, w->queue) != UINT64_MAX;
	return NULL;
}

#define WORKERS 3

static struct worker workers[WORKERS];

static void run_workers(struct source *s)
{
	pthread_t threads[WORKERS];
	memset(workers, 0, sizeof workers);
	for (uint32_t q = 0; q < WORKERS; q++) {
		workers[q].source = s;
		workers[q].queue = q;
		assert_int_equal(pthread_create(&threads[q], NULL, work, &workers[q]), 0);
	}
	for (uint32_t q = 0; q < WORKERS; q++)
		pthread_join(threads[q], NULL);
}

static void every_frame_arrives_once_and_in_order(void **state)
{
	make_pcap(0, 8000, 1, 1);
	struct source_options o = options_for(1);
	o.queues = WORKERS;
	struct source *s;
	assert_int_equal(source_open(&o, &s, NULL), 0);
	run_workers(s);
	assert_int_equal(source_result(s, NULL), 0);
	static uint8_t times[8001];
	memset(times, 0, sizeof times);
	for (uint32_t q = 0; q < WORKERS; q++) {
		assert_false(workers[q].wrong);
		assert_true(workers[q].n > 0);
		for (uint32_t i = 0; i < workers[q].n; i++)
			times[workers[q].ordinals[i]]++;
		for (uint32_t other = 0; other < q; other++)
			for (uint32_t i = 0; i < workers[q].n && i < 300; i++)
				for (uint32_t k = 0; k < workers[other].n && k < 300; k++)
					assert_true(workers[q].owners[i] != workers[other].owners[k]);
	}
	for (uint32_t i = 1; i <= 8000; i++)
		assert_int_equal(times[i], 1);
	struct source_counters c;
	source_counters(s, &c);
	assert_int_equal(c.received, 8000);
	source_close(s);
}

/* All frames of one owner: the other queues learn of the progress all the same, before the end. */
static void idle_queues_get_watermarks(void **state)
{
	begin(false);
	pcap_header(0xa1b2c3d4, 1);
	for (uint32_t i = 0; i < 8192; i++) {
		struct made m = message(2, i);
		pcap_record(i, 0, &m, m.len);
	}
	done(0);
	struct source_options o = options_for(1);
	o.queues = 2;
	struct source *s;
	struct batch batch;
	assert_int_equal(source_open(&o, &s, NULL), 0);
	struct made m = message(2, 1);
	struct frame f = frame_of(&m, LINK_ETHERNET);
	uint32_t busy = (uint32_t)((decode_owner(&f) >> 32) * 2 >> 32);
	/* nobody takes from the busy queue: the reader waits there, having told the idle one */
	uint64_t watermark = 0;
	for (int i = 0; i < 20000 && !watermark; i++) {
		assert_int_equal(source_poll(s, !busy, &batch), SOURCE_IDLE);
		watermark = source_watermark(s, !busy);
	}
	assert_true(watermark > 0 && watermark < 8192);
	assert_int_equal(source_clock(s, !busy), (watermark - 1) * 1000000000ull);
	source_close(s); /* with the reader still waiting */
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(classic_in_every_form),
		T(pcapng_with_everything),
		T(compressed_by_content),
		T(snoop_records),
		T(cut_gzip),
		T(cut_at_every_length),
		T(cut_pcapng_at_every_length),
		T(wrong_files_are_usage_errors),
		T(corrupt_records_end_their_file),
		T(jumbo),
		T(files_are_merged_in_time_order),
		T(the_filter_leaves_out),
		T(the_filter_follows_the_link_type),
		T(pace_takes_its_time),
		T(standard_input_and_names),
		T(stop_ends_early),
		T(every_frame_arrives_once_and_in_order),
		T(idle_queues_get_watermarks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
