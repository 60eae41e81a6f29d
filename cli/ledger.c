#include "cli/ledger.h"

#include "core/time.h"

#include <string.h>

/* Counters of other threads are read as they are: a value of a moment ago is as good. */
#define WHILE_THEY_COUNT __attribute__((no_sanitize("thread")))

WHILE_THEY_COUNT static void add_decoded(struct stats *s, struct stats_worker *own, const struct decode_counters *d)
{
	own->decoded = d->verdict[VERDICT_IP];
	own->not_ip = d->verdict[VERDICT_NOT_IP];
	own->copies = d->verdict[VERDICT_COPY];
	own->excluded = d->verdict[VERDICT_EXCLUDED];
	for (unsigned m = 1; m < MALFORMED_KINDS; m++) {
		uint64_t n = d->malformed[m];
		own->malformed += n;
		stats_add(&s->packets.malformed, malformed_name((enum malformed)m), n);
	}
	s->packets.decoded += own->decoded;
	s->packets.not_ip += own->not_ip;
	s->packets.copies += own->copies;
	s->packets.excluded += own->excluded;
	s->packets.filtered += own->copies + own->excluded;
}

WHILE_THEY_COUNT static void add_fragments(struct stats *s, const struct decode_counters *d,
					   const struct reassembly_counters *r)
{
	struct stats_reasons *f = &s->packets.fragments;
	uint64_t begun = r->begun, ended = 0;
	stats_add(f, "frames", d->fragments);
	stats_add(f, "withoutFirst", d->fragments_unowned);
	stats_add(f, "datagrams", begun);
	for (unsigned end = 0; end < REASSEMBLY_ENDS; end++) {
		uint64_t n = r->ended[end];
		ended += n;
		stats_add(f, reassembly_end_name((enum reassembly_end)end), n);
	}
	stats_add(f, "open", begun > ended ? begun - ended : 0);
}

WHILE_THEY_COUNT static void add_flows(struct stats *s, struct stats_worker *own, const struct meter_counters *m)
{
	own->created = m->created;
	own->exported = m->exported;
	own->active = m->active;
	own->shed = m->shed_capacity;
	s->flows.created += own->created;
	s->flows.exported += own->exported;
	s->flows.active += own->active;
	s->flows.peak += m->peak;
	stats_add(&s->flows.shed, "capacity", own->shed);
}

WHILE_THEY_COUNT static void add_observations(struct stats *s, const struct worker *w)
{
	const struct reporter_counters *r = worker_reporter_counters(w);
	const struct inspect_counters *i = worker_inspect_counters(w);
	if (r) {
		s->observations.made += r->made;
		s->observations.merged += r->merged;
	}
	if (i)
		stats_add(&s->observations.shed, "inspectionMemory", i->shed_memory);
}

/* What the worker's own queue received; where a source counts in one place, what the worker was given. */
static void add_queue(const struct ledger *l, uint32_t worker, struct stats_worker *own)
{
	struct source_counters c;
	if (!source_queue_counters(l->source, worker, &c)) {
		own->received = own->decoded + own->not_ip + own->copies + own->excluded + own->malformed;
		return;
	}
	own->received = c.received;
	own->filtered = c.filtered;
	own->handed_over = c.handed_over;
	own->taken_over = c.taken_over;
	own->lost = c.lost_kernel + c.lost_drain;
}

static void add_worker(const struct ledger *l, uint32_t i, struct stats *s)
{
	const struct worker *w = l->workers[i];
	struct stats_worker spare = {0}, *own = i < STATS_WORKERS ? &s->per_worker[i] : &spare;
	add_decoded(s, own, worker_decode_counters(w));
	add_fragments(s, worker_decode_counters(w), worker_reassemblies(w));
	add_flows(s, own, worker_meter_counters(w));
	add_observations(s, w);
	add_queue(l, i, own);
}

WHILE_THEY_COUNT static void add_registry(struct stats *s, const struct registry_counters *r)
{
	s->assertions_made = r->assertions;
	s->endpoints = r->endpoints_seen;
	stats_add(&s->observations.shed, "endpointCapacity", r->shed_endpoints);
	stats_add(&s->observations.shed, "claimCapacity", r->shed_claims);
	stats_add(&s->observations.shed, "valueCapacity", r->shed_values);
}

