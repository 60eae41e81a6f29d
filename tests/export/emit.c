/* Sends made-up assertions through the publishing sink and prints its counters as JSON: the one end of
 * publish.py. emit URL COUNT WAIT */
#include "export/publisher.h"
#include "export/sink_publish.h"
#include "tests/sample.h"

#include <inttypes.h>
#include <stdlib.h>

#define PER_BLOCK 100

static void emit(struct publisher *p, uint32_t count)
{
	for (uint32_t sent = 0; sent < count;) {
		struct assertion_block *block = publisher_take(p);
		struct sample *copies = arena_take(&block->arena, PER_BLOCK * sizeof *copies);
		for (uint32_t i = 0; i < PER_BLOCK && sent < count; i++, sent++) {
			sample_fill(&copies[i], sent, sent, 1);
			block->assertions[block->count++] = copies[i].assertion;
		}
		publisher_submit(p, block);
	}
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	struct error error = {""};
	struct publish_options options = {.url = argv[1], .site = "test", .wait = (uint32_t)atoi(argv[3])};
	struct provenance provenance = sample_provenance();
	struct sink *sinks[SINK_PUBLISH_FORMS], *sink;
	struct publisher *p;
	int code = sink_publish_open(&options, sinks, &error);
	if (code > 0)
		code = publisher_start(sinks, 1, &provenance, &p, &error);
	if (code) {
		fprintf(stderr, "%s\n", error.text);
		return -code;
	}
	emit(p, (uint32_t)atoi(argv[2]));
	publisher_stop(p);
	sink = sinks[0];
	struct sink_counters c = sink->counters;
	code = sink->close(sink, &error);
	uint64_t dropped = 0;
	for (int i = 0; i < SINK_DROP_REASONS && c.dropped[i].reason; i++)
		dropped += c.dropped[i].count;
	printf("{\"offered\": %" PRIu64 ", \"delivered\": %" PRIu64 ", \"dropped\": %" PRIu64 "}\n", c.offered,
	       c.delivered, dropped);
	if (code)
		fprintf(stderr, "%s\n", error.text);
	return -code;
}
