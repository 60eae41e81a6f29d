#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "core/time.h"
#include "domain/sink_repository.h"
#include "tests/sample.h"

static char directory[] = "repository.XXXXXX";
static char path[64], url[80];

static int new_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

static int name_file(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "%s/r.db", directory);
	snprintf(url, sizeof url, "sqlite:%s", path);
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	char side[80];
	unlink(path);
	snprintf(side, sizeof side, "%s-wal", path);
	unlink(side);
	snprintf(side, sizeof side, "%s-shm", path);
	unlink(side);
	return 0;
}

static struct repository *open_or_fail(enum repository_mode mode)
{
	struct repository *r;
	struct error error = {""};
	if (repository_open(url, mode, &r, &error) != 0)
		fail_msg("%s", error.text);
	struct provenance p = sample_provenance();
	if (mode == REPOSITORY_WRITE)
		assert_int_equal(repository_provenance(r, &p, &error), 0);
	return r;
}

static void put(struct repository *r, const struct assertion *a)
{
	struct error error = {""};
	if (repository_write(r, a, 1, &error) != 0)
		fail_msg("%s", error.text);
}

/* The sentence of an opening that must fail. */
static const char *refusal(enum repository_mode mode)
{
	static struct error error;
	struct repository *r = NULL;
	assert_int_equal(repository_open(url, mode, &r, &error), ERROR_USAGE);
	assert_null(r);
	return error.text;
}

struct seen {
	uint32_t endpoints, claims, merged, open;
	uint64_t first_ns, last_ns, end_ns;
	uint8_t survivor[16], confidence;
	char value[512];
};

static bool see(void *arg, const struct stored_endpoint *e)
{
	struct seen *s = arg;
	s->endpoints++;
	s->merged += e->merged;
	if (e->merged)
		memcpy(s->survivor, e->survivor, 16);
	s->first_ns = e->first_ns;
	s->last_ns = e->last_ns;
	for (uint32_t i = 0; i < e->n_claims; i++) {
		const struct claim *c = &e->claims[i];
		s->claims++;
		if (strcmp(c->kind, "softwareInstance") != 0)
			continue;
		s->open += c->open;
		s->end_ns = c->end_ns;
		s->confidence = c->confidence;
		snprintf(s->value, sizeof s->value, "%s", c->value);
	}
	return true;
}

static struct seen look(struct repository *r)
{
	struct seen s = {0};
	assert_int_equal(repository_endpoints(r, NULL, see, &s, NULL), 0);
	return s;
}

static bool count_line(void *arg, const struct repository_change *c)
{
	assert_int_equal(c->line[0], '{');
	assert_int_equal(c->line[strlen(c->line) - 1], '}');
	assert_true(c->stored_ns > 0);
	++*(int *)arg;
	return true;
}

static void what_is_written_is_read_again(void **state)
{
	(void)state;
	struct sample s;
	struct repository *r = open_or_fail(REPOSITORY_WRITE);
	sample_fill(&s, 1, 5, 1);
	put(r, &s.assertion);
	assert_int_equal(repository_close(r, NULL), 0);
	r = open_or_fail(REPOSITORY_READ);
	struct seen seen = look(r);
	assert_int_equal(seen.endpoints, 1);
	assert_int_equal(seen.claims, 3); /* two names that came with it, and the software */
	assert_int_equal(seen.first_ns, s.assertion.start_ns / 1000 * 1000); /* as its line has it */
	assert_int_equal(seen.last_ns, s.assertion.end_ns / 1000 * 1000);
	assert_non_null(strstr(seen.value, "{\"softwareTitle\":\"nginx\""));
	int lines = 0;
	assert_int_equal(repository_history(r, s.assertion.endpoint, count_line, &lines, NULL), 0);
	assert_int_equal(lines, 1);
	repository_close(r, NULL);
}

