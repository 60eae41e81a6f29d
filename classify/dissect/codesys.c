/* CODESYS V2 gateway protocol: operating system and product of a controller that answers the login. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define MAGIC        0xbb
#define HEADER_BYTES 6 /* two octets of magic, length of what follows, little-endian or not by the magic's order */

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_MAYBE;
	for (int d = 0; d < 2; d++) {
		struct cursor c = in->first[d];
		for (size_t i = 0; i < 2 && i < cursor_left(&c); i++)
			if (c.at[i] != MAGIC)
				return PROBE_NO;
		if (cursor_left(&c) >= HEADER_BYTES && (text_port(in, 2455) || (cursor_left(&in->first[!d]) >= 2)))
			best = PROBE_YES;
	}
	return best;
}

/* Fixed places behind the header, as the answer to the login has them. */
static struct cursor at(struct cursor c, size_t offset)
{
	cursor_skip(&c, offset);
	if (cursor_left(&c) > 32)
		c.end = c.at + 32;
	return wire_trim(c);
}

static bool text(struct cursor c)
{
	if (!cursor_left(&c))
		return false;
	for (; c.at < c.end; c.at++)
		if (*c.at < ' ' || *c.at > '~')
			return false;
	return true;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct cursor p = *c, message;
	if (cursor_left(&p) < HEADER_BYTES)
		return;
	cursor_skip(&p, 2);
	uint32_t big = cursor_u32(&p), len = big > 0xffff ? __builtin_bswap32(big) : big;
	if (len > 4096 || cursor_peek(c, 0) != MAGIC) {
		dissection_done(x);
		return;
	}
	if (!wire_message(x, c, len + HEADER_BYTES, &message))
		return;
	if (!dissection_from_server(x))
		return;
	dissection_service(x);
	dissection_done(x);
	struct cursor os = at(message, 64), details = at(message, 96), product = at(message, 128);
	struct wire_text t = {.len = 0};
	if (!text(os) || !text(product))
		return;
	wire_label(&t, "model", product);
	wire_label(&t, "os", os);
	if (text(details))
		wire_label(&t, "osVersion", details);
	wire_yield(x, FIELD_CODESYS_DEVICE, &t);
}

const struct dissector dissector_codesys = {
	.name = "codesys",
	.application = "codesys",
	.transports = TRANSPORT_TCP,
	.ports = {2455},
	.probe = probe,
	.stream = stream,
};
