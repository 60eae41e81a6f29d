/* Z39.50, which libraries of books search by: name and version of both ends' programs (ISO 23950, 3.2.1.1). */
#include "classify/dissect/ber.h"
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define ELEMENTS 32

enum { INIT_REQUEST = 0xb4, INIT_RESPONSE = 0xb5 };
enum { NAME = 111, VERSION = 112 };

static enum probe side(struct cursor c, uint8_t tag)
{
	if (!cursor_left(&c))
		return PROBE_MAYBE;
	if (c.at[0] != tag)
		return PROBE_NO;
	uint8_t found;
	ber_head(&c, &found);
	/* a reference may come first, else the protocol's versions, as bits */
	if (!cursor_ok(&c) || !cursor_left(&c))
		return PROBE_MAYBE;
	return c.at[0] == 0x83 || c.at[0] == 0x82 ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe client = side(in->first[0], INIT_REQUEST), server = side(in->first[1], INIT_RESPONSE);
	return client == PROBE_NO || server == PROBE_NO ? PROBE_NO : client;
}

static void version(struct wire_text *t, struct cursor value)
{
	uint8_t first = cursor_peek(&value, 0);
	if (first >= '0' && first <= '9')
		wire_label(t, "version", value);
}

/* Tags over 30 take a second octet: 0x9f, number. */
static void element(struct cursor *c, struct wire_text *t)
{
	uint8_t tag = cursor_u8(c), number = 0;
	if ((tag & 0x1f) == 0x1f)
		number = cursor_u8(c);
	uint8_t len = cursor_u8(c);
	if (len & 0x80) {
		cursor_fail(c);
		return;
	}
	struct cursor value = cursor_sub(c, len);
	if (number == NAME)
		wire_label(t, "product", value);
	else if (number == VERSION)
		version(t, text_word(&value));
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct wire_text t = {.len = 0};
	struct cursor p = *c, whole;
	uint8_t tag;
	bool server = dissection_from_server(x);
	size_t len = ber_head(&p, &tag);
	if (!cursor_ok(&p)) {
		if (cursor_left(c) > 6)
			dissection_done(x);
		return;
	}
	if (!wire_message(x, c, (uint64_t)(p.at - c->at) + len, &whole))
		return;
	dissection_done(x);
	if (tag != (server ? INIT_RESPONSE : INIT_REQUEST))
		return;
	if (server)
		dissection_service(x);
	ber_head(&whole, &tag);
	for (unsigned i = 0; i < ELEMENTS && cursor_left(&whole); i++)
		element(&whole, &t);
	wire_yield(x, server ? FIELD_Z3950_SERVER : FIELD_Z3950_CLIENT, &t);
}

const struct dissector dissector_z3950 = {
	.name = "z3950",
	.application = "z39-50",
	.transports = TRANSPORT_TCP,
	.ports = {210},
	.probe = probe,
	.stream = stream,
};
