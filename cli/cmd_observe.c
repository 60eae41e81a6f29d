#include "cli/cmd_observe.h"

#include "cli/collector.h"
#include "cli/inventory_table.h"
#include "cli/notify.h"
#include "cli/outputs.h"
#include "core/time.h"
#include "export/metrics.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

#define MAX_FLOWS        4000000u
#define MAX_ENDPOINTS    1000000u
#define GONE_SECONDS     86400u
#define SENSOR_ADDRESSES 8

/* The site's key until one is configured: fixed, so that replays agree on every machine. */
static const struct hash_key default_site_key = {0x4f6e6c6f6f6b6572ull, 0x73697465206b6579ull};

struct run {
	struct observe_options options;
	struct source *source;
	struct signature_set *signatures;
	struct vendors *vendors;
	struct outputs outputs;
	struct metrics *metrics;
	struct privacy privacy;
	struct provenance provenance;
	char host_name[256];
	char observation_point[512];
	char addresses[2][SENSOR_ADDRESSES][ADDRESS_TEXT_BYTES];
	const char *address_list[2][SENSOR_ADDRESSES + 1];
	struct stats stats;
};

/* ---- signals: the first asks to end, the second ends; USR1 asks for the counters ---- */

static struct source *running;
static uint64_t began_ns;
static volatile sig_atomic_t stopping, told_stopping, asked;

static void stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
	if (running)
		source_stop(running);
}

static void ask(int signal_number)
{
	(void)signal_number;
	asked = 1;
}

static void handle_signals(struct source *source)
{
	struct sigaction act = {.sa_handler = stop, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
	struct sigaction question = {.sa_handler = ask, .sa_flags = (int)SA_RESTART};
	running = source;
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGUSR1, &question, NULL);
	signal(SIGPIPE, SIG_IGN);
}

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
	r->privacy.key = default_site_key;
	for (uint32_t i = 0; i < o->n_privacy && i < PRIVACY_RULES; i++) {
		r->privacy.rules[i].name = o->privacy[i].name;
		r->privacy.rules[i].action = o->privacy[i].rule;
		r->privacy.n++;
	}
}

/* ---- provenance ---- */

