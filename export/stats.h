/* What a run counted, as one JSON object (contract, «Statistics, as JSON»).
 *
 * A plain struct that the wiring fills from the counters of sources, decoders, meters, the registry and the sinks
 * when they are at rest; sums and checks are here. Control thread. Reasons are static texts.
 */
#ifndef ONLOOKER_EXPORT_STATS_H
#define ONLOOKER_EXPORT_STATS_H

#include "core/buffer.h"
#include "export/sink.h"

#define STATS_REASONS 32
#define STATS_SINKS   8
#define STATS_WORKERS 256 /* as many as there can be */

struct stats_reason {
	const char *name; /* NULL ends the list */
	uint64_t count;
};

/* A count by reasons; in JSON only those that occurred. */
struct stats_reasons {
	struct stats_reason rows[STATS_REASONS];
};

/* A sink's counters, copied: the sink is gone when they are written. */
struct stats_sink {
	const char *name;
	struct sink_counters counters;
};

/* A worker's part: received + takenOver = handedOver + decoded + filtered + copies + excluded + notIp + malformed +
 * lost. */
struct stats_worker {
	uint64_t received; /* frames of its own queue */
	uint64_t handed_over, taken_over;
	uint64_t decoded, filtered, copies, excluded, not_ip, malformed, lost;
	uint64_t created, exported, active, shed; /* flows */
};

struct stats {
	struct {
		uint64_t received; /* frames the source gave or filtered */
		uint64_t decoded, bytes, filtered, not_ip;
		uint64_t excluded; /* of those filtered: sent by or to whom must not be observed */
		uint64_t copies;   /* of those filtered: copies of a packet, dropped because it was asked for */
		struct stats_reasons malformed;
		struct stats_reasons lost;         /* of those received */
		struct stats_reasons not_received; /* lost before reception; shown among the lost */
		/* Of those decoded: fragments, the datagrams begun with them, and how those ended; open: not yet. */
		struct stats_reasons fragments;
	} packets;
	struct {
		uint64_t created, exported, active, peak;
		struct stats_reasons shed;
	} flows;
	struct {
		uint64_t made, merged;
		struct stats_reasons shed;
	} observations;
	uint64_t assertions_made;
	struct stats_sink sinks[STATS_SINKS];
	uint32_t n_sinks;
	uint64_t endpoints;
	uint32_t workers;
	struct stats_worker per_worker[STATS_WORKERS];
	double elapsed_seconds, cpu_seconds;
	uint64_t max_rss_bytes;
};

/* Adds to a reason, making its row; what no longer fits goes under "other". Zero adds nothing. */
void stats_add(struct stats_reasons *reasons, const char *name, uint64_t count);
/* Copies a sink's name and counters: between publisher_stop() and close. */
void stats_take_sink(struct stats *s, const struct sink *sink);
uint64_t stats_sum(const struct stats_reasons *reasons);

/* Of counters taken while threads run: makes the totals those whose parts are told. */
void stats_settle(struct stats *s);

/* Fills cpu_seconds and max_rss_bytes from the process. */
void stats_process(struct stats *s);

/* received = decoded + filtered + notIp + malformed + lost; created = exported + active + shed; for every sink
 * offered = delivered + dropped. True, or false and a sentence with the figures of the first that is not so. */
bool stats_balanced(const struct stats *s, struct error *error);

/* True when something was shed, lost or dropped; `error` (may be NULL) receives "name count, …" of all of it. */
bool stats_lossy(const struct stats *s, struct error *error);

void stats_json(struct buffer *out, const struct stats *s);

/* Writes the object and a newline to a file or, for '-', to standard error. 0 or ERROR_FAILED and a sentence. */
int stats_write(const struct stats *s, const char *path, struct error *error);

#endif
