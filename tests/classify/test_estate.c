/* Who holds an address, and which addresses are one machine: the verdicts, and that each can be undone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/packet.h"
#include "classify/estate.h"

#include <stdio.h>
#include <string.h>

struct told {
	unsigned moved, joined, taken, conflicts, undone, ended;
};

static struct estate estate;
static struct told told;

static void leaving(void *context, struct node *node, struct endpoint *from, bool undone)
{
	((struct told *)context)->undone += undone;
	assert_ptr_equal(node->endpoint, from);
}

static void moved(void *context, struct node *node, struct endpoint *from)
{
	(void)node;
	((struct told *)context)->moved += from != NULL && from != node->endpoint;
}

static void ended(void *context, struct node *node)
{
	assert_false(node->on_link);
	((struct told *)context)->ended++;
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

static void conflict(void *context, struct place *place, struct node *a, struct node *b)
{
	assert_ptr_equal(a->place, place);
	assert_ptr_equal(b->place, place);
	assert_ptr_not_equal(a->endpoint, b->endpoint);
	((struct told *)context)->conflicts++;
}

static int set_up(void **state)
{
	(void)state;
	memset(&told, 0, sizeof told);
	estate = (struct estate){.seed = 7,
				 .leaving = leaving,
				 .moved = moved,
				 .ended = ended,
				 .joined = joined,
				 .taken = taken,
				 .conflict = conflict,
				 .context = &told};
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
#define C "00:0c:29:00:00:0c"
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
	h.segment = 10;
	g.segment = 20;
	struct node *a = estate_node(&estate, &h, 1), *b = estate_node(&estate, &g, 1);
	estate_seen(&estate, a, REACH_DIRECT, 1);
	estate_seen(&estate, b, REACH_DIRECT, 1);
	assert_ptr_not_equal(a->endpoint, b->endpoint);
	assert_memory_not_equal(a->endpoint->id, b->endpoint->id, 16);
}

/* The mirror of a trunk shows the frames of a port with a tag more. */
static void a_tag_makes_no_other_host(void **state)
{
	static const uint32_t apart[] = {20, 7, 10 | 20 << 12, SEGMENT_OVERLAY | 10};
	(void)state;
	struct holder h = holder(A, "192.168.1.10"), copy = h, alone = holder(A, NULL),
		      other = holder(B, "192.168.1.10");
	h.segment = alone.segment = 10;
	copy.segment = 200 | 10 << 12;
	other.segment = copy.segment;
	struct node *n = estate_node(&estate, &h, 1), *m = estate_node(&estate, &alone, 1);
	estate_seen(&estate, n, REACH_DIRECT, 1);
	estate_seen(&estate, m, REACH_LINK, 1);
	struct node *twin = estate_node(&estate, &copy, 2), *rival = estate_node(&estate, &other, 3);
	estate_seen(&estate, twin, REACH_DIRECT, 2);
	estate_seen(&estate, rival, REACH_DIRECT, 3);
	assert_ptr_equal(n->endpoint, twin->endpoint);
	assert_ptr_equal(n->endpoint, m->endpoint);
	assert_ptr_not_equal(n->endpoint, rival->endpoint);
	for (size_t i = 0; i < sizeof apart / sizeof *apart; i++) {
		copy.segment = apart[i];
		struct node *far = estate_node(&estate, &copy, 4);
		estate_seen(&estate, far, REACH_DIRECT, 4);
		assert_ptr_not_equal(n->endpoint, far->endpoint);
	}
}

/* Known by its MAC alone on both sides of the tag, then by its address. */
static void two_that_are_one_by_a_tag_are_joined(void **state)
{
	(void)state;
	struct holder h = holder(A, NULL), copy = h;
	copy.segment = 10;
	struct node *m = estate_node(&estate, &h, 1), *k = estate_node(&estate, &copy, 2);
	estate_seen(&estate, m, REACH_LINK, 1);
	estate_seen(&estate, k, REACH_LINK, 2);
	assert_ptr_not_equal(m->endpoint, k->endpoint);
	struct endpoint *older = m->endpoint;
	copy = holder(A, "192.168.1.10");
	copy.segment = 10;
	estate_seen(&estate, estate_node(&estate, &copy, 3), REACH_DIRECT, 3);
	see(A, "192.168.1.10", REACH_DIRECT, 4);
	assert_ptr_equal(m->endpoint, older);
	assert_ptr_equal(k->endpoint, older);
}

