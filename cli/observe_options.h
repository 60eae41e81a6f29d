/* What `onlooker observe` was asked to do, checked. One thread; texts live until observe_options_fini(). */
#ifndef ONLOOKER_CLI_OBSERVE_OPTIONS_H
#define ONLOOKER_CLI_OBSERVE_OPTIONS_H

#include "classify/privacy.h"
#include "cli/connection.h"
#include "cli/options.h"
#include "core/address.h"
#include "ipfix/tls.h"

struct privacy_rule {
	char name[40]; /* information element */
	enum privacy_action rule;
};

struct observe_options {
	struct option_texts files;      /* -r */
	struct option_texts interfaces; /* -i */
	uint64_t ring_mib, block_timeout_ms, snaplen;
	uint64_t dedup_ms;   /* 0: copies of a packet count */
	const char *metrics; /* HOST:PORT or PORT; NULL: not served */
	bool busy_poll;
	const char *filter; /* NULL: all */
	uint64_t workers;   /* 0: as many as there are cores to use */
	bool flows_only;
	uint64_t max_flows, max_endpoints;                       /* 0: the built-in capacity */
	const char *json, *flows, *publish, *repository, *stats; /* NULL: not asked */
	struct tls_identity flows_identity;
	uint64_t wait;
	struct option_texts signatures; /* --signatures PATH */
	const char *mac_vendors;        /* --mac-vendors DIR; NULL: where Debian puts them */
	uint64_t refresh_seconds;
	bool raw;
	double pace; /* 0: as fast as possible */
	uint64_t pen, observation_domain;
	const char *site;
	const char *site_key; /* file; NULL: the fixed key */
	/* into a fabric */
	struct connection connection;
	const char *spool, *sign, *component_name;
	uint64_t spool_mib, drain_seconds;
	struct socket_context *fabric_context; /* `onlooker up`: shared; NULL: one of its own */
	/* read from the texts */
	uint16_t *cpus; /* one for each worker, and round again */
	uint32_t n_cpus;
	struct prefix *local;
	uint32_t n_local;
	struct prefix *exclude;
	uint32_t n_exclude;
	uint8_t (*exclude_macs)[6];
	uint32_t n_exclude_macs;
	struct privacy_rule *privacy; /* userName=drop is the first unless said otherwise; a later rule replaces */
	uint32_t n_privacy;
	char **privacy_texts; /* "userName=drop", NULL-terminated: for the provenance */
	/* as given */
	const char *cpus_text;
	struct option_texts local_texts, exclude_texts, privacy_given;
	struct options common;
	const char *dpdk; /* EAL arguments; NULL: no DPDK */
	double idle_exit; /* seconds; 0: never */
};

/* argv[0] is "observe". Prints help, version or the mistake itself. Returns -1 to go on, or the exit status. */
int observe_options_start(int argc, char **argv, struct observe_options *o);
/* The same without printing: 0 (look at o->common.help and .version) or ERROR_USAGE and a sentence. */
int observe_options_parse(int argc, char **argv, struct observe_options *o, struct error *error);
void observe_options_fini(struct observe_options *o);
/* What holds for an information element; PRIVACY_KEEP when no rule names it. */
enum privacy_action observe_privacy(const struct observe_options *o, const char *name);

#endif
