/* Multicast DNS and DNS-SD (RFC 6762, 6763): hosts tell their names, addresses, services and models themselves. */
#include "classify/dissect/dns_message.h"
#include "classify/dissect/wire.h"

/* The top bit of a record's class says that caches are to forget what they had. */
#define CLASS_BITS 0x7fff
/* Most strings of a text record that are looked at. */
#define MOST_TEXTS 32

static bool is_instance_of(const struct dns_name *name, const char *type)
{
	if (!name->first || name->first >= name->len)
		return false;
	return wire_equal(name->text + name->first + 1, name->len - name->first - 1u, type, strlen(type));
}

/* What a service's text record may say of the device. Apple writes one kind of model under two keys. */
static const struct {
	const char *key;
	const char *service; /* NULL: any */
	enum field field;
	const char *as; /* what the value is put behind */
} keys[] = {
	{"model=", NULL, FIELD_MDNS_DEVICE_INFO, "model="},
	{"osxvers=", NULL, FIELD_MDNS_DEVICE_INFO, "osxvers="},
	{"am=", "_raop._tcp.local", FIELD_MDNS_DEVICE_INFO, "model="},
	{"ty=", "_ipp._tcp.local", FIELD_MDNS_MODEL, ""},
	{"ty=", "_ipps._tcp.local", FIELD_MDNS_MODEL, ""},
	{"ty=", "_printer._tcp.local", FIELD_MDNS_MODEL, ""},
	{"ty=", "_pdl-datastream._tcp.local", FIELD_MDNS_MODEL, ""},
	{"ty=", "_uscan._tcp.local", FIELD_MDNS_MODEL, ""},
	{"md=", "_googlecast._tcp.local", FIELD_MDNS_MODEL, ""},
	{"md=", "_hap._tcp.local", FIELD_MDNS_MODEL, ""},
};

static void tell_key(struct dissection *x, const struct dns_name *owner, const uint8_t *text, size_t len)
{
	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) {
		size_t key = strlen(keys[i].key);
		struct wire_text value = {.len = 0};
		if (len <= key || memcmp(text, keys[i].key, key) ||
		    (keys[i].service && !is_instance_of(owner, keys[i].service)))
			continue;
		wire_text_add(&value, keys[i].as, strlen(keys[i].as));
		wire_text_add(&value, text + key, len - key);
		wire_yield(x, keys[i].field, &value);
		return;
	}
}

static void tell_text(struct dissection *x, const struct dns_record *r)
{
	struct cursor c = r->data;
	bool workstation = is_instance_of(&r->owner, "_workstation._tcp.local");
	for (unsigned i = 0; i < MOST_TEXTS && cursor_left(&c); i++) {
		struct cursor part = cursor_sub_cut(&c, cursor_u8(&c));
		if (workstation)
			dissection_yield(x, FIELD_MDNS_WORKSTATION, SUBJECT_SENDER, part.at, cursor_left(&part));
		else
			tell_key(x, &r->owner, part.at, cursor_left(&part));
	}
}

static void tell_instance(struct dissection *x, const struct dns_name *instance)
{
	bool workstation = is_instance_of(instance, "_workstation._tcp.local");
	dissection_yield(x, workstation ? FIELD_MDNS_WORKSTATION : FIELD_MDNS_SERVICE, SUBJECT_SENDER, instance->text,
			 workstation ? instance->first : instance->len);
}

/* A pointer from a service type leads to an instance of it (or, in the list of all types, to a type); one from
 * a reversed address to a host's name. Types have an underscore in front; sub-types have their own label more. */
static void tell_pointer(struct dissection *x, const struct dns_reader *m, const struct dns_record *r)
{
	struct cursor c = r->data;
	struct dns_name name;
	struct address a;
	uint8_t version = dns_reverse_address(&r->owner, &a);
	if (!dns_name_read(m, &c, &name))
		return;
	if (version)
		dissection_yield_address(x, FIELD_MDNS_ADDRESS, version, &a, name.text, name.len);
	else if (r->owner.text[0] == '_' || dns_name_under(&r->owner, "_dns-sd._udp.local"))
		tell_instance(x, &name);
}

static void tell_record(struct dissection *x, const struct dns_reader *m, const struct dns_record *r, bool relayed)
{
	struct address a;
	uint8_t version = dns_record_address(r, &a);
	if ((r->class & CLASS_BITS) != DNS_IN)
		return;
	if (version)
		dissection_yield_address(x, FIELD_MDNS_ADDRESS, version, &a, r->owner.text, r->owner.len);
	else if (relayed)
		return;
	else if (r->type == DNS_PTR && r->owner.len)
		tell_pointer(x, m, r);
	else if (r->type == DNS_TXT)
		tell_text(x, r);
	else if (r->type == DNS_SRV && r->owner.len)
		tell_instance(x, &r->owner);
}

/* In a query the answers are what the asker knows of others; the authority section of a probe is what it is about
 * to claim (RFC 6762 8.2). */
static bool claims(const struct dns_reader *m, const struct dns_record *r)
{
	if (r->section == DNS_QUESTION)
		return false;
	return DNS_FLAG_RESPONSE(m->flags) || r->section == DNS_AUTHORITY;
}

/* Gateways repeat on one link what was said on another, and sleep proxies speak for who sleeps: what they say has the
 * addresses of others and not their own. Who speaks for itself gives those it has on the link (RFC 6762 14); over IPv6
 * it may leave out the one it sends from. */
static bool is_relayed(const struct dissection *x, const struct cursor *c)
{
	const struct address *from = x->packet ? &x->packet->src : NULL;
	bool others = false, link = from && address_is_link_local(from, x->packet->version);
	struct dns_reader m;
	struct dns_record r;
	struct address a = {.words = {0, 0}};
	if (!from || !dns_open(&m, *c))
		return false;
	while (dns_next(&m, &r)) {
		uint8_t version = claims(&m, &r) && r.ttl ? dns_record_address(&r, &a) : 0;
		if (version == x->packet->version && address_equal(&a, from))
			return false;
		others |= version == x->packet->version && (version == 4 || (link && address_is_link_local(&a, 6)));
	}
	return others;
}

/* A goodbye (RFC 6762 10.1) takes the claim back. */
static void datagram(struct dissection *x, struct cursor *c)
{
	struct dns_reader m;
	struct dns_record r;
	if (!dns_open(&m, *c) || DNS_FLAG_OPCODE(m.flags))
		return;
	bool relayed = is_relayed(x, c);
	while (dns_next(&m, &r))
		if (claims(&m, &r) && r.ttl)
			tell_record(x, &m, &r, relayed);
}

static enum probe probe(const struct probe_input *in)
{
	struct dns_reader m;
	if (in->sport != 5353 && in->dport != 5353)
		return PROBE_NO;
	for (unsigned d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return dns_open(&m, in->first[d]) && !DNS_FLAG_OPCODE(m.flags) ? PROBE_YES : PROBE_NO;
	return PROBE_MAYBE;
}

const struct dissector mdns_dissector = {
	.name = "mdns",
	.application = "mdns",
	.transports = TRANSPORT_UDP,
	.ports = {5353},
	.probe = probe,
	.datagram = datagram,
};
