/* Beckhoff's ADS over AMS/TCP: the name and version of what a controller runs, from the answer to ReadDeviceInfo. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define TCP_BYTES   6 /* reserved, length */
#define AMS_BYTES   32
#define MOST_LENGTH 65536u
#define MESSAGES    64

enum { READ_DEVICE_INFO = 1, COMMANDS = 9 };
enum { RESPONSE = 1, ADS = 4 };

struct ads {
	uint8_t messages[2];
};

/* Two octets of zero, the length, addresses, command and flags; the length of the data must agree. */
static enum probe side(struct cursor c)
{
	if (cursor_left(&c) < TCP_BYTES + AMS_BYTES)
		return cursor_left(&c) && (cursor_peek(&c, 0) || cursor_peek(&c, 1)) ? PROBE_NO : PROBE_MAYBE;
	uint16_t zero = cursor_u16(&c);
	uint32_t len = cursor_le32(&c);
	cursor_skip(&c, 16);
	uint16_t command = cursor_le16(&c), flags = cursor_le16(&c);
	uint32_t data = cursor_le32(&c);
	bool fits = !zero && len == data + (uint64_t)AMS_BYTES && len <= MOST_LENGTH && command <= COMMANDS;
	return fits && (flags & ~RESPONSE) == ADS ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	return text_sides(side(in->first[0]), side(in->first[1]), true);
}

static void message(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, TCP_BYTES + 16);
	uint16_t command = cursor_le16(&c), flags = cursor_le16(&c);
	cursor_skip(&c, 12);
	if (!cursor_ok(&c) || !(flags & RESPONSE))
		return;
	dissection_service(x);
	if (command != READ_DEVICE_INFO || cursor_le32(&c))
		return;
	unsigned major = cursor_u8(&c), minor = cursor_u8(&c), build = cursor_le16(&c);
	struct cursor name = wire_trim(cursor_sub(&c, 16));
	if (!cursor_ok(&c))
		return;
	struct wire_text product = {.len = 0};
	wire_text_format(&product, text_starts(name, "TwinCAT") ? "%.*s" : "TwinCAT %.*s", (int)cursor_left(&name),
			 (const char *)name.at);
	wire_label(&t, "product", cursor_init(product.data, product.len));
	wire_label(&t, "vendor", wire_literal("Beckhoff"));
	wire_label_format(&t, "version", "%u.%u.%u", major, minor, build);
	wire_yield(x, FIELD_ADS_DEVICE, &t);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct ads *s = x->state;
	struct cursor whole;
	while (!x->done[x->direction] && cursor_left(c) >= TCP_BYTES) {
		struct cursor p = *c;
		cursor_skip(&p, 2);
		if (!wire_message(x, c, (uint64_t)cursor_le32(&p) + TCP_BYTES, &whole))
			return;
		if (++s->messages[x->direction] >= MESSAGES)
			dissection_done(x);
		if (dissection_from_server(x))
			message(x, whole);
	}
}

const struct dissector dissector_ads = {
	.name = "ads",
	.application = "ads",
	.transports = TRANSPORT_TCP,
	.ports = {48898},
	.state_bytes = sizeof(struct ads),
	.probe = probe,
	.stream = stream,
};
