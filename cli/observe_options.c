#include "cli/observe_options.h"

#include "cli/option_sets.h"

#include "ipfix/assertion.h"

#include <ctype.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct observe_options, member)

static const struct option_row rows[] = {
	{'r', "read", OPTION_TEXTS, "FILE", "a capture (pcap, pcapng, snoop, gz, zst; - standard input), any number",
	 AT(files), 0, 0},
	{'i', "interface", OPTION_TEXTS, "IFACE", "a live interface, any number", AT(interfaces), 0, 0},
	{0, "dpdk", OPTION_TEXT, "'EAL ARGS'", "all ports DPDK has when started with these arguments", AT(dpdk), 0, 0},
	{0, "collect", OPTION_LATER, "URL", "", 0, 0, 0},
	{'f', "filter", OPTION_TEXT, "FILTER", "only packets that this BPF filter takes", AT(filter), 0, 0},
	{0, "workers", OPTION_NUMBER, "N", "worker threads (default: the cores it may use)", AT(workers), 1, 256},
	{0, "cpus", OPTION_TEXT, "LIST", "the CPUs of the workers, as in 0-3,8 (default: any)", AT(cpus_text), 0, 0},
	{0, "ring-size", OPTION_NUMBER, "MIB", "live: memory for frames, of each worker and interface (default 64)",
	 AT(ring_mib), 1, 16384},
	{0, "block-timeout", OPTION_NUMBER, "MS", "live: how long the kernel may hold frames back (default 10)",
	 AT(block_timeout_ms), 1, 10000},
	{0, "snaplen", OPTION_NUMBER, "OCTETS", "live: octets kept of a frame (default 65535)", AT(snaplen), 64, 65535},
	{0, "busy-poll", OPTION_FLAG, NULL, "live: idle workers spin and never sleep", AT(busy_poll), 0, 0},
	{0, "dedup", OPTION_NUMBER, "MS", "drop the copies of a packet that come within so long (default: keep them)",
	 AT(dedup_ms), 1, 1000},
	{0, "flows-only", OPTION_FLAG, NULL, "meter and export flows, inspect nothing", AT(flows_only), 0, 0},
	{0, "max-flows", OPTION_NUMBER, "N", "most flows at once, then some are shed", AT(max_flows), 1, 1000000000},
	{0, "max-endpoints", OPTION_NUMBER, "N", "most endpoints at once, then some are shed", AT(max_endpoints), 1,
	 1000000000},
	{0, "json", OPTION_TEXT, "FILE", "assertions as JSON Lines (- standard output)", AT(json), 0, 0},
	{0, "flows", OPTION_TEXT, "URL", "biflows as IPFIX: a file, or udp://, tcp://, tls:// with HOST:PORT",
	 AT(flows), 0, 0},
	{0, "flows-ca", OPTION_TEXT, "FILE", "flows over TLS: whom we trust, PEM (default: whom the system trusts)",
	 AT(flows_identity.authorities), 0, 0},
	{0, "flows-certificate", OPTION_TEXT, "FILE", "flows over TLS: our certificate with its chain, PEM",
	 AT(flows_identity.certificate), 0, 0},
	{0, "flows-private-key", OPTION_TEXT, "FILE", "flows over TLS: its key, PEM (default: in the same file)",
	 AT(flows_identity.private_key), 0, 0},
	{0, "publish", OPTION_TEXT, "URL",
	 "assertions into a fabric: tcp://, ipc://; to whoever subscribes: bind:tcp://, bind:ipc://", AT(publish), 0,
	 0},
	{0, "key", OPTION_TEXT, "FILE", "into a fabric: our key, NAME.key (default: none)", AT(connection.key), 0, 0},
	{0, "fabric-key", OPTION_TEXT, "FILE", "into a fabric: its public key (default: fabric.pub beside ours)",
	 AT(connection.fabric_key), 0, 0},
	{0, "spool", OPTION_TEXT, "DIR", "into a fabric: keep here what is not yet acknowledged", AT(spool), 0, 0},
	{0, "spool-size", OPTION_NUMBER, "MIB", "at most so much of it (default 256)", AT(spool_mib), 1, 1048576},
	{0, "drain", OPTION_NUMBER, "SECONDS", "at the end, wait so long for acknowledgements (default 10)",
	 AT(drain_seconds), 0, 86400},
	{0, "state", OPTION_TEXT, "DIR", "into a fabric: where our identifier is kept (default: the spool)",
	 AT(connection.state), 0, 0},
	{0, "name", OPTION_TEXT, "NAME", "into a fabric: what we are called in its roster", AT(component_name), 0, 0},
	{0, "sign", OPTION_TEXT, "FILE", "into a fabric: sign payloads with this Ed25519 key (PEM)", AT(sign), 0, 0},
	{0, "prefix", OPTION_TEXT, "URN", "into a fabric: prefix of capabilities", AT(connection.prefix), 0, 0},
	{0, "wait", OPTION_NUMBER, "N", "hold a replay until N have subscribed", AT(wait), 0, 10000},
	{0, "repository", OPTION_TEXT, "URL", "keep what is found: sqlite:PATH, clickhouse://HOST:PORT/DATABASE",
	 AT(repository), 0, 0},
	{0, "stats", OPTION_TEXT, "FILE", "counters as JSON at the end (- standard error)", AT(stats), 0, 0},
	{0, "metrics", OPTION_TEXT, "[HOST:]PORT", "serve the counters as Prometheus text (default host: 127.0.0.1)",
	 AT(metrics), 0, 0},
	{0, "local", OPTION_TEXTS, "CIDR", "endpoints of interest, any number (default: all)", AT(local_texts), 0, 0},
	{0, "exclude", OPTION_TEXTS, "CIDR|MAC", "endpoints that must not be observed, any number", AT(exclude_texts),
	 0, 0},
	{0, "privacy", OPTION_TEXTS, "NAME=RULE", "keep, truncate, hash or drop what has this name", AT(privacy_given),
	 0, 0},
	{0, "site-key", OPTION_TEXT, "FILE", "key of identifiers and hashes, one for the site (default: a fixed one)",
	 AT(site_key), 0, 0},
	{0, "refresh", OPTION_NUMBER, "SECONDS", "assert standing knowledge again (default 3600)", AT(refresh_seconds),
	 1, 31536000},
	{0, "raw", OPTION_FLAG, NULL, "assert banners too that a signature explains", AT(raw), 0, 0},
	{0, "pace", OPTION_REAL, "X", "replay at X times recorded speed (default: at once)", AT(pace), 0, 0},
	{0, "signatures", OPTION_TEXTS, "PATH", "signatures of one's own (YAML, Recog XML, p0f.fp), any number",
	 AT(signatures), 0, 0},
	{0, "mac-vendors", OPTION_TEXT, "DIR", "makers of network interfaces (default: /usr/share/ieee-data)",
	 AT(mac_vendors), 0, 0},
	{0, "pen", OPTION_NUMBER, "N", "private enterprise number of exported elements", AT(pen), 1, 4294967295},
	{0, "site", OPTION_TEXT, "NAME", "last part of topics on the fabric (default: default)", AT(site), 0, 0},
	{0, "observation-domain", OPTION_NUMBER, "N", "observation domain identifier (default 1)",
	 AT(observation_domain), 0, 4294967295},
	{0, "idle-exit", OPTION_REAL, "SECONDS", "end a live capture when nothing came for so long", AT(idle_exit), 0,
	 0},
	{0},
};

