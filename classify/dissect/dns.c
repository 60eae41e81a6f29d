/* DNS over UDP and TCP: which names clients are given for which addresses. */
#include "classify/dissect/dns_message.h"
#include "classify/dissect/wire.h"

#include <string.h>

#define HEADER_BYTES   12
#define QUESTION_BYTES (HEADER_BYTES + 255 + 4) /* with the longest name */

#define OPCODE_QUERY  0
#define OPCODE_NOTIFY 4
#define OPCODE_UPDATE 5

/* Follows CNAMEs from the name that was asked for, in the order of the answer. */
struct chain {
	struct dns_name asked, now;
	bool known;
};

/* Names are mostly much shorter than they may be. */
static void copy(struct dns_name *to, const struct dns_name *from)
{
	memcpy(to->text, from->text, from->len);
	to->len = from->len;
	to->first = from->first;
}

static void tell_address(struct dissection *x, const struct dns_record *r, const struct chain *chain)
{
	struct address a;
	uint8_t version = dns_record_address(r, &a);
	if (!version)
		return;
	dissection_yield_address(x, FIELD_DNS_ADDRESS, version, &a, r->owner.text, r->owner.len);
	if (chain->known && r->section == DNS_ANSWER && dns_name_equal(&r->owner, &chain->now) &&
	    !dns_name_equal(&r->owner, &chain->asked))
		dissection_yield_address(x, FIELD_DNS_ADDRESS, version, &a, chain->asked.text, chain->asked.len);
}

static void tell_pointer(struct dissection *x, const struct dns_reader *m, const struct dns_record *r)
{
	struct address a;
	struct dns_name name;
	struct cursor c = r->data;
	uint8_t version = dns_reverse_address(&r->owner, &a);
	if (version && dns_name_read(m, &c, &name))
		dissection_yield_address(x, FIELD_DNS_POINTER, version, &a, name.text, name.len);
}

static void tell_version(struct dissection *x, const struct dns_record *r)
{
	struct wire_text text = {.len = 0};
	struct cursor c = r->data;
	bool yadifa = dns_name_is(&r->owner, "version.yadifa"); /* answers with the number alone */
	if (!yadifa && !dns_name_is(&r->owner, "version.bind") && !dns_name_is(&r->owner, "version.server"))
		return;
	if (yadifa)
		wire_text_format(&text, "YADIFA ");
	while (cursor_left(&c)) {
		struct cursor part = cursor_sub_cut(&c, cursor_u8(&c));
		wire_text_add(&text, part.at, cursor_left(&part));
	}
	wire_yield(x, FIELD_DNS_VERSION_BIND, &text);
}

static void follow_alias(const struct dns_reader *m, const struct dns_record *r, struct chain *chain)
{
	struct cursor c = r->data;
	struct dns_name target;
	if (chain->known && dns_name_equal(&r->owner, &chain->now) && dns_name_read(m, &c, &target))
		copy(&chain->now, &target);
}

static void tell_record(struct dissection *x, const struct dns_reader *m, const struct dns_record *r,
			struct chain *chain)
{
	if (r->class == DNS_CHAOS && r->type == DNS_TXT)
		tell_version(x, r);
	if (r->class != DNS_IN)
		return;
	if (r->type == DNS_A || r->type == DNS_AAAA)
		tell_address(x, r, chain);
	else if (r->type == DNS_PTR)
		tell_pointer(x, m, r);
	else if (r->type == DNS_CNAME)
		follow_alias(m, r, chain);
}

/* Answers tell, and so do dynamic updates (RFC 2136): there the client says which addresses it has. */
static bool tells(uint16_t flags)
{
	if (DNS_FLAG_RESPONSE(flags))
		return DNS_FLAG_OPCODE(flags) == OPCODE_QUERY;
	return DNS_FLAG_OPCODE(flags) == OPCODE_UPDATE;
}

