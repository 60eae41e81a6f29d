#include "classify/dissect/security_token.h"

#include "classify/dissect/ber.h"
#include "classify/dissect/ntlmssp.h"
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define CONTEXT(n) (0xa0 + (n))

enum { TICKET = 0x61, GENERAL_STRING = 0x1b };

/* How an AP-REQ begins: version 5, message type 14. */
static const uint8_t beginning[] = {CONTEXT(0), 3, BER_INTEGER, 1, 5, CONTEXT(1), 3, BER_INTEGER, 1, 14};

/* Goes into an element, whose end may be missing. */
static void enter(struct cursor *c, uint8_t wanted)
{
	uint8_t tag;
	ber_head(c, &tag);
	if (tag != wanted)
		cursor_fail(c);
}

static void step_over(struct cursor *c, uint8_t wanted)
{
	uint8_t tag;
	size_t len = ber_head(c, &tag);
	if (tag != wanted)
		cursor_fail(c);
	cursor_skip(c, len);
}

static struct cursor text(struct cursor *c)
{
	return ber_expect(c, GENERAL_STRING);
}

/* The ticket behind the options: version, realm, the service's name of two parts or more. */
static bool ticket(struct cursor c, struct cursor *realm, struct cursor *host)
{
	step_over(&c, CONTEXT(2));
	enter(&c, CONTEXT(3));
	enter(&c, TICKET);
	enter(&c, BER_SEQUENCE);
	step_over(&c, CONTEXT(0));
	enter(&c, CONTEXT(1));
	*realm = text(&c);
	enter(&c, CONTEXT(2));
	enter(&c, BER_SEQUENCE);
	step_over(&c, CONTEXT(0));
	enter(&c, CONTEXT(1));
	struct cursor names = ber_expect(&c, BER_SEQUENCE);
	struct cursor service = text(&names);
	*host = text(&names);
	return cursor_ok(&names) && cursor_ok(&c) && !text_is(service, "krbtgt");
}

/* A name of the realm alone is what its controllers answer to together. */
static void tell(struct dissection *x, struct cursor realm, struct cursor host)
{
	struct cursor name;
	dissection_yield(x, FIELD_KERBEROS_REALM, SUBJECT_RECEIVER, realm.at, cursor_left(&realm));
	if (text_host(host, &name) && !wire_equal(name.at, cursor_left(&name), realm.at, cursor_left(&realm)))
		dissection_yield(x, FIELD_KERBEROS_SERVICE_HOST, SUBJECT_RECEIVER, name.at, cursor_left(&name));
}

void security_token_find(struct dissection *x, struct cursor octets)
{
	struct cursor realm, host;
	if (ntlmssp_find(x, octets) || !cursor_left(&octets))
		return;
	const uint8_t *at = memmem(octets.at, cursor_left(&octets), beginning, sizeof beginning);
	if (!at)
		return;
	octets.at = at + sizeof beginning;
	if (ticket(octets, &realm, &host))
		tell(x, realm, host);
}
