/* DHCPv4 (RFC 2131, 2132): clients tell of themselves, servers say who has which address. */
#include "classify/dissect/dhcp_device.h"
#include "classify/dissect/dns_message.h"
#include "classify/dissect/location.h"
#include "classify/dissect/wire.h"

#define MAGIC        0x63825363u
#define MOST_OPTIONS 256

enum {
	OPTION_PAD = 0,
	OPTION_HOST_NAME = 12,
	OPTION_DOMAIN = 15,
	OPTION_VENDOR_SPECIFIC = 43,
	OPTION_LEASE = 51,
	OPTION_OVERLOAD = 52,
	OPTION_TYPE = 53,
	OPTION_SERVER = 54,
	OPTION_PARAMETERS = 55,
	OPTION_VENDOR_CLASS = 60,
	OPTION_CLIENT_ID = 61,
	OPTION_USER_CLASS = 77,
	OPTION_FQDN = 81,
	OPTION_RELAY_AGENT = 82,
	OPTION_VENDOR_IDENTIFIED = 125,
	OPTION_END = 255,
};
enum { CIRCUIT_ID = 1, REMOTE_ID = 2 }; /* of the relay agent's information */
enum { TYPE_OFFER = 2, TYPE_ACK = 5 };

struct dhcp {
	struct cursor regions[3]; /* options, and the file and server name fields where options overflow into */
	uint8_t op, hops;
	bool ethernet;
	const uint8_t *mac;
	struct address ciaddr, yiaddr, giaddr;
};

/* An option put together from all its parts (RFC 3396). */
struct option {
	uint8_t data[1024];
	size_t len;
};

static void gather_region(struct cursor c, uint8_t code, struct option *o)
{
	for (unsigned i = 0; i < MOST_OPTIONS && cursor_left(&c); i++) {
		uint8_t at = cursor_u8(&c);
		if (at == OPTION_PAD)
			continue;
		if (at == OPTION_END)
			return;
		struct cursor value = cursor_sub(&c, cursor_u8(&c));
		size_t n = cursor_left(&value);
		if (at != code || n > sizeof o->data - o->len)
			continue;
		if (n)
			memcpy(o->data + o->len, value.at, n);
		o->len += n;
	}
}

static bool gather(const struct dhcp *d, uint8_t code, struct option *o)
{
	o->len = 0;
	for (unsigned i = 0; i < 3; i++)
		gather_region(d->regions[i], code, o);
	return o->len > 0;
}

static bool read_header(struct cursor *c, struct dhcp *d)
{
	*d = (struct dhcp){.op = cursor_u8(c)};
	uint8_t hardware = cursor_u8(c), hardware_len = cursor_u8(c);
	d->hops = cursor_u8(c);
	cursor_skip(c, 8);
	d->ciaddr = wire_address(c, 4);
	d->yiaddr = wire_address(c, 4);
	cursor_skip(c, 4);
	d->giaddr = wire_address(c, 4);
	d->mac = cursor_bytes(c, 16);
	struct cursor server_name = cursor_sub(c, 64), file = cursor_sub(c, 128);
	if (!cursor_ok(c) || d->op < 1 || d->op > 2)
		return false;
	d->ethernet = hardware == 1 && hardware_len == 6 && !mac_is_zero(d->mac) && !(d->mac[0] & 1);
	if (cursor_u32(c) != MAGIC)
		return false;
	d->regions[0] = *c;
	struct option overload;
	if (gather(d, OPTION_OVERLOAD, &overload)) {
		if (overload.data[0] & 1)
			d->regions[1] = file;
		if (overload.data[0] & 2)
			d->regions[2] = server_name;
	}
	return true;
}

