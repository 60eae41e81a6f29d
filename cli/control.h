/* What a running collector is told: signals, and the service manager's answers to them.
 *
 *   TERM, INT  end in good order; the second one ends at once
 *   HUP        open the output files anew
 *   USR1       print the counters
 *   USR2       read the signatures anew
 *
 * It looks after the outputs, too: one that fails is told when it does, and when nobody is left to read, it ends.
 *
 * One at a time in a process, because signals are. Control thread.
 */
#ifndef ONLOOKER_CLI_CONTROL_H
#define ONLOOKER_CLI_CONTROL_H

#include "cli/collector.h"
#include "cli/observe_options.h"
#include "cli/outputs.h"
#include "cli/provenance.h"

struct control {
	const struct observe_options *options;
	struct provenances *provenances;
	const struct outputs *outputs;
	struct signature_set **signatures; /* those in use: replaced when others were read */
	struct signature_set *replaced;    /* still in use until the registry took the new ones */
	bool told_stopping, told_reloading;
	uint32_t told_failures;           /* of the outputs, a bit each */
	uint64_t watchdog_ns, watched_ns; /* how often the service manager wants a sign of life; 0: never */
	unsigned ticks;
};

/* What HUP, USR1 and USR2 ask for is kept from now on, until it runs: a log rotation that meets a start does not end
 * it. */
void control_hear(void);
/* Takes the signals of the process for this source from now on. */
void control_open(struct control *c, struct source *source);
/* Gives them up; frees what was replaced. */
void control_close(struct control *c);

/* How the collector asks. */
struct collector_control control_of(struct control *c);

#endif
