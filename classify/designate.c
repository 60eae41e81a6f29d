#include "classify/designate.h"

#include <stdio.h>
#include <string.h>

#define HOLDER_DESIGNATIONS 4u /* MAC, address, two tags */

static void designate(struct asserter *a, struct designation *d, uint32_t *n, enum designation_name name,
		      const char *value, uint8_t known, uint8_t confidence)
{
	if (!a->kept[name])
		value = privacy_apply(a->privacy, assertion_designation_name(name), value, &a->block->arena);
	if (value)
		d[(*n)++] = (struct designation){name, value, known, confidence};
}

#define CONTESTED 50 /* another is at work with the address too */

static uint8_t address_confidence(const struct node *n)
{
	if (n->place && n->place->conflicts && n->on_link)
		return CONTESTED;
	if (n->bindings)
		return 97;
	if (!n->on_link)
		return 90;
	return n->reach & 1 << REACH_LINK ? 95 : 85;
}

static void designate_number(struct asserter *a, enum designation_name name, uint32_t number, struct designation *d,
			     uint32_t *count)
{
	char *text = arena_take(&a->block->arena, 12);
	snprintf(text, 12, "%u", number);
	designate(a, d, count, name, text, KNOWN_OBSERVATION, 99);
}

/* The layer-2 network that keeps equal addresses apart: an overlay's identifier, or the VLAN's, of two tags both. */
static void designate_segment(struct asserter *a, uint32_t segment, struct designation *d, uint32_t *count)
{
	bool overlay = segment & SEGMENT_OVERLAY;
	uint32_t inner = overlay ? 0 : segment >> 12;
	if (!segment)
		return;
	if (overlay)
		designate_number(a, DESIGNATION_LAYER2_SEGMENT, segment & ~SEGMENT_OVERLAY, d, count);
	else
		designate_number(a, DESIGNATION_VLAN, segment & 0xfff, d, count);
	if (inner)
		designate_number(a, DESIGNATION_CUSTOMER_VLAN, inner, d, count);
}

/* By what a node is designated now. */
static struct designee_key designee_key(const struct node *n, bool has_endpoint, bool withdrawn)
{
	const struct node *h = estate_holder(n);
	bool only_spoken_of = h == n && !n->endpoint;
	struct designee_key k = {.holder = {.segment = n->holder.segment}};
	if (h->station && ((has_endpoint && h->on_link) || only_spoken_of)) {
		memcpy(k.holder.mac, h->holder.mac, 6);
		k.mac_confidence = h->bindings || !h->place ? 99 : 85;
	}
	if (n->holder.version && !h->borrows) {
		k.holder.version = n->holder.version;
		k.holder.ip = n->holder.ip;
		k.ip_known = KNOWN_OBSERVATION | (h->bindings & 1 << BINDING_DHCP ? KNOWN_AUTHORITY : 0);
		k.ip_confidence = withdrawn ? CONFIDENCE_WITHDRAWN : address_confidence(h);
	}
	return k;
}

static void designate_holder(struct asserter *a, const struct designee_key *k, struct designation *d, uint32_t *count)
{
	if (k->mac_confidence) {
		char *mac = arena_take(&a->block->arena, MAC_TEXT_BYTES);
		mac_text(k->holder.mac, mac);
		designate(a, d, count, DESIGNATION_MAC, mac, KNOWN_OBSERVATION, k->mac_confidence);
	}
	if (k->holder.version) {
		char *ip = arena_take(&a->block->arena, ADDRESS_TEXT_BYTES);
		address_text(&k->holder.ip, k->holder.version, ip);
		designate(a, d, count, k->holder.version == 4 ? DESIGNATION_IPV4 : DESIGNATION_IPV6, ip, k->ip_known,
			  k->ip_confidence);
	}
	designate_segment(a, k->holder.segment, d, count);
}

void designate_digest(uint8_t digest[16], const struct designation *d)
{
	const uint8_t rest[] = {(uint8_t)d->name, d->confidence};
	hash_content_more(digest, d->value, strlen(d->value));
	hash_content_more(digest, rest, sizeof rest);
}

#define SAID_BYTES 48u /* of a holder's designation: an address, or what privacy leaves of it */

/* The digest of a holder's few, all at once. */
static void digest_designee(struct designee *d)
{
	struct {
		char text[HOLDER_DESIGNATIONS][SAID_BYTES];
		uint8_t rest[HOLDER_DESIGNATIONS][2];
	} all;
	memset(&all, 0, sizeof all);
	for (uint32_t i = 0; i < d->n; i++) {
		strncpy(all.text[i], d->designations[i].value, SAID_BYTES - 1);
		all.rest[i][0] = (uint8_t)d->designations[i].name;
		all.rest[i][1] = d->designations[i].confidence;
	}
	hash_content(&all, sizeof all, d->digest);
}

static bool same_designee(const struct designee_key *a, const struct designee_key *b)
{
	return address_equal(&a->holder.ip, &b->holder.ip) && a->holder.segment == b->holder.segment &&
	       a->holder.version == b->holder.version && !memcmp(a->holder.mac, b->holder.mac, 6) &&
	       a->mac_confidence == b->mac_confidence && a->ip_confidence == b->ip_confidence &&
	       a->ip_known == b->ip_known;
}

const struct designee *designate_node(struct asserter *a, const struct node *n, bool has_endpoint, bool withdrawn)
{
	const struct designee_key k = designee_key(n, has_endpoint, withdrawn);
	struct designee *d = &a->designees[(uintptr_t)n / sizeof *n % DESIGNEES];
	if (d->stretch == a->stretch && same_designee(&d->key, &k))
		return d;
	struct designation *list = arena_take(&a->block->arena, HOLDER_DESIGNATIONS * sizeof *list);
	*d = (struct designee){.key = k, .stretch = a->stretch, .designations = list};
	designate_holder(a, &k, list, &d->n);
	digest_designee(d);
	return d;
}

bool designate_unique(const struct node *n)
{
	const struct node *h = estate_holder(n);
	return h->on_link && h->station && !h->station->virtual_mac && !(h->holder.mac[0] & 2);
}
