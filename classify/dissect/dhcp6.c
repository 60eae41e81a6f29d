/* DHCPv6 (RFC 8415): DUIDs, names, and which address a server gave to whom. */
#include "classify/dissect/dns_message.h"
#include "classify/dissect/location.h"
#include "classify/dissect/wire.h"

#define MOST_OPTIONS 64
#define MOST_RELAYS  4

enum { SOLICIT = 1, ADVERTISE, REQUEST, CONFIRM, RENEW, REBIND, REPLY, RELEASE, DECLINE, INFORMATION = 11 };
enum { RELAY_FORWARD = 12, RELAY_REPLY = 13 };
enum {
	OPTION_CLIENT_ID = 1,
	OPTION_SERVER_ID = 2,
	OPTION_IA_NA = 3,
	OPTION_IA_ADDRESS = 5,
	OPTION_RELAYED = 9,
	OPTION_USER_CLASS = 15,
	OPTION_VENDOR_CLASS = 16,
	OPTION_INTERFACE_ID = 18,
	OPTION_REMOTE_ID = 37, /* RFC 4649 */
	OPTION_FQDN = 39,
	OPTION_CLIENT_LINK = 79, /* RFC 6939 */
};

/* The client of the message: as relays tell of it, or as it sent the message itself. */
struct client {
	bool relayed;
	struct address address; /* relayed: the client's, as the first relay saw it */
	bool has_mac;
	uint8_t mac[6];
	/* at which port of which relay, as the nearest to it says that does; empty: unknown */
	struct cursor interface, remote;
	struct address link;
};

static bool next_option(struct cursor *c, uint16_t *code, struct cursor *value)
{
	if (cursor_left(c) < 4)
		return false;
	*code = cursor_u16(c);
	*value = cursor_sub(c, cursor_u16(c));
	return cursor_ok(c);
}

static bool find(struct cursor options, uint16_t wanted, struct cursor *value)
{
	uint16_t code;
	for (unsigned i = 0; i < MOST_OPTIONS && next_option(&options, &code, value); i++)
		if (code == wanted)
			return true;
	*value = cursor_init(NULL, 0);
	return false;
}

/* The hardware address inside a DUID of type 1 (with time) or 3 for Ethernet; NULL when there is none. */
static const uint8_t *duid_mac(struct cursor duid)
{
	uint16_t type = cursor_u16(&duid), hardware = cursor_u16(&duid);
	if (type == 1)
		cursor_skip(&duid, 4);
	else if (type != 3)
		return NULL;
	return hardware == 1 && cursor_left(&duid) == 6 ? cursor_bytes(&duid, 6) : NULL;
}

static void yield(struct dissection *x, const struct client *who, enum field field, const void *value, size_t len)
{
	if (!who->relayed)
		dissection_yield(x, field, SUBJECT_SENDER, value, len);
	else if (who->has_mac)
		dissection_yield_mac(x, field, who->mac, 6, &who->address, value, len);
	else if (wire_address_usable(&who->address, 6))
		dissection_yield_address(x, field, 6, &who->address, value, len);
}

/* Classes are a list of texts, each behind its length; the first tells. */
static void tell_class(struct dissection *x, const struct client *who, enum field field, struct cursor c)
{
	struct cursor text = wire_trim(cursor_sub_cut(&c, cursor_u16(&c)));
	yield(x, who, field, text.at, cursor_left(&text));
}

static void tell_client(struct dissection *x, const struct client *who, struct cursor options)
{
	struct cursor value;
	if (find(options, OPTION_CLIENT_ID, &value))
		yield(x, who, FIELD_DHCP_CLIENT_ID, value.at, cursor_left(&value));
	if (find(options, OPTION_VENDOR_CLASS, &value)) {
		cursor_skip(&value, 4);
		tell_class(x, who, FIELD_DHCP_VENDOR_CLASS, value);
	}
	if (find(options, OPTION_USER_CLASS, &value))
		tell_class(x, who, FIELD_DHCP_USER_CLASS, value);
	if (find(options, OPTION_FQDN, &value) && cursor_left(&value) > 1) {
		/* RFC 4704: a partial name may come without the root label */
		uint8_t whole[256] = {0};
		size_t len = cursor_left(&value) - 1;
		struct dns_name name;
		if (len >= sizeof whole)
			return;
		memcpy(whole, value.at + 1, len);
		struct cursor c = cursor_init(whole, len + 1);
		struct dns_reader reader = {.message = c};
		if (dns_name_read(&reader, &c, &name))
			yield(x, who, FIELD_DHCP_FQDN, name.text, name.len);
	}
}

/* Whose hardware a lease goes to: whom the frame is sent to, what a relay says, else what the DUID was made of. */
static bool lease_mac(struct dissection *x, const struct client *who, struct cursor options, uint8_t mac[6])
{
	const struct packet *p = x->packet;
	struct cursor duid;
	const uint8_t *found = NULL;
	if (who->relayed)
		found = who->has_mac ? who->mac : NULL;
	else if ((p->flags & PACKET_HAS_MAC) && address_is_link_local(&p->dst, 6))
		found = p->dst_mac;
	if (!found && find(options, OPTION_CLIENT_ID, &duid))
		found = duid_mac(duid);
	if (!found || mac_is_zero(found) || (found[0] & 1))
		return false;
	memcpy(mac, found, 6);
	return true;
}

