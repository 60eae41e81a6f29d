#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/capture/captures.h"

#include <pthread.h>
#include <time.h>

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
	uint8_t parts[8192];
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
		w->parts[w->n] = f->part;
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

/* The file that was made, read by WORKERS to its end. */
static struct source *split_file(void)
{
	struct source_options o = options_for(1);
	o.queues = WORKERS;
	struct source *s;
	assert_int_equal(source_open(&o, &s, NULL), 0);
	run_workers(s);
	assert_int_equal(source_result(s, NULL), 0);
	return s;
}

static void every_frame_arrives_once_and_in_order(void **state)
{
	make_pcap(0, 8000, 1, 1);
	struct source *s = split_file();
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

/* A frame in VXLAN between one pair of addresses, or another. */
static struct made carried(const struct made *inner, unsigned pair)
{
	struct made m = {0};
	add_ethernet(&m, 0x0800);
	add_ipv4(&m, 17, 16 + inner->len, pair, 0);
	add_udp(&m, 50000, 4789, 8 + inner->len);
	add(&m, "\x08\0\0\0\0\0\7\0", 8);
	add(&m, inner->data, inner->len);
	put16(&m, 32, 0x6400 | pair);
	return m;
}

static uint32_t queue_of(const struct made *m)
{
	struct frame f = frame_of(m, LINK_ETHERNET);
	return (uint32_t)((decode_owner(&f) >> 32) * WORKERS >> 32);
}

#define CARRIED 1000u

/* Packets in two fragments each, and where they and what travels in them belong. */
static void make_carried(uint32_t outer[CARRIED], uint32_t inner[CARRIED])
{
	begin(false);
	pcap_header(0xa1b2c3d4, 1);
	for (unsigned i = 0; i < CARRIED; i++) {
		struct made plain = message(i % 50, i), whole = carried(&plain, i % 40);
		unsigned cut = (whole.len - 34 - 1) & ~7u;
		struct made first = fragment_of(&whole, i, 0, cut, true);
		struct made rest = fragment_of(&whole, i, cut, whole.len - 34 - cut, false);
		inner[i] = queue_of(&plain);
		outer[i] = queue_of(&first);
		first.data[first.len++] = 'z'; /* as padding */
		pcap_record(2 * i, 0, &first, first.len);
		pcap_record(2 * i + 1, 0, &rest, rest.len);
	}
	done(0);
}

static void what_travels_in_fragments_comes_to_its_owner(void **state)
{
	static uint32_t outer[CARRIED], inner[CARRIED];
	static uint8_t parts[WORKERS][2 * CARRIED + 1];
	make_carried(outer, inner);
	struct source *s = split_file();
	source_close(s);
	memset(parts, 0xff, sizeof parts);
	for (uint32_t q = 0; q < WORKERS; q++) {
		assert_false(workers[q].wrong);
		for (uint32_t i = 0; i < workers[q].n; i++)
			parts[q][workers[q].ordinals[i]] = workers[q].parts[i];
	}
	uint32_t both = 0;
	for (uint32_t i = 0; i < 2 * CARRIED; i++) {
		uint32_t out = outer[i / 2], in = inner[i / 2];
		both += out != in;
		assert_int_equal(parts[out][i + 1], out == in ? FRAME_ALL : FRAME_OUTSIDE);
		for (uint32_t q = 0; q < WORKERS; q++)
			if (q != out)
				assert_int_equal(parts[q][i + 1], q == in ? FRAME_INSIDE : 0xff);
	}
	assert_in_range(both, CARRIED / 2, 2 * CARRIED - CARRIED / 10);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(files_are_merged_in_time_order),
		T(the_filter_leaves_out),
		T(the_filter_follows_the_link_type),
		T(pace_takes_its_time),
		T(standard_input_and_names),
		T(stop_ends_early),
		T(every_frame_arrives_once_and_in_order),
		T(what_travels_in_fragments_comes_to_its_owner),
		T(idle_queues_get_watermarks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
