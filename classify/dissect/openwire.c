/* OpenWire, ActiveMQ's own protocol: what both ends say of themselves in the description of their wire format. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

enum { WIRE_FORMAT = 1, STRING = 9 };

static enum probe side(struct cursor c)
{
	static const char magic[] = "\1ActiveMQ";
	if (cursor_peek(&c, 0) || cursor_peek(&c, 1))
		return PROBE_NO;
	if (cursor_left(&c) < 5)
		return PROBE_MAYBE;
	return cursor_u32(&c) < WIRE_MESSAGE_BYTES ? text_probe(c, magic) : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	return text_sides(side(in->first[0]), side(in->first[1]), true);
}

/* A text of the map: key, type, two octets of length. */
static void label(struct wire_text *t, const char *name, struct cursor c, const char *key)
{
	size_t len = strlen(key);
	const uint8_t *at = cursor_left(&c) ? memmem(c.at, cursor_left(&c), key, len) : NULL;
	if (!at)
		return;
	c.at = at;
	cursor_skip(&c, len);
	if (cursor_u8(&c) != STRING)
		return;
	struct cursor value = cursor_sub(&c, cursor_u16(&c));
	if (cursor_ok(&value))
		wire_label(t, name, value);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct wire_text t = {.len = 0};
	struct cursor p = *c, whole;
	if (cursor_left(c) < 4 || !wire_message(x, c, (uint64_t)cursor_u32(&p) + 4, &whole))
		return;
	dissection_done(x);
	cursor_skip(&whole, 4);
	if (cursor_u8(&whole) != WIRE_FORMAT)
		return;
	if (dissection_from_server(x))
		dissection_service(x);
	label(&t, "product", whole, "ProviderName");
	label(&t, "version", whole, "ProviderVersion");
	label(&t, "platform", whole, "PlatformDetails");
	wire_yield(x, dissection_from_server(x) ? FIELD_OPENWIRE_SERVER : FIELD_OPENWIRE_CLIENT, &t);
}

const struct dissector dissector_openwire = {
	.name = "openwire",
	.application = "openwire",
	.transports = TRANSPORT_TCP,
	.ports = {61616},
	.probe = probe,
	.stream = stream,
};