static void tell_lease(struct dissection *x, const uint8_t mac[6], struct cursor association, struct cursor duid)
{
	uint16_t code;
	struct cursor value;
	cursor_skip(&association, 12);
	for (unsigned i = 0; i < MOST_OPTIONS && next_option(&association, &code, &value); i++) {
		if (code != OPTION_IA_ADDRESS)
			continue;
		struct bound b = {.binding = BINDING_DHCP, .version = 6, .spoken_of = true};
		b.address = wire_address(&value, 6);
		cursor_skip(&value, 4);
		b.lease_s = cursor_u32(&value);
		if (!cursor_ok(&value) || !b.lease_s || !wire_address_usable(&b.address, 6))
			continue;
		memcpy(b.mac, mac, 6);
		dissection_bind(x, &b);
		dissection_yield_mac(x, FIELD_DHCP_CLIENT_ID, mac, 6, &b.address, duid.at, cursor_left(&duid));
	}
}

static void tell_reply(struct dissection *x, const struct client *who, struct cursor options)
{
	uint16_t code;
	uint8_t mac[6];
	struct cursor value, duid;
	if (!lease_mac(x, who, options, mac))
		return;
	find(options, OPTION_CLIENT_ID, &duid);
	for (unsigned i = 0; i < MOST_OPTIONS && next_option(&options, &code, &value); i++)
		if (code == OPTION_IA_NA)
			tell_lease(x, mac, value, duid);
}

/* A relay hands on a server's words from its own address, so the DUID is the sender's only when it is made of the
 * hardware address the frame came from. */
static void tell_server(struct dissection *x, struct cursor options)
{
	struct cursor duid;
	if (!find(options, OPTION_SERVER_ID, &duid))
		return;
	const uint8_t *mac = duid_mac(duid);
	if (mac && (x->packet->flags & PACKET_HAS_MAC) && !memcmp(mac, x->packet->src_mac, 6))
		dissection_yield(x, FIELD_DHCP_CLIENT_ID, SUBJECT_SENDER, duid.at, cursor_left(&duid));
}

static void tell_message(struct dissection *x, uint8_t type, const struct client *who, struct cursor options)
{
	cursor_skip(&options, 3);
	switch (type) {
	case SOLICIT:
	case REQUEST:
	case CONFIRM:
	case RENEW:
	case REBIND:
	case RELEASE:
	case DECLINE:
	case INFORMATION:
		tell_client(x, who, options);
		break;
	case REPLY:
		tell_reply(x, who, options);
		/* fall through */
	case ADVERTISE:
		if (!who->relayed)
			tell_server(x, options);
		if (cursor_ok(&options) && wire_sender_port(x) == 547)
			wire_served(x);
		break;
	default:
		break;
	}
}

/* The remote identifier comes behind the number of the enterprise that made it up. */
static void read_location(struct cursor options, const struct address *link, struct client *who)
{
	struct cursor interface, remote;
	find(options, OPTION_INTERFACE_ID, &interface);
	if (find(options, OPTION_REMOTE_ID, &remote))
		cursor_skip(&remote, 4);
	if (!cursor_left(&interface) && !cursor_left(&remote))
		return;
	who->interface = interface;
	who->remote = remote;
	who->link = *link;
}

static void tell_location(struct dissection *x, const struct client *who)
{
	struct wire_text text = {.len = 0};
	if (!cursor_left(&who->interface) && !cursor_left(&who->remote))
		return;
	wire_text_format(&text, "kind=switchPort");
	if (cursor_left(&who->remote)) {
		location_label(&text, "chassis", who->remote);
	} else if (wire_address_usable(&who->link, 6)) {
		char relay[ADDRESS_TEXT_BYTES];
		wire_label(&text, "chassis", cursor_init(relay, address_text(&who->link, 6, relay)));
	}
	location_label(&text, "port", who->interface);
	/* an interface is attached, with all its addresses */
	if (who->has_mac)
		dissection_yield_mac(x, FIELD_DHCP_RELAY_AGENT, who->mac, 6, NULL, text.data, text.len);
	else
		yield(x, who, FIELD_DHCP_RELAY_AGENT, text.data, text.len);
}

/* Takes one relay's wrapping off: hop count, link address, the address of whom it heard, options. */
static bool unwrap(struct cursor *c, struct client *who)
{
	struct cursor option, options;
	cursor_skip(c, 1);
	struct address link = wire_address(c, 6);
	who->relayed = true;
	who->address = wire_address(c, 6);
	options = *c;
	who->has_mac =
		find(options, OPTION_CLIENT_LINK, &option) && cursor_left(&option) == 8 && cursor_u16(&option) == 1;
	if (who->has_mac)
		memcpy(who->mac, option.at, 6);
	read_location(options, &link, who);
	return find(options, OPTION_RELAYED, c);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct client who = {.relayed = false};
	uint8_t type = cursor_u8(c);
	for (unsigned i = 0; type == RELAY_FORWARD || type == RELAY_REPLY; i++) {
		if (i == MOST_RELAYS || !unwrap(c, &who))
			return;
		type = cursor_u8(c);
	}
	if (cursor_ok(c) && who.relayed)
		tell_location(x, &who);
	if (cursor_ok(c))
		tell_message(x, type, &who, *c);
}

static bool ports_fit(uint16_t port)
{
	return port == 546 || port == 547;
}

static enum probe probe(const struct probe_input *in)
{
	if (!ports_fit(in->sport) && !ports_fit(in->dport))
		return PROBE_NO;
	for (unsigned d = 0; d < 2; d++) {
		uint8_t type = cursor_peek(&in->first[d], 0);
		if (cursor_left(&in->first[d]))
			return cursor_left(&in->first[d]) >= 4 && type >= SOLICIT && type <= 36 ? PROBE_YES : PROBE_NO;
	}
	return PROBE_MAYBE;
}

const struct dissector dhcp6_dissector = {
	.name = "dhcp6",
	.application = "dhcpv6-server",
	.transports = TRANSPORT_UDP,
	.ports = {547, 546},
	.probe = probe,
	.datagram = datagram,
};
