/* Apache Pulsar's binary protocol: both ends name their version when they connect. Commands are protocol buffers. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

enum { HEAD_BYTES = 8, CONNECT = 2, CONNECTED = 3, TYPE_KEY = 0x08, BODY_CONNECT = 0x12, BODY_CONNECTED = 0x1a };
enum { VERSION_KEY = 0x0a };

/* Length of all, length of the command, kind of command. */
static enum probe side(struct cursor c, uint8_t kind)
{
	if (!cursor_left(&c))
		return PROBE_MAYBE;
	if (cursor_peek(&c, 0))
		return PROBE_NO;
	if (cursor_left(&c) < HEAD_BYTES + 3)
		return PROBE_MAYBE;
	uint32_t all = cursor_u32(&c), len = cursor_u32(&c);
	uint8_t key = cursor_u8(&c), is = cursor_u8(&c), body = cursor_u8(&c);
	return all == len + 4 && len > 4 && len < 8192 && key == TYPE_KEY && is == kind &&
			       body == (kind == CONNECT ? BODY_CONNECT : BODY_CONNECTED)
		       ? PROBE_YES
		       : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe a = side(in->first[0], CONNECT), b = side(in->first[1], CONNECTED);
	return b == PROBE_NO ? PROBE_NO : a;
}

/* Seven bits an octet, the lowest first; lengths here need two at most. */
static size_t number(struct cursor *c)
{
	size_t n = cursor_u8(c);
	if (n & 0x80)
		n = (n & 0x7f) | (size_t)cursor_u8(c) << 7;
	return n;
}

/* "Pulsar-Java-v2.10.0", "Pulsar Server2.10.1", "Pulsar Go 0.9.0": a version is what follows the first digit. */
static void tell(struct dissection *x, struct cursor text)
{
	struct wire_text t = {.len = 0};
	struct cursor product = text, version = text;
	while (version.at < version.end && !(*version.at >= '0' && *version.at <= '9'))
		version.at++;
	product.end = version.at;
	if (product.end - product.at > 2 && product.end[-1] == 'v' && product.end[-2] == '-')
		product.end -= 2;
	wire_label(&t, "product", product);
	wire_label(&t, "version", version);
	wire_yield(x, dissection_from_server(x) ? FIELD_PULSAR_SERVER : FIELD_PULSAR_CLIENT, &t);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct cursor whole, p = *c;
	if (cursor_left(c) < HEAD_BYTES)
		return;
	uint64_t all = cursor_u32(&p);
	if (all > 8192) {
		dissection_done(x);
		return;
	}
	if (!wire_message(x, c, 4 + all, &whole))
		return;
	if (dissection_from_server(x))
		dissection_service(x);
	cursor_skip(&whole, HEAD_BYTES + 3);
	struct cursor body = cursor_sub_cut(&whole, number(&whole));
	if (cursor_u8(&body) == VERSION_KEY) {
		struct cursor text = cursor_sub(&body, number(&body));
		if (cursor_ok(&body) && text_starts(text, "Pulsar"))
			tell(x, text);
	}
	dissection_done(x);
}

const struct dissector dissector_pulsar = {
	.name = "pulsar",
	.application = "pulsar",
	.transports = TRANSPORT_TCP,
	.ports = {6650},
	.probe = probe,
	.stream = stream,
};
