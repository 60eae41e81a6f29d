/* What SQLite does for a question: every table that grows with what is known is searched by an index, none is read
 * through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/query.h"
#include "domain/repository_sqlite.h"
#include "tests/sample.h"

#include <stdlib.h>
#include <unistd.h>

#define MOST_TEXTS 4096

static char path[] = "plan.XXXXXX";

/* The statements a question ran. */
struct traced {
	char *texts[MOST_TEXTS];
	uint32_t n;
};

static int note(unsigned event, void *arg, void *statement, void *text)
{
	struct traced *t = arg;
	(void)event;
	(void)text;
	char *sql = sqlite3_expanded_sql(statement);
	assert_non_null(sql);
	assert_true(t->n < MOST_TEXTS);
	t->texts[t->n++] = sql;
	return 0;
}

static struct repository *filled(void)
{
	struct repository *r;
	struct sample s;
	struct provenance provenance = sample_provenance();
	char url[80];
	snprintf(url, sizeof url, "sqlite:%s", path);
	assert_int_equal(repository_open(url, REPOSITORY_WRITE, &r, NULL), 0);
	assert_int_equal(repository_provenance(r, &provenance, NULL), 0);
	for (uint32_t i = 0; i < 300; i++) {
		sample_fill(&s, i, i, i % 7);
		assert_int_equal(repository_write(r, &s.assertion, 1, NULL), 0);
	}
	assert_int_equal(repository_commit(r, NULL, NULL), 0);
	return r;
}

/* "SCAN x" reads all of x, by whatever index; these few stay small. */
static bool reads_through(const char *step)
{
	static const char *const small[] = {"SCAN provenance", "SCAN sequence", "SCAN CONSTANT ROW"};
	for (size_t i = 0; i < sizeof small / sizeof *small; i++)
		if (strncmp(step, small[i], strlen(small[i])) == 0)
			return false;
	return strncmp(step, "SCAN ", 5) == 0;
}

/* Steps of a statement's plan; fails at one that reads a table through. */
static uint32_t look_at_plan(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *q = NULL;
	char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
	uint32_t steps = 0;
	assert_int_equal(sqlite3_prepare_v2(db, explain, -1, &q, NULL), SQLITE_OK);
	for (; sqlite3_step(q) == SQLITE_ROW; steps++) {
		const char *step = (const char *)sqlite3_column_text(q, 3);
		if (reads_through(step))
			fail_msg("%s: %s", sql, step);
	}
	sqlite3_finalize(q);
	sqlite3_free(explain);
	return steps;
}

static bool take(void *arg, const char *line, size_t len)
{
	(void)arg;
	return line && len;
}

static uint32_t ask(struct repository *r, const char *question, struct traced *t)
{
	struct sqlite *s = (struct sqlite *)r;
	struct query *q;
	struct query_page page;
	t->n = 0;
	sqlite3_trace_v2(s->db, SQLITE_TRACE_STMT, note, t);
	assert_int_equal(query_read(question, strlen(question), SAMPLE_START_NS, &q, NULL), 0);
	assert_int_equal(query_run(q, r, take, NULL, &page, NULL), 0);
	sqlite3_trace_v2(s->db, 0, NULL, NULL);
	query_free(q);
	return (uint32_t)page.count;
}

static void questions_are_answered_by_indexes(void **state)
{
	(void)state;
	static struct traced t;
	static const struct {
		const char *question;
		uint32_t lines;
	} rows[] = {
		{"{\"query\":\"endpoints\",\"parameters\":{\"software\":\"nginx\",\"version\":\"1.22.3\"}}", 43},
		{"{\"query\":\"endpoint\",\"parameters\":{\"endpoint\":\"10.0.0.7\"}}", 1},
		{"{\"query\":\"software\",\"parameters\":{\"endpoint\":\"00:0c:29:00:00:07\"}}", 1},
		{"{\"query\":\"software\",\"parameters\":{\"creator\":\"F5\"}}", 100},
		{"{\"query\":\"software\",\"parameters\":{\"role\":\"server\"}}", 100},
		{"{\"query\":\"software\",\"parameters\":{\"role\":\"firmware\"}}", 0},
		{"{\"query\":\"endpoints\",\"at\":\"2026-11-20T12:00:05Z\"}", 100},
		{"{\"query\":\"endpoints\",\"parameters\":{\"address\":\"10.0.0.0/28\"}}", 16},
		{"{\"query\":\"endpoints\",\"parameters\":{\"name\":\"*.example\"}}", 0},
		{"{\"query\":\"endpoints\",\"provider\":\"urn:uuid:07000000-0000-8000-8000-000000000001\"}", 100},
		{"{\"query\":\"software\",\"limit\":10}", 10},
		{"{\"query\":\"endpoints\",\"parameters\":{\"software\":\"nginx\",\"version\":\">=1.22.2,<1.22.4\"}}",
		 86},
		{"{\"query\":\"history\",\"parameters\":{\"endpoint\":\"10.0.0.7\"}}", 1},
	};
	struct repository *r = filled();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint32_t steps = 0;
		assert_int_equal(ask(r, rows[i].question, &t), rows[i].lines);
		for (uint32_t k = 0; k < t.n; k++) {
			steps += look_at_plan(((struct sqlite *)r)->db, t.texts[k]);
			sqlite3_free(t.texts[k]);
		}
		assert_true(steps > 0);
	}
	repository_close(r, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(questions_are_answered_by_indexes)};
	int fd = mkstemp(path);
	int failed = fd < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
	char beside[32];
	unlink(path);
	for (int i = 0; i < 2; i++) {
		snprintf(beside, sizeof beside, "%s-%s", path, i ? "shm" : "wal");
		unlink(beside);
	}
	close(fd);
	return failed;
}
