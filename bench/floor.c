/* The floor: the least work anyone could do who meters biflows of a classic capture file.
 *
 * Reads large blocks, parses Ethernet, VLAN tags, IPv4, IPv6 and ports, hashes symmetrically and counts packets,
 * octets and times of every biflow in one table, prefetched a burst ahead. No time-outs, fragments, tunnels,
 * payload or output: what Onlooker costs beyond this is what it does beyond this.
 *
 * floor FILE prints {"packets", "octets", "ip", "flows", "cpuSeconds"}; the CPU time is that of the work, the table
 * having been touched before.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define BLOCK      (512u << 10)
#define RECORD_MAX (256u << 10)
#define BURST      32
#define SLOTS      (1u << 22)

struct key {
	uint64_t address[4]; /* the smaller endpoint first */
	uint16_t port[2];
	uint8_t protocol, family;
	uint16_t zero;
};

struct slot {
	struct key key; /* family 0: free */
	uint64_t first_ns, last_ns;
	uint64_t octets[2];
	uint32_t packets[2];
} __attribute__((aligned(128)));

struct work {
	struct key key;
	uint64_t hash, time_ns;
	uint32_t length;
	bool back;
};

struct totals {
	uint64_t packets, octets, ip, flows, lost;
};

static struct slot *table;
static struct totals totals;

static inline uint16_t big16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9fb21c651e98df25ull;
	return h ^ (h >> 29);
}

static inline uint64_t hash(const struct key *k)
{
	uint64_t h = 0, tail;
	memcpy(&tail, k->port, sizeof tail);
	for (int i = 0; i < 4; i++)
		h = mix(h, k->address[i]);
	h = mix(h, tail);
	return h ^ (h >> 32);
}

/* Puts the smaller endpoint first, so that both directions have one key. true: it was turned around. */
static inline bool order(struct key *k)
{
	bool turn = k->address[0] != k->address[2]   ? k->address[0] > k->address[2]
		    : k->address[1] != k->address[3] ? k->address[1] > k->address[3]
						     : k->port[0] > k->port[1];
	if (!turn)
		return false;
	uint64_t high = k->address[0], low = k->address[1];
	k->address[0] = k->address[2];
	k->address[1] = k->address[3];
	k->address[2] = high;
	k->address[3] = low;
	uint16_t port = k->port[0];
	k->port[0] = k->port[1];
	k->port[1] = port;
	return true;
}

static const uint8_t *parse_ipv4(const uint8_t *p, const uint8_t *end, struct key *k)
{
	if (p + 20 > end)
		return NULL;
	uint32_t address[2];
	memcpy(address, p + 12, sizeof address);
	k->address[0] = address[0];
	k->address[2] = address[1];
	k->protocol = p[9];
	k->family = 4;
	return big16(p + 6) & 0x1fff ? end : p + (p[0] & 15) * 4;
}

static const uint8_t *parse_ipv6(const uint8_t *p, const uint8_t *end, struct key *k)
{
	if (p + 40 > end)
		return NULL;
	memcpy(k->address, p + 8, sizeof k->address);
	k->protocol = p[6];
	k->family = 6;
	for (p += 40; p + 8 <= end; k->protocol = p[0], p += (p[1] + 1) * 8)
		if (k->protocol != 0 && k->protocol != 43 && k->protocol != 60)
			break;
	return p;
}

/* false: not IP. */
static inline bool parse(const uint8_t *p, uint32_t caplen, struct work *w)
{
	const uint8_t *end = p + caplen;
	if (caplen < 14)
		return false;
	uint16_t type = big16(p + 12);
	for (p += 14; (type == 0x8100 || type == 0x88a8) && p + 4 <= end; p += 4)
		type = big16(p + 2);
	w->key = (struct key){0};
	const uint8_t *transport = type == 0x0800   ? parse_ipv4(p, end, &w->key)
				   : type == 0x86dd ? parse_ipv6(p, end, &w->key)
						    : NULL;
	if (!transport)
		return false;
	if ((w->key.protocol == 6 || w->key.protocol == 17) && transport + 4 <= end)
		memcpy(w->key.port, transport, 4);
	w->back = order(&w->key);
	w->hash = hash(&w->key);
	return true;
}

