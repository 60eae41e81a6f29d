#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "core/hash.h"
#include "export/publisher.h"
#include "tests/sample.h"

/* A sink that checks what it is given and can be slow. */
struct witness {
	struct sink sink;
	uint64_t next;
	uint32_t provenances, flushes, disorder;
	long nap_ns;
};

static void see_provenance(struct sink *s, const struct provenance *p)
{
	struct witness *w = (struct witness *)s;
	w->provenances += p->id == 1 && w->next == 0;
}

static void see(struct sink *s, const struct assertion *assertions, uint32_t count)
{
	struct witness *w = (struct witness *)s;
	s->counters.offered += count;
	s->counters.delivered += count;
	for (uint32_t i = 0; i < count; i++)
		w->disorder += assertions[i].collected_ns != w->next++;
	if (w->nap_ns)
		nanosleep(&(struct timespec){0, w->nap_ns}, NULL);
}

static void see_flush(struct sink *s)
{
	((struct witness *)s)->flushes++;
}

static struct witness witness(long nap_ns)
{
	return (struct witness){
		.sink = {.name = "witness", .provenance = see_provenance, .write = see, .flush = see_flush},
		.nap_ns = nap_ns};
}

static void everything_arrives_in_order(void **state)
{
	(void)state;
	struct witness quick = witness(0), slow = witness(200000);
	struct sink *sinks[] = {&quick.sink, &slow.sink};
	struct provenance provenance = sample_provenance();
	struct publisher *p;
	assert_int_equal(publisher_start(sinks, 2, &provenance, &p, NULL), 0);
	uint64_t n = 0;
	for (int i = 0; i < 500; i++) {
		struct assertion_block *block = publisher_take(p);
		assert_int_equal(block->count, 0);
		assert_true(block->room > 0);
		assert_non_null(arena_take(&block->arena, 5000));
		for (uint32_t k = 0; k < (uint32_t)i % 7 && k < block->room; k++)
			block->assertions[block->count++] = (struct assertion){.collected_ns = n++};
		publisher_submit(p, block);
	}
	publisher_stop(p);
	assert_int_equal(quick.next, n);
	assert_int_equal(slow.next, n);
	assert_int_equal(quick.disorder + slow.disorder, 0);
	assert_int_equal(quick.provenances, 1);
	assert_int_equal(slow.provenances, 1);
	assert_true(quick.flushes > 0);
}

static void idle_sinks_are_flushed(void **state)
{
	(void)state;
	struct witness w = witness(0);
	struct sink *sinks[] = {&w.sink};
	struct provenance provenance = sample_provenance();
	struct publisher *p;
	assert_int_equal(publisher_start(sinks, 1, &provenance, &p, NULL), 0);
	nanosleep(&(struct timespec){0, 450000000}, NULL);
	publisher_stop(p);
	assert_in_range(w.flushes, 3, 6);
}

static void memory_of_a_block_is_bounded(void **state)
{
	(void)state;
	struct publisher *p;
	struct provenance provenance = sample_provenance();
	assert_int_equal(publisher_start(NULL, 0, &provenance, &p, NULL), 0);
	struct assertion_block *block = publisher_take(p);
	size_t taken = 0;
	while (arena_take(&block->arena, 100000))
		taken += 100000;
	assert_in_range(taken, 1 << 20, 64 << 20);
	publisher_submit(p, block);
	publisher_stop(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_arrives_in_order),
		cmocka_unit_test(idle_sinks_are_flushed),
		cmocka_unit_test(memory_of_a_block_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
