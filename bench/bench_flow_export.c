/* How many flow records a CPU second the exporter writes: synthetic flows to a file or a URL.
 *
 *   bench_flow_export [URL [RECORDS [PEN]]]     default: /dev/null, 3 million, none
 */
#include "core/hash.h"
#include "core/time.h"
#include "ipfix/flow_export.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *name(uint16_t application)
{
	return application == 443 ? "https" : NULL;
}

static void make(struct flow *f, uint64_t n)
{
	uint64_t x = hash_mix(n);
	memset(f, 0, sizeof *f);
	bool v6 = n % 16 == 0, both = n % 8 != 7;
	f->version = v6 ? 6 : 4;
	f->protocol = IPPROTO_TCP;
	f->src.words[0] = v6 ? x : x & 0xffffffff;
	f->dst.words[0] = v6 ? ~x : x >> 32;
	f->sport = (uint16_t)(1024 + n % 60000);
	f->dport = 443;
	f->segment = n % 3 ? 0 : 100;
	f->start_us = 1700000000 * 1000000ull + n;
	f->application = 443;
	f->end_reason = FLOW_END_DETECTED;
	for (int d = 0; d < 1 + both; d++) {
		struct flow_side *s = &f->side[d];
		s->packets = (uint32_t)(1 + n % 10);
		s->octets = 60 * (uint64_t)s->packets;
		s->first_us = (uint32_t)d * 500;
		s->last_us = s->first_us + 100000000;
		s->tcp_first = d ? 0x12 : 0x02;
		s->tcp_union = 0x1b;
		s->ttl_min = s->ttl_max = 64;
		memcpy(s->mac, "\002\0\0\0\0\001", 6);
	}
}

int main(int argc, char **argv)
{
	struct flow_exporter *x;
	struct flow_exporter_counters c;
	struct error error;
	struct flow f;
	uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 3000000;
	struct flow_export_options options = {
		.domain = 1, .pen = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0, .application_name = name};
	if (flow_exporter_open(argc > 1 ? argv[1] : "/dev/null", &options, &x, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	double begin = time_cpu_seconds();
	for (uint64_t i = 0; i < count; i++) {
		make(&f, i);
		flow_exporter_write(x, &f);
	}
	double seconds = time_cpu_seconds() - begin;
	flow_exporter_statistics(x, &(struct flow_statistics){.flows = count});
	int code = flow_exporter_close(x, &c, &error);
	printf("%" PRIu64 " records, %.1f M/s, offered %" PRIu64 " delivered %" PRIu64 " dropped %" PRIu64
	       " messages %" PRIu64 " octets %" PRIu64 "%s%s\n",
	       count, count / seconds / 1e6, c.offered, c.delivered, c.dropped, c.messages, c.octets, code ? ": " : "",
	       code ? error.text : "");
	return code != 0;
}