/* A relay passes on what clients say, so the client is named by its hardware address, not by who sent this. */
static void yield(struct dissection *x, const struct dhcp *d, enum field field, const void *value, size_t len)
{
	if (d->ethernet)
		dissection_yield_mac(x, field, d->mac, 4, wire_address_usable(&d->ciaddr, 4) ? &d->ciaddr : NULL, value,
				     len);
	else if (address_is_zero(&d->giaddr) && !address_is_zero(&x->packet->src))
		dissection_yield(x, field, SUBJECT_SENDER, value, len);
}

static void tell_parameters(struct dissection *x, const struct dhcp *d, const struct option *o)
{
	struct wire_text text = {.len = 0};
	for (size_t i = 0; i < o->len && text.len + 4 < sizeof text.data; i++)
		wire_text_format(&text, i ? ",%u" : "%u", o->data[i]);
	yield(x, d, FIELD_DHCP_PARAMETERS, text.data, text.len);
}

/* RFC 4702: flags, two octets of no use any more, the name as text or as DNS writes it; a partial name has no root
 * label at its end, so one is put there. */
static void tell_fqdn(struct dissection *x, const struct dhcp *d, struct option *o)
{
	bool encoded = o->data[0] & 4;
	struct cursor text = wire_trim(cursor_init(o->data + 3, o->len - 3));
	if (!encoded) {
		yield(x, d, FIELD_DHCP_FQDN, text.at, cursor_left(&text));
		return;
	}
	if (o->len < sizeof o->data)
		o->data[o->len++] = 0;
	struct cursor c = cursor_init(o->data + 3, o->len - 3);
	struct dns_reader reader = {.message = c};
	struct dns_name name;
	if (dns_name_read(&reader, &c, &name))
		yield(x, d, FIELD_DHCP_FQDN, name.text, name.len);
}

/* RFC 3004 puts each class behind its length, though many just write the text; the first class tells. */
static void tell_user_class(struct dissection *x, const struct dhcp *d, const struct option *o)
{
	struct cursor list = cursor_init(o->data, o->len), first;
	while (cursor_ok(&list) && cursor_left(&list))
		cursor_skip(&list, cursor_u8(&list));
	first = cursor_init(o->data, o->len);
	if (cursor_ok(&list))
		first = cursor_sub(&first, cursor_u8(&first));
	first = wire_trim(first);
	yield(x, d, FIELD_DHCP_USER_CLASS, first.at, cursor_left(&first));
}

static struct cursor all_of(const struct dhcp *d, uint8_t code, struct option *o)
{
	(void)gather(d, code, o);
	return cursor_init(o->data, o->len);
}

static void tell_device(struct dissection *x, const struct dhcp *d)
{
	struct option class, specific, identified;
	struct wire_text text;
	if (dhcp_device(all_of(d, OPTION_VENDOR_CLASS, &class), all_of(d, OPTION_VENDOR_SPECIFIC, &specific),
			all_of(d, OPTION_VENDOR_IDENTIFIED, &identified), &text))
		yield(x, d, FIELD_DHCP_DEVICE, text.data, text.len);
}

static void tell_client(struct dissection *x, const struct dhcp *d)
{
	static const struct {
		uint8_t option;
		enum field field;
		bool text;
	} rows[] = {
		{OPTION_HOST_NAME, FIELD_DHCP_HOST_NAME, true},
		{OPTION_VENDOR_CLASS, FIELD_DHCP_VENDOR_CLASS, true},
		{OPTION_CLIENT_ID, FIELD_DHCP_CLIENT_ID, false},
	};
	struct option o;
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!gather(d, rows[i].option, &o))
			continue;
		struct cursor value = cursor_init(o.data, o.len);
		if (rows[i].text)
			value = wire_trim(value);
		yield(x, d, rows[i].field, value.at, cursor_left(&value));
	}
	if (gather(d, OPTION_PARAMETERS, &o))
		tell_parameters(x, d, &o);
	if (gather(d, OPTION_USER_CLASS, &o))
		tell_user_class(x, d, &o);
	if (gather(d, OPTION_FQDN, &o) && o.len > 3)
		tell_fqdn(x, d, &o);
	tell_device(x, d);
}

