#include "classify/scope.h"

#include <string.h>

static bool any_prefix(const struct prefix *p, uint32_t n, const struct address *a, uint8_t version)
{
	for (uint32_t i = 0; i < n; i++)
		if (prefix_holds(&p[i], a, version))
			return true;
	return false;
}

static bool holds_address(const struct scope *s, const struct address *a, uint8_t version)
{
	if (s->n_excluded && any_prefix(s->excluded, s->n_excluded, a, version))
		return false;
	return !s->n_local || any_prefix(s->local, s->n_local, a, version);
}

static bool any_mac(const struct scope *s, const uint8_t mac[6])
{
	for (uint32_t i = 0; i < s->n_excluded_macs; i++)
		if (!memcmp(s->excluded_macs[i], mac, 6))
			return true;
	return false;
}

bool scope_holds(const struct scope *s, const struct holder *h)
{
	if (any_mac(s, h->mac))
		return false;
	return !h->version || holds_address(s, &h->ip, h->version);
}

bool scope_excludes(const void *scope, const struct packet *p)
{
	const struct scope *s = scope;
	if (p->flags & PACKET_HAS_MAC && (any_mac(s, p->src_mac) || any_mac(s, p->dst_mac)))
		return true;
	return p->version && (any_prefix(s->excluded, s->n_excluded, &p->src, p->version) ||
			      any_prefix(s->excluded, s->n_excluded, &p->dst, p->version));
}

/* DNS and its relatives, NetBIOS, DHCP, RADIUS: what they say is about others than those who say it. */
static bool speaks_of_others(uint16_t port)
{
	switch (port) {
	case 53:
	case 67:
	case 68:
	case 137:
	case 138:
	case 546:
	case 547:
	case 1645:
	case 1646:
	case 1812:
	case 1813:
	case 3799:
	case 5353:
	case 5355:
		return true;
	default:
		return false;
	}
}

/* To many, or of the link: by such packets an endpoint makes itself known whose address is not there yet. */
static bool of_the_link(const struct packet *p)
{
	return address_is_multicast(&p->dst, p->version) || address_is_unspecified(&p->src, p->version) ||
	       address_is_link_local(&p->src, p->version) || address_is_link_local(&p->dst, p->version) ||
	       (p->version == 4 && (p->dst.bytes[0] & p->dst.bytes[1] & p->dst.bytes[2] & p->dst.bytes[3]) == 255);
}

static bool concerned(const struct scope *s, const struct packet *p)
{
	return p->verdict != VERDICT_IP || p->flags & PACKET_CARRIES || holds_address(s, &p->src, p->version) ||
	       holds_address(s, &p->dst, p->version) || speaks_of_others(p->sport) || speaks_of_others(p->dport) ||
	       p->protocol == 58 || of_the_link(p);
}

uint64_t scope_concerned(const struct scope *s, const struct packet *packets, uint32_t count)
{
	uint64_t set = 0;
	if (!s->n_local && !s->n_excluded)
		return UINT64_MAX;
	for (uint32_t i = 0; i < count; i++)
		set |= (uint64_t)concerned(s, &packets[i]) << i;
	return set;
}
