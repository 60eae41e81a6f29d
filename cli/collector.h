/* The collector process: source, workers, registry, publisher and flow writer, wired and run to the end.
 *
 * Control thread only. The sinks and the exporter are the caller's; everything else lives and ends in here.
 */
#ifndef ONLOOKER_CLI_COLLECTOR_H
#define ONLOOKER_CLI_COLLECTOR_H

#include "capture/source.h"
#include "classify/reporter.h"
#include "classify/registry.h"
#include "export/flow_writer.h"
#include "export/sink.h"
#include "export/metrics.h"
#include "export/stats.h"

/* An endpoint of an earlier run. */
struct known_endpoint {
	struct holder founder;
	uint8_t id[16];
};

/* Software that it had. */
struct known_software {
	struct remembered_slot of;
	const char *version; /* NULL: not said */
	uint64_t last_ns;
};

/* What is known from before this run (cli/restore.h). */
struct recalled {
	struct known_endpoint *endpoints;
	size_t n_endpoints;
	struct known_software *software;
	size_t n_software;
	struct arena texts;
};

enum collector_wish { COLLECTOR_STATISTICS = 1, COLLECTOR_REOPEN = 2 };

/* How a run goes and what it is asked for. Called from the control thread; members may be NULL. */
struct collector_control {
	void (*started)(void *context); /* every thread runs */
	/* About five times a second, with the frames received so far and whether something was lost in the last
	 * seconds. Returns bits of enum collector_wish. What assertions are made under from now on goes into `change`,
	 * which is NULL while there is none to be made. */
	unsigned (*tick)(void *context, uint64_t received, bool lossy, struct registry_change *change);
	void (*changed)(void *context);                               /* the last change was taken */
	void (*statistics)(void *context, const struct stats *stats); /* as they stand */
	void *context;
};

struct collector_options {
	struct source *source;
	uint32_t workers;
	bool flows_only, raw, busy_poll;
	const uint16_t *cpus; /* worker i runs on the i-th of these, and round again; NULL: on any */
	uint32_t n_cpus;
	uint64_t copies_ns; /* copies of a packet within so long are dropped; 0: they are kept */
	uint64_t max_flows, max_endpoints;
	uint64_t refresh_ns, gone_ns;
	struct scope scope;
	const struct privacy *privacy;
	const struct signature_set *signatures; /* NULL with flows_only */
	const struct vendors *vendors;          /* of network interfaces; may be NULL */
	const struct sensor_interfaces *own;    /* live: those of this machine; may be NULL */
	struct hash_key site_key;
	const struct provenance *provenance;
	struct sink *const *sinks;
	uint32_t n_sinks;
	struct flow_exporter *exporter; /* NULL: flows are metered and counted, not exported */
	struct metrics *metrics;        /* NULL: counters are not served */
	uint64_t began_ns;              /* for the elapsed time while it runs */
	const struct recalled *known;   /* NULL: nothing is */
	bool live;                      /* losses make a stretch of their own, which assertions tell of */
	struct collector_control control;
};

/* Runs until the source ends. Fills the statistics but for what its caller knows (elapsed time, memory).
 * returns  0, or ERROR_FAILED when a thread could not be started */
int collector_run(const struct collector_options *options, struct stats *stats, struct error *error);

#endif