static inline void count(const struct work *w)
{
	for (uint32_t i = 0, at = (uint32_t)w->hash & (SLOTS - 1); i < 64; i++, at = (at + 1) & (SLOTS - 1)) {
		struct slot *s = &table[at];
		if (!s->key.family) {
			s->key = w->key;
			s->first_ns = w->time_ns;
			totals.flows++;
		} else if (memcmp(&s->key, &w->key, sizeof s->key) != 0) {
			continue;
		}
		s->last_ns = w->time_ns;
		s->packets[w->back]++;
		s->octets[w->back] += w->length;
		return;
	}
	totals.lost++;
}

static void count_burst(const struct work *burst, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		count(&burst[i]);
}

static void take(const uint8_t *head, struct work *burst, unsigned *n)
{
	uint32_t field[4];
	memcpy(field, head, sizeof field);
	struct work *w = &burst[*n];
	totals.packets++;
	totals.octets += field[3];
	if (!parse(head + 16, field[2], w))
		return;
	totals.ip++;
	w->time_ns = field[0] * 1000000000ull + field[1] * 1000ull;
	w->length = field[3];
	__builtin_prefetch(&table[w->hash & (SLOTS - 1)], 1);
	__builtin_prefetch((const char *)&table[w->hash & (SLOTS - 1)] + 64, 1);
	if (++*n == BURST) {
		count_burst(burst, BURST);
		*n = 0;
	}
}

/* Reads block by block; a record cut by the end of a block is moved to the front and completed. */
static int run(int fd)
{
	static uint8_t buffer[BLOCK + RECORD_MAX];
	struct work burst[BURST];
	unsigned n = 0;
	size_t have = 0, at = 24;
	for (ssize_t got; (got = read(fd, buffer + have, sizeof buffer - have)) > 0;) {
		have += (size_t)got;
		while (at + 16 <= have) {
			uint32_t caplen;
			memcpy(&caplen, buffer + at + 8, sizeof caplen);
			if (caplen > RECORD_MAX - 16)
				return -1;
			if (at + 16 + caplen > have)
				break;
			take(buffer + at, burst, &n);
			at += 16 + caplen;
		}
		memmove(buffer, buffer + at, have - at);
		have -= at;
		at = 0;
	}
	count_burst(burst, n);
	return 0;
}

static double cpu_seconds(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
	uint8_t magic[4] = {0};
	if (fd < 0 || pread(fd, magic, 4, 0) != 4 || memcmp(magic, "\xd4\xc3\xb2\xa1", 4) != 0) {
		fprintf(stderr, "usage: floor FILE, a little-endian classic pcap of Ethernet: %s\n",
			fd < 0 ? strerror(errno) : "this is none");
		return 2;
	}
	size_t size = SLOTS * sizeof *table;
	table = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (table == MAP_FAILED) {
		perror("floor");
		return 1;
	}
	madvise(table, size, MADV_HUGEPAGE);
	memset(table, 0, size);
	double start = cpu_seconds();
	if (run(fd) < 0) {
		fprintf(stderr, "floor: %s is damaged\n", argv[1]);
		return 1;
	}
	double seconds = cpu_seconds() - start;
	printf("{\"packets\": %" PRIu64 ", \"octets\": %" PRIu64 ", \"ip\": %" PRIu64 ", \"flows\": %" PRIu64
	       ", \"lost\": %" PRIu64 ", \"cpuSeconds\": %.6f}\n",
	       totals.packets, totals.octets, totals.ip, totals.flows, totals.lost, seconds);
	return 0;
}
