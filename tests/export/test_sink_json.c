#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "export/sink_json.h"
#include "tests/sample.h"

#define SAMPLES 1000

static struct sample samples[SAMPLES];
static struct assertion assertions[SAMPLES];

static void offer(struct sink *s, int rounds)
{
	struct provenance p = sample_provenance();
	s->provenance(s, &p);
	for (uint32_t i = 0; i < SAMPLES; i++) {
		sample_fill(&samples[i], i, i, 1);
		assertions[i] = samples[i].assertion;
	}
	for (int r = 0; r < rounds; r++)
		s->write(s, assertions, SAMPLES);
	s->flush(s);
}

static uint64_t dropped(const struct sink *s)
{
	uint64_t sum = 0;
	for (int i = 0; i < SINK_DROP_REASONS && s->counters.dropped[i].reason; i++)
		sum += s->counters.dropped[i].count;
	return sum;
}

static unsigned long lines_of(const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned long lines = 0;
	assert_non_null(f);
	int c, last = '\n';
	while ((c = getc(f)) != EOF) {
		lines += c == '\n';
		last = c;
	}
	assert_int_equal(last, '\n');
	fclose(f);
	return lines;
}

static void every_assertion_is_a_line(void **state)
{
	(void)state;
	char path[] = "sink_json.XXXXXX";
	close(mkstemp(path));
	struct sink *s;
	struct error error = {""};
	assert_int_equal(sink_json_open(path, &s, &error), 0);
	offer(s, 3);
	assert_int_equal(s->counters.offered, 3 * SAMPLES);
	assert_int_equal(s->counters.delivered, 3 * SAMPLES);
	assert_int_equal(s->close(s, &error), 0);
	assert_int_equal(lines_of(path), 3 * SAMPLES + 1);
	unlink(path);
}

static void a_full_disk_is_told_once_and_counted(void **state)
{
	(void)state;
	struct sink *s;
	struct error error = {""};
	assert_int_equal(sink_json_open("/dev/full", &s, &error), 0);
	offer(s, 3);
	assert_int_equal(s->counters.offered, 3 * SAMPLES);
	assert_int_equal(s->counters.delivered, 0);
	assert_int_equal(dropped(s), 3 * SAMPLES);
	assert_int_equal(s->close(s, &error), ERROR_FAILED);
	assert_non_null(strstr(error.text, "/dev/full: No space left on device; make room"));
}

static void a_reader_that_goes_is_no_crash(void **state)
{
	(void)state;
	int ends[2];
	char path[64];
	assert_int_equal(pipe(ends), 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", ends[1]);
	struct sink *s;
	struct error error = {""};
	assert_int_equal(sink_json_open(path, &s, &error), 0);
	close(ends[0]);
	offer(s, 1);
	assert_int_equal(s->counters.delivered, 0);
	assert_int_equal(dropped(s), SAMPLES);
	assert_int_equal(s->close(s, &error), ERROR_FAILED);
	assert_non_null(strstr(error.text, "the reader has gone"));
	close(ends[1]);
}

/* A file-size limit stops the file in the middle of a line: what is counted as delivered is what lies there. */
static void a_cut_file_ends_with_a_whole_line(void **state)
{
	(void)state;
	char path[] = "sink_json.XXXXXX";
	close(mkstemp(path));
	struct sink *s;
	struct error error = {""};
	assert_int_equal(sink_json_open(path, &s, &error), 0);
	struct rlimit old, small = {700000, RLIM_INFINITY};
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &small);
	offer(s, 2);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(s->counters.offered, 2 * SAMPLES);
	assert_int_equal(s->counters.offered, s->counters.delivered + dropped(s));
	assert_true(s->counters.delivered > 0 && dropped(s) > 0);
	uint64_t delivered = s->counters.delivered;
	assert_int_equal(s->close(s, &error), ERROR_FAILED);
	assert_int_equal(lines_of(path), delivered + 1);
	unlink(path);
}

static void a_wrong_path_starts_nothing(void **state)
{
	(void)state;
	struct sink *s;
	struct error error = {""};
	assert_int_equal(sink_json_open("/nonexistent/x.jsonl", &s, &error), ERROR_USAGE);
	assert_string_equal(error.text,
			    "/nonexistent/x.jsonl: No such file or directory; name a file that can be written");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_assertion_is_a_line),
		cmocka_unit_test(a_full_disk_is_told_once_and_counted),
		cmocka_unit_test(a_reader_that_goes_is_no_crash),
		cmocka_unit_test(a_cut_file_ends_with_a_whole_line),
		cmocka_unit_test(a_wrong_path_starts_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
