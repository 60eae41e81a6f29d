/* Who holds an address, and which addresses are one machine: the verdicts, and that each can be undone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/estate.h"

#include <stdio.h>
#include <string.h>

struct told {
	unsigned moved, joined, taken;
};

static struct estate estate;
static struct told told;

static void leaving(void *context, struct node *node, struct endpoint *from)
{
	(void)context;
	assert_ptr_equal(node->endpoint, from);
}

static void moved(void *context, struct node *node, struct endpoint *from)
{
	(void)node;
	((struct told *)context)->moved += from != NULL && from != node->endpoint;
}

static void joined(void *context, struct endpoint *gone, struct endpoint *survivor)
{
	assert_ptr_not_equal(gone, survivor);
	((struct told *)context)->joined++;
}

static void taken(void *context, struct place *place, struct node *old, struct node *now)
{
	assert_ptr_equal(place->current, now);
	((struct told *)context)->taken += old != NULL;
}

static int set_up(void **state)
{
	(void)state;
	memset(&told, 0, sizeof told);
	estate = (struct estate){
		.seed = 7, .leaving = leaving, .moved = moved, .joined = joined, .taken = taken, .context = &told};
	return estate_init(&estate, 1000);
}

static int tear_down(void **state)
{
	(void)state;
	estate_fini(&estate);
	return 0;
}

static struct holder holder(const char *mac, const char *ip)
{
	struct holder h = {.segment = 0};
	if (mac)
		assert_true(mac_parse(mac, h.mac));
	if (ip)
		h.version = address_parse(ip, &h.ip);
	return h;
}

static struct node *node(const char *mac, const char *ip)
{
	struct holder h = holder(mac, ip);
	struct node *n = estate_node(&estate, &h, 1000);
	assert_non_null(n);
	return n;
}

static struct node *see(const char *mac, const char *ip, enum reach reach, uint64_t t)
{
	struct node *n = node(mac, ip);
	estate_seen(&estate, n, reach, t);
	return n;
}

static void bind(const char *mac, const char *ip, enum binding b, uint64_t t)
{
	estate_bound(&estate, node(mac, ip), b, t);
}

#define A "00:0c:29:00:00:0a"
#define B "00:0c:29:00:00:0b"
#define R "00:0c:29:00:00:01"

static void both_versions_of_one_mac_are_one(void **state)
{
	(void)state;
	struct node *v4 = see(A, "192.168.1.10", REACH_DIRECT, 1);
	struct node *v6 = see(A, "fe80::20c:29ff:fe00:a", REACH_LINK, 2);
	struct node *global = see(A, "2001:db8::20c:29ff:fe00:a", REACH_DIRECT, 3);
	assert_ptr_equal(v4->endpoint, v6->endpoint);
	assert_ptr_equal(v4->endpoint, global->endpoint);
	assert_ptr_not_equal(v4->endpoint, see(B, "192.168.1.11", REACH_DIRECT, 4)->endpoint);
}

static void what_a_router_passes_on_is_not_its_own(void **state)
{
	(void)state;
	struct node *own = see(R, "192.168.1.1", REACH_DIRECT, 1);
	struct node *far = see(R, "198.51.100.7", REACH_FORWARDED, 2);
	struct node *farther = see(R, "203.0.113.9", REACH_DIRECT, 3);
	assert_true(own->on_link);
	assert_false(far->on_link);
	assert_false(farther->on_link);
	assert_ptr_not_equal(own->endpoint, far->endpoint);
	assert_ptr_not_equal(far->endpoint, farther->endpoint);
}

static void a_verdict_by_ttl_alone_is_undone(void **state)
{
	(void)state;
	struct node *first = see(R, "198.51.100.7", REACH_DIRECT, 1);
	assert_true(first->on_link);
	struct node *second = see(R, "203.0.113.9", REACH_DIRECT, 2);
	assert_false(first->on_link);
	assert_false(second->on_link);
	assert_ptr_not_equal(first->endpoint, second->endpoint);
	assert_int_equal(told.moved, 1);
}

static void arp_ties_an_address_to_its_mac(void **state)
{
	(void)state;
	see(R, "198.51.100.7", REACH_FORWARDED, 1);
	struct node *own = see(R, "198.51.100.1", REACH_DIRECT, 2);
	assert_false(own->on_link);
	bind(R, "198.51.100.1", BINDING_ARP, 3);
	assert_true(own->on_link);
	assert_ptr_not_equal(own->endpoint, node(R, "198.51.100.7")->endpoint);
}

static void the_same_host_before_and_behind_a_router_is_one(void **state)
{
	(void)state;
	struct node *behind = see(R, "192.168.1.10", REACH_FORWARDED, 1);
	struct endpoint *older = behind->endpoint;
	struct node *before = see(A, "192.168.1.10", REACH_DIRECT, 2);
	assert_ptr_equal(before->endpoint, behind->endpoint);
	assert_ptr_equal(before->endpoint, older); /* the older identifier stays */
	assert_ptr_equal(see(R, "192.168.1.10", REACH_FORWARDED, 3)->endpoint, before->endpoint);
	assert_ptr_equal(before->place->current, before);
}

