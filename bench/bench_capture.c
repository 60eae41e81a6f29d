/* Packets per CPU second of the capture floor: reading alone, reading and decoding, reading and owners.
 *
 *   bench_capture FILE…     one line per stage; CPU time is user plus system of the whole process
 */
#include "capture/decode.h"
#include "capture/source.h"
#include "core/time.h"

#include <inttypes.h>
#include <stdio.h>

enum stage { READ, DECODE, OWNER, STAGES };

static const char *const stages[STAGES] = {"read", "read+decode", "read+owner"};

static uint64_t work(enum stage stage, struct decoder *d, const struct batch *batch, struct packet *packets)
{
	uint64_t sum = 0;
	if (stage == DECODE) {
		decode_batch(d, batch, packets);
		for (uint32_t i = 0; i < batch->count; i++)
			sum += packets[i].payload_len;
	} else {
		for (uint32_t i = 0; i < batch->count; i++)
			sum += stage == OWNER ? decode_owner(&batch->frames[i]) : batch->frames[i].wirelen;
	}
	return sum;
}

static int run(enum stage stage, const char *const *files, uint32_t n)
{
	static struct batch batch;
	static struct packet packets[BATCH_FRAMES];
	struct source_options options = {.files = files, .n_files = n, .queues = 1};
	struct error error;
	struct source *source;
	if (source_open(&options, &source, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	struct decoder *d = decoder_new();
	uint64_t frames = 0, sum = 0;
	double before = time_cpu_seconds();
	while (source_poll(source, 0, &batch) != SOURCE_END) {
		frames += batch.count;
		sum += work(stage, d, &batch, packets);
	}
	double cpu = time_cpu_seconds() - before;
	const struct decode_counters *c = decoder_counters(d);
	printf("%-12s %10" PRIu64 " frames %8.3f s %7.2f M/s  check %016" PRIx64, stages[stage], frames, cpu,
	       (double)frames / cpu / 1e6, sum);
	if (stage == DECODE)
		printf("  ip %" PRIu64 " not-ip %" PRIu64 " malformed %" PRIu64, c->verdict[VERDICT_IP],
		       c->verdict[VERDICT_NOT_IP], c->verdict[VERDICT_MALFORMED]);
	putchar('\n');
	if (source_result(source, &error))
		fprintf(stderr, "%s\n", error.text);
	decoder_free(d);
	source_close(source);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: bench_capture FILE…\n");
		return 2;
	}
	for (int stage = READ; stage < STAGES; stage++)
		if (run((enum stage)stage, (const char *const *)argv + 1, (uint32_t)argc - 1))
			return 1;
	return 0;
}
