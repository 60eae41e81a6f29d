/* How many assertions of ordinary size one core turns into JSON Lines in a second of its time. */
#include "core/time.h"
#include "export/json.h"
#include "tests/sample.h"

#include <stdlib.h>

#define SAMPLES 4096
#define ROUNDS  250

int main(void)
{
	struct sample *samples = calloc(SAMPLES, sizeof *samples);
	struct provenance provenance = sample_provenance();
	struct buffer out = {0};
	if (!samples)
		return 1;
	for (uint32_t i = 0; i < SAMPLES; i++)
		sample_fill(&samples[i], i, i / 16, i % 16);
	uint64_t bytes = 0;
	double before = time_cpu_seconds();
	for (int r = 0; r < ROUNDS; r++)
		for (uint32_t i = 0; i < SAMPLES; i++) {
			json_assertion(&out, &provenance, &samples[i].assertion);
			if (out.len > 256 << 10) {
				bytes += out.len;
				buffer_clear(&out);
			}
		}
	bytes += out.len;
	double seconds = time_cpu_seconds() - before;
	uint64_t n = (uint64_t)ROUNDS * SAMPLES;
	printf("json_assertions_per_cpu_second %.0f\n", (double)n / seconds);
	printf("json_octets_per_assertion %.0f\n", (double)bytes / (double)n);
	buffer_fini(&out);
	free(samples);
	return 0;
}
