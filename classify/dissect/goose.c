/* GOOSE (IEC 61850-8-1): events that devices of substations tell each other, with the name of the block they come from.
 */
#include "classify/dissect/ber.h"
#include "classify/dissect/wire.h"
#include "classify/link.h"

#define ETHERTYPE_GOOSE 0x88b8

enum { MESSAGE = 0x61, REFERENCE = 0x80 };

static bool match(const struct packet *p)
{
	return p->ethertype == ETHERTYPE_GOOSE;
}

/* Application, length, two reserved members; then the message, in which the block is named first: "IED1CTRL/LLN0$GO$a".
 */
static void frame(struct dissection *x, struct cursor *c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(c, 8);
	struct cursor message = ber_expect(c, MESSAGE), reference = ber_expect(&message, REFERENCE);
	if (!cursor_ok(&reference) || !cursor_left(&reference) || cursor_left(&reference) > 65 ||
	    !memchr(reference.at, '/', cursor_left(&reference)))
		return;
	wire_label(&t, "kind", wire_literal("substation device"));
	wire_label(&t, "block", reference);
	wire_yield(x, FIELD_GOOSE_DEVICE, &t);
}

const struct link_dissector goose_link = {.name = "goose", .match = match, .frame = frame};
