/* TP-Link's plugs and lamps ("Kasa"): JSON of which each octet is xored with the one before it, as sent; over TCP
 * behind its length. What a device says of itself is in the answer to get_sysinfo. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT       9999
#define TEXT_BYTES 2048
#define FIRST_KEY  171
#define MESSAGES   8

struct kasa {
	uint8_t messages[2];
};

static struct cursor plain(struct cursor c, uint8_t *out, size_t size)
{
	uint8_t key = FIRST_KEY;
	size_t n = 0;
	for (; c.at < c.end && n < size; key = *c.at++)
		out[n++] = *c.at ^ key;
	return cursor_init(out, n);
}

/* '{' and '"', as they come. */
static enum probe begins(struct cursor c)
{
	return text_probe(c, "\320\362");
}

static enum probe side(struct cursor c, uint8_t transport)
{
	if (!cursor_left(&c))
		return PROBE_MAYBE;
	if (transport == TRANSPORT_UDP)
		return begins(c) == PROBE_YES ? PROBE_YES : PROBE_NO;
	if (cursor_left(&c) < 4)
		return cursor_peek(&c, 0) ? PROBE_NO : PROBE_MAYBE;
	return cursor_u32(&c) < 65536 ? begins(c) : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	if (!text_port(in, PORT))
		return PROBE_NO;
	return text_sides(side(in->first[0], in->transport), side(in->first[1], in->transport), true);
}

static void label(struct wire_text *t, const char *name, struct cursor json, const char *key)
{
	struct cursor value;
	if (text_json(json, key, &value))
		wire_label(t, name, value);
}

static void answer(struct dissection *x, struct cursor c)
{
	uint8_t out[TEXT_BYTES];
	struct wire_text t = {.len = 0};
	struct cursor json = plain(c, out, sizeof out), model;
	if (!text_json(json, "model", &model))
		return;
	wire_label(&t, "vendor", wire_literal("TP-Link"));
	wire_label(&t, "model", model);
	label(&t, "serial", json, "deviceId");
	label(&t, "firmware", json, "sw_ver");
	wire_yield(x, FIELD_ANNOUNCE_DEVICE, &t);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct kasa *s = x->state;
	struct cursor whole;
	while (!x->done[x->direction] && cursor_left(c) >= 4) {
		struct cursor p = *c;
		if (!wire_message(x, c, (uint64_t)cursor_u32(&p) + 4, &whole))
			return;
		if (++s->messages[x->direction] >= MESSAGES)
			dissection_done(x);
		if (!dissection_from_server(x))
			continue;
		dissection_service(x);
		cursor_skip(&whole, cursor_left(&whole) ? 4 : 0);
		answer(x, whole);
	}
}

static void datagram(struct dissection *x, struct cursor *c)
{
	if (wire_sender_port(x) != PORT || begins(*c) != PROBE_YES)
		return;
	wire_served(x);
	answer(x, *c);
}

const struct dissector dissector_kasa = {
	.name = "kasa",
	.application = "tplink-smarthome",
	.transports = TRANSPORT_TCP | TRANSPORT_UDP,
	.ports = {PORT},
	.state_bytes = sizeof(struct kasa),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
