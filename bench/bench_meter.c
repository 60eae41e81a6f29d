/* How many packets a CPU second the meter takes: synthetic packets, batches of 64, one thread.
 *
 *   bench_meter [flows] [packets]     default: a table of rows from cached to a million cold flows
 */
#include "core/hash.h"
#include "core/time.h"
#include "ipfix/meter.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct frame frames[BATCH_FRAMES];
static struct packet packets[BATCH_FRAMES];
static uint64_t ended_flows;

static void ended(void *context, struct flow *flow)
{
	ended_flows += flow->side[FLOW_FORWARD].packets != 0;
}

/* Packet of flow number `n`: one in four is of IPv6, every other goes back. */
static void make(uint32_t i, uint64_t n, bool reverse, uint64_t now)
{
	struct packet *p = &packets[i];
	frames[i].time_ns = now;
	frames[i].ordinal++;
	memset(p, 0, sizeof *p);
	p->frame = &frames[i];
	p->verdict = VERDICT_IP;
	p->version = n % 4 ? 4 : 6;
	p->protocol = IPPROTO_UDP;
	p->flags = PACKET_HAS_PORTS | PACKET_HAS_MAC;
	p->ttl = 64;
	p->ip_total = 46;
	uint64_t x = hash_mix(n);
	struct address a = {.words = {x & 0xffffffff, n % 4 ? 0 : n}};
	struct address b = {.words = {x >> 32, n % 4 ? 0 : 1}};
	p->src = reverse ? b : a;
	p->dst = reverse ? a : b;
	p->sport = reverse ? 53 : (uint16_t)(n + 1024);
	p->dport = reverse ? (uint16_t)(n + 1024) : 53;
}

/* Making the packets is measured by itself and taken off. */
static double run(struct meter *m, uint64_t flows, uint64_t count, bool fresh)
{
	uint64_t state = 88172645463325252ull, now = 1700000000 * NS_PER_SECOND;
	double begin = time_cpu_seconds();
	for (uint64_t done = 0; done < count; done += BATCH_FRAMES) {
		for (uint32_t i = 0; i < BATCH_FRAMES; i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			make(i, fresh ? done + i : state % flows, state >> 40 & 1, now += 50);
		}
		__asm__ volatile("" ::: "memory"); /* the packets are made even when nobody reads them */
		if (!m)
			continue;
		meter_prefetch(m, packets, BATCH_FRAMES);
		for (uint32_t i = 0; i < BATCH_FRAMES; i++)
			meter_prefetch_flow(m, i);
		for (uint32_t i = 0; i < BATCH_FRAMES; i++) {
			enum flow_direction direction;
			meter_update(m, &packets[i], &direction);
		}
		meter_expire(m, now);
	}
	return time_cpu_seconds() - begin;
}

static void row(const char *name, uint64_t flows, uint64_t capacity, uint64_t count, bool fresh)
{
	struct meter *m = meter_new(&(struct meter_options){.max_flows = capacity,
							    .idle_ns = 300 * NS_PER_SECOND,
							    .active_ns = 1800 * NS_PER_SECOND,
							    .ended = ended});
	if (!m)
		exit(1);
	if (!fresh)
		run(m, flows, flows * 4, false);
	double with = run(m, flows, count, fresh), without = run(NULL, flows, count, fresh);
	const struct meter_counters *c = meter_counters(m);
	printf("%-28s %9.1f M/s  %6.1f ns  active %" PRIu64 ", evicted %" PRIu64 "\n", name,
	       count / (with - without) / 1e6, (with - without) * 1e9 / count, c->active, c->evicted);
	meter_flush(m);
	if (c->created != c->exported + c->active + c->shed_capacity)
		exit(1);
	meter_free(m);
}

int main(int argc, char **argv)
{
	if (argc > 2) {
		row("given", strtoull(argv[1], NULL, 10), 1 << 24, strtoull(argv[2], NULL, 10), false);
		return 0;
	}
	row("1 thousand flows", 1000, 1 << 20, 20000000, false);
	row("10 thousand flows", 10000, 1 << 20, 20000000, false);
	row("100 thousand flows", 100000, 1 << 20, 20000000, false);
	row("1 million flows", 1000000, 1 << 20, 20000000, false);
	row("every packet a new flow", 1, 1 << 22, 2000000, true);
	row("the same, table full", 1, 1 << 16, 4000000, true);
	return 0;
}
