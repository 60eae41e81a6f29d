/* SNMP (RFC 1157, 3416, 3412): an agent's answers about its system, and the identity of its engine. */
#include "classify/dissect/ber.h"
#include "classify/dissect/snmp_device.h"
#include "classify/dissect/wire.h"

#define MOST_BINDINGS 64

enum {
	PDU_FIRST = 0xa0,
	PDU_RESPONSE = 0xa2,
	PDU_TRAP_1 = 0xa4,
	PDU_INFORM = 0xa6,
	PDU_TRAP = 0xa7,
	PDU_REPORT = 0xa8
};
enum { IP_ADDRESS = 0x40, TIME_TICKS = 0x43, ENTERPRISE_SPECIFIC = 6 };
enum { VERSION_1 = 0, VERSION_2C = 1, VERSION_3 = 3 };

/* 1.3.6.1.2.1.1.N.0 */
static const uint8_t system_group[6] = {0x2b, 6, 1, 2, 1, 1};

/* An object identifier as people write it. */
static void tell_object(struct dissection *x, struct cursor oid)
{
	struct wire_text text = {.len = 0};
	uint64_t arc = 0;
	for (bool first = true; cursor_left(&oid) && text.len < 512;) {
		uint8_t octet = cursor_u8(&oid);
		arc = (arc & 0x1ffffffffffff) << 7 | (octet & 0x7f);
		if (octet & 0x80)
			continue;
		if (first)
			wire_text_format(&text, "%u.%u", (unsigned)(arc < 80 ? arc / 40 : 2),
					 (unsigned)(arc < 80 ? arc % 40 : arc - 80));
		else
			wire_text_format(&text, ".%llu", (unsigned long long)arc);
		first = false;
		arc = 0;
	}
	wire_yield(x, FIELD_SNMP_SYS_OBJECT_ID, &text);
}

static void tell_binding(struct dissection *x, struct snmp_device *device, struct cursor binding)
{
	struct cursor name = ber_expect(&binding, BER_OID);
	struct ber value;
	if (!ber_next(&binding, &value))
		return;
	if (value.tag == BER_OCTETS)
		snmp_device_object(x, device, name, value.value);
	if (cursor_left(&name) != 8 || memcmp(name.at, system_group, 6) || name.at[7])
		return;
	struct cursor text = wire_trim(value.value);
	if (name.at[6] == 1 && value.tag == BER_OCTETS)
		dissection_yield(x, FIELD_SNMP_SYS_DESCR, SUBJECT_SENDER, text.at, cursor_left(&text));
	else if (name.at[6] == 2 && value.tag == BER_OID)
		tell_object(x, value.value);
	else if (name.at[6] == 5 && value.tag == BER_OCTETS)
		dissection_yield(x, FIELD_SNMP_SYS_NAME, SUBJECT_SENDER, text.at, cursor_left(&text));
}

static void tell_bindings(struct dissection *x, struct cursor list)
{
	struct snmp_device device = {.is.kind = NULL};
	struct ber binding;
	for (unsigned i = 0; i < MOST_BINDINGS && ber_next(&list, &binding); i++)
		if (binding.tag == BER_SEQUENCE)
			tell_binding(x, &device, binding.value);
	snmp_device_yield(x, &device);
}

/* An agent's own engine has authority in these. */
static bool own_engine(uint8_t pdu)
{
	return pdu == PDU_RESPONSE || pdu == PDU_TRAP || pdu == PDU_REPORT;
}

static bool tells(uint8_t pdu)
{
	return own_engine(pdu) || pdu == PDU_INFORM;
}

static bool is_sender(const struct dissection *x, struct cursor address)
{
	static const uint8_t none[4];
	return x->packet->version == 4 && cursor_left(&address) == 4 &&
	       (!memcmp(address.at, x->packet->src.bytes, 4) || !memcmp(address.at, none, 4));
}

/* Version 1 (RFC 1157 4.1.6): enterprise, agent, two kinds of trap, time. The enterprise of a generic trap is what kind
 * of system it is. Who hands on traps of others names them as agent. */
