/* Packets per CPU second of polling DPDK's virtual devices, beside reading a file.
 *
 *   bench_dpdk CAPTURE [EAL ARGS]    one line per source; each runs 2 s, reading the capture again and again
 *
 * net_pcap keeps the whole capture in buffers: it should have no more than 10,000 frames.
 *
 * DPDK starts once in a process, so every line is a process of its own. CPU time is user plus system of the thread.
 */
#include "capture/decode.h"
#include "capture/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECONDS 2.0

static double cpu(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

struct sum {
	uint64_t frames, octets;
	double spent;
};

/* Polls until the source ends or time is up; with `decoder` every batch is decoded too. */
static void poll_all(struct source *s, struct decoder *decoder, double until, struct sum *sum)
{
	static struct batch batch;
	static struct packet packets[BATCH_FRAMES];
	for (uint32_t turn = 0; source_poll(s, 0, &batch) != SOURCE_END; turn++) {
		for (uint32_t i = 0; i < batch.count; i++)
			sum->octets += batch.frames[i].wirelen;
		if (decoder)
			decode_batch(decoder, &batch, packets);
		sum->frames += batch.count;
		if (!(turn & 63) && cpu() > until)
			return;
	}
}

static int run(const char *name, const struct source_options *options, bool decode)
{
	struct sum sum = {0};
	struct error error;
	struct decoder *d = decode ? decoder_new() : NULL;
	while (sum.spent < SECONDS) {
		struct source *s;
		if (source_open(options, &s, &error)) {
			printf("%-28s %s\n", name, error.text);
			return 1;
		}
		double start = cpu();
		poll_all(s, d, start + SECONDS - sum.spent, &sum);
		sum.spent += cpu() - start;
		source_close(s);
	}
	printf("%-28s %10" PRIu64 " frames %7.3f s %8.2f M/s  %6.1f octets a frame\n", name, sum.frames, sum.spent,
	       (double)sum.frames / sum.spent / 1e6, sum.frames ? (double)sum.octets / (double)sum.frames : 0);
	if (d)
		decoder_free(d);
	return 0;
}

static int apart(const char *name, const struct source_options *options, bool decode)
{
	int status = 1;
	fflush(stdout);
	pid_t child = fork();
	if (!child)
		exit(run(name, options, decode));
	waitpid(child, &status, 0);
	return status;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: bench_dpdk CAPTURE [EAL ARGS]\n");
		return 2;
	}
	const char *eal =
		argc > 2 ? argv[2] : "--no-huge --no-pci --no-shconf -m 512 --no-telemetry -l 0 --log-level=*:error";
	const struct {
		const char *name, *device;
	} rows[] = {
		{"net_null 64", "--vdev=net_null0,size=64,copy=1"},
		{"net_null 700", "--vdev=net_null0,size=700,copy=1"},
		{"net_pcap, for ever", "--vdev=net_pcap0,infinite_rx=1,rx_pcap="},
	};
	const char *const files[] = {argv[1]};
	int failed = 0;
	for (int decode = 0; decode < 2; decode++) {
		char name[64], text[4096];
		snprintf(name, sizeof name, "file%s", decode ? ", decoded" : "");
		failed |= apart(name, &(struct source_options){.files = files, .n_files = 1, .queues = 1}, decode);
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			snprintf(name, sizeof name, "%s%s", rows[i].name, decode ? ", decoded" : "");
			snprintf(text, sizeof text, "%s %s%s", eal, rows[i].device,
				 strstr(rows[i].device, "rx_pcap=") ? argv[1] : "");
			failed |= apart(name, &(struct source_options){.dpdk = text, .queues = 1}, decode);
		}
	}
	return failed != 0;
}
