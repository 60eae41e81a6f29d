/* Mitsubishi's MC protocol and SLMP in binary form (frames 3E and 4E): a controller that is asked for its model tells
 * it. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define FRAMES 32

enum { REQUEST_3E = 0x5000, REQUEST_4E = 0x5400, ANSWER_3E = 0xd000, ANSWER_4E = 0xd400 };
enum { READ_MODEL = 0x0101, MODEL_BYTES = 16, MODULE_OWN = 0x03ff };

struct melsec {
	uint16_t command; /* that was asked last */
	uint8_t frames[2];
};

struct frame_head {
	bool answer;
	uint16_t len; /* of what follows the head */
};

/* Kind, for 4E a number and two zeros; network, station, module, station behind it, length. */
static bool take_head(struct cursor *c, struct frame_head *h)
{
	uint16_t kind = cursor_u16(c);
	h->answer = kind == ANSWER_3E || kind == ANSWER_4E;
	if (kind == REQUEST_4E || kind == ANSWER_4E) {
		cursor_skip(c, 2);
		if (cursor_u16(c))
			return false;
	} else if (kind != REQUEST_3E && kind != ANSWER_3E)
		return false;
	cursor_skip(c, 2);
	uint16_t module = cursor_le16(c);
	cursor_skip(c, 1);
	h->len = cursor_le16(c);
	return cursor_ok(c) && module >= 0x03d0 && module <= MODULE_OWN && h->len >= 2 && h->len <= 2048;
}

static enum probe side(struct cursor c, bool answer, bool datagram)
{
	struct frame_head h;
	uint8_t first = cursor_peek(&c, 0);
	if (!cursor_left(&c))
		return PROBE_MAYBE;
	if (answer ? first != 0xd0 && first != 0xd4 : first != 0x50 && first != 0x54)
		return PROBE_NO;
	if (cursor_left(&c) < 15 && !datagram && !answer)
		return PROBE_MAYBE;
	if (cursor_left(&c) < 11 && !datagram)
		return PROBE_MAYBE;
	return take_head(&c, &h) && h.answer == answer && (!datagram || h.len == cursor_left(&c)) ? PROBE_YES
												  : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	bool datagram = in->transport == TRANSPORT_UDP;
	enum probe a = side(in->first[0], false, datagram), b = side(in->first[1], true, datagram);
	if (a == PROBE_NO || b == PROBE_NO)
		return PROBE_NO;
	return datagram ? text_either(a, b) : a < b ? a : b;
}

static void answer(struct dissection *x, const struct melsec *s, struct cursor c)
{
	struct wire_text t = {.len = 0};
	uint16_t error = cursor_le16(&c);
	wire_served(x);
	if (error || s->command != READ_MODEL)
		return;
	struct cursor model = cursor_sub(&c, MODEL_BYTES);
	if (!cursor_ok(&c))
		return;
	wire_label(&t, "vendor", wire_literal("Mitsubishi Electric"));
	wire_label(&t, "model", wire_trim(model));
	wire_label(&t, "kind", wire_literal("PLC"));
	wire_yield(x, FIELD_MELSEC_DEVICE, &t);
}

static void frame(struct dissection *x, struct melsec *s, struct cursor c)
{
	struct frame_head h;
	if (!take_head(&c, &h))
		return;
	if (h.answer) {
		answer(x, s, c);
		return;
	}
	cursor_skip(&c, 2); /* how long the controller may take */
	s->command = cursor_le16(&c);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct melsec *s = x->state;
	if (++s->frames[x->direction] > FRAMES)
		dissection_done(x);
	else
		frame(x, s, *c);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct melsec *s = x->state;
	struct cursor whole;
	while (!x->done[x->direction] && cursor_left(c) >= 13) {
		struct cursor p = *c;
		struct frame_head h;
		if (!take_head(&p, &h) || s->frames[x->direction] >= FRAMES) {
			dissection_done(x);
			return;
		}
		if (!wire_message(x, c, (uint64_t)(p.at - c->at) + h.len, &whole))
			return;
		s->frames[x->direction]++;
		frame(x, s, whole);
	}
}

const struct dissector dissector_melsec = {
	.name = "melsec",
	.application = "slmp",
	.transports = TRANSPORT_TCP | TRANSPORT_UDP,
	.ports = {5007, 5006, 5010, 5562, 45237},
	.state_bytes = sizeof(struct melsec),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
