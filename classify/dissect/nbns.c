/* NetBIOS name service (RFC 1002 4.2): hosts register their names, name servers and hosts answer with them. */
#include "classify/dissect/dns_message.h"
#include "classify/dissect/netbios_name.h"
#include "classify/dissect/wire.h"

#define FLAG_GROUP     0x8000
#define MOST_ADDRESSES 25
#define MOST_NAMES     64

enum { OPCODE_QUERY = 0, OPCODE_REGISTRATION = 5, OPCODE_REFRESH = 8, OPCODE_REFRESH_TOO = 9, OPCODE_MULTIHOMED = 15 };

static bool is_claim(uint16_t flags)
{
	unsigned opcode = DNS_FLAG_OPCODE(flags);
	if (DNS_FLAG_RESPONSE(flags))
		return !DNS_FLAG_RCODE(flags) && (opcode == OPCODE_QUERY || opcode == OPCODE_REGISTRATION);
	return opcode == OPCODE_REGISTRATION || opcode == OPCODE_REFRESH || opcode == OPCODE_REFRESH_TOO ||
	       opcode == OPCODE_MULTIHOMED;
}

static bool field_of(const struct netbios_name *name, bool group, enum field *field)
{
	*field = group ? FIELD_NBNS_GROUP : FIELD_NBNS_NAME;
	return group ? netbios_name_is_group(name) : netbios_name_is_host(name);
}

/* Flags and address of each holder of the name. */
static void tell_holders(struct dissection *x, const struct netbios_name *name, struct cursor c)
{
	enum field field;
	for (unsigned i = 0; i < MOST_ADDRESSES && cursor_left(&c) >= 6; i++) {
		uint16_t flags = cursor_u16(&c);
		struct address a = wire_address(&c, 4);
		if (wire_address_usable(&a, 4) && field_of(name, flags & FLAG_GROUP, &field))
			dissection_yield_address(x, field, 4, &a, name->text, name->len);
	}
}

/* A node's answer to "which names have you?" is about itself. */
static void tell_status(struct dissection *x, struct cursor c)
{
	unsigned count = cursor_u8(&c);
	for (unsigned i = 0; i < count && i < MOST_NAMES; i++) {
		struct netbios_name name;
		enum field field;
		const uint8_t *octets = cursor_bytes(&c, 16);
		uint16_t flags = cursor_u16(&c);
		if (!cursor_ok(&c))
			return;
		if (netbios_name_set(&name, octets) && field_of(&name, flags & FLAG_GROUP, &field))
			dissection_yield(x, field, SUBJECT_SENDER, name.text, name.len);
	}
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct dns_reader m;
	struct dns_record r;
	if (!dns_open(&m, *c) || !is_claim(m.flags))
		return;
	while (dns_next(&m, &r)) {
		struct netbios_name name;
		if (r.section == DNS_QUESTION || r.class != DNS_IN)
			continue;
		if (r.type == DNS_SRV)
			tell_status(x, r.data);
		else if (r.type == DNS_NB && netbios_name_decode(&name, r.owner.text, r.owner.first))
			tell_holders(x, &name, r.data);
	}
	if (DNS_FLAG_RESPONSE(m.flags) && m.records && wire_sender_port(x) == 137)
		wire_served(x);
}

static enum probe probe(const struct probe_input *in)
{
	struct dns_reader m;
	struct dns_record r;
	if (in->sport != 137 && in->dport != 137)
		return PROBE_NO;
	for (unsigned d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return dns_open(&m, in->first[d]) && dns_next(&m, &r) && r.owner.first == 32 ? PROBE_YES
												     : PROBE_NO;
	return PROBE_MAYBE;
}

const struct dissector nbns_dissector = {
	.name = "nbns",
	.application = "netbios-ns",
	.transports = TRANSPORT_UDP,
	.ports = {137},
	.probe = probe,
	.datagram = datagram,
};