static void a_claim_that_comes_again_moves_on(void **state)
{
	(void)state;
	struct sample s;
	struct repository *r = open_or_fail(REPOSITORY_WRITE);
	sample_fill(&s, 1, 5, 1);
	s.assertion.open = true;
	put(r, &s.assertion);
	assert_int_equal(look(r).open, 1);
	sample_fill(&s, 2, 5, 1);
	s.assertion.end_ns += 1000;
	s.attribute.confidence = 97;
	put(r, &s.assertion);
	struct seen seen = look(r);
	assert_int_equal(seen.claims, 3);
	assert_int_equal(seen.open, 0);
	assert_int_equal(seen.end_ns, s.assertion.end_ns / 1000 * 1000);
	assert_int_equal(seen.last_ns, s.assertion.end_ns / 1000 * 1000);
	assert_int_equal(seen.confidence, 97);
	int lines = 0;
	repository_history(r, s.assertion.endpoint, count_line, &lines, NULL);
	assert_int_equal(lines, 2);
	sample_fill(&s, 3, 5, 1);
	s.assertion.start_ns = s.assertion.end_ns + 5000000; /* again, later */
	s.assertion.end_ns = s.assertion.start_ns;
	put(r, &s.assertion);
	assert_int_equal(look(r).claims, 4);
	repository_close(r, NULL);
}

static void a_replay_that_is_repeated_adds_nothing(void **state)
{
	(void)state;
	struct sample s;
	for (int i = 0; i < 2; i++) {
		struct repository *r = open_or_fail(REPOSITORY_WRITE);
		for (uint32_t k = 0; k < 100; k++) {
			sample_fill(&s, k, k / 10, k % 10);
			put(r, &s.assertion);
		}
		struct seen seen = look(r);
		assert_int_equal(seen.endpoints, 10);
		assert_int_equal(seen.claims, 10 * (2 + 10));
		int lines = 0;
		repository_history(r, s.assertion.endpoint, count_line, &lines, NULL);
		assert_int_equal(lines, 10);
		repository_close(r, NULL);
	}
}

static void an_address_that_is_spoken_of_is_no_endpoint(void **state)
{
	(void)state;
	struct sample s;
	struct repository *r = open_or_fail(REPOSITORY_WRITE);
	sample_fill(&s, 1, 5, 1);
	s.assertion.has_endpoint = false;
	put(r, &s.assertion);
	assert_int_equal(look(r).endpoints, 0);
	int lines = 0;
	assert_int_equal(repository_spoken(r, "10.0.0.5", count_line, &lines, NULL), 0);
	assert_int_equal(lines, 1);
	repository_close(r, NULL);
}

static void gone_into_another_keeps_an_alias(void **state)
{
	(void)state;
	struct sample s, t;
	char survivor[37];
	struct repository *r = open_or_fail(REPOSITORY_WRITE);
	sample_fill(&s, 1, 5, 1);
	put(r, &s.assertion);
	sample_fill(&t, 2, 6, 1);
	uuid_text(t.assertion.endpoint, survivor);
	struct member event[] = {{.name = "kind", .text = "gone"}, {.name = "new", .text = survivor}};
	s.assertion.statement = STATEMENT_EVENT;
	s.attribute = (struct attribute){.name = ATTRIBUTE_EVENT, .members = event, .n_members = 2, .known = 16};
	s.assertion.start_ns = s.assertion.end_ns;
	s.assertion.id[0]++;
	put(r, &s.assertion);
	struct seen seen = look(r);
	assert_int_equal(seen.merged, 1);
	assert_memory_equal(seen.survivor, t.assertion.endpoint, 16);
	uint64_t parted_ns = s.assertion.end_ns + 1000;
	sample_fill(&s, 3, 5, 2);
	put(r, &s.assertion); /* what was true before the merge does not undo it */
	assert_int_equal(look(r).merged, 1);
	sample_fill(&s, 4, 5, 3);
	s.assertion.start_ns = s.assertion.end_ns = parted_ns;
	put(r, &s.assertion);
	assert_int_equal(look(r).merged, 0);
	repository_close(r, NULL);
}

/* The same assertion again, when more is known: it changes nothing, not even what has moved on since. */
static void an_assertion_counts_once(void **state)
{
	(void)state;
	struct sample first, second;
	struct repository *r = open_or_fail(REPOSITORY_WRITE);
	sample_fill(&first, 1, 5, 1);
	first.assertion.open = true;
	put(r, &first.assertion);
	sample_fill(&second, 2, 5, 1);
	put(r, &second.assertion); /* closes it */
	put(r, &first.assertion);
	assert_int_equal(look(r).open, 0);
	uint64_t revision = 0;
	assert_int_equal(repository_revision(r, &revision, NULL), 0);
	assert_int_equal(revision, 2);
	repository_close(r, NULL);
}

struct changes {
	uint32_t n;
	uint64_t last;
};

