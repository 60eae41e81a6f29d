#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/capture/captures.h"

#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

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
	refuses("Ethernet, Linux cooked");
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
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
