/* PC Worx: Phoenix Contact's controllers tell engineering tools model and firmware. Members stand at fixed places. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define MESSAGES 16

enum { REQUEST = 0x01, ANSWER = 0x81, INFORMATION = 0x06, HEAD_BYTES = 4 };
enum { TYPE_AT = 30, FIRMWARE_AT = 66, MODEL_AT = 152 };

struct pcworx {
	uint8_t messages[2];
};

/* Direction, kind, length of all. */
static enum probe side(struct cursor c, uint8_t direction)
{
	if (!cursor_left(&c))
		return PROBE_MAYBE;
	if (cursor_peek(&c, 0) != direction)
		return PROBE_NO;
	if (cursor_left(&c) < HEAD_BYTES)
		return PROBE_MAYBE;
	cursor_skip(&c, 1);
	uint8_t kind = cursor_u8(&c);
	uint16_t len = cursor_u16(&c);
	return kind && kind < 32 && len >= 8 && len < 2048 ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe a = side(in->first[0], REQUEST), b = side(in->first[1], ANSWER);
	if (!text_port(in, 1962) || a == PROBE_NO || b == PROBE_NO)
		return PROBE_NO;
	return a < b ? a : b;
}

static struct cursor member(struct cursor c, size_t at)
{
	cursor_skip(&c, at);
	return wire_trim(c);
}

static void information(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	if (cursor_left(&c) <= MODEL_AT)
		return;
	wire_label(&t, "vendor", wire_literal("Phoenix Contact"));
	wire_label(&t, "model", member(c, TYPE_AT));
	wire_label(&t, "number", member(c, MODEL_AT));
	wire_label(&t, "firmware", member(c, FIRMWARE_AT));
	wire_label(&t, "kind", wire_literal("PLC"));
	wire_yield(x, FIELD_PCWORX_DEVICE, &t);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct pcworx *s = x->state;
	struct cursor whole;
	while (!x->done[x->direction] && cursor_left(c) >= HEAD_BYTES) {
		struct cursor p = *c;
		uint8_t direction = cursor_u8(&p), kind = cursor_u8(&p);
		uint16_t len = cursor_u16(&p);
		if ((direction != REQUEST && direction != ANSWER) || len < 8 || s->messages[x->direction] >= MESSAGES) {
			dissection_done(x);
			return;
		}
		if (!wire_message(x, c, len, &whole))
			return;
		s->messages[x->direction]++;
		if (direction != ANSWER || !dissection_from_server(x))
			continue;
		dissection_service(x);
		if (kind == INFORMATION)
			information(x, whole);
	}
}

const struct dissector dissector_pcworx = {
	.name = "pcworx",
	.application = "pcworx",
	.transports = TRANSPORT_TCP,
	.ports = {1962},
	.state_bytes = sizeof(struct pcworx),
	.probe = probe,
	.stream = stream,
};