const struct option_set observe_option_set = {
	.command = "onlooker observe",
	.section = "observe",
	.rows = rows,
	.about = "Watches packets and tells which endpoints there are, what they are called and what runs on them.\n"
		 "It reads captures (-r) or listens to interfaces (-i); live, TERM ends it in good order and USR1 "
		 "prints\n"
		 "the counters. With no output named it prints the inventory as a table and ends.",
	.stray = "captures are named with -r FILE, interfaces with -i IFACE",
};

static int wrong(struct error *error, const char *option, const char *value, const char *wanted)
{
	return error_set(error, ERROR_USAGE, "onlooker observe: --%s: '%s' is no %s", option, value, wanted);
}

static int no_memory(struct error *error)
{
	return error_set(error, ERROR_FAILED, "onlooker observe: no memory");
}

static int read_local(struct observe_options *o, struct error *error)
{
	if (!o->local_texts.count)
		return 0;
	o->local = calloc(o->local_texts.count, sizeof *o->local);
	if (!o->local)
		return no_memory(error);
	for (uint32_t i = 0; i < o->local_texts.count; i++)
		if (!prefix_parse(o->local_texts.items[i], &o->local[o->n_local++]))
			return wrong(error, "local", o->local_texts.items[i], "prefix like 192.0.2.0/24");
	return 0;
}

static int read_exclude(struct observe_options *o, struct error *error)
{
	if (!o->exclude_texts.count)
		return 0;
	o->exclude = calloc(o->exclude_texts.count, sizeof *o->exclude);
	o->exclude_macs = calloc(o->exclude_texts.count, sizeof *o->exclude_macs);
	if (!o->exclude || !o->exclude_macs)
		return no_memory(error);
	for (uint32_t i = 0; i < o->exclude_texts.count; i++) {
		const char *text = o->exclude_texts.items[i];
		if (mac_parse(text, o->exclude_macs[o->n_exclude_macs]))
			o->n_exclude_macs++;
		else if (prefix_parse(text, &o->exclude[o->n_exclude]))
			o->n_exclude++;
		else
			return wrong(error, "exclude", text, "prefix like 192.0.2.0/24 and no MAC address");
	}
	return 0;
}

