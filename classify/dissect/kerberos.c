/* Kerberos (RFC 4120): who asks for tickets, of which realm, from which machine. */
#include "classify/dissect/ber.h"
#include "classify/dissect/netbios_name.h"
#include "classify/dissect/wire.h"

#define CONTEXT(n)     (0xa0 + (n))
#define MOST_ADDRESSES 16
#define MOST_PADATA    16

enum { AS_REQUEST = 0x6a, AS_REPLY = 0x6b, TGS_REQUEST = 0x6c, TGS_REPLY = 0x6d, ERROR_REPLY = 0x7e };
enum { ADDRESS_NETBIOS = 20 };
enum { PA_PAC_REQUEST = 128 }; /* [MS-KILE] 2.2.3 */

/* A realm is a domain of Windows only where somebody speaks as its members do: Kerberos has realms without. */
struct kerberos {
	bool windows;
};

/* What stands behind a context tag inside a sequence. */
static struct cursor member(struct cursor sequence, unsigned n)
{
	struct ber b;
	struct cursor c = ber_find(sequence, (uint8_t)CONTEXT(n));
	return ber_next(&c, &b) ? b.value : cursor_init(NULL, 0);
}

static void is_windows(struct dissection *x)
{
	struct kerberos *k = x->state;
	k->windows = true;
}

/* A machine logs in under its name with a dollar behind it, a service of it as host/name. */
static void tell_principal(struct dissection *x, enum subject subject, struct cursor principal, struct cursor realm)
{
	struct cursor parts = member(principal, 1);
	struct ber first, second;
	struct wire_text who = {.len = 0};
	if (!ber_next(&parts, &first) || !cursor_left(&first.value))
		return;
	size_t len = cursor_left(&first.value);
	if (ber_next(&parts, &second)) {
		if (wire_equal(first.value.at, len, "host", 4))
			dissection_yield(x, FIELD_KERBEROS_HOST, subject, second.value.at, cursor_left(&second.value));
		return;
	}
	if (first.value.at[len - 1] == '$') {
		is_windows(x); /* accounts of machines are a domain's */
		dissection_yield(x, FIELD_KERBEROS_HOST, subject, first.value.at, len - 1);
		return;
	}
	/* a name as mail knows it brings its own domain */
	if (cursor_left(&realm) && !memchr(first.value.at, '@', len)) {
		wire_text_add(&who, realm.at, cursor_left(&realm));
		wire_text_add(&who, "\\", 1);
	}
	wire_text_add(&who, first.value.at, len);
	dissection_yield(x, FIELD_USER_NAME, subject, who.data, who.len);
}

static void tell_addresses(struct dissection *x, struct cursor list)
{
	struct ber address;
	for (unsigned i = 0; i < MOST_ADDRESSES && ber_next(&list, &address); i++) {
		struct netbios_name name;
		struct cursor text = member(address.value, 1);
		if (ber_number(member(address.value, 0)) == ADDRESS_NETBIOS && cursor_left(&text) == 16 &&
		    netbios_name_set(&name, text.at)) {
			is_windows(x);
			dissection_yield(x, FIELD_KERBEROS_HOST, SUBJECT_SENDER, name.text, name.len);
		}
	}
}

/* Members of a domain ask for the groups they are in, or that they be left out; nobody else knows of them. */
static void look_at_padata(struct dissection *x, struct cursor list)
{
	struct ber one;
	for (unsigned i = 0; i < MOST_PADATA && ber_next(&list, &one); i++)
		if (ber_number(member(one.value, 1)) == PA_PAC_REQUEST)
			is_windows(x);
}

/* Realms that no domain has (RFC 6111). */
static bool is_well_known(struct cursor realm)
{
	return cursor_left(&realm) >= 10 && !memcmp(realm.at, "WELLKNOWN:", 10);
}

static void tell_realm(struct dissection *x, struct cursor realm)
{
	const struct kerberos *k = x->state;
	if (k->windows && !is_well_known(realm))
		dissection_yield(x, FIELD_KERBEROS_REALM, SUBJECT_SENDER, realm.at, cursor_left(&realm));
}

