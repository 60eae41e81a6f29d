/* LDAP (RFC 4511), over TCP and for Windows' locator over UDP: who logs in, and what the directory's root says. */
#include "classify/dissect/ber.h"
#include "classify/dissect/netlogon.h"
#include "classify/dissect/security_token.h"
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT        389
#define PORT_GLOBAL 3268 /* of Active Directory's global catalogue */

#define MESSAGE_BYTES 16384
#define ROOT_BYTES    2048
#define MOST_MESSAGES 64
#define ATTRIBUTES    16 /* of the root that are looked at */

enum { BIND_REQUEST = 0x60, BIND_RESPONSE = 0x61, SEARCH_ENTRY = 0x64, SEARCH_DONE = 0x65, SEARCH_REFERENCE = 0x73 };
enum { BER_SET = 0x31, SIMPLE = 0x80, EXTENDED_REQUEST = 0x77, EXTENDED_RESPONSE = 0x78 };

struct ldap {
	uint8_t messages[2];
	bool starttls; /* asked, not answered */
};

static void read_bind(struct dissection *x, struct cursor c)
{
	struct ber authentication;
	ber_expect(&c, BER_INTEGER);
	struct cursor name = ber_expect(&c, BER_OCTETS);
	if (ber_next(&c, &authentication) && authentication.tag == SIMPLE && cursor_left(&authentication.value))
		dissection_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, name.at, cursor_left(&name));
}

static void tell_name(struct dissection *x, enum field field, const struct dns_name *name)
{
	dissection_yield(x, field, SUBJECT_SENDER, name->text, name->len);
}

/* The attribute Netlogon of the root, which is no text. */
static bool read_netlogon(struct dissection *x, struct cursor entry)
{
	struct cursor list = ber_expect(&entry, BER_SEQUENCE);
	struct ber attribute;
	struct netlogon n;
	for (unsigned i = 0; i < ATTRIBUTES && ber_next(&list, &attribute); i++) {
		struct cursor name = ber_expect(&attribute.value, BER_OCTETS);
		struct cursor values = ber_expect(&attribute.value, BER_SET);
		if (!text_is(name, "netlogon"))
			continue;
		if (netlogon_read(ber_expect(&values, BER_OCTETS), &n)) {
			tell_name(x, FIELD_NETLOGON_HOST, n.host.len ? &n.host : &n.short_host);
			tell_name(x, FIELD_NETLOGON_DOMAIN, &n.domain);
			tell_name(x, FIELD_NETLOGON_DOMAIN, &n.short_domain);
		}
		return true;
	}
	return false;
}

/* The message as it is, when it tells of the root (an entry without a name). */
static void read_entry(struct dissection *x, struct cursor entry, struct cursor message)
{
	struct ber name;
	size_t len = cursor_left(&message);
	if (!ber_next(&entry, &name) || name.tag != BER_OCTETS || cursor_left(&name.value))
		return;
	if (!read_netlogon(x, entry))
		dissection_yield(x, FIELD_LDAP_SEARCH_RESULT, SUBJECT_SENDER, message.at,
				 len < ROOT_BYTES ? len : ROOT_BYTES);
}

/* What changes entries, and how that went. */
static bool is_change(uint8_t operation)
{
	return operation == 0x66 || operation == 0x68 || operation == 0x4a || operation == 0x6c || operation == 0x6e;
}

static bool is_changed(uint8_t operation)
{
	return operation == 0x67 || operation == 0x69 || operation == 0x6b || operation == 0x6d || operation == 0x6f;
}

static bool is_reply(uint8_t operation)
{
	return operation == BIND_RESPONSE || operation == SEARCH_ENTRY || operation == SEARCH_DONE ||
	       operation == SEARCH_REFERENCE || operation == EXTENDED_RESPONSE;
}