static void add_source(struct stats *s, const struct source *source)
{
	struct source_counters c;
	source_counters(source, &c);
	s->packets.received = c.received;
	s->packets.bytes = c.bytes;
	s->packets.filtered += c.filtered;
	stats_add(&s->packets.lost, "kernel", c.lost_kernel);
	stats_add(&s->packets.lost, "drain", c.lost_drain);
	stats_add(&s->packets.not_received, "nicMissed", c.nic_missed);
	stats_add(&s->packets.not_received, "nicErrors", c.nic_errors);
	stats_add(&s->packets.not_received, "noBuffer", c.no_buffer);
}

void ledger_close(const struct ledger *l, struct stats *s)
{
	s->workers = l->n_workers;
	for (uint32_t i = 0; i < l->n_workers; i++)
		add_worker(l, i, s);
	add_source(s, l->source);
	if (l->registry)
		add_registry(s, registry_counters(l->registry));
}

WHILE_THEY_COUNT static void look_at_sinks(const struct ledger *l, struct stats *s)
{
	for (uint32_t i = 0; i < l->n_sinks; i++)
		stats_take_sink(s, l->sinks[i]);
	if (l->exporter && s->n_sinks < STATS_SINKS) {
		const struct flow_exporter_counters *c = flow_exporter_counters(l->exporter);
		s->sinks[s->n_sinks++] = (struct stats_sink){
			.name = "flows",
			.counters = {.delivered = c->delivered,
				     .dropped = {{c->dropped ? "failed" : NULL, c->dropped}}},
		};
	}
}

void ledger_look(const struct ledger *l, struct stats *s)
{
	memset(s, 0, sizeof *s);
	ledger_close(l, s);
	look_at_sinks(l, s);
	stats_settle(s);
	s->elapsed_seconds = (double)(time_now() - l->began_ns) / 1e9;
	stats_process(s);
}

WHILE_THEY_COUNT static uint64_t shed_octets(const struct worker *w)
{
	return worker_meter_counters(w)->shed_octets;
}

WHILE_THEY_COUNT static uint64_t clock_of(const struct worker *w)
{
	return worker_meter_counters(w)->clock_ns;
}

uint64_t ledger_clock(const struct ledger *l)
{
	uint64_t latest = 0;
	for (uint32_t i = 0; i < l->n_workers; i++) {
		uint64_t clock = clock_of(l->workers[i]);
		latest = clock > latest ? clock : latest;
	}
	return latest;
}

void ledger_flows(const struct ledger *l, struct flow_statistics *out)
{
	struct stats s = {0};
	ledger_close(l, &s);
	stats_settle(&s);
	uint64_t shed = stats_sum(&s.flows.shed);
	*out = (struct flow_statistics){
		.time_ns = ledger_clock(l),
		.packets = s.packets.decoded,
		.ignored_packets = stats_sum(&s.packets.malformed) + stats_sum(&s.packets.lost) +
				   stats_sum(&s.packets.not_received),
		.flows = s.flows.created,
		.shed_flows = shed,
		.shed_packets = shed, /* one each: the packet that would have begun it */
	};
	for (uint32_t i = 0; i < l->n_workers; i++)
		out->shed_octets += shed_octets(l->workers[i]);
}

WHILE_THEY_COUNT static uint64_t losses_of_worker(const struct worker *w)
{
	const struct inspect_counters *i = worker_inspect_counters(w);
	return worker_meter_counters(w)->shed_capacity + (i ? i->shed_memory : 0);
}

WHILE_THEY_COUNT static uint64_t losses_of_registry(const struct registry_counters *r)
{
	return r->shed_endpoints + r->shed_claims + r->shed_values;
}

uint64_t ledger_losses(const struct ledger *l)
{
	struct source_counters c;
	source_counters(l->source, &c);
	uint64_t sum = c.lost_kernel + c.lost_drain + c.nic_missed + c.nic_errors + c.no_buffer + c.damaged;
	for (uint32_t i = 0; i < l->n_workers; i++)
		sum += losses_of_worker(l->workers[i]);
	return sum + (l->registry ? losses_of_registry(registry_counters(l->registry)) : 0);
}