static bool see_change(void *arg, const struct repository_change *c)
{
	struct changes *seen = arg;
	assert_true(c->revision > seen->last && c->stored_ns > SAMPLE_START_NS / 2);
	assert_int_equal(c->line[0], '{');
	assert_non_null(strstr(c->provenance, "\"observationPoint\":\"pcap:capture.pcap\""));
	seen->last = c->revision;
	seen->n++;
	return true;
}

static void changes_come_in_the_order_of_storage(void **state)
{
	(void)state;
	struct repository *r = open_or_fail(REPOSITORY_WRITE);
	struct sample s;
	for (uint32_t i = 0; i < 20; i++) {
		sample_fill(&s, 20 - i, i % 3, 1); /* collected in another order */
		put(r, &s.assertion);
	}
	struct changes seen = {0};
	assert_int_equal(repository_changes(r, 0, see_change, &seen, NULL), 0);
	assert_int_equal(seen.n, 20);
	struct changes tail = {.last = seen.last - 5};
	assert_int_equal(repository_changes(r, seen.last - 5, see_change, &tail, NULL), 0);
	assert_int_equal(tail.n, 5);
	assert_int_equal(tail.last, seen.last);
	repository_close(r, NULL);
}

/* Ten endpoints lose their software, which ended long ago; the one that was seen since keeps its own. */
static void what_retention_has_passed_goes(void **state)
{
	(void)state;
	struct repository *r = open_or_fail(REPOSITORY_WRITE);
	struct sample s;
	for (uint32_t i = 0; i < 10; i++) {
		sample_fill(&s, i, i, 1);
		put(r, &s.assertion);
	}
	sample_fill(&s, 100, 9, 2);
	s.assertion.start_ns = s.assertion.end_ns = s.assertion.collected_ns = SAMPLE_START_NS + 3600 * NS_PER_SECOND;
	put(r, &s.assertion);
	struct retention retention = {{0}};
	struct pruned gone;
	assert_int_equal(repository_prune(r, &retention, &gone, NULL), 0); /* nothing is said to go */
	assert_int_equal(gone.assertions + gone.claims + gone.endpoints, 0);
	uint64_t before_ns = SAMPLE_START_NS + 600 * NS_PER_SECOND;
	for (unsigned i = 0; i < 64; i++)
		retention.before_ns[i] = before_ns;
	retention.before_ns[DESIGNATION_MAC] = 0; /* kept for ever: assertions that have one too */
	assert_int_equal(repository_prune(r, &retention, &gone, NULL), 0);
	assert_int_equal(gone.assertions, 0);
	assert_int_equal(gone.claims, 9 + 10); /* addresses of nine, old software of ten */
	assert_int_equal(gone.endpoints, 0);
	retention.before_ns[DESIGNATION_MAC] = before_ns;
	assert_int_equal(repository_prune(r, &retention, &gone, NULL), 0);
	assert_int_equal(gone.assertions, 10);
	assert_int_equal(gone.endpoints, 9);
	struct seen seen = look(r);
	assert_int_equal(seen.endpoints, 1);
	assert_int_equal(seen.claims, 3);
	sample_fill(&s, 1, 1, 1); /* what went can come again */
	put(r, &s.assertion);
	assert_int_equal(look(r).endpoints, 2);
	repository_close(r, NULL);
}

/* Another program forgets while this one has the file open: what it then hears of again is there again, and is found.
 */
static void what_another_forgot_can_come_again(void **state)
{
	(void)state;
	struct repository *r = open_or_fail(REPOSITORY_WRITE), *other;
	struct sample s;
	struct retention retention = {{0}};
	struct pruned gone;
	struct inventory_filter filter = {.software = "nginx"};
	for (uint32_t i = 0; i < 1500; i++) { /* more than are looked at together */
		sample_fill(&s, i, i, 1);
		put(r, &s.assertion);
	}
	assert_int_equal(repository_commit(r, NULL, NULL), 0);
	other = open_or_fail(REPOSITORY_WRITE);
	for (unsigned i = 0; i < 64; i++)
		retention.before_ns[i] = SAMPLE_START_NS + 600 * NS_PER_SECOND;
	assert_int_equal(repository_prune(other, &retention, &gone, NULL), 0);
	assert_int_equal(gone.assertions, 1500);
	assert_int_equal(gone.claims, 3 * 1500);
	assert_int_equal(gone.endpoints, 1500);
	assert_int_equal(repository_close(other, NULL), 0);
	for (uint32_t i = 0; i < 3; i++) {
		sample_fill(&s, 2000 + i, i, 1);
		put(r, &s.assertion);
	}
	assert_int_equal(repository_commit(r, NULL, NULL), 0);
	struct seen seen = look(r), found = {0};
	assert_int_equal(seen.endpoints, 3);
	assert_int_equal(seen.claims, 9);
	assert_int_equal(repository_endpoints(r, &filter, see, &found, NULL), 0);
	assert_int_equal(found.endpoints, 3);
	repository_close(r, NULL);
}

