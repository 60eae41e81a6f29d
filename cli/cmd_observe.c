#include "cli/cmd_observe.h"

#include "cli/collector.h"
#include "cli/control.h"
#include "cli/distinct_files.h"
#include "cli/inventory_table.h"
#include "cli/outputs.h"
#include "cli/own_interfaces.h"
#include "cli/site_key.h"
#include "core/time.h"
#include "export/metrics.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_FLOWS     4000000u
#define MAX_ENDPOINTS 1000000u
#define GONE_SECONDS  86400u

struct run {
	struct observe_options options;
	struct source *source;
	struct signature_set *signatures;
	struct vendors *vendors;
	struct sensor_interfaces own;
	struct hash_key site_key;
	struct outputs outputs;
	struct metrics *metrics;
	struct privacy privacy;
	struct provenances provenances;
	struct control control;
	struct stats stats;
	uint64_t began_ns;
};

/* ---- set-up ---- */

static uint32_t cores(void)
{
	cpu_set_t set;
	return sched_getaffinity(0, sizeof set, &set) == 0 ? (uint32_t)CPU_COUNT(&set) : 1;
}

static int open_source(struct run *r, struct error *error)
{
	struct observe_options *o = &r->options;
	if (!o->workers)
		o->workers = o->n_cpus ? o->n_cpus : cores();
	struct source_options s = {
		.files = o->files.items,
		.n_files = o->files.count,
		.filter = o->filter,
		.queues = (uint32_t)o->workers,
		.pace = o->pace,
		.interfaces = o->interfaces.items,
		.n_interfaces = o->interfaces.count,
		.ring_mib = (uint32_t)o->ring_mib,
		.block_timeout_ms = (uint32_t)o->block_timeout_ms,
		.snaplen = (uint32_t)o->snaplen,
		.busy_poll = o->busy_poll,
		.dpdk = o->dpdk,
		.copies_ns = o->dedup_ms * 1000000,
		.idle_exit_ns = (uint64_t)(o->idle_exit * 1e9),
	};
	return source_open(&s, &r->source, error);
}

static int open_signatures(struct run *r, struct error *error)
{
	const struct option_texts *d = &r->options.signatures;
	if (r->options.flows_only)
		return 0;
	return d->count ? signature_load((const char *const *)d->items, d->count, &r->signatures, error)
			: signature_builtin(&r->signatures, error);
}

/* Named: it has to be there. Not named: where Debian puts it, if it is there. */
static int open_vendors(struct run *r, struct error *error)
{
	static const char *const place[] = {"/usr/share/ieee-data", "/var/lib/ieee-data"};
	const char *own = r->options.mac_vendors;
	int result = 0;
	if (r->options.flows_only)
		return 0;
	if (own) {
		result = vendors_read(own, &r->vendors, error);
		return result || r->vendors ? result
					    : error_set(error, ERROR_USAGE, "--mac-vendors: %s: no oui.csv in it", own);
	}
	for (size_t i = 0; !result && !r->vendors && i < sizeof place / sizeof *place; i++)
		result = vendors_read(place[i], &r->vendors, error);
	return result;
}

static void set_privacy(struct run *r)
{
	const struct observe_options *o = &r->options;
	r->privacy.key = r->site_key;
	for (uint32_t i = 0; i < o->n_privacy && i < PRIVACY_RULES; i++) {
		r->privacy.rules[i].name = o->privacy[i].name;
		r->privacy.rules[i].action = o->privacy[i].rule;
		r->privacy.n++;
	}
}

/* ---- the run ---- */

static int run_collector(struct run *r, struct error *error)
{
	const struct observe_options *o = &r->options;
	bool terminal = isatty(STDERR_FILENO);
	struct collector_options c = {
		.source = r->source,
		.workers = (uint32_t)o->workers,
		.flows_only = o->flows_only,
		.raw = o->raw,
		.copies_ns = o->dedup_ms * 1000000,
		.metrics = r->metrics,
		.began_ns = r->began_ns,
		.max_flows = o->max_flows ? o->max_flows : MAX_FLOWS,
		.max_endpoints = o->max_endpoints ? o->max_endpoints : MAX_ENDPOINTS,
		.refresh_ns = o->refresh_seconds * NS_PER_SECOND,
		.gone_ns = GONE_SECONDS * NS_PER_SECOND,
		.scope = {o->local, o->n_local, o->exclude, o->n_exclude, (const uint8_t(*)[6])o->exclude_macs,
			  o->n_exclude_macs},
		.privacy = &r->privacy,
		.signatures = r->signatures,
		.vendors = r->vendors,
		.own = &r->own,
		.site_key = r->site_key,
		.provenance = provenance_now(&r->provenances),
		.live = o->interfaces.count || o->dpdk,
		.sinks = r->outputs.sinks,
		.n_sinks = r->outputs.n_sinks,
		.exporter = r->outputs.exporter,
		.known = &r->outputs.known,
		.busy_poll = o->busy_poll,
		.cpus = o->cpus,
		.n_cpus = o->n_cpus,
		.control = control_of(&r->control),
	};
	control_open(&r->control, r->source);
	int code = collector_run(&c, &r->stats, error);
	control_close(&r->control);
	if (terminal)
		fprintf(stderr, "\r\033[K");
	return code;
}