static void an_address_that_moves_gets_another_endpoint(void **state)
{
	(void)state;
	struct node *old = see(A, "192.168.1.10", REACH_DIRECT, 1);
	bind(A, "192.168.1.10", BINDING_DHCP, 1);
	bind(B, "192.168.1.10", BINDING_DHCP, 2);
	struct node *now = see(B, "192.168.1.10", REACH_DIRECT, 3);
	assert_ptr_not_equal(old->endpoint, now->endpoint);
	assert_ptr_equal(now->place->current, now);
	assert_int_equal(told.taken, 1);
}

static void who_is_only_spoken_of_is_nobody(void **state)
{
	(void)state;
	struct node *spoken = node(NULL, "203.0.113.5");
	assert_null(estate_endpoint(spoken));
	bind(A, "192.168.1.77", BINDING_DHCP, 1);
	assert_null(node(A, "192.168.1.77")->endpoint);
	struct node *seen = see(R, "203.0.113.5", REACH_FORWARDED, 2);
	assert_ptr_equal(estate_endpoint(spoken), seen->endpoint);
}

static void a_lease_goes_to_who_asked_for_it(void **state)
{
	(void)state;
	struct node *asks = see(A, NULL, REACH_LINK, 1);
	bind(A, "192.168.1.77", BINDING_DHCP, 2);
	assert_ptr_equal(node(A, "192.168.1.77")->endpoint, asks->endpoint);
}

static void shared_macs_never_join(void **state)
{
	(void)state;
	struct node *a = see("00:00:5e:00:01:07", "192.168.1.254", REACH_DIRECT, 1);
	struct node *b = see("00:00:5e:00:01:07", "192.168.1.253", REACH_DIRECT, 2);
	assert_ptr_not_equal(a->endpoint, b->endpoint);
	assert_false(a->on_link);
}

static void a_mac_with_too_many_addresses_is_taken_for_a_translator(void **state)
{
	(void)state;
	char ip[32];
	struct node *n[20];
	for (int i = 0; i < 20; i++) {
		snprintf(ip, sizeof ip, "10.0.%d.%d", i, i + 1);
		n[i] = see(R, ip, REACH_DIRECT, (uint64_t)i);
	}
	for (int i = 0; i < 20; i++)
		for (int k = 0; k < i; k++)
			assert_ptr_not_equal(n[i]->endpoint, n[k]->endpoint);
	bind(R, "10.0.3.4", BINDING_ARP, 30);
	assert_true(n[3]->on_link);
}

static void segments_keep_equal_addresses_apart(void **state)
{
	(void)state;
	struct holder h = holder(A, "192.168.1.10"), g = h;
	g.segment = 20;
	struct node *a = estate_node(&estate, &h, 1), *b = estate_node(&estate, &g, 1);
	estate_seen(&estate, a, REACH_DIRECT, 1);
	estate_seen(&estate, b, REACH_DIRECT, 1);
	assert_ptr_not_equal(a->endpoint, b->endpoint);
	assert_memory_not_equal(a->endpoint->id, b->endpoint->id, 16);
}

static void identifiers_are_the_same_again(void **state)
{
	uint8_t id[16];
	memcpy(id, see(A, "192.168.1.10", REACH_DIRECT, 5)->endpoint->id, 16);
	tear_down(state);
	set_up(state);
	estate.seed = 99; /* another process */
	assert_memory_equal(id, see(A, "192.168.1.10", REACH_DIRECT, 5)->endpoint->id, 16);
	assert_int_equal(id[6] >> 4, 8);
	assert_int_equal(id[8] >> 6, 2);
}

static void who_was_known_keeps_its_identifier(void **state)
{
	(void)state;
	static const uint8_t id[16] = "known before";
	struct holder founder = holder(A, NULL);
	estate_know(&estate, &founder, id);
	struct node *n = see(A, "192.168.1.10", REACH_DIRECT, 5);
	assert_memory_equal(n->endpoint->id, id, 16);
	assert_true(n->endpoint->known);
	assert_false(see(B, "192.168.1.11", REACH_DIRECT, 6)->endpoint->known);
}

