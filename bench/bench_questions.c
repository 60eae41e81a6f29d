/* How long the first page of each question takes in a large repository:
 * bench_questions URL [ENDPOINTS ASSERTIONS]; with numbers it is filled first, endpoints in no order, a dozen facts
 * each and then the same again. Prints milliseconds of CPU time and of waiting, medians of ROUNDS, each from
 * a connection of its own. */
#include "core/hash.h"
#include "core/time.h"
#include "domain/query.h"
#include "tests/sample.h"

#include <stdlib.h>

#define ROUNDS 5
#define FACTS  12u /* of an endpoint */

static const struct hash_key key = {1, 2};

struct made {
	struct sample sample;
	struct designation names[3];
	char title[32], creator[32], host[48];
};

static uint32_t draw(uint32_t n, uint32_t salt, uint32_t below)
{
	const uint32_t both[2] = {n, salt};
	return (uint32_t)(hash_bytes(&key, both, sizeof both) % below);
}

static void scatter_id(uint8_t id[16], uint32_t n)
{
	uint64_t high = hash_bytes(&key, &n, sizeof n);
	memcpy(id, &high, 8);
	id[6] = 0x80;
	id[8] = 0x80;
}

/* What is said in round `r` of endpoint `n`: few titles are everywhere, most are rare. */
static void make(struct made *m, uint32_t id, uint32_t n, uint32_t r)
{
	uint32_t fact = r % FACTS, spread = draw(n, fact, 400), title = spread * draw(n, fact + 100, 400) / 400;
	sample_fill(&m->sample, id, n, 0);
	struct assertion *a = &m->sample.assertion;
	scatter_id(a->endpoint, n);
	memcpy(m->names, m->sample.designations, sizeof m->sample.designations);
	snprintf(m->host, sizeof m->host, "host-%u.example.net", n);
	m->names[2] = (struct designation){DESIGNATION_HOST_NAME, m->host, KNOWN_SELF | KNOWN_OBSERVATION, 90};
	a->designations = m->names;
	a->n_designations = n % 5 < 3 ? 3 : 2;
	bool rare = fact == 5 && n % 4000 == 17;
	snprintf(m->title, sizeof m->title, rare ? "Rare Product" : "Product %u", title);
	snprintf(m->creator, sizeof m->creator, "Maker %u", title % 90);
	snprintf(m->sample.version, sizeof m->sample.version, "1.%u.%u", draw(n, fact + 200, 20),
		 draw(n, fact + 300, 3));
	m->sample.members[0].text = m->title;
	m->sample.members[1].text = m->creator;
	m->sample.members[4].text = fact % 3 == 0 ? "client" : rare ? "firmware" : "server";
	m->sample.members[6].number = 1 + fact;
	a->start_ns = SAMPLE_START_NS + (n % 1000 * 60ull + fact) * NS_PER_SECOND;
	a->end_ns = a->start_ns + r * 600ull * NS_PER_SECOND;
	a->collected_ns = a->end_ns;
	a->open = true;
}

static int fill(const char *url, uint32_t endpoints, uint32_t count, struct error *error)
{
	struct made m;
	struct repository *r;
	struct provenance provenance = sample_provenance();
	int code = repository_open(url, REPOSITORY_WRITE, &r, error);
	if (code)
		return code;
	double began = time_cpu_seconds();
	code = repository_provenance(r, &provenance, error);
	for (uint32_t i = 0; i < count && !code; i++) {
		make(&m, i, (uint32_t)((i % endpoints * 7919ull + i / endpoints * 104729ull) % endpoints),
		     i / endpoints);
		code = repository_write(r, &m.sample.assertion, 1, error);
		if (i % 1000000 == 999999)
			fprintf(stderr, "%u assertions, %.1f CPU s\n", i + 1, time_cpu_seconds() - began);
	}
	if (!code)
		code = repository_commit(r, NULL, error);
	printf("fill_assertions_per_cpu_second %.0f\n", count / (time_cpu_seconds() - began));
	int closed = repository_close(r, error);
	return code ? code : closed;
}

static bool count_line(void *arg, const char *line, size_t len)
{
	*(size_t *)arg += len;
	return line != NULL;
}

