#include "classify/subject.h"

#include <netinet/in.h>
#include <string.h>

/* A loopback address in a frame of a network card: a mistake of its sender (RFC 1122 3.2.1.3), and nobody's address. A
 * host's own loop has no MACs. */
static bool strays(const struct packet *p)
{
	uint8_t first = p->src.bytes[0];
	return (first == 127 || !first) && p->flags & PACKET_HAS_MAC && !mac_is_zero(p->src_mac) &&
	       address_is_loopback(&p->src, p->version);
}

/* A card does not send to itself: one MAC at both ends of an IP packet was put there when the capture was made fit to
 * be shown, to the packets of all hosts alike, and tells nothing of who sent it. Switches do test their ports so,
 * without IP.
 */
static bool made_up(const struct packet *p)
{
	return p->version && !memcmp(p->src_mac, p->dst_mac, 6);
}

/* An IPv4 address that is a host's at first sight: neither 0, nor a loop, nor a group's, nor beyond. */
static bool is_plain(const struct packet *p)
{
	uint8_t first = p->src.bytes[0];
	return p->version == 4 && first && first < 224 && first != 127;
}

void packet_sender(const struct packet *p, struct holder *h)
{
	*h = (struct holder){.segment = p->segment, .version = p->version};
	/* A group sends nothing (IEEE 802, 8.2): such a source names nobody's interface. */
	if (p->flags & PACKET_HAS_MAC && !(p->src_mac[0] & 1) && !made_up(p))
		memcpy(h->mac, p->src_mac, 6);
	if (!h->version)
		return;
	if (is_plain(p))
		h->ip = p->src;
	else if (address_is_unspecified(&p->src, p->version) || address_is_multicast(&p->src, p->version) || strays(p))
		h->version = 0;
	else
		h->ip = p->src;
}

/* Initial TTLs in use: 255, 128, 64, 32, the 30 of some older stacks and the 200 of a few. */
static const bool initial_ttl[256] = {[30] = true, [32] = true, [64] = true, [128] = true, [200] = true, [255] = true};

/* Packets that routers must not pass on: link-local scope (RFC 3927, RFC 4291, RFC 5771 for 224.0.0.0/24), limited
 * broadcast; and multicast that was sent with a TTL too low to have come far. */
static bool link_scope(const struct packet *p)
{
	const uint8_t *s = p->src.bytes, *d = p->dst.bytes;
	if (p->version == 4 && s[0] != 169 && d[0] != 169 && d[0] < 224)
		return false; /* most, at first sight */
	if (address_is_link_local(&p->src, p->version) || address_is_link_local(&p->dst, p->version))
		return true;
	if (p->version == 6)
		return d[0] == 0xff && (d[1] & 15) <= 2;
	if ((d[0] == 224 && !d[1] && !d[2]) || (d[0] & d[1] & d[2] & d[3]) == 255)
		return true;
	return (d[0] & 0xf0) == 0xe0 && p->ttl <= 4;
}

/* Paths are not so long that a TTL would be lower; who counts up from 1 looks for routers. It tells nothing. */
#define LEAST_TTL 30

/* Some older stacks began with it; far more often it is 64 after four routers. It tells nothing either. */
#define AMBIGUOUS_TTL 60

enum reach packet_reach(const struct packet *p)
{
	if (!p->version || link_scope(p))
		return REACH_LINK;
	if (p->ttl < LEAST_TTL || p->ttl == AMBIGUOUS_TTL)
		return REACH_NONE;
	return initial_ttl[p->ttl] ? REACH_DIRECT : REACH_FORWARDED;
}

/* What is sent to a group is about the group's port: announcements go out from any. A broadcast is no group: answers of
 * DHCP servers go to their clients' port in one. Nor is there a group in TCP, whatever its addresses were made to be.
 */
static bool announced(const struct packet *p)
{
	return p->protocol == IPPROTO_UDP && address_is_multicast(&p->dst, p->version) &&
	       (p->version == 6 || p->dst.bytes[0] < 0xf0);
}

bool finding_is_own(const struct finding *f)
{
	return f->subject == SUBJECT_ADDRESS && f->version == f->packet->version &&
	       address_equal(&f->address, &f->packet->src);
}

void finding_subject(const struct finding *f, struct holder *h, uint16_t *port)
{
	const struct packet *p = f->packet;
	*port = 0;
	if (finding_is_own(f)) {
		packet_sender(p, h);
		return;
	}
	switch (f->subject) {
	case SUBJECT_SENDER:
		packet_sender(p, h);
		*port = f->port ? f->port : announced(p) ? p->dport : p->sport;
		return;
	case SUBJECT_RECEIVER:
		*h = (struct holder){.segment = p->segment, .version = p->version, .ip = p->dst};
		*port = p->dport;
		return;
	case SUBJECT_ADDRESS:
		*h = (struct holder){.segment = p->segment, .version = f->version, .ip = f->address};
		return;
	case SUBJECT_HARDWARE:
		*h = (struct holder){.segment = p->segment, .version = f->version};
		if (f->version)
			h->ip = f->address;
		memcpy(h->mac, f->mac, 6);
		return;
	}
}

bool holder_is_nobody(const struct holder *h)
{
	if (!h->version)
		return mac_is_zero(h->mac) || h->mac[0] & 1;
	return address_is_unspecified(&h->ip, h->version) || address_is_multicast(&h->ip, h->version);
}