static uint32_t number_of(const struct stored_endpoint *e)
{
	return (uint32_t)e->id[12] << 24 | (uint32_t)e->id[13] << 16 | (uint32_t)e->id[14] << 8 | e->id[15];
}

struct walk {
	uint32_t n, least, most;
	uint32_t until; /* 0: to the end */
	uint8_t last[16];
};

static bool step_on(void *arg, const struct stored_endpoint *e)
{
	struct walk *w = arg;
	uint32_t n = number_of(e);
	assert_true(!w->n || memcmp(e->id, w->last, 16) > 0);
	assert_int_equal(e->n_claims, 3);
	memcpy(w->last, e->id, 16);
	w->least = w->n ? w->least : n;
	w->most = n;
	return ++w->n != w->until;
}

static struct walk walk(struct repository *r, const struct inventory_filter *f, uint32_t until)
{
	struct walk w = {.until = until};
	assert_int_equal(repository_endpoints(r, f, step_on, &w, NULL), 0);
	return w;
}

/* Walks that an index narrows meet what is asked for, in order, in pages too. */
static void questions_are_narrowed(void **state)
{
	(void)state;
	struct repository *r = open_or_fail(REPOSITORY_WRITE);
	struct sample s;
	for (uint32_t i = 0; i < 3000; i++) {
		sample_fill(&s, i, i, i % 7);
		put(r, &s.assertion);
	}
	struct inventory_filter f = {.has_mac = true, .mac = {0, 0x0c, 0x29, 0, 1, 2}};
	assert_int_equal(walk(r, &f, 0).n, 1);
	assert_int_equal(walk(r, &f, 0).least, 258);
	f = (struct inventory_filter){.has_address = true};
	assert_true(prefix_parse("10.0.1.0/24", &f.address));
	struct walk w = walk(r, &f, 0);
	assert_int_equal(w.n, 256);
	assert_int_equal(w.least, 256);
	assert_int_equal(w.most, 511);
	f = (struct inventory_filter){.software = "nginx", .version = "1.22.3"};
	assert_int_equal(walk(r, &f, 0).n, 429); /* 3, 10, 17 … */
	f.version = ">=1.22.5";
	assert_int_equal(walk(r, &f, 0).n, 2 * 428);
	f.creator = "somebody";
	assert_int_equal(walk(r, &f, 0).n, 0);
	f = (struct inventory_filter){.software = "nginx", .version = "1.22.3"};
	uint32_t pages = 0, met = 0;
	do {
		w = walk(r, &f, 50);
		met += w.n;
		pages++;
		f.has_after = true;
		memcpy(f.after, w.last, 16);
	} while (w.n == 50);
	assert_int_equal(met, 429);
	assert_int_equal(pages, 9);
	f = (struct inventory_filter){.identifier = "02000000-0000-8000-8000-0000000000ff"};
	assert_int_equal(walk(r, &f, 0).n, 1);
	f.identifier = "02000000-0000-8000-8000-0000000000f";
	assert_int_equal(walk(r, &f, 0).n, 16);
	f = (struct inventory_filter){.fresh_ns = SAMPLE_START_NS + 60 * NS_PER_SECOND};
	assert_int_equal(walk(r, &f, 0).n, 0);
	f.fresh_ns = SAMPLE_START_NS;
	assert_int_equal(walk(r, &f, 0).n, 3000);
	assert_int_equal(walk(r, &f, 10).most, 9);
	repository_close(r, NULL);
}