/* RFC 3046: the switch that passes a client's words on says at which of its ports it heard them; a server gives that
 * back unchanged. */
static void tell_location(struct dissection *x, const struct dhcp *d)
{
	struct option o;
	struct wire_text text = {.len = 0};
	struct cursor circuit = cursor_init(NULL, 0), remote = circuit;
	if (!d->ethernet || !gather(d, OPTION_RELAY_AGENT, &o))
		return;
	struct cursor c = cursor_init(o.data, o.len);
	while (cursor_left(&c) >= 2) {
		uint8_t kind = cursor_u8(&c);
		struct cursor value = cursor_sub(&c, cursor_u8(&c));
		if (kind == CIRCUIT_ID)
			circuit = value;
		else if (kind == REMOTE_ID)
			remote = value;
	}
	if (!cursor_left(&circuit) && !cursor_left(&remote))
		return;
	wire_text_format(&text, "kind=switchPort");
	if (cursor_left(&remote)) {
		location_label(&text, "chassis", remote);
	} else if (wire_address_usable(&d->giaddr, 4)) {
		char relay[ADDRESS_TEXT_BYTES];
		wire_label(&text, "chassis", cursor_init(relay, address_text(&d->giaddr, 4, relay)));
	}
	location_label(&text, "port", circuit);
	dissection_yield_mac(x, FIELD_DHCP_RELAY_AGENT, d->mac, 4, NULL, text.data, text.len);
}

static void tell_lease(struct dissection *x, const struct dhcp *d)
{
	struct option o;
	struct bound b = {.binding = BINDING_DHCP, .version = 4, .spoken_of = true};
	b.address = address_is_zero(&d->yiaddr) ? d->ciaddr : d->yiaddr;
	if (!d->ethernet || !wire_address_usable(&b.address, 4))
		return;
	memcpy(b.mac, d->mac, 6);
	if (gather(d, OPTION_LEASE, &o) && o.len == 4) {
		struct cursor c = cursor_init(o.data, o.len);
		b.lease_s = cursor_u32(&c);
	}
	dissection_bind(x, &b);
	if (gather(d, OPTION_DOMAIN, &o)) {
		struct cursor domain = wire_trim(cursor_init(o.data, o.len));
		dissection_yield_mac(x, FIELD_DHCP_DOMAIN, d->mac, 4, &b.address, domain.at, cursor_left(&domain));
	}
}

/* A relay answers from its own address with the server's words: only who names itself is the server. */
static bool is_server(struct dissection *x, const struct dhcp *d)
{
	struct option o;
	if (!gather(d, OPTION_SERVER, &o) || o.len != 4)
		return address_is_zero(&d->giaddr);
	return !memcmp(o.data, x->packet->src.bytes, 4);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct dhcp d;
	struct option type;
	if (x->packet->version != 4 || !read_header(c, &d))
		return;
	if (!gather(&d, OPTION_TYPE, &type))
		type.data[0] = 0;
	tell_location(x, &d);
	if (d.op == 1) {
		tell_client(x, &d);
		return;
	}
	if (type.data[0] == TYPE_ACK)
		tell_lease(x, &d);
	if ((type.data[0] == TYPE_ACK || type.data[0] == TYPE_OFFER) && is_server(x, &d))
		wire_served(x);
}

static enum probe probe(const struct probe_input *in)
{
	for (unsigned d = 0; d < 2; d++) {
		struct cursor c = in->first[d];
		if (!cursor_left(&c))
			continue;
		cursor_skip(&c, 236);
		return cursor_u32(&c) == MAGIC ? PROBE_YES : PROBE_NO;
	}
	return PROBE_MAYBE;
}

const struct dissector dhcp_dissector = {
	.name = "dhcp",
	.application = "bootps",
	.transports = TRANSPORT_UDP,
	.ports = {67, 68, 4011},
	.probe = probe,
	.datagram = datagram,
};
