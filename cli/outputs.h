/* The outputs of a collector: sinks for assertions, the exporter of flows, and the repository behind them.
 *
 * Opened before anything is read, so that a wrong name starts nothing; closed at the end, when the first failure of
 * each is told. Control thread.
 */
#ifndef ONLOOKER_CLI_OUTPUTS_H
#define ONLOOKER_CLI_OUTPUTS_H

#include "cli/observe_options.h"
#include "cli/restore.h"
#include "domain/repository.h"
#include "export/sink.h"
#include "export/stats.h"
#include "ipfix/flow_export.h"

#define OUTPUTS_SINKS 4

struct outputs {
	struct sink *sinks[OUTPUTS_SINKS];
	uint32_t n_sinks;
	struct assertion_encoder *encoder; /* of what is published as IPFIX; NULL: nothing is */
	struct flow_exporter *exporter;    /* NULL: flows are not exported */
	struct repository *repository;     /* NULL: none */
	struct recalled known;             /* whom the repository knows already */
	char host_name[256];               /* what we are called in a fabric unless told */
	bool print;                        /* no output was named: the repository is in memory, its inventory printed */
};

/* 0, or ERROR_USAGE / ERROR_FAILED and a sentence; what was opened is closed again. */
int outputs_open(const struct observe_options *o, struct outputs *out, struct error *error);

/* Delivers and closes the sinks and the exporter, and takes their counters into `stats` (may be NULL); the repository
 * stays open. Adds the first failure of each to `why`, see outputs_why(). Returns 0, or the worst of their codes. */
int outputs_close(struct outputs *out, struct stats *stats, struct buffer *why);
int outputs_close_repository(struct outputs *out, struct buffer *why);

/* Adds a sentence to what is to be told in one line at the end. */
void outputs_why(struct buffer *why, const struct error *error);

#endif