/* A file as the first schema had it. */
static const char older[] =
	"PRAGMA application_id=1332636779; PRAGMA user_version=1;"
	"CREATE TABLE endpoint(n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, identified INTEGER NOT NULL,"
	" first INTEGER NOT NULL, last INTEGER NOT NULL, survivor BLOB, mergedAt INTEGER);"
	"CREATE TABLE claim(endpoint INTEGER NOT NULL, key INTEGER NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,"
	" start INTEGER NOT NULL, end INTEGER NOT NULL, open INTEGER NOT NULL, confidence INTEGER NOT NULL,"
	" known INTEGER NOT NULL, implied INTEGER NOT NULL, method TEXT, signature TEXT, evidence TEXT,"
	" PRIMARY KEY(endpoint, key)) WITHOUT ROWID;"
	"CREATE TABLE assertion(endpoint INTEGER NOT NULL, collected INTEGER NOT NULL, id BLOB NOT NULL, line TEXT NOT "
	"NULL);"
	"CREATE UNIQUE INDEX assertionOnce ON assertion(endpoint, collected, id);"
	"CREATE TABLE spoken(address TEXT NOT NULL, collected INTEGER NOT NULL, id BLOB NOT NULL, line TEXT NOT NULL);"
	"CREATE UNIQUE INDEX spokenOnce ON spoken(address, collected, id);"
	"CREATE TABLE provenance(line TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;"
	"INSERT INTO provenance VALUES('{}');"
	"INSERT INTO endpoint VALUES(1, x'02000000000080008000000000000005', 1, 1000, 2000, NULL, NULL);"
	"INSERT INTO claim VALUES(1, 77, 'macAddress', '\"00:0c:29:00:00:05\"', 1000, 2000, 0, 99, 4, 1, NULL, NULL, "
	"NULL);"
	"INSERT INTO claim VALUES(1, 78, 'hostName', '\"shop.example\"', 1000, 2000, 0, 90, 5, 0, 'dns', NULL, '[]');"
	"INSERT INTO claim VALUES(1, 79, 'softwareInstance', '{\"softwareTitle\":\"nginx\"}', 1000, 2000, 0, 90, 5, 0, "
	"NULL,"
	" NULL, NULL);"
	"INSERT INTO assertion VALUES(1, 2000, x'01', '{\"a\":1}');"
	"INSERT INTO spoken VALUES('192.0.2.9', 2000, x'02', '{\"b\":2}');";

static void an_older_file_is_brought_up(void **state)
{
	(void)state;
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, older, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_non_null(strstr(refusal(REPOSITORY_READ), "onlooker repository upgrade --repository sqlite:"));
	repository_close(open_or_fail(REPOSITORY_WRITE), NULL);
	struct repository *r = open_or_fail(REPOSITORY_READ);
	struct inventory_filter f = {.name = "SHOP"};
	assert_int_equal(walk(r, &f, 0).n, 1);
	assert_int_equal(walk(r, &f, 0).most, 5);
	struct sample s;
	int lines = 0;
	sample_fill(&s, 1, 5, 1);
	assert_int_equal(repository_history(r, s.assertion.endpoint, count_line, &lines, NULL), 0);
	assert_int_equal(repository_spoken(r, "192.0.2.9", count_line, &lines, NULL), 0);
	assert_int_equal(lines, 2);
	repository_close(r, NULL);
}