static void message(struct dissection *x, struct cursor c)
{
	struct dns_reader m;
	struct dns_record r;
	struct chain chain;
	chain.known = false;
	if (!dns_open(&m, c) || (!DNS_FLAG_RESPONSE(m.flags) && !tells(m.flags)))
		return;
	bool whole = false;
	while (dns_next(&m, &r)) {
		whole = true;
		if (r.section != DNS_QUESTION) {
			if (tells(m.flags))
				tell_record(x, &m, &r, &chain);
		} else if (!chain.known) {
			copy(&chain.asked, &r.owner);
			copy(&chain.now, &r.owner);
			chain.known = true;
		}
	}
	if (whole && DNS_FLAG_RESPONSE(m.flags))
		wire_served(x);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	message(x, *c);
}

/* Each message stands behind its length (RFC 1035 4.2.2). One longer than what can wait is read as far as it
 * goes, the rest skipped. */
static void stream(struct dissection *x, struct cursor *c)
{
	while (cursor_left(c) >= 2) {
		size_t len = (size_t)cursor_peek(c, 0) << 8 | cursor_peek(c, 1);
		size_t have = cursor_left(c) - 2;
		if (have < len && have + 2 < INSPECT_PENDING_BYTES)
			return;
		cursor_skip(c, 2);
		struct cursor m = cursor_sub(c, have < len ? have : len);
		if (have < len)
			dissection_skip(x, len - have);
		message(x, m);
	}
}

/* A message that reads whole, to its last octet. Elsewhere than on its port this much is asked for. */
static bool reads_whole(struct cursor c)
{
	struct dns_reader m;
	struct dns_record r;
	if (!dns_open(&m, c) || m.left[DNS_QUESTION] != 1)
		return false;
	while (dns_next(&m, &r))
		;
	return dns_complete(&m);
}

/* What a header can be: an opcode in use, reserved bit clear, at most one question, records only where due. */
static bool header_fits(const struct dns_reader *m)
{
	unsigned opcode = DNS_FLAG_OPCODE(m->flags);
	if (opcode == 3 || opcode > 6 || (m->flags & 0x40) || m->left[DNS_QUESTION] > 1)
		return false;
	return DNS_FLAG_RESPONSE(m->flags) || opcode != OPCODE_QUERY ||
	       (!m->left[DNS_ANSWER] && m->left[DNS_AUTHORITY] <= 1 && m->left[DNS_ADDITIONAL] <= 2);
}

static bool begins_well(struct cursor c)
{
	struct dns_reader m;
	struct dns_record r;
	if (!dns_open(&m, c) || !header_fits(&m))
		return false;
	return !m.left[DNS_QUESTION] || (dns_next(&m, &r) && r.type && r.class);
}

static enum probe probe_message(struct cursor c, bool expected)
{
	if (!begins_well(c))
		return PROBE_NO;
	return expected || reads_whole(c) ? PROBE_YES : PROBE_NO;
}

static enum probe probe_stream(struct cursor c, bool expected)
{
	/* messages of more than 4 KiB are rare, and begin with an octet that much other text begins with */
	if (!expected && cursor_peek(&c, 0) >= 0x10)
		return PROBE_NO;
	struct dns_reader m;
	size_t have = cursor_left(&c), len = cursor_u16(&c);
	if (have >= 2 && len < HEADER_BYTES)
		return PROBE_NO;
	if (have < 2 + HEADER_BYTES)
		return PROBE_MAYBE;
	if (!dns_open(&m, c) || !header_fits(&m))
		return PROBE_NO;
	size_t enough = expected && len > QUESTION_BYTES ? QUESTION_BYTES : len;
	return cursor_left(&c) < enough ? PROBE_MAYBE : probe_message(cursor_sub(&c, enough), expected);
}

/* The NetBIOS name service, mDNS and LLMNR write the same form and mean something else. */
static bool is_relative(uint16_t port)
{
	return port == 137 || port == 5353 || port == 5355;
}

static enum probe probe(const struct probe_input *in)
{
	bool expected = in->sport == 53 || in->dport == 53;
	if (is_relative(in->sport) || is_relative(in->dport))
		return PROBE_NO;
	for (unsigned d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return in->transport == TRANSPORT_TCP ? probe_stream(in->first[d], expected)
							      : probe_message(in->first[d], expected);
	return PROBE_MAYBE;
}

const struct dissector dns_dissector = {
	.name = "dns",
	.application = "domain",
	.transports = TRANSPORT_UDP | TRANSPORT_TCP,
	.ports = {53},
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
