/* The spool: in order, once acknowledged never again, whole after a crash at any octet. */
#include "domain/spool.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/onlooker-spool-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static void segment_path(char out[400])
{
	DIR *d = opendir(folder);
	*out = 0;
	for (const struct dirent *e; (e = readdir(d));)
		if (strstr(e->d_name, ".spool"))
			snprintf(out, 400, "%s/%s", folder, e->d_name);
	closedir(d);
}

static int tear_down(void **state)
{
	(void)state;
	char path[400];
	DIR *d = opendir(folder);
	for (const struct dirent *e; (e = readdir(d));) {
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		unlink(path);
	}
	closedir(d);
	return rmdir(folder);
}

static struct spool *opened(uint64_t bytes)
{
	struct spool *s = NULL;
	struct error error = {""};
	if (spool_open(folder, bytes, &s, &error) != 0)
		fail_msg("%s", error.text);
	return s;
}

static void append(struct spool *s, unsigned n)
{
	char text[64];
	snprintf(text, sizeof text, "batch %u", n);
	assert_true(spool_append(s, text, strlen(text), n % 7 + 1));
}

static void expect(struct spool *s, uint64_t after, uint64_t sequence, unsigned n)
{
	struct spool_batch b;
	char text[64];
	snprintf(text, sizeof text, "batch %u", n);
	assert_true(spool_next(s, after, &b));
	assert_int_equal(b.sequence, sequence);
	assert_int_equal(b.len, strlen(text));
	assert_memory_equal(b.payload, text, b.len);
	assert_int_equal(b.count, n % 7 + 1);
}

static void keeps_order_and_place(void **state)
{
	(void)state;
	struct spool *s = opened(1 << 20);
	char identifier[37];
	strcpy(identifier, spool_identifier(s));
	for (unsigned n = 1; n <= 100; n++)
		append(s, n);
	for (unsigned n = 1; n <= 100; n++)
		expect(s, n - 1, n, n);
	spool_acknowledge(s, 40);
	spool_close(s);

	s = opened(1 << 20);
	assert_string_equal(spool_identifier(s), identifier);
	assert_int_equal(spool_acknowledged(s), 40);
	expect(s, 40, 41, 41);
	expect(s, 0, 41, 41);
	append(s, 101);
	expect(s, 100, 101, 101);
	spool_acknowledge(s, 101);
	struct spool_batch b;
	assert_false(spool_next(s, 0, &b));
	assert_int_equal(spool_counters(s).waiting, 0);
	assert_int_equal(spool_counters(s).acknowledged, 101 % 7 + 1); /* of this run */
	spool_close(s);

	s = opened(1 << 20); /* numbers go on where nothing is left */
	append(s, 5);
	expect(s, 0, 102, 5);
	spool_close(s);
}

static void full_is_counted(void **state)
{
	(void)state;
	struct spool *s = opened(200);
	unsigned taken = 0;
	char text[50] = {0};
	for (int i = 0; i < 10; i++)
		taken += spool_append(s, text, sizeof text, 3);
	assert_int_equal(taken, 2);
	assert_int_equal(spool_counters(s).full, 24);
	assert_int_equal(spool_counters(s).appended, 6);
	spool_close(s);
}

static void space_comes_back(void **state)
{
	(void)state;
	struct spool *s = opened(24 << 20);
	char *text = calloc(1, 100000);
	for (unsigned n = 1; n <= 2000; n++) { /* 200 MB through 24 */
		assert_true(spool_append(s, text, 100000, 1));
		if (n > 50)
			spool_acknowledge(s, n - 50);
	}
	free(text);
	assert_int_equal(spool_counters(s).full, 0);
	spool_close(s);
}

static void one_at_a_time(void **state)
{
	(void)state;
	struct spool *s = opened(1 << 20), *other = NULL;
	struct error error = {""};
	assert_int_equal(spool_open(folder, 1 << 20, &other, &error), ERROR_USAGE);
	assert_non_null(strstr(error.text, "another collector"));
	spool_close(s);
}

static char *read_all(const char *path, size_t *len)
{
	struct stat status;
	int fd = open(path, O_RDONLY);
	assert_true(fd >= 0 && fstat(fd, &status) == 0);
	char *data = malloc((size_t)status.st_size + 1);
	*len = (size_t)read(fd, data, (size_t)status.st_size);
	close(fd);
	return data;
}

static void write_all(const char *path, const char *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	close(fd);
}

/* Cut at every octet, as an append that was cut short leaves it: whole batches up to the cut are there, nothing counts
 * as damage, and what is appended then is there, too. */
static void cut_anywhere(void **state)
{
	(void)state;
	char path[400];
	size_t len;
	struct spool *s = opened(1 << 20);
	for (unsigned n = 1; n <= 8; n++)
		append(s, n);
	spool_close(s);
	segment_path(path);
	char *data = read_all(path, &len);
	for (size_t cut = 0; cut <= len; cut++) {
		struct spool_batch b;
		write_all(path, data, cut);
		s = opened(1 << 20);
		uint64_t n = 0;
		while (spool_next(s, n, &b)) {
			expect(s, n, n + 1, (unsigned)n + 1);
			n++;
		}
		assert_int_equal(n, cut * 8 / len);
		assert_int_equal(spool_counters(s).damaged, 0);
		append(s, 50);
		expect(s, n, n + 1, 50);
		spool_close(s);
	}
	free(data);
}

/* An octet changed anywhere: what stands before it is there, the damage is counted. */
static void damaged_anywhere(void **state)
{
	(void)state;
	char path[400];
	size_t len;
	struct spool *s = opened(1 << 20);
	for (unsigned n = 1; n <= 8; n++)
		append(s, n);
	spool_close(s);
	segment_path(path);
	char *data = read_all(path, &len);
	for (size_t at = 0; at < len; at++) {
		struct spool_batch b;
		data[at] ^= 0x20;
		write_all(path, data, len);
		data[at] ^= 0x20;
		s = opened(1 << 20);
		uint64_t n = 0;
		while (spool_next(s, n, &b)) {
			expect(s, n, n + 1, (unsigned)n + 1);
			n++;
		}
		assert_int_equal(n, at * 8 / len);
		assert_int_equal(spool_counters(s).damaged, 1);
		spool_close(s);
	}
	free(data);
}

static void memory_has_no_files(void **state)
{
	(void)state;
	struct spool *s = NULL;
	assert_int_equal(spool_open(NULL, 1 << 20, &s, NULL), 0);
	for (unsigned n = 1; n <= 10; n++)
		append(s, n);
	expect(s, 9, 10, 10);
	assert_false(spool_lasting(s));
	spool_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keeps_order_and_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(full_is_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(space_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_at_a_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(cut_anywhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damaged_anywhere, set_up, tear_down),
		cmocka_unit_test(memory_has_no_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