/* … and the second. */
static const char second[] =
	"PRAGMA application_id=1332636779; PRAGMA user_version=2;"
	"CREATE TABLE endpoint(n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, identified INTEGER NOT NULL,"
	" first INTEGER NOT NULL, last INTEGER NOT NULL, survivor BLOB, mergedAt INTEGER);"
	"CREATE TABLE claim(endpoint INTEGER NOT NULL, key INTEGER NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,"
	" start INTEGER NOT NULL, end INTEGER NOT NULL, open INTEGER NOT NULL, confidence INTEGER NOT NULL,"
	" known INTEGER NOT NULL, implied INTEGER NOT NULL, method TEXT, signature TEXT, evidence TEXT,"
	" PRIMARY KEY(endpoint, key)) WITHOUT ROWID;"
	"CREATE TABLE assertion(revision INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL, subject TEXT,"
	" collected INTEGER NOT NULL, id BLOB NOT NULL, stored INTEGER NOT NULL, relayed INTEGER NOT NULL,"
	" kinds INTEGER NOT NULL, provenance INTEGER NOT NULL, line TEXT NOT NULL);"
	"CREATE UNIQUE INDEX assertionOnce ON assertion(endpoint, collected, id);"
	"CREATE INDEX assertionSpoken ON assertion(subject, collected, id) WHERE endpoint=0;"
	"CREATE TABLE sequence(last INTEGER NOT NULL); INSERT INTO sequence VALUES(41);"
	"CREATE TABLE provenance(n INTEGER PRIMARY KEY, line TEXT NOT NULL UNIQUE);"
	"CREATE TABLE observed(endpoint INTEGER NOT NULL, provenance INTEGER NOT NULL,"
	" PRIMARY KEY(endpoint, provenance)) WITHOUT ROWID;"
	"CREATE TABLE term(n INTEGER PRIMARY KEY, kind INTEGER NOT NULL, text TEXT NOT NULL, creator TEXT NOT NULL,"
	" version TEXT NOT NULL, sort BLOB NOT NULL);"
	"CREATE UNIQUE INDEX termOnce ON term(kind, text, creator, version);"
	"CREATE INDEX termSort ON term(kind, sort);"
	"CREATE TABLE held(term INTEGER NOT NULL, endpoint BLOB NOT NULL, PRIMARY KEY(term, endpoint)) WITHOUT ROWID;"
	"INSERT INTO endpoint VALUES(9, x'02000000000080008000000000000005', 1, 1000, 2000, NULL, NULL);"
	"INSERT INTO claim VALUES(9, 2, 'ipv4Address', '\"10.0.0.5\"', 1000, 2000, 0, 99, 4, 1, NULL, NULL, NULL);"
	"INSERT INTO claim VALUES(9, 3, 'hostName', '\"shop.example\"', 1000, 2000, 0, 90, 5, 1, NULL, NULL, NULL);"
	"INSERT INTO claim VALUES(9, 4, 'softwareInstance', '{\"softwareTitle\":\"nginx\",\"role\":\"server\"}', 1000, "
	"2000,"
	" 0, 90, 5, 0, NULL, NULL, NULL);"
	"INSERT INTO term VALUES(1, 2, '00:0c:29:00:00:05', '', '', x''), (2, 1, '10.0.0.5', '', '',"
	" x'040a000005000000000000000000000000'), (3, 3, 'shop.example', '', '', x''), (4, 0, 'nginx', '', '', x'');"
	"INSERT INTO term VALUES(5, 4, 'dhcpClientIdentifier \"ff000000010001000112345678\"', '', '', x'');"
	"INSERT INTO held SELECT n, x'02000000000080008000000000000005' FROM term;"
	"INSERT INTO assertion VALUES(41, 9, NULL, 2000, x'01', 2000, 0, -1, 0, '{\"a\":1}');";

static void a_file_of_the_second_schema_too(void **state)
{
	(void)state;
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, second, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_non_null(strstr(refusal(REPOSITORY_READ), "older Onlooker (schema 2)"));
	struct repository *r = open_or_fail(REPOSITORY_WRITE);
	struct inventory_filter f[5] = {{.name = "shop"}, {.software = "nginx"}, {.role = "server"}, {.has_mac = true}};
	memcpy(f[3].mac, (const uint8_t[]){0, 0x0c, 0x29, 0, 0, 5}, 6);
	f[4].has_address = true;
	assert_true(prefix_parse("10.0.0.0/29", &f[4].address));
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(walk(r, &f[i], 0).n, 1);
	struct sample s;
	uint64_t revision;
	sample_fill(&s, 2, 6, 1);
	put(r, &s.assertion);
	assert_int_equal(repository_revision(r, &revision, NULL), 0);
	assert_int_equal(revision, 42);
	int lines = 0;
	assert_int_equal(repository_history(r, s.assertion.endpoint, count_line, &lines, NULL), 0);
	assert_int_equal(lines, 1);
	assert_int_equal(walk(r, &f[4], 0).n, 2);
	uint8_t ids[2][16];
	static const char *const same[] = {"\"0001000112345678\"", "\"ff000000020001000112345678\""};
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(repository_holders(r, "dhcpClientIdentifier", same[i], ids, 2), 1);
	assert_int_equal(repository_holders(r, "macAddress", "\"00:0c:29:00:00:05\"", ids, 2), 1);
	repository_close(r, NULL);
}

static void the_schema_has_a_version(void **state)
{
	(void)state;
	repository_close(open_or_fail(REPOSITORY_WRITE), NULL);
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version=99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_non_null(strstr(refusal(REPOSITORY_WRITE), "written by a newer Onlooker (schema 99"));
	assert_non_null(strstr(refusal(REPOSITORY_READ), "written by a newer Onlooker (schema 99"));
}