static int ask(const char *url, const char *question, double *cpu_ms, double *wall_ms, uint64_t *count,
	       struct error *error)
{
	struct repository *r;
	struct query *q = NULL;
	struct query_page page = {0};
	size_t octets = 0;
	uint64_t began = time_now();
	double cpu = time_cpu_seconds();
	int code = repository_open(url, REPOSITORY_READ, &r, error);
	if (code)
		return code;
	code = query_read(question, strlen(question), time_now(), &q, error);
	if (!code)
		code = query_run(q, r, count_line, &octets, &page, error);
	*wall_ms = (double)(time_now() - began) / 1e6;
	*cpu_ms = 1e3 * (time_cpu_seconds() - cpu);
	*count = page.count;
	query_free(q);
	repository_close(r, NULL);
	return code;
}

static int ascending(const void *a, const void *b)
{
	return *(const double *)a < *(const double *)b ? -1 : *(const double *)a > *(const double *)b;
}

/* Of the standards' questions, with an answer that is found at once and one that is not. */
static const struct {
	const char *name, *question;
} questions[] = {
	{"Q1 software and version",
	 "{\"query\":\"endpoints\",\"parameters\":{\"software\":\"Product 7\",\"version\":\"1.3\"}}"},
	{"Q1 rare software", "{\"query\":\"endpoints\",\"parameters\":{\"software\":\"Rare\"}}"},
	{"Q1 software nobody has", "{\"query\":\"endpoints\",\"parameters\":{\"software\":\"absent*\"}}"},
	{"Q2 one endpoint", "{\"query\":\"endpoint\",\"parameters\":{\"endpoint\":\"10.1.2.3\"}}"},
	{"Q2 its software", "{\"query\":\"software\",\"parameters\":{\"endpoint\":\"host-1.example.net\"}}"},
	{"Q3 by maker", "{\"query\":\"software\",\"parameters\":{\"creator\":\"Maker 5\"}}"},
	{"Q3 by role", "{\"query\":\"software\",\"parameters\":{\"role\":\"client\"}}"},
	{"Q3 by a rare role", "{\"query\":\"software\",\"parameters\":{\"role\":\"firmware\"}}"},
	{"Q4 then", "{\"query\":\"endpoints\",\"at\":\"2026-11-20T18:00:00Z\"}"},
	{"Q4 then, few", "{\"query\":\"endpoints\",\"at\":\"2026-11-20T12:00:30Z\"}"},
	{"Q4 a network", "{\"query\":\"endpoints\",\"parameters\":{\"address\":\"10.1.0.0/16\"}}"},
	{"Q4 fresh", "{\"query\":\"endpoints\",\"freshnessSeconds\":1}"},
	{"Q5 all software", "{\"query\":\"software\"}"},
	{"Q6 a range of versions",
	 "{\"query\":\"endpoints\",\"parameters\":{\"software\":\"Product 7\",\"version\":\"<1.10\"}}"},
	{"Q6 any below", "{\"query\":\"endpoints\",\"parameters\":{\"software\":\"Product*\",\"version\":\"<1.0.1\"}}"},
};

int main(int argc, char **argv)
{
	struct error error = {""};
	int code = argc < 2 ? ERROR_USAGE : 0;
	if (argc > 3)
		code = fill(argv[1], (uint32_t)strtoul(argv[2], NULL, 10), (uint32_t)strtoul(argv[3], NULL, 10),
			    &error);
	for (size_t i = 0; i < sizeof questions / sizeof *questions && !code; i++) {
		double cpu[ROUNDS], wall[ROUNDS];
		uint64_t count = 0;
		for (int k = 0; k < ROUNDS && !code; k++)
			code = ask(argv[1], questions[i].question, &cpu[k], &wall[k], &count, &error);
		qsort(cpu, ROUNDS, sizeof *cpu, ascending);
		qsort(wall, ROUNDS, sizeof *wall, ascending);
		if (!code)
			printf("%-24s %7.1f ms CPU %7.1f ms, %llu lines\n", questions[i].name, cpu[ROUNDS / 2],
			       wall[ROUNDS / 2], (unsigned long long)count);
	}
	if (code)
		fprintf(stderr, "%s\n", *error.text ? error.text : "bench_questions URL [ENDPOINTS ASSERTIONS]");
	return -code;
}
