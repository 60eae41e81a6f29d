/* Steering: the cards' function, by its definition bit by bit, over the innermost addresses. */
#include "capture/decode.h"
#include "capture/handover.h"
#include "capture/steer.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <stdlib.h>
#include <string.h>

/* Toeplitz's function (Microsoft, RSS hashing): for every bit that is set, 32 bits of the key from its place on. */
static uint32_t toeplitz(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;
	for (size_t bit = 0; bit < len * 8; bit++)
		if (data[bit / 8] & 0x80 >> bit % 8)
			for (size_t k = 0; k < 32; k++)
				sum ^= (uint32_t)(STEER_KEY >> (15 - (bit + k) % 16) & 1) << (31 - k);
	return sum;
}

static void put16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

/* An IPv4 header of UDP for `len` octets of payload with these addresses. Returns its octets. */
static uint32_t ipv4(uint8_t *at, const uint8_t *addresses, unsigned protocol, uint32_t len)
{
	memset(at, 0, 20);
	at[0] = 0x45;
	put16(at + 2, 20 + len);
	at[8] = 64;
	at[9] = (uint8_t)protocol;
	memcpy(at + 12, addresses, 8);
	return 20;
}

static struct frame frame_of(const uint8_t *data, uint32_t len)
{
	return (struct frame){.data = data, .caplen = len, .wirelen = len, .link = LINK_ETHERNET};
}

static uint32_t hash_of(const uint8_t *data, uint32_t len)
{
	struct ends ends[2];
	struct frame f = frame_of(data, len);
	assert_int_equal(decode_ends(&f, NULL, ends), 1);
	return steer_hash(ends);
}

static void random_octets(uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(rand() >> 7);
}

static void swap(const uint8_t *pair, size_t each, uint8_t *out)
{
	memcpy(out, pair + each, each);
	memcpy(out + each, pair, each);
}

static void ipv4_is_hashed_as_cards_do(void **state)
{
	uint8_t frame[64] = {0}, pair[8], back[8];
	put16(frame + 12, 0x0800);
	for (int i = 0; i < 1000; i++) {
		random_octets(pair, sizeof pair);
		swap(pair, 4, back);
		ipv4(frame + 14, pair, 6, 30);
		uint32_t there = hash_of(frame, sizeof frame);
		assert_int_equal(there, toeplitz(pair, sizeof pair));
		ipv4(frame + 14, back, 17, 30);
		assert_int_equal(hash_of(frame, sizeof frame), there);
	}
}

static void ipv6_is_hashed_as_cards_do(void **state)
{
	uint8_t frame[14 + 40 + 8] = {0}, pair[32];
	put16(frame + 12, 0x86dd);
	frame[14] = 0x60;
	put16(frame + 18, 8);
	frame[20] = 17;
	frame[21] = 64;
	for (int i = 0; i < 1000; i++) {
		random_octets(pair, sizeof pair);
		memcpy(frame + 22, pair, 32);
		put16(frame + 58, 8);
		assert_int_equal(hash_of(frame, sizeof frame), toeplitz(pair, sizeof pair));
	}
}

static void tunnels_and_fragments_go_with_their_flow(void **state)
{
	uint8_t frame[128] = {0}, inner[8] = {10, 0, 0, 1, 10, 0, 9, 2}, outer[8] = {192, 0, 2, 1, 192, 0, 2, 77};
	put16(frame + 12, 0x0800);
	ipv4(frame + 14, outer, 4, 20 + 28);
	ipv4(frame + 34, inner, 17, 28);
	assert_int_equal(hash_of(frame, 14 + 20 + 48), toeplitz(inner, sizeof inner));
	ipv4(frame + 14, inner, 17, 40);
	put16(frame + 20, 0x2003); /* a later fragment */
	assert_int_equal(hash_of(frame, 14 + 20 + 40), toeplitz(inner, sizeof inner));
}

static void frames_without_ip_have_no_hash(void **state)
{
	uint8_t frame[60] = {0};
	struct ends ends[2];
	put16(frame + 12, 0x0806);
	for (uint32_t len = 0; len <= sizeof frame; len++) {
		struct frame f = frame_of(frame, len);
		assert_int_equal(decode_ends(&f, NULL, ends), 0);
	}
}

static void any_table_leads_to_the_same_worker(void **state)
{
	for (uint32_t workers = 1; workers <= STEER_BUCKETS; workers++)
		for (uint32_t hash = 0; hash < 4096; hash++) {
			assert_true(steer_worker(hash, workers) < workers);
			for (uint32_t entries = STEER_BUCKETS; entries <= 4096; entries *= 2)
				assert_int_equal(steer_worker(hash % entries, workers), steer_worker(hash, workers));
		}
}

static void a_lane_is_bounded_and_loses_nothing(void **state)
{
	static struct handover h;
	assert_int_equal(handover_init(&h), 0);
	uint64_t given = 0, taken = 0;
	for (int round = 0; round < 3; round++) {
		while (handover_room(&h)) {
			struct parcel *p = handover_room(&h);
			p->items[p->count++] = (struct parcel_item){.number = ++given};
			if (p->count == 1 + given % PARCEL_ITEMS || p->count == PARCEL_ITEMS)
				handover_send(&h);
		}
		assert_true(given - taken >= PARCELS_A_WAY && given - taken <= PARCELS_A_WAY * PARCEL_ITEMS);
		for (struct parcel *p; (p = handover_take(&h)); handover_return(&h, p))
			for (uint32_t i = 0; i < p->count; i++)
				assert_int_equal(p->items[i].number, ++taken);
		assert_int_equal(taken, given);
	}
	handover_fini(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_is_hashed_as_cards_do),
		cmocka_unit_test(ipv6_is_hashed_as_cards_do),
		cmocka_unit_test(tunnels_and_fragments_go_with_their_flow),
		cmocka_unit_test(frames_without_ip_have_no_hash),
		cmocka_unit_test(any_table_leads_to_the_same_worker),
		cmocka_unit_test(a_lane_is_bounded_and_loses_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
