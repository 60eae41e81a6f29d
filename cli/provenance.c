#include "cli/provenance.h"

#include "core/time.h"
#include "core/uuid.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

#define DIGEST_BYTES 96

struct provenance_record {
	struct provenance provenance;
	char signature_set[DIGEST_BYTES];
	struct provenance_record *older;
};

static void add_address(struct provenances *r, const struct sockaddr *sa)
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

static void find_addresses(struct provenances *r)
{
	struct ifaddrs *list;
	if (getifaddrs(&list))
		return;
	for (const struct ifaddrs *i = list; i; i = i->ifa_next)
		if (i->ifa_addr && (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6))
			add_address(r, i->ifa_addr);
	freeifaddrs(list);
}

static void name_observation_point(struct provenances *r, const struct observe_options *o, const struct source *source)
{
	size_t n = (size_t)snprintf(r->observation_point, sizeof r->observation_point, "%s:",
				    o->interfaces.count ? "interface"
				    : o->dpdk           ? "dpdk"
							: "pcap");
	for (uint32_t i = 0; i < source_count(source) && n < sizeof r->observation_point; i++)
		n += (size_t)snprintf(r->observation_point + n, sizeof r->observation_point - n, "%s%s", i ? "," : "",
				      source_name(source, (uint16_t)i));
}

/* Whose time packets carry. A live sensor's own clock is worth what it is set by. */
static const char *name_clock(const struct provenances *r)
{
	struct timex t = {0};
	if (!r->live)
		return "packet";
	if (r->stamped)
		return "device";
	return adjtimex(&t) == TIME_ERROR ? "system unsynchronized" : "system synchronized";
}

/* The component's name: of the site's key and the observation domain, so that a replay has the same name again. */
static void name_component(struct provenance *p, const struct hash_key *site_key)
{
	char name[64];
	int n = snprintf(name, sizeof name, "posture-collection-service:%u", p->observation_domain);
	hash_name(site_key, name, (size_t)n, p->component);
	uuid_of_digest(p->component);
}

static void name_signatures(struct provenance_record *r, const struct signature_set *set)
{
	if (set)
		snprintf(r->signature_set, sizeof r->signature_set, "%s", signature_digest(set));
	r->provenance.signature_set = r->signature_set;
}

int provenance_init(struct provenances *r, const struct observe_options *o, const struct source *source,
		    const struct hash_key *site_key, const struct signature_set *signatures, struct error *error)
{
	memset(r, 0, sizeof *r);
	r->newest = calloc(1, sizeof *r->newest);
	if (!r->newest)
		return error_set(error, ERROR_FAILED, "no memory");
	r->live = o->interfaces.count || o->dpdk;
	r->stamped = source_stamped(source);
	gethostname(r->host_name, sizeof r->host_name - 1);
	find_addresses(r);
	name_observation_point(r, o, source);
	struct provenance *p = &r->newest->provenance;
	*p = (struct provenance){
		.id = 1,
		.software = "onlooker " ONLOOKER_VERSION,
		.host_name = r->host_name,
		.ipv4 = r->address_list[0],
		.ipv6 = r->address_list[1],
		.observation_point = r->observation_point,
		.observation_domain = (uint32_t)o->observation_domain,
		.refresh_seconds = o->refresh_seconds < UINT32_MAX ? (uint32_t)o->refresh_seconds : UINT32_MAX,
		.clock = name_clock(r),
		.privacy = (const char *const *)o->privacy_texts,
		.created_ns = time_now(),
	};
	name_signatures(r->newest, signatures);
	name_component(p, site_key);
	return 0;
}

void provenance_fini(struct provenances *r)
{
	for (struct provenance_record *p = r->newest, *older; p; p = older) {
		older = p->older;
		free(p);
	}
	r->newest = NULL;
}

const struct provenance *provenance_now(const struct provenances *r)
{
	return &r->newest->provenance;
}

static bool same_set(const struct provenance_record *r, const struct signature_set *set)
{
	return !set || strcmp(r->signature_set, signature_digest(set)) == 0;
}

const struct provenance *provenance_next(struct provenances *r, const struct signature_set *signatures, bool lossy)
{
	struct provenance_record *was = r->newest;
	const char *clock = name_clock(r);
	if (same_set(was, signatures) && was->provenance.lossy == lossy && strcmp(was->provenance.clock, clock) == 0)
		return NULL;
	struct provenance_record *now = malloc(sizeof *now);
	if (!now)
		return NULL;
	*now = *was;
	now->older = was;
	now->provenance.id++;
	now->provenance.lossy = lossy;
	now->provenance.clock = clock;
	now->provenance.created_ns = time_now();
	name_signatures(now, signatures);
	r->newest = now;
	return &now->provenance;
}