static void add_address(struct run *r, const struct sockaddr *sa)
{
	int v6 = sa->sa_family == AF_INET6;
	unsigned n = 0;
	while (r->address_list[v6][n])
		n++;
	if (n == SENSOR_ADDRESSES)
		return;
	struct address a = {0};
	if (v6)
		memcpy(a.bytes, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
	else
		memcpy(a.bytes, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
	if (address_is_loopback(&a, v6 ? 6 : 4) || address_is_link_local(&a, v6 ? 6 : 4))
		return;
	address_text(&a, v6 ? 6 : 4, r->addresses[v6][n]);
	r->address_list[v6][n] = r->addresses[v6][n];
}

static void find_addresses(struct run *r)
{
	struct ifaddrs *list;
	if (getifaddrs(&list))
		return;
	for (const struct ifaddrs *i = list; i; i = i->ifa_next)
		if (i->ifa_addr && (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6))
			add_address(r, i->ifa_addr);
	freeifaddrs(list);
}

static void name_observation_point(struct run *r)
{
	size_t n = (size_t)snprintf(r->observation_point, sizeof r->observation_point, "%s:",
				    r->options.interfaces.count ? "interface"
				    : r->options.dpdk           ? "dpdk"
								: "pcap");
	for (uint32_t i = 0; i < source_count(r->source) && n < sizeof r->observation_point; i++)
		n += (size_t)snprintf(r->observation_point + n, sizeof r->observation_point - n, "%s%s", i ? "," : "",
				      source_name(r->source, (uint16_t)i));
}

/* Whose time packets carry. A live sensor's own clock is worth what it is set by. */
static const char *name_clock(const struct run *r)
{
	struct timex t = {0};
	if (!r->options.interfaces.count)
		return "packet";
	return adjtimex(&t) == TIME_ERROR ? "system unsynchronized" : "system synchronized";
}

/* The component's name: of the site's key and the observation domain, so that a replay has the same name again. */
static void name_component(struct provenance *p)
{
	char name[64];
	int n = snprintf(name, sizeof name, "posture-collection-service:%u", p->observation_domain);
	hash_name(&default_site_key, name, (size_t)n, p->component);
	p->component[6] = (uint8_t)(0x80 | (p->component[6] & 0x0f));
	p->component[8] = (uint8_t)(0x80 | (p->component[8] & 0x3f));
}

static void set_provenance(struct run *r)
{
	struct provenance *p = &r->provenance;
	gethostname(r->host_name, sizeof r->host_name - 1);
	find_addresses(r);
	name_observation_point(r);
	*p = (struct provenance){
		.id = 1,
		.software = "onlooker " ONLOOKER_VERSION,
		.host_name = r->host_name,
		.ipv4 = r->address_list[0],
		.ipv6 = r->address_list[1],
		.observation_point = r->observation_point,
		.observation_domain = (uint32_t)r->options.observation_domain,
		.signature_set = r->signatures ? signature_digest(r->signatures) : "",
		.clock = name_clock(r),
		.privacy = (const char *const *)r->options.privacy_texts,
		.created_ns = time_now(),
	};
	name_component(p);
}

/* ---- the run ---- */

static void show_progress(uint64_t received)
{
	static unsigned ticks;
	if (isatty(STDERR_FILENO) && ++ticks % 5 == 0)
		fprintf(stderr, "\ronlooker: %llu packets", (unsigned long long)received);
}

static void tell_started(void)
{
	notify("READY=1");
}

static bool tick(uint64_t received)
{
	bool wanted = asked;
	asked = 0;
	if (stopping && !told_stopping)
		notify("STOPPING=1");
	told_stopping = stopping;
	show_progress(received);
	return wanted;
}

static void tell_statistics(const struct stats *s)
{
	stats_write(s, "-", NULL);
}

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
		.began_ns = began_ns,
		.max_flows = o->max_flows ? o->max_flows : MAX_FLOWS,
		.max_endpoints = o->max_endpoints ? o->max_endpoints : MAX_ENDPOINTS,
		.refresh_ns = o->refresh_seconds * NS_PER_SECOND,
		.gone_ns = GONE_SECONDS * NS_PER_SECOND,
		.scope = {o->local, o->n_local, o->exclude, o->n_exclude, (const uint8_t(*)[6])o->exclude_macs,
			  o->n_exclude_macs},
		.privacy = &r->privacy,
		.signatures = r->signatures,
		.vendors = r->vendors,
		.site_key = default_site_key,
		.provenance = &r->provenance,
		.sinks = r->outputs.sinks,
		.n_sinks = r->outputs.n_sinks,
		.exporter = r->outputs.exporter,
		.known = r->outputs.known,
		.n_known = r->outputs.n_known,
		.busy_poll = o->busy_poll,
		.cpus = o->cpus,
		.n_cpus = o->n_cpus,
		.control = {tell_started, tick, tell_statistics},
	};
	handle_signals(r->source);
	int code = collector_run(&c, &r->stats, error);
	running = NULL;
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

static int finish(struct run *r, uint64_t started_ns)
{
	struct error e = {0};
	struct buffer why = {0};
	r->stats.elapsed_seconds = (double)(time_now() - started_ns) / 1e9;
	int code = outputs_close(&r->outputs, &r->stats, &why);
	stats_process(&r->stats);
	code = worse(code, account(r, &why));
	if (r->outputs.print && r->outputs.repository)
		inventory_table(r->outputs.repository, NULL, stdout);
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
	int code = open_source(r, error);
	if (code == 0)
		code = open_signatures(r, error);
	if (code == 0)
		code = open_vendors(r, error);
	if (code < 0)
		return code;
	if (r->options.metrics && (code = metrics_open(r->options.metrics, &r->metrics, error)) < 0)
		return code;
	set_privacy(r);
	set_provenance(r);
	return outputs_open(&r->options, &r->outputs, error);
}

static int observe(struct run *r)
{
	uint64_t started_ns = began_ns = time_now();
	struct error e = {0};
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
	return finish(r, started_ns);
}

int cmd_observe(int argc, char **argv)
{
	struct run *r = calloc(1, sizeof *r);
	if (!r)
		return status_of(tell(ERROR_FAILED, "no memory"));
	int status = observe_options_start(argc, argv, &r->options);
	if (status < 0) {
		status = observe(r);
		metrics_close(r->metrics);
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
