/* How many assertions of ordinary size a repository takes in a second of one core's time, and in a second: in memory,
 * and in that of a URL. */
#include "core/time.h"
#include "domain/repository.h"
#include "tests/sample.h"

#include <stdlib.h>

#define SAMPLES 4096
#define ROUNDS  100

/* Each round asserts something new of other endpoints: SAMPLES / 4 of them, four claims each. */
static int measure(const char *name, const char *url, struct sample *samples)
{
	struct error error;
	struct repository *r;
	struct provenance provenance = sample_provenance();
	if (repository_open(url, REPOSITORY_WRITE, &r, &error) != 0 ||
	    repository_provenance(r, &provenance, &error) != 0) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	double seconds = 0;
	uint64_t began_ns = time_now();
	for (uint32_t k = 0; k < ROUNDS; k++) {
		for (uint32_t i = 0; i < SAMPLES; i++)
			sample_fill(&samples[i], k * SAMPLES + i, k * SAMPLES / 4 + i / 4, i % 4);
		double before = time_cpu_seconds();
		for (uint32_t i = 0; i < SAMPLES; i++)
			if (repository_write(r, &samples[i].assertion, 1, &error) != 0) {
				fprintf(stderr, "%s\n", error.text);
				return 1;
			}
		seconds += time_cpu_seconds() - before;
	}
	double before = time_cpu_seconds();
	if (repository_commit(r, NULL, &error) != 0) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	seconds += time_cpu_seconds() - before;
	printf("%s_assertions_per_cpu_second %.0f\n%s_assertions_per_second %.0f\n", name,
	       (double)ROUNDS * SAMPLES / seconds, name,
	       (double)ROUNDS * SAMPLES * 1e9 / (double)(time_now() - began_ns));
	return repository_close(r, &error) ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct sample *samples = calloc(SAMPLES, sizeof *samples);
	if (!samples)
		return 1;
	int failed = measure("repository_memory", ":memory:", samples);
	if (argc > 1)
		failed |= measure(strncmp(argv[1], "sqlite:", 7) == 0 ? "repository_sqlite" : "repository_clickhouse",
				  argv[1], samples);
	free(samples);
	return failed;
}