static int add_cpus(struct observe_options *o, unsigned long first, unsigned long last, const cpu_set_t *allowed,
		    struct error *error)
{
	for (unsigned long cpu = first; cpu <= last; cpu++) {
		if (cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, allowed))
			return error_set(
				error, ERROR_USAGE,
				"onlooker observe: --cpus: CPU %lu is not there or not allowed; see taskset -p $$",
				cpu);
		if (o->n_cpus == CPU_SETSIZE)
			return wrong(error, "cpus", o->cpus_text, "list of CPUs: too long");
		o->cpus[o->n_cpus++] = (uint16_t)cpu;
	}
	return 0;
}

/* "0-3,8": the order given is that of the workers. */
static int read_cpus(struct observe_options *o, struct error *error)
{
	cpu_set_t allowed;
	if (!o->cpus_text)
		return 0;
	o->cpus = calloc(CPU_SETSIZE, sizeof *o->cpus);
	if (!o->cpus || sched_getaffinity(0, sizeof allowed, &allowed))
		return no_memory(error);
	const char *at = o->cpus_text;
	for (;;) {
		char *end = NULL;
		unsigned long first = strtoul(at, &end, 10), last = first;
		bool good = isdigit((unsigned char)*at);
		if (good && *end == '-') {
			at = end + 1;
			good = isdigit((unsigned char)*at);
			last = strtoul(at, &end, 10);
		}
		if (!good || last < first || (*end && *end != ','))
			return wrong(error, "cpus", o->cpus_text, "list of CPUs like 0-3,8");
		int code = add_cpus(o, first, last, &allowed, error);
		if (code || !*end)
			return code;
		at = end + 1;
	}
}

static void put_rule(struct observe_options *o, const char *name, enum privacy_action rule)
{
	uint32_t i = 0;
	while (i < o->n_privacy && strcmp(o->privacy[i].name, name) != 0)
		i++;
	snprintf(o->privacy[i].name, sizeof o->privacy[i].name, "%s", name);
	o->privacy[i].rule = rule;
	o->n_privacy += i == o->n_privacy;
}

static const char *const rule_names[] = {"keep", "truncate", "hash", "drop"};

static int read_rule(struct observe_options *o, const char *text, struct error *error)
{
	char name[40];
	const char *equal = strchr(text, '=');
	size_t n = equal ? (size_t)(equal - text) : 0;
	if (!n || n >= sizeof name)
		return wrong(error, "privacy", text, "rule like userName=hash");
	memcpy(name, text, n);
	name[n] = 0;
	if (!assertion_names(name))
		return wrong(error, "privacy", name, "name in assertions; see the manual");
	for (int i = 0; i < 4; i++)
		if (strcmp(equal + 1, rule_names[i]) == 0) {
			put_rule(o, name, (enum privacy_action)i);
			return 0;
		}
	return wrong(error, "privacy", equal + 1, "rule; give keep, truncate, hash or drop");
}

static int read_privacy(struct observe_options *o, struct error *error)
{
	o->privacy = calloc(o->privacy_given.count + 1, sizeof *o->privacy);
	o->privacy_texts = calloc(o->privacy_given.count + 2, sizeof *o->privacy_texts);
	if (!o->privacy || !o->privacy_texts)
		return no_memory(error);
	put_rule(o, "userName", PRIVACY_DROP);
	int code = 0;
	for (uint32_t i = 0; i < o->privacy_given.count && !code; i++)
		code = read_rule(o, o->privacy_given.items[i], error);
	for (uint32_t i = 0; i < o->n_privacy && !code; i++)
		if (asprintf(&o->privacy_texts[i], "%s=%s", o->privacy[i].name, rule_names[o->privacy[i].rule]) < 0) {
			o->privacy_texts[i] = NULL;
			return no_memory(error);
		}
	return code;
}

/* What is for a fabric alone is no use without one. */
static int check_fabric(const struct observe_options *o, struct error *error)
{
	const bool fabric = o->publish && strncmp(o->publish, "bind:", 5) != 0;
	const char *option = o->spool                   ? "--spool"
			     : o->sign                  ? "--sign"
			     : o->component_name        ? "--name"
			     : o->connection.key        ? "--key"
			     : o->connection.fabric_key ? "--fabric-key"
			     : o->connection.state      ? "--state"
			     : o->connection.prefix     ? "--prefix"
							: NULL;
	if (option && !fabric)
		return error_set(error, ERROR_USAGE,
				 "onlooker observe: %s: is for a fabric; name one with --publish tcp://HOST:PORT",
				 option);
	if (o->wait && fabric)
		return error_set(
			error, ERROR_USAGE,
			"onlooker observe: --wait: a fabric has the subscribers; it goes with --publish bind:…");
	return 0;
}

