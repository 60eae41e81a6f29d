/* Link-local multicast name resolution (RFC 4795): who has a name answers for it. */
#include "classify/dissect/dns_message.h"
#include "classify/dissect/wire.h"

static void datagram(struct dissection *x, struct cursor *c)
{
	struct dns_reader m;
	struct dns_record r;
	if (!dns_open(&m, *c) || !DNS_FLAG_RESPONSE(m.flags) || DNS_FLAG_OPCODE(m.flags))
		return;
	while (dns_next(&m, &r)) {
		struct address a;
		uint8_t version = r.section != DNS_QUESTION && r.class == DNS_IN ? dns_record_address(&r, &a) : 0;
		if (version)
			dissection_yield_address(x, FIELD_LLMNR_ADDRESS, version, &a, r.owner.text, r.owner.len);
	}
}

static enum probe probe(const struct probe_input *in)
{
	struct dns_reader m;
	if (in->sport != 5355 && in->dport != 5355)
		return PROBE_NO;
	for (unsigned d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return dns_open(&m, in->first[d]) && m.left[DNS_QUESTION] == 1 ? PROBE_YES : PROBE_NO;
	return PROBE_MAYBE;
}

const struct dissector llmnr_dissector = {
	.name = "llmnr",
	.application = "llmnr",
	.transports = TRANSPORT_UDP,
	.ports = {5355},
	.probe = probe,
	.datagram = datagram,
};
