/* Made-up assertions through a fabric into its repository: how many a second are acknowledged.
 * bench_fabric URL COUNT [KEY | - [EACH]]: EACH assertions of an endpoint (1; four at most are of different kinds, as
 * bench_repository has them). The fabric, a manager and a repository must be there (README, «A fabric»). */
#include "core/time.h"
#include "domain/sink_fabric.h"
#include "tests/sample.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PER_BLOCK 1024u
#define WARM_UP   64u /* registration is not what is measured */

static struct sample samples[PER_BLOCK];

static uint32_t each = 1; /* assertions of an endpoint */

static void offer(struct sink *s, uint32_t from, uint32_t count)
{
	struct assertion block[PER_BLOCK];
	for (uint32_t done = 0; done < count;) {
		uint32_t n = 0;
		for (; n < PER_BLOCK && done < count; n++, done++) {
			uint32_t number = from + done;
			sample_fill(&samples[n], number, number / each, each == 1 ? 1 : number % 4);
			block[n] = samples[n].assertion;
		}
		s->write(s, block, n);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	struct error error = {""};
	struct provenance provenance = sample_provenance();
	struct sink_fabric_options o = {.connection = {.url = argv[1],
						       .key = argc > 3 && strcmp(argv[3], "-") != 0 ? argv[3] : NULL,
						       .name = "bench",
						       .command = "bench_fabric"},
					.spool_bytes = (uint64_t)4 << 30,
					.drain_seconds = 20};
	struct sink *sinks[SINK_FABRIC_MOST], *s;
	uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
	each = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 1;
	each += !each;
	int n = sink_fabric_open(&o, sinks, &error);
	if (n < 0) {
		fprintf(stderr, "%s\n", error.text);
		return -n;
	}
	s = sinks[n - 1];
	s->provenance(s, &provenance);
	offer(s, 0, WARM_UP);
	while (!sink_fabric_acknowledged(s))
		;
	uint64_t began_ns = time_now();
	double cpu = time_cpu_seconds();
	offer(s, WARM_UP, count);
	s->settle(s);
	double seconds = (double)(time_now() - began_ns) / 1e9;
	printf("%" PRIu64 " of %" PRIu64 " acknowledged, %.0f a second, %.2f s of CPU here\n", s->counters.delivered,
	       s->counters.offered, (double)count / seconds, time_cpu_seconds() - cpu);
	int code = s->close(s, &error);
	if (code)
		fprintf(stderr, "%s\n", error.text);
	return -code;
}