/* What fits together and what does not. */
static int check(const struct observe_options *o, struct error *error)
{
	const bool live = o->interfaces.count || o->dpdk;
	if (!o->files.count && !live)
		return error_set(error, ERROR_USAGE,
				 "onlooker observe: nothing to observe; name a capture with -r FILE or an interface "
				 "with -i IFACE");
	if (o->files.count && o->interfaces.count)
		return error_set(error, ERROR_USAGE,
				 "onlooker observe: -r and -i: captures and live interfaces are not read together; "
				 "leave one out");
	if ((o->files.count || o->interfaces.count) && o->dpdk)
		return error_set(error, ERROR_USAGE, "onlooker observe: %s and --dpdk: give one of them",
				 o->files.count ? "-r" : "-i");
	if (o->pace > 0 && live)
		return error_set(error, ERROR_USAGE, "onlooker observe: --pace: only a replay has one; leave it out");
	if (o->idle_exit > 0 && !live)
		return error_set(error, ERROR_USAGE,
				 "onlooker observe: --idle-exit: only a live capture has one; leave it out");
	uint32_t standard = 0;
	for (uint32_t i = 0; i < o->files.count; i++)
		standard += strcmp(o->files.items[i], "-") == 0;
	if (standard > 1)
		return error_set(error, ERROR_USAGE, "onlooker observe: -r -: standard input can be read once only");
	if (o->flows_only && (o->json || o->publish || o->repository))
		return error_set(error, ERROR_USAGE, "onlooker observe: --flows-only makes no assertions; leave out %s",
				 o->json      ? "--json"
				 : o->publish ? "--publish"
					      : "--repository");
	const struct tls_identity *id = &o->flows_identity;
	if ((id->authorities || id->certificate || id->private_key) && (!o->flows || strncmp(o->flows, "tls://", 6)))
		return error_set(
			error, ERROR_USAGE,
			"onlooker observe: %s is for flows over TLS: name a collector with --flows tls://HOST:PORT",
			id->authorities   ? "--flows-ca"
			: id->certificate ? "--flows-certificate"
					  : "--flows-private-key");
	if (o->wait && !o->publish)
		return error_set(error, ERROR_USAGE,
				 "onlooker observe: --wait: nobody can subscribe; name an address with --publish URL");
	if (o->site && (strchr(o->site, '/') || strlen(o->site) > 64))
		return error_set(error, ERROR_USAGE,
				 "onlooker observe: --site: '%s' has a slash or more than 64 characters", o->site);
	return check_fabric(o, error);
}

int observe_options_parse(int argc, char **argv, struct observe_options *o, struct error *error)
{
	*o = (struct observe_options){.refresh_seconds = 3600,
				      .observation_domain = 1,
				      .ring_mib = 64,
				      .block_timeout_ms = 10,
				      .snaplen = 65535,
				      .spool_mib = 256,
				      .drain_seconds = 10};
	int code = options_parse(&observe_option_set, argc, argv, o, &o->common, error);
	if (!code && (o->common.help || o->common.version))
		return 0;
	if (!code)
		code = read_local(o, error);
	if (!code)
		code = read_exclude(o, error);
	if (!code)
		code = read_cpus(o, error);
	if (!code)
		code = read_privacy(o, error);
	return code ? code : check(o, error);
}

int observe_options_start(int argc, char **argv, struct observe_options *o)
{
	struct error error;
	if (observe_options_parse(argc, argv, o, &error) != 0) {
		fprintf(stderr, "%s\n", error.text);
		return 2;
	}
	if (o->common.help)
		options_help(&observe_option_set, stdout);
	else if (o->common.version)
		puts("onlooker " ONLOOKER_VERSION);
	return o->common.help || o->common.version ? 0 : -1;
}

void observe_options_fini(struct observe_options *o)
{
	for (uint32_t i = 0; o->privacy_texts && i < o->n_privacy; i++)
		free(o->privacy_texts[i]);
	free(o->privacy_texts);
	free(o->privacy);
	free(o->cpus);
	free(o->local);
	free(o->exclude);
	free(o->exclude_macs);
	options_fini(&observe_option_set, o, &o->common);
}

enum privacy_action observe_privacy(const struct observe_options *o, const char *name)
{
	for (uint32_t i = 0; i < o->n_privacy; i++)
		if (strcmp(o->privacy[i].name, name) == 0)
			return o->privacy[i].rule;
	return PRIVACY_KEEP;
}