/* StartTLS (RFC 4511 4.14): the name of the request; a response with result 0 agrees. */
static void read_extended(struct dissection *x, struct ldap *s, const struct ber *operation)
{
	static const char oid[] = "1.3.6.1.4.1.1466.20037";
	struct cursor name = ber_find(operation->value, 0x80), result = operation->value;
	if (operation->tag == EXTENDED_REQUEST) {
		s->starttls = wire_equal(name.at, cursor_left(&name), oid, sizeof oid - 1);
		return;
	}
	if (s->starttls && ber_number(ber_expect(&result, 0x0a)) == 0 && cursor_ok(&result))
		text_starttls(x);
	s->starttls = false;
}

/* `message` from its outer tag on. */
static void datagram(struct dissection *x, struct cursor *c)
{
	struct cursor message = *c, at = *c;
	struct cursor sequence = ber_expect(&at, BER_SEQUENCE);
	struct ber operation;
	ber_expect(&sequence, BER_INTEGER);
	if (!ber_next(&sequence, &operation))
		return;
	if (is_reply(operation.tag) || is_changed(operation.tag))
		wire_served(x);
	if (operation.tag == BIND_REQUEST || operation.tag == BIND_RESPONSE)
		security_token_find(x, operation.value);
	if (operation.tag == EXTENDED_REQUEST || operation.tag == EXTENDED_RESPONSE)
		read_extended(x, x->state, &operation);
	else if (operation.tag == BIND_REQUEST)
		read_bind(x, operation.value);
	else if (operation.tag == SEARCH_ENTRY)
		read_entry(x, operation.value, message);
}

/* Once the two have agreed to seal what they say, no message begins with a sequence any more. */
static void stream(struct dissection *x, struct cursor *c)
{
	struct ldap *s = x->state;
	while (!x->next && cursor_left(c) >= 6) {
		if (text_turned_to_tls(x, *c))
			return;
		struct cursor at = *c;
		uint8_t tag;
		size_t len = ber_head(&at, &tag);
		if (!cursor_ok(&at) || tag != BER_SEQUENCE || ++s->messages[x->direction] > MOST_MESSAGES) {
			dissection_done(x);
			return;
		}
		size_t head = (size_t)(at.at - c->at), have = cursor_left(&at);
		if (len <= MESSAGE_BYTES && have < len) {
			s->messages[x->direction]--;
			return;
		}
		struct cursor message = cursor_sub(c, head + (have < len ? have : len));
		if (have < len)
			dissection_skip(x, len - have);
		else
			datagram(x, &message);
	}
}

/* Changes come behind a bind: as the first that is seen they tell LDAP by its port alone. */
static bool fits(struct cursor c, bool usual_port)
{
	uint8_t tag, operation;
	ber_head(&c, &tag);
	struct cursor id = ber_expect(&c, BER_INTEGER);
	operation = cursor_u8(&c);
	return cursor_ok(&c) && tag == BER_SEQUENCE && cursor_left(&id) >= 1 && cursor_left(&id) <= 4 &&
	       (is_reply(operation) || operation == BIND_REQUEST || operation == 0x63 || operation == 0x77 ||
		operation == 0x42 || (usual_port && (is_change(operation) || is_changed(operation))));
}

static enum probe probe(const struct probe_input *in)
{
	bool usual_port = text_port(in, PORT) || text_port(in, PORT_GLOBAL);
	for (unsigned d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]) >= 8)
			return fits(in->first[d], usual_port) ? PROBE_YES : PROBE_NO;
		else if (cursor_left(&in->first[d]) && cursor_peek(&in->first[d], 0) != BER_SEQUENCE)
			return PROBE_NO;
	return PROBE_MAYBE;
}

const struct dissector ldap_dissector = {
	.name = "ldap",
	.application = "ldap",
	.transports = TRANSPORT_TCP | TRANSPORT_UDP,
	.ports = {PORT, PORT_GLOBAL},
	.state_bytes = sizeof(struct ldap),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