/* Exit status of the contract out of what went wrong. */
static int status_of(int code)
{
	return code == 0 ? 0 : code == ERROR_USAGE ? 2 : code == ERROR_DAMAGED ? 3 : 1;
}

static int tell(int code, const char *text)
{
	fprintf(stderr, "onlooker observe: %s\n", text);
	return code;
}

/* The worse of two codes: to fail is worse than to be not whole. */
static int worse(int a, int b)
{
	return a == ERROR_FAILED || b == ERROR_FAILED ? ERROR_FAILED : a ? a : b;
}

/* What was lost, damaged or dropped. */
static int account(struct run *r, struct buffer *why)
{
	struct error e = {0};
	int code = source_result(r->source, &e);
	if (code < 0)
		outputs_why(why, &e);
	if (stats_lossy(&r->stats, &e)) {
		outputs_why(why, &e);
		code = worse(code, ERROR_DAMAGED);
	}
	if (!stats_balanced(&r->stats, &e)) {
		outputs_why(why, &e);
		code = ERROR_FAILED;
	}
	return code;
}

static int finish(struct run *r)
{
	struct error e = {0};
	struct buffer why = {0};
	r->stats.elapsed_seconds = (double)(time_now() - r->began_ns) / 1e9;
	int code = outputs_close(&r->outputs, &r->stats, &why);
	stats_process(&r->stats);
	code = worse(code, account(r, &why));
	if (r->outputs.print && r->outputs.repository) {
		int printed = inventory_table(r->outputs.repository, NULL, stdout, &e);
		if (printed)
			outputs_why(&why, &e);
		code = worse(code, printed);
	}
	code = worse(code, outputs_close_repository(&r->outputs, &why));
	if (r->options.stats && stats_write(&r->stats, r->options.stats, &e) < 0) {
		outputs_why(&why, &e);
		code = ERROR_FAILED;
	}
	if (why.len)
		fprintf(stderr, "onlooker observe: %.*s\n", (int)why.len, why.data);
	buffer_fini(&why);
	return status_of(code);
}

static int start(struct run *r, struct error *error)
{
	int code = distinct_files(&r->options, error);
	if (code == 0)
		code = site_key_read(r->options.site_key, &r->site_key, error);
	if (r->options.interfaces.count || r->options.dpdk) /* what a capture shows is no matter of this machine */
		own_interfaces_find(&r->own);
	if (code == 0)
		code = open_source(r, error);
	if (code == 0)
		code = open_signatures(r, error);
	if (code == 0)
		code = open_vendors(r, error);
	if (code < 0)
		return code;
	if (r->options.metrics && (code = metrics_open(r->options.metrics, &r->metrics, error)) < 0)
		return code;
	set_privacy(r);
	if (provenance_init(&r->provenances, &r->options, r->source, &r->site_key, r->signatures, error) < 0)
		return ERROR_FAILED;
	r->control = (struct control){.options = &r->options,
				      .provenances = &r->provenances,
				      .outputs = &r->outputs,
				      .signatures = &r->signatures};
	return outputs_open(&r->options, &r->outputs, error);
}

static int observe(struct run *r)
{
	r->began_ns = time_now();
	struct error e = {0};
	control_hear();
	int code = start(r, &e);
	if (code < 0)
		return status_of(tell(code, e.text));
	code = run_collector(r, &e);
	if (code < 0) {
		struct buffer why = {0};
		tell(code, e.text);
		outputs_close(&r->outputs, NULL, &why);
		outputs_close_repository(&r->outputs, &why);
		buffer_fini(&why);
		return status_of(code);
	}
	return finish(r);
}

int cmd_observe_within(int argc, char **argv, struct socket_context *fabric_context)
{
	struct run *r = calloc(1, sizeof *r);
	if (!r)
		return status_of(tell(ERROR_FAILED, "no memory"));
	int status = observe_options_start(argc, argv, &r->options);
	r->options.fabric_context = fabric_context;
	if (status < 0) {
		status = observe(r);
		metrics_close(r->metrics);
		provenance_fini(&r->provenances);
		if (r->source)
			source_close(r->source);
		if (r->signatures)
			signature_free(r->signatures);
		vendors_free(r->vendors);
	}
	observe_options_fini(&r->options);
	free(r);
	return status;
}

int cmd_observe(int argc, char **argv)
{
	return cmd_observe_within(argc, argv, NULL);
}