static void capacity_is_a_bound(void **state)
{
	(void)state;
	unsigned made = 0;
	for (uint32_t i = 0; i < 3000; i++) {
		struct holder h = {.segment = 0, .mac = {2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}};
		struct node *n = estate_node(&estate, &h, 1);
		if (n) {
			estate_seen(&estate, n, REACH_LINK, i);
			made += n->endpoint != NULL;
		}
	}
	assert_int_equal(made, 1000);
	while (estate.oldest)
		estate_forget(&estate, estate.oldest);
	assert_int_equal(estate.endpoints.used, 0);
	assert_int_equal(estate.nodes.used, 0);
	assert_int_equal(estate.station_map.count, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* A frame without an address from a MAC that machines share. */
static void a_shared_mac_alone_is_nobody(void **state)
{
	(void)state;
	assert_null(see("00:00:5e:00:01:01", NULL, REACH_LINK, 1)->endpoint);
	assert_null(see("00:00:5e:00:01:01", NULL, REACH_DIRECT, 2)->endpoint);
	assert_non_null(see("00:00:5e:00:01:01", "192.168.1.1", REACH_DIRECT, 3)->endpoint);
}

static void forget_all(void)
{
	while (estate.oldest)
		estate_forget(&estate, estate.oldest);
	for (struct node *n; (n = estate_adrift(&estate, UINT64_MAX, UINT64_MAX - 1));)
		estate_forget_node(&estate, n);
}

/* Joined, moved, turned into routers and only spoken of: once forgotten, all of it is room again. */
static void what_is_forgotten_takes_no_room(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		char mac[18], near[16], far[16];
		snprintf(mac, sizeof mac, "00:0c:29:01:%02x:%02x", round >> 8, round & 255);
		for (unsigned i = 0; i < 10; i++) {
			snprintf(near, sizeof near, "192.168.%u.%u", round & 255, i + 1);
			snprintf(far, sizeof far, "198.51.%u.%u", round & 255, i + 1);
			see(mac, near, REACH_DIRECT, 1);
			see(mac, far, i & 1 ? REACH_FORWARDED : REACH_DIRECT, 2);
			bind(mac, near, BINDING_ARP, 3);
			node(NULL, near);
			node(NULL, far);
			see(i & 1 ? A : R, far, REACH_DIRECT, 4);
		}
		if (round % 5 == 4)
			forget_all();
	}
	assert_int_equal(estate.endpoints.used, 0);
	assert_int_equal(estate.nodes.used, 0);
	assert_int_equal(estate.places.used, 0);
	assert_int_equal(estate.stations.used, 0);
	assert_int_equal(estate.node_map.count + estate.place_map.count + estate.station_map.count, 0);
	assert_null(estate.newest_adrift);
}

/* What others say of an address stays while the address has a holder. */
static void what_is_spoken_goes_with_the_holder(void **state)
{
	(void)state;
	struct node *lone = node(NULL, "192.168.1.10"), *spoken = node(NULL, "192.168.1.11");
	struct node *holder = see(A, "192.168.1.11", REACH_DIRECT, 5000);
	estate_bound(&estate, holder, BINDING_ARP, 5000);
	assert_null(estate_adrift(&estate, 1000, 6000));
	assert_ptr_equal(estate_adrift(&estate, 2000, 6000), lone);
	estate_forget_node(&estate, lone);
	assert_null(estate_adrift(&estate, 2000, 6000));
	estate_forget(&estate, holder->endpoint);
	assert_ptr_equal(estate_adrift(&estate, 7000, 8000), spoken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_versions_of_one_mac_are_one),
		TEST(what_a_router_passes_on_is_not_its_own),
		TEST(a_verdict_by_ttl_alone_is_undone),
		TEST(arp_ties_an_address_to_its_mac),
		TEST(the_same_host_before_and_behind_a_router_is_one),
		TEST(an_address_that_moves_gets_another_endpoint),
		TEST(who_is_only_spoken_of_is_nobody),
		TEST(a_lease_goes_to_who_asked_for_it),
		TEST(shared_macs_never_join),
		TEST(a_mac_with_too_many_addresses_is_taken_for_a_translator),
		TEST(segments_keep_equal_addresses_apart),
		TEST(identifiers_are_the_same_again),
		TEST(who_was_known_keeps_its_identifier),
		TEST(capacity_is_a_bound),
		TEST(a_shared_mac_alone_is_nobody),
		TEST(what_is_forgotten_takes_no_room),
		TEST(what_is_spoken_goes_with_the_holder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