/* What is given while another has it is not taken before it is used. */
static void a_lease_of_what_another_has_waits(void **state)
{
	(void)state;
	struct node *holder = see(A, "192.168.1.10", REACH_DIRECT, 1);
	see(B, NULL, REACH_LINK, 2);
	bind(B, "192.168.1.10", BINDING_DHCP, 3);
	assert_null(node(B, "192.168.1.10")->endpoint);
	assert_ptr_equal(holder->place->current, holder);
	struct node *now = see(B, "192.168.1.10", REACH_DIRECT, 4);
	assert_ptr_equal(holder->place->current, now);
	assert_int_equal(told.taken, 1);
	assert_int_equal(told.conflicts, 0);
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

/* Known by its MAC, and first heard of from behind a router; an address that is first heard of in another network. */
static void who_was_known_is_the_elder(void **state)
{
	(void)state;
	static const uint8_t id[16] = "known before", far_id[16] = "known far away", router_id[16] = "a router";
	struct holder founder = holder(A, NULL), far = holder(NULL, "203.0.113.9"), router = holder(R, NULL);
	far.segment = router.segment = 10;
	estate_know(&estate, &founder, id);
	estate_know(&estate, &far, far_id);
	estate_know(&estate, &router, router_id);
	struct node *behind = see(R, "192.168.1.10", REACH_FORWARDED, 5);
	struct node *n = see(A, "192.168.1.10", REACH_DIRECT, 6);
	assert_ptr_equal(n->endpoint, behind->endpoint);
	assert_memory_equal(n->endpoint->id, id, 16);
	assert_memory_equal(see(R, "203.0.113.9", REACH_FORWARDED, 7)->endpoint->id, far_id, 16);
	assert_memory_not_equal(see(B, "203.0.113.9", REACH_FORWARDED, 8)->endpoint->id, router_id, 16);
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

#define SECOND 1000000000ull

/* Nobody holds an address that another, still at work, holds too: both keep it, and it is told once. */
static void two_at_work_with_one_address_have_a_conflict(void **state)
{
	(void)state;
	struct node *a = node(A, "192.168.1.10"), *b = node(B, "192.168.1.10");
	for (unsigned t = 0; t < 40; t++) {
		estate_seen(&estate, t & 1 ? b : a, REACH_DIRECT, (100 + 10 * t) * SECOND);
		estate_bound(&estate, t & 1 ? b : a, BINDING_ARP, (100 + 10 * t) * SECOND);
		if (t % 6 == 5)
			estate_judge(&estate, (101 + 10 * t) * SECOND);
	}
	assert_int_equal(told.conflicts, 1);
	assert_int_equal(told.taken, 0);
	assert_ptr_equal(a->place->current, a);
	assert_ptr_not_equal(a->endpoint, b->endpoint);
	estate_seen(&estate, b, REACH_DIRECT, 2000 * SECOND); /* the other fell silent */
	assert_ptr_equal(a->place->current, b);
	assert_int_equal(told.taken, 1);
}

static void who_falls_silent_has_let_go(void **state)
{
	(void)state;
	struct node *a = see(A, "192.168.1.10", REACH_DIRECT, 100 * SECOND);
	struct node *b = see(B, "192.168.1.10", REACH_DIRECT, 105 * SECOND);
	assert_ptr_equal(a->place->current, a);
	estate_judge(&estate, 120 * SECOND); /* too early to tell */
	assert_ptr_equal(a->place->current, a);
	estate_judge(&estate, 180 * SECOND);
	assert_ptr_equal(a->place->current, b);
	assert_int_equal(told.taken, 1);
	assert_int_equal(told.conflicts, 0);
}

/* Who answers for hosts behind it does not have their addresses; and nobody is where no packet came from. */
/* Who claimed an address of one that was at work has to wait longer for another's. */
static void who_quarrelled_is_not_soon_believed(void **state)
{
	(void)state;
	see(A, "192.168.1.10", REACH_LINK, 1 * SECOND);
	struct node *quiet = see(B, "192.168.1.11", REACH_LINK, 1 * SECOND);
	see(C, "192.168.1.10", REACH_LINK, 10 * SECOND);
	see(A, "192.168.1.10", REACH_LINK, 20 * SECOND);
	estate_judge(&estate, 60 * SECOND);
	assert_int_equal(told.conflicts, 1);
	see(C, "192.168.1.11", REACH_LINK, 100 * SECOND);
	estate_judge(&estate, 180 * SECOND);
	assert_ptr_equal(quiet->place->current, quiet);
	estate_judge(&estate, 800 * SECOND);
	assert_ptr_not_equal(quiet->place->current, quiet);
	assert_int_equal(told.taken, 1);
}

static void a_proxy_is_not_whom_it_answers_for(void **state)
{
	(void)state;
	struct node *own = see(R, "192.168.1.1", REACH_DIRECT, 1);
	bind(R, "192.168.1.1", BINDING_ARP, 1);
	struct node *far = see(R, "192.168.1.50", REACH_NONE, 2);
	bind(R, "192.168.1.50", BINDING_ARP_REPLY, 2);
	estate_seen(&estate, far, REACH_FORWARDED, 3);
	assert_false(far->on_link);
	assert_ptr_not_equal(far->endpoint, own->endpoint);
	bind(R, "192.168.1.51", BINDING_ARP_REPLY, 2);
	assert_null(see(R, "192.168.1.51", REACH_NONE, 4)->endpoint);
}

/* A bridge puts its own MAC in the place of the host's; the host's own words tell. */
static void a_bridge_is_not_whom_it_repeats(void **state)
{
	(void)state;
	struct node *through = see(R, "192.168.1.50", REACH_DIRECT, 1);
	struct node *own = node(A, "192.168.1.50");
	estate_bound(&estate, own, BINDING_ARP, 2);
	estate_relayed(&estate, own, 2);
	estate_seen(&estate, own, REACH_NONE, 2);
	assert_ptr_equal(through->endpoint, own->endpoint);
	assert_false(through->on_link);
	assert_true(own->on_link);
}

/* An address founded it, a MAC joined it: when that is undone each has the identifier it had. */
static void undoing_restores_what_was(void **state)
{
	(void)state;
	uint8_t id[16];
	struct node *far = see(R, "203.0.113.9", REACH_NONE, 1);
	memcpy(id, far->endpoint->id, 16);
	far->endpoint->announced = true;
	struct node *own = see(R, "192.168.1.1", REACH_DIRECT, 2);
	uint8_t other[16];
	memcpy(other, own->endpoint->id, 16);
	own->endpoint->announced = true;
	estate_seen(&estate, far, REACH_DIRECT, 3); /* taken for the MAC's own … */
	assert_ptr_equal(far->endpoint, own->endpoint);
	assert_memory_equal(far->endpoint->id, id, 16); /* the older stays */
	see(R, "198.51.100.4", REACH_FORWARDED, 4);     /* … which turns out to be a router's */
	assert_ptr_not_equal(far->endpoint, own->endpoint);
	assert_memory_equal(far->endpoint->id, id, 16);
	assert_memory_equal(own->endpoint->id, other, 16);
}

/* One router in two segments: what it passes on into the other is the host that is there. */
static void a_host_is_one_on_both_sides_of_a_router(void **state)
{
	(void)state;
	struct holder near = holder(A, "10.0.10.5"), far = holder(R, "10.0.10.5"), r = holder(R, "10.0.10.1");
	near.segment = r.segment = 10;
	far.segment = 20;
	struct node *behind = estate_node(&estate, &far, 1);
	estate_seen(&estate, behind, REACH_FORWARDED, 1);
	estate_seen(&estate, estate_node(&estate, &r, 2), REACH_DIRECT, 2);
	struct node *n = estate_node(&estate, &near, 3);
	estate_seen(&estate, n, REACH_DIRECT, 3);
	assert_ptr_equal(n->endpoint, behind->endpoint);
	struct holder tenant = holder(B, "10.0.10.5");
	tenant.segment = 30;
	struct node *t = estate_node(&estate, &tenant, 4);
	estate_seen(&estate, t, REACH_DIRECT, 4);
	assert_ptr_not_equal(t->endpoint, n->endpoint);
}

static struct node *see_in(uint32_t segment, const char *mac, const char *ip, enum reach reach, uint64_t t)
{
	struct holder h = holder(mac, ip);
	h.segment = segment;
	struct node *n = estate_node(&estate, &h, t);
	estate_seen(&estate, n, reach, t);
	return n;
}

/* A router with a MAC for each network is known by showing hosts of each in the other. */
static void two_networks_are_routed_between_when_both_ways_are_seen(void **state)
{
	(void)state;
	struct node *near = see_in(10, A, "10.1.0.5", REACH_DIRECT, 1);
	struct node *far = see_in(20, R, "10.1.0.5", REACH_FORWARDED, 2);
	struct node *remote = see_in(10, C, "203.0.113.9", REACH_FORWARDED, 3),
		    *again = see_in(20, R, "203.0.113.9", REACH_FORWARDED, 4);
	struct node *tenant = see_in(30, B, "10.1.0.5", REACH_DIRECT, 5);
	assert_ptr_not_equal(near->endpoint, far->endpoint);
	assert_ptr_not_equal(remote->endpoint, again->endpoint);
	estate_forget_node(&estate, tenant); /* while it is there nobody can tell whose address is shown */
	struct node *other = see_in(20, B, "10.2.0.6", REACH_DIRECT, 6);
	assert_ptr_equal(other->endpoint, see_in(10, C, "10.2.0.6", REACH_FORWARDED, 7)->endpoint);
	assert_ptr_equal(near->endpoint, far->endpoint);
	assert_ptr_equal(remote->endpoint, again->endpoint);
	assert_ptr_not_equal(near->endpoint, other->endpoint);
}

/* ---- who sends from another's address ---- */

static void who_borrows_an_address_is_not_designated_by_it(void **state)
{
	(void)state;
	struct node *holder = see(A, "192.168.1.10", REACH_DIRECT, SECOND);
	estate_bound(&estate, holder, BINDING_ARP, SECOND);
	struct node *other = see(B, "192.168.1.10", REACH_DIRECT, 2 * SECOND);
	estate_seen(&estate, holder, REACH_DIRECT, 30 * SECOND);
	estate_judge(&estate, 60 * SECOND);
	assert_true(other->borrows);
	assert_ptr_not_equal(other->endpoint, holder->endpoint);
	assert_int_equal(told.conflicts + told.taken, 0);
	assert_int_equal(told.undone, 1);
	estate_bound(&estate, other, BINDING_ARP, 61 * SECOND); /* it says that it has it: that is another matter */
	assert_false(other->borrows);
}

/* ---- what a router shows of an address ---- */

static void what_is_passed_on_goes_with_the_holder(void **state)
{
	(void)state;
	struct node *a = see(A, "192.168.1.10", REACH_DIRECT, 1), *far = see(R, "192.168.1.10", REACH_FORWARDED, 2);
	assert_ptr_equal(far->endpoint, a->endpoint);
	struct node *b = node(B, "192.168.1.10");
	estate_bound(&estate, b, BINDING_DHCP, 3);
	estate_seen(&estate, b, REACH_DIRECT, 4);
	assert_ptr_equal(b->place->current, b);
	assert_ptr_equal(far->endpoint, b->endpoint);
	assert_int_equal(told.ended, 1);
}

static void what_was_passed_on_is_undone_with_the_rest(void **state)
{
	(void)state;
	struct node *fake = see(B, "198.51.100.7", REACH_DIRECT, 1);
	struct node *far = see(R, "198.51.100.7", REACH_FORWARDED, 2);
	assert_ptr_equal(far->endpoint, fake->endpoint);
	struct node *other = see(B, "203.0.113.9", REACH_DIRECT, 3);
	assert_ptr_equal(far->endpoint, fake->endpoint);
	assert_ptr_not_equal(other->endpoint, fake->endpoint);
	assert_false(far->on_link || fake->on_link);
	assert_int_equal(told.undone, 2);
}

/* The client of a relay is on a link that is not seen; what comes from its address by a router is its own. */
static void a_relay_tells_whose_an_address_is(void **state)
{
	(void)state;
	struct node *bare = node(A, NULL);
	bind(A, "192.168.9.9", BINDING_DHCP, 1);
	assert_null(bare->endpoint);
	struct node *far = see(R, "192.168.9.9", REACH_FORWARDED, 2);
	struct endpoint *first = far->endpoint;
	assert_ptr_equal(bare->endpoint, first);
	assert_ptr_equal(node(A, "192.168.9.9")->endpoint, first);
	bind(B, "192.168.9.9", BINDING_DHCP, 3);
	assert_ptr_equal(far->endpoint, first);
	estate_follow(&estate, far, 4);
	assert_ptr_not_equal(far->endpoint, first);
	assert_ptr_equal(node(B, "192.168.9.9")->endpoint, far->endpoint);
	assert_int_equal(told.taken, 1);
}

/* ---- the order of independent observations does not matter ---- */

enum { SEEN, BOUND, SAID };

#define R4 "00:0c:29:00:00:04"
#define R5 "00:0c:29:00:00:05"

static const struct deed {
	const char *mac, *ip;
	int kind, what;
	uint32_t segment;
} deeds[] = {
	{R, "192.168.1.1", SEEN, REACH_DIRECT, 0},
	{R, "192.168.1.1", BOUND, BINDING_ARP, 0},
	{R, "203.0.113.9", SEEN, REACH_FORWARDED, 0},
	{R, "203.0.113.10", SEEN, REACH_DIRECT, 0},
	{R, "198.51.100.1", SEEN, REACH_DIRECT, 0},
	{R, "192.168.7.7", SEEN, REACH_FORWARDED, 0},
	{A, "192.168.1.10", SEEN, REACH_DIRECT, 0},
	{A, "192.168.1.10", BOUND, BINDING_ARP_REPLY, 0},
	{A, "fe80::a", SEEN, REACH_LINK, 0},
	{A, "2001:db8::a", SEEN, REACH_DIRECT, 0},
	{R, "192.168.1.10", SEEN, REACH_FORWARDED, 0},
	{B, "192.168.1.11", BOUND, BINDING_ARP, 0},
	{B, "192.168.1.11", SEEN, REACH_DIRECT, 0},
	{B, "198.51.100.77", SEEN, REACH_FORWARDED, 0},
	{B, "198.51.100.77", SEEN, REACH_DIRECT, 0},
	{B, "198.51.100.78", SEEN, REACH_DIRECT, 0},
	{A, "192.168.1.10", SEEN, REACH_DIRECT, 9},
	{A, "fe80::a", SEEN, REACH_LINK, 9 << 12 | 8},
	{A, "fe80::a", SEEN, REACH_LINK, 9},
	{B, "192.168.1.12", SEEN, REACH_DIRECT, 9},
	{R, "192.168.9.9", SEEN, REACH_FORWARDED, 0},
	{C, "192.168.9.9", BOUND, BINDING_DHCP, 0},
	{C, NULL, SAID, 0, 0},
	{A, NULL, SAID, 0, 0},
	{R, "198.51.100.77", SEEN, REACH_FORWARDED, 0},
	/* two networks with a router of two MACs */
	{C, "10.4.0.5", SEEN, REACH_DIRECT, 40},
	{R5, "10.4.0.5", SEEN, REACH_FORWARDED, 50},
	{C, "10.5.0.6", BOUND, BINDING_ARP, 50},
	{C, "10.5.0.6", SEEN, REACH_DIRECT, 50},
	{R4, "10.5.0.6", SEEN, REACH_FORWARDED, 40},
	{B, "10.4.0.7", SEEN, REACH_DIRECT, 40},
	{R5, "10.4.0.7", SEEN, REACH_FORWARDED, 50},
	{R4, "203.0.113.77", SEEN, REACH_FORWARDED, 40},
	{R5, "203.0.113.77", SEEN, REACH_FORWARDED, 50},
};

#define DEEDS (sizeof deeds / sizeof *deeds)

static struct node *node_of(const struct deed *d)
{
	struct holder h = holder(d->mac, d->ip);
	h.segment = d->segment;
	struct node *n = estate_node(&estate, &h, 1000);
	assert_non_null(n);
	return n;
}

/* Which deeds' nodes are together, as a matrix of bits by deed. */
static void partition(uint64_t out[DEEDS])
{
	for (size_t i = 0; i < DEEDS; i++) {
		out[i] = 0;
		for (size_t k = 0; k < DEEDS; k++) {
			const struct node *a = node_of(&deeds[i]), *b = node_of(&deeds[k]);
			out[i] |= (uint64_t)(a->endpoint && a->endpoint == b->endpoint) << k;
		}
	}
}

static void perform(const size_t order[DEEDS])
{
	for (size_t i = 0; i < DEEDS; i++) {
		const struct deed *d = &deeds[order[i]];
		struct node *n = node_of(d);
		if (d->kind == SEEN)
			estate_seen(&estate, n, (enum reach)d->what, 10 + i);
		else if (d->kind == BOUND)
			estate_bound(&estate, n, (enum binding)d->what, 10 + i);
		else
			estate_follow(&estate, n, 10 + i);
	}
	for (size_t i = 0; i < DEEDS; i++) /* all are heard of once more */
		estate_follow(&estate, node_of(&deeds[i]), 100);
}

static void order_does_not_matter(void **state)
{
	size_t order[DEEDS];
	uint64_t first[DEEDS], now[DEEDS];
	uint64_t random = 42;
	for (size_t i = 0; i < DEEDS; i++)
		order[i] = i;
	perform(order);
	partition(first);
	for (unsigned round = 0; round < 3000; round++) {
		for (size_t i = DEEDS - 1; i > 0; i--) {
			random = hash_mix(random + i);
			size_t k = random % (i + 1), swap = order[i];
			order[i] = order[k];
			order[k] = swap;
		}
		tear_down(state);
		set_up(state);
		perform(order);
		partition(now);
		for (size_t i = 0; i < DEEDS && memcmp(first, now, sizeof now); i++)
			print_message("%s %s\n", deeds[order[i]].mac, deeds[order[i]].ip);
		assert_memory_equal(first, now, sizeof now);
	}
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
		TEST(a_tag_makes_no_other_host),
		TEST(two_that_are_one_by_a_tag_are_joined),
		TEST(a_lease_of_what_another_has_waits),
		TEST(identifiers_are_the_same_again),
		TEST(who_was_known_keeps_its_identifier),
		TEST(who_was_known_is_the_elder),
		TEST(capacity_is_a_bound),
		TEST(a_shared_mac_alone_is_nobody),
		TEST(what_is_forgotten_takes_no_room),
		TEST(what_is_spoken_goes_with_the_holder),
		TEST(two_at_work_with_one_address_have_a_conflict),
		TEST(who_falls_silent_has_let_go),
		TEST(who_quarrelled_is_not_soon_believed),
		TEST(a_proxy_is_not_whom_it_answers_for),
		TEST(a_bridge_is_not_whom_it_repeats),
		TEST(undoing_restores_what_was),
		TEST(who_borrows_an_address_is_not_designated_by_it),
		TEST(what_is_passed_on_goes_with_the_holder),
		TEST(what_was_passed_on_is_undone_with_the_rest),
		TEST(a_relay_tells_whose_an_address_is),
		TEST(a_host_is_one_on_both_sides_of_a_router),
		TEST(two_networks_are_routed_between_when_both_ways_are_seen),
		TEST(order_does_not_matter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