static void tell_trap(struct dissection *x, struct cursor c)
{
	static const uint8_t enterprises[] = {0x2b, 6, 1, 4, 1};
	struct cursor enterprise = ber_expect(&c, BER_OID), agent = ber_expect(&c, IP_ADDRESS);
	uint32_t generic = ber_number(ber_expect(&c, BER_INTEGER));
	ber_expect(&c, BER_INTEGER);
	ber_expect(&c, TIME_TICKS);
	struct cursor list = ber_expect(&c, BER_SEQUENCE);
	if (!cursor_ok(&c) || !is_sender(x, agent))
		return;
	if (generic < ENTERPRISE_SPECIFIC && cursor_left(&enterprise) > sizeof enterprises &&
	    !memcmp(enterprise.at, enterprises, sizeof enterprises))
		tell_object(x, enterprise);
	tell_bindings(x, list);
}

static void tell_pdu(struct dissection *x, const struct ber *pdu)
{
	struct cursor c = pdu->value;
	if (pdu->tag == PDU_TRAP_1)
		tell_trap(x, c);
	if (!tells(pdu->tag))
		return;
	for (unsigned i = 0; i < 3; i++)
		ber_expect(&c, BER_INTEGER);
	if (cursor_ok(&c) && pdu->tag != PDU_TRAP && pdu->tag != PDU_INFORM)
		wire_served(x);
	tell_bindings(x, ber_expect(&c, BER_SEQUENCE));
}

/* Version 3: header, security parameters that name the engine in authority and the user (RFC 3414 2.4), then the PDU in
 * its scope or sealed. In what an agent answers or reports of its own accord the engine is its own; who asks is the
 * user. */
static void read_v3(struct dissection *x, struct cursor *c)
{
	struct ber scope, pdu = {.tag = 0};
	ber_expect(c, BER_SEQUENCE);
	struct cursor security = ber_expect(c, BER_OCTETS);
	struct cursor parameters = ber_expect(&security, BER_SEQUENCE);
	struct cursor engine = ber_expect(&parameters, BER_OCTETS);
	ber_expect(&parameters, BER_INTEGER);
	ber_expect(&parameters, BER_INTEGER);
	struct cursor user = ber_expect(&parameters, BER_OCTETS);
	if (!ber_next(c, &scope) || !cursor_ok(&parameters))
		return;
	if (scope.tag == BER_SEQUENCE) {
		ber_expect(&scope.value, BER_OCTETS);
		ber_expect(&scope.value, BER_OCTETS);
		if (!ber_next(&scope.value, &pdu))
			return;
		tell_pdu(x, &pdu);
	}
	bool own = pdu.tag ? own_engine(pdu.tag) : wire_sender_port(x) == 161;
	if (own && cursor_left(&engine) >= 5)
		dissection_yield(x, FIELD_SNMP_ENGINE_ID, SUBJECT_SENDER, engine.at, cursor_left(&engine));
	else if (!own)
		dissection_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, user.at, cursor_left(&user));
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct cursor message = ber_expect(c, BER_SEQUENCE);
	struct cursor number = ber_expect(&message, BER_INTEGER);
	uint32_t version = ber_number(number);
	struct ber pdu;
	if (!cursor_ok(&message))
		return;
	if (version == VERSION_3) {
		read_v3(x, &message);
	} else if (version <= VERSION_2C) {
		ber_expect(&message, BER_OCTETS);
		if (ber_next(&message, &pdu))
			tell_pdu(x, &pdu);
	}
}

static bool fits(struct cursor c)
{
	struct cursor message = ber_expect(&c, BER_SEQUENCE);
	struct cursor version = ber_expect(&message, BER_INTEGER);
	struct ber second, third;
	if (!cursor_ok(&message) || cursor_left(&version) != 1 || version.at[0] > 3 || cursor_left(&c))
		return false;
	if (!ber_next(&message, &second) || !ber_next(&message, &third))
		return false;
	if (version.at[0] == VERSION_3)
		return second.tag == BER_SEQUENCE && third.tag == BER_OCTETS;
	return second.tag == BER_OCTETS && third.tag >= PDU_FIRST && third.tag <= PDU_REPORT;
}

static enum probe probe(const struct probe_input *in)
{
	for (unsigned d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return fits(in->first[d]) ? PROBE_YES : PROBE_NO;
	return PROBE_MAYBE;
}

const struct dissector snmp_dissector = {
	.name = "snmp",
	.application = "snmp",
	.transports = TRANSPORT_UDP,
	.ports = {161, 162},
	.probe = probe,
	.datagram = datagram,
};