static void a_foreign_database_is_left_alone(void **state)
{
	(void)state;
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE t(x)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_non_null(strstr(refusal(REPOSITORY_WRITE), "no repository of Onlooker"));
	FILE *f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is text\n", f);
	fclose(f);
	assert_non_null(strstr(refusal(REPOSITORY_WRITE), "this is no repository of Onlooker"));
	assert_non_null(strstr(refusal(REPOSITORY_READ), "this is no repository of Onlooker"));
}

static void a_locked_file_is_told(void **state)
{
	(void)state;
	repository_close(open_or_fail(REPOSITORY_WRITE), NULL);
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	assert_non_null(strstr(refusal(REPOSITORY_WRITE), "another program is writing"));
	sqlite3_close(db);
}

static void what_is_not_there_is_told(void **state)
{
	(void)state;
	assert_non_null(strstr(refusal(REPOSITORY_READ), "No such file or directory; name a repository"));
	snprintf(url, sizeof url, "sqlite:/nonexistent/r.db");
	assert_non_null(strstr(refusal(REPOSITORY_WRITE), "there is no directory /nonexistent"));
	snprintf(url, sizeof url, "sqlite:/tmp");
	assert_non_null(strstr(refusal(REPOSITORY_WRITE), "is a directory"));
	snprintf(url, sizeof url, "sqlite:");
	assert_non_null(strstr(refusal(REPOSITORY_WRITE), "names no file"));
	snprintf(url, sizeof url, "mongodb:x");
	assert_non_null(strstr(refusal(REPOSITORY_WRITE), "this names no repository; give sqlite:PATH"));
}

/* The database may not grow: what was committed before stays, what was not is dropped, the sum holds. */
static void a_full_disk_loses_only_what_is_counted(void **state)
{
	(void)state;
	struct repository *r = open_or_fail(REPOSITORY_WRITE);
	struct sink *sink;
	struct sample s;
	struct error error = {""};
	struct provenance p = sample_provenance();
	assert_int_equal(sink_repository_open(r, &sink, &error), 0);
	sink->provenance(sink, &p);
	sample_fill(&s, 1, 1, 1);
	sink->write(sink, &s.assertion, 1);
	sink->flush(sink);
	assert_int_equal(sink->counters.delivered, 1);
	struct rlimit old, small;
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 1200000;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	for (uint32_t i = 2; i < 5000; i++) {
		sample_fill(&s, i, i, 1);
		sink->write(sink, &s.assertion, 1);
		if (i % 50 == 0)
			sink->flush(sink);
	}
	sink->flush(sink);
	struct sink_counters c = sink->counters;
	assert_int_equal(sink->close(sink, &error), ERROR_FAILED);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(c.offered, 4999);
	assert_true(c.delivered > 1 && c.dropped[0].count > 0);
	assert_int_equal(c.offered, c.delivered + c.dropped[0].count);
	assert_non_null(strstr(error.text, path));
	repository_close(r, NULL);
	r = open_or_fail(REPOSITORY_READ);
	assert_int_equal(look(r).endpoints, c.delivered);
	repository_close(r, NULL);
}

#define FILE_TEST(f) cmocka_unit_test_setup_teardown(f, name_file, remove_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(what_is_written_is_read_again),
		FILE_TEST(a_claim_that_comes_again_moves_on),
		FILE_TEST(a_replay_that_is_repeated_adds_nothing),
		FILE_TEST(an_address_that_is_spoken_of_is_no_endpoint),
		FILE_TEST(gone_into_another_keeps_an_alias),
		FILE_TEST(an_assertion_counts_once),
		FILE_TEST(changes_come_in_the_order_of_storage),
		FILE_TEST(what_retention_has_passed_goes),
		FILE_TEST(what_another_forgot_can_come_again),
		FILE_TEST(questions_are_narrowed),
		FILE_TEST(an_older_file_is_brought_up),
		FILE_TEST(a_file_of_the_second_schema_too),
		FILE_TEST(the_schema_has_a_version),
		FILE_TEST(a_foreign_database_is_left_alone),
		FILE_TEST(a_locked_file_is_told),
		FILE_TEST(what_is_not_there_is_told),
		FILE_TEST(a_full_disk_loses_only_what_is_counted),
	};
	return cmocka_run_group_tests(tests, new_directory, remove_directory);
}
