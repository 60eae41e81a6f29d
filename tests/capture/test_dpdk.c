/* The DPDK source on a ring that the test fills: steering, order, long frames, counters, the end. */
#include "capture/source.h"
#include "capture/steer.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <rte_mbuf.h>
#include <rte_ring.h>
#include <string.h>

#define WORKERS 3u
#define FRAMES  6000u
#define LONGEST 9000u
#define PAIRS   97u

static const struct source_options options = {
	.queues = WORKERS,
	.dpdk = "--no-huge --no-pci --no-shconf -m 128 --no-telemetry -l 0 --log-level=*:error --vdev=net_ring0",
	.idle_exit_ns = 300000000,
};

struct seen {
	uint32_t frames;
	uint64_t last;           /* ordinal */
	uint32_t worker[PAIRS];  /* 1 + who had this pair of addresses */
	uint8_t numbers[FRAMES]; /* how often each frame came */
};

/* Frame `n`: UDP between the addresses of pair n % PAIRS, every other one back, filled with a pattern. */
static uint32_t fill(uint8_t *at, uint32_t n)
{
	uint32_t len = n % 50 == 7 ? LONGEST : 60 + n % 1200, pair = n % PAIRS;
	const uint8_t a[4] = {10, 1, (uint8_t)pair, 1}, b[4] = {10, 2, 7, (uint8_t)(pair * 31)};
	for (uint32_t i = 0; i < len; i++)
		at[i] = (uint8_t)(n + i * 7);
	memset(at + 14, 0, 28);
	at[12] = 8;
	at[13] = 0;
	at[14] = 0x45;
	at[16] = (uint8_t)((len - 14) >> 8);
	at[17] = (uint8_t)(len - 14);
	at[22] = 64;
	at[23] = 17;
	memcpy(at + 26, n & 1 ? b : a, 4);
	memcpy(at + 30, n & 1 ? a : b, 4);
	at[38] = (uint8_t)((len - 34) >> 8);
	at[39] = (uint8_t)(len - 34);
	memcpy(at + 42, &n, sizeof n);
	return len;
}

/* The frame in as many buffers as it takes. */
static struct rte_mbuf *chain(struct rte_mempool *pool, const uint8_t *data, uint32_t len)
{
	struct rte_mbuf *first = NULL;
	while (len) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
		assert_non_null(m);
		uint16_t part = (uint16_t)(len < rte_pktmbuf_tailroom(m) ? len : rte_pktmbuf_tailroom(m));
		memcpy(rte_pktmbuf_append(m, part), data, part);
		data += part;
		len -= part;
		if (first)
			assert_int_equal(rte_pktmbuf_chain(first, m), 0);
		else
			first = m;
	}
	return first;
}

static void check(struct seen *seen, uint32_t worker, const struct frame *f)
{
	static uint8_t wanted[LONGEST];
	uint32_t n;
	memcpy(&n, f->data + 42, sizeof n);
	assert_true(n < FRAMES);
	uint32_t len = fill(wanted, n);
	assert_int_equal(f->caplen, len);
	assert_int_equal(f->wirelen, len);
	assert_memory_equal(f->data, wanted, len);
	assert_int_equal(f->number, n + 1);
	assert_int_equal(f->link, LINK_ETHERNET);
	assert_int_equal(f->source, 0);
	assert_true(f->time_ns > 1600000000ull * 1000000000);
	assert_true(f->ordinal > seen[worker].last);
	seen[worker].last = f->ordinal;
	seen[0].numbers[n]++;
	seen[worker].frames++;
	if (!seen[0].worker[n % PAIRS])
		seen[0].worker[n % PAIRS] = worker + 1;
	assert_int_equal(seen[0].worker[n % PAIRS], worker + 1);
}

/* Returns false when the worker's queue has ended. */
static bool poll_once(struct source *s, struct seen *seen, uint32_t worker)
{
	static struct batch batch;
	uint64_t before = source_watermark(s, worker);
	enum source_status status = source_poll(s, worker, &batch);
	assert_int_equal(status == SOURCE_READY, batch.count > 0);
	for (uint32_t i = 0; i < batch.count; i++) {
		assert_true(batch.frames[i].ordinal > before);
		check(seen, worker, &batch.frames[i]);
	}
	assert_true(source_watermark(s, worker) >= before && source_watermark(s, worker) >= seen[worker].last);
	return status != SOURCE_END;
}

static void push(struct rte_ring *ring, struct rte_mempool *pool, uint32_t *next)
{
	static uint8_t data[LONGEST];
	for (int i = 0; i < 40 && *next < FRAMES && rte_ring_free_count(ring); i++, ++*next) {
		uint32_t len = fill(data, *next);
		assert_int_equal(rte_ring_enqueue(ring, chain(pool, data, len)), 0);
	}
}

static struct source *opened; /* by main() */

static void every_frame_comes_once_to_its_owner(void **state)
{
	static struct seen seen[WORKERS];
	struct source *s = opened;
	struct source_counters sum;
	struct rte_ring *ring = rte_ring_lookup("ETH_RXTX0_net_ring0");
	struct rte_mempool *pool = rte_mempool_lookup("onlooker0");
	assert_non_null(ring);
	assert_non_null(pool);
	assert_true(source_count(s) > 1); /* a queue a ring; the test uses the first */
	assert_string_equal(source_name(s, 0), "net_ring0/0");
	uint32_t next = 0, free_before = rte_mempool_avail_count(pool);
	/* The second worker sleeps for half of the time: the others must wait for it, not lose. */
	for (bool open = true; open;) {
		push(ring, pool, &next);
		open = poll_once(s, seen, 0);
		open |= next < FRAMES / 2 || poll_once(s, seen, 1);
		open |= poll_once(s, seen, 2);
		if (rte_ring_count(ring) > 400)
			poll_once(s, seen, 1);
	}
	source_counters(s, &sum);
	assert_int_equal(sum.received, FRAMES);
	assert_int_equal(sum.nic_missed + sum.nic_errors + sum.no_buffer, 0);
	for (uint32_t n = 0; n < FRAMES; n++)
		assert_int_equal(seen[0].numbers[n], 1);
	for (uint32_t w = 0; w < WORKERS; w++) {
		assert_true(seen[w].frames > FRAMES / 10);
		assert_true(source_watermark(s, w) == UINT64_MAX);
	}
	assert_int_equal(rte_mempool_avail_count(pool), free_before);
	source_close(s);
}

static void dpdk_starts_once(void **state)
{
	struct source *s;
	struct error error = {0};
	assert_true(source_open(&options, &s, &error) < 0);
	assert_non_null(strstr(error.text, "once"));
}

int main(void)
{
	struct error error = {0};
	if (source_open(&options, &opened, &error)) {
		printf("1..0 # SKIP %s\n", error.text);
		return 0;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame_comes_once_to_its_owner),
		cmocka_unit_test(dpdk_starts_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
