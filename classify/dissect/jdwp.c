/* The debug wire protocol of Java: both ends shake hands with the same words; an answer about the version names the
 * machine. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEAD_BYTES 11
#define MESSAGES   16

static const char handshake[] = "JDWP-Handshake";

struct jdwp {
	uint8_t messages[2];
	bool shaken[2];
};

static enum probe probe(const struct probe_input *in)
{
	enum probe a = text_probe(in->first[0], handshake), b = text_probe(in->first[1], handshake);
	if (a == PROBE_NO || b == PROBE_NO)
		return PROBE_NO;
	return text_either(a, b);
}

static struct cursor text_of(struct cursor *c)
{
	return cursor_sub(c, cursor_u32(c));
}

/* Description, version of the protocol, version of the machine, its name. */
static void version(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	struct cursor about = text_of(&c);
	cursor_skip(&c, 8);
	struct cursor number = text_of(&c), name = text_of(&c);
	if (!cursor_ok(&c) || cursor_left(&c) || !cursor_left(&about) || !cursor_left(&name))
		return;
	wire_label(&t, "product", name);
	wire_label(&t, "version", number);
	wire_yield(x, FIELD_JDWP_SERVER, &t);
	dissection_done(x);
}

/* Length, number, flags (the high bit: a reply), error. */
static void message(struct dissection *x, struct cursor c)
{
	cursor_skip(&c, 8);
	uint8_t flags = cursor_u8(&c);
	uint16_t error = cursor_u16(&c);
	if (cursor_ok(&c) && flags == 0x80 && !error && dissection_from_server(x))
		version(x, c);
}

static bool shake(struct dissection *x, struct jdwp *s, struct cursor *c)
{
	if (cursor_left(c) < sizeof handshake - 1)
		return false;
	if (!text_take(c, handshake)) {
		dissection_fail(x);
		return false;
	}
	if (dissection_from_server(x))
		dissection_service(x);
	return s->shaken[x->direction] = true;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct jdwp *s = x->state;
	struct cursor whole;
	if (!s->shaken[x->direction] && !shake(x, s, c))
		return;
	while (!x->done[x->direction] && cursor_left(c) >= HEAD_BYTES) {
		struct cursor p = *c;
		uint32_t len = cursor_u32(&p);
		if (len < HEAD_BYTES || s->messages[x->direction] >= MESSAGES) {
			dissection_done(x);
			return;
		}
		if (!wire_message(x, c, len, &whole))
			return;
		s->messages[x->direction]++;
		message(x, whole);
	}
}

const struct dissector dissector_jdwp = {
	.name = "jdwp",
	.application = "jdwp",
	.transports = TRANSPORT_TCP,
	.ports = {8000, 5005},
	.state_bytes = sizeof(struct jdwp),
	.probe = probe,
	.stream = stream,
};
