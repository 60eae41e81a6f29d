/* The ledger: what every part of a collector counted, as one struct stats, at rest or while it runs.
 *
 * Counters have a single writer each and are read here at any time, so a part may be counted a moment before or after
 * its total. While threads run, totals are therefore those whose parts are told: what was received, created or offered
 * has its place among the parts.
 */
#ifndef ONLOOKER_CLI_LEDGER_H
#define ONLOOKER_CLI_LEDGER_H

#include "classify/registry.h"
#include "classify/worker.h"
#include "export/stats.h"
#include "ipfix/flow_export.h"

/* What there is to be asked; lives as long as its parts. */
struct ledger {
	const struct source *source;
	struct worker *const *workers;
	uint32_t n_workers;
	const struct registry *registry;      /* NULL: none */
	const struct flow_exporter *exporter; /* NULL: none */
	struct sink *const *sinks;
	uint32_t n_sinks;
	uint64_t began_ns;
};

/* At the end, when all threads have ended: but for the sinks, which count until they are closed. */
void ledger_close(const struct ledger *l, struct stats *out);

/* While threads run, sinks too. Any thread. */
void ledger_look(const struct ledger *l, struct stats *out);

/* The metering process for the statistics among the flows; and the packet time that the foremost worker has come to, 0
 * before the first packet. Any thread, at any time. */
void ledger_flows(const struct ledger *l, struct flow_statistics *out);
uint64_t ledger_clock(const struct ledger *l);

/* Packets lost and things shed so far: rises when what is told is no longer whole. Any thread. */
uint64_t ledger_losses(const struct ledger *l);

#endif