/* The realm a ticket is asked for is the client's own only in the first exchange. */
static void read_request(struct dissection *x, struct cursor sequence, bool first)
{
	struct cursor body = member(sequence, 4);
	struct cursor realm = member(body, 2);
	if (!first || ber_number(member(sequence, 1)) != 5)
		return;
	look_at_padata(x, member(sequence, 3));
	tell_principal(x, SUBJECT_SENDER, member(body, 1), realm);
	tell_addresses(x, member(body, 9));
	tell_realm(x, realm);
}

/* Tickets for a service may be issued in another's name, so only the first exchange tells of the receiver. */
static void read_reply(struct dissection *x, struct cursor sequence, bool first)
{
	if (ber_number(member(sequence, 0)) != 5)
		return;
	wire_served(x);
	struct cursor realm = member(sequence, 3);
	if (!first)
		return;
	tell_principal(x, SUBJECT_RECEIVER, member(sequence, 4), realm);
	tell_realm(x, realm);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct ber message;
	if (!ber_next(c, &message))
		return;
	struct cursor sequence = ber_expect(&message.value, BER_SEQUENCE);
	if (message.tag == AS_REQUEST || message.tag == TGS_REQUEST)
		read_request(x, sequence, message.tag == AS_REQUEST);
	else if (message.tag == AS_REPLY || message.tag == TGS_REPLY)
		read_reply(x, sequence, message.tag == AS_REPLY);
	else if (message.tag == ERROR_REPLY && ber_number(member(sequence, 0)) == 5)
		wire_served(x);
}

/* Over TCP each message stands behind its length (RFC 4120 7.2.2). */
static void stream(struct dissection *x, struct cursor *c)
{
	while (cursor_left(c) >= 4) {
		struct cursor at = *c;
		uint32_t len = cursor_u32(&at);
		if (len > INSPECT_PENDING_BYTES - 4) {
			dissection_done(x);
			return;
		}
		if (cursor_left(&at) < len)
			return;
		struct cursor message = cursor_sub(&at, len);
		*c = at;
		datagram(x, &message);
	}
}

/* Tag, length, a sequence, and the protocol version 5 behind the first or second tag. */
static bool is_tag(uint8_t tag)
{
	return tag == AS_REQUEST || tag == TGS_REQUEST || tag == AS_REPLY || tag == TGS_REPLY || tag == ERROR_REPLY;
}

static bool fits(struct cursor c)
{
	static const uint8_t versions[2][5] = {{0xa0, 3, 2, 1, 5}, {0xa1, 3, 2, 1, 5}};
	uint8_t tag, inner;
	ber_head(&c, &tag);
	ber_head(&c, &inner);
	const uint8_t *version = cursor_bytes(&c, 5);
	if (!version || inner != BER_SEQUENCE)
		return false;
	if (tag == AS_REQUEST || tag == TGS_REQUEST)
		return !memcmp(version, versions[1], 5);
	return (tag == AS_REPLY || tag == TGS_REPLY || tag == ERROR_REPLY) && !memcmp(version, versions[0], 5);
}

static enum probe probe(const struct probe_input *in)
{
	for (unsigned d = 0; d < 2; d++) {
		struct cursor c = in->first[d];
		if (!cursor_left(&c))
			continue;
		if (in->transport == TRANSPORT_TCP) {
			/* behind the length a message has an application's tag */
			if (cursor_peek(&c, 0) || (cursor_left(&c) > 4 && !is_tag(c.at[4])))
				return PROBE_NO;
			if (cursor_left(&c) < 20)
				return PROBE_MAYBE;
			cursor_skip(&c, 4);
		}
		return fits(c) ? PROBE_YES : PROBE_NO;
	}
	return PROBE_MAYBE;
}

const struct dissector kerberos_dissector = {
	.name = "kerberos",
	.application = "kerberos",
	.transports = TRANSPORT_UDP | TRANSPORT_TCP,
	.ports = {88},
	.state_bytes = sizeof(struct kerberos),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
