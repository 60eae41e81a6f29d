/* X11: who made the display server, from its answer to the connection's set-up (X protocol, section 8). */
#include "classify/dissect/text.h"

struct x11 {
	uint8_t order; /* 'l' or 'B', as the client chose */
};

static enum probe probe(const struct probe_input *in)
{
	struct cursor first = in->first[0];
	size_t left = cursor_left(&first);
	static const uint8_t little[] = {'l', 0, 11, 0, 0, 0}, big[] = {'B', 0, 0, 11, 0, 0};
	if (!left)
		return cursor_left(&in->first[1]) ? PROBE_NO : PROBE_MAYBE;
	const uint8_t *wanted = *first.at == 'l' ? little : big;
	if (memcmp(first.at, wanted, left < 6 ? left : 6))
		return PROBE_NO;
	return left < 6 ? PROBE_MAYBE : PROBE_YES;
}

/* A reason's length, the protocol's version, the length again in words. */
static bool refusal(const struct x11 *s, struct cursor p)
{
	uint8_t len = cursor_u8(&p);
	uint16_t major = s->order == 'l' ? cursor_le16(&p) : cursor_u16(&p);
	cursor_skip(&p, 2);
	uint16_t words = s->order == 'l' ? cursor_le16(&p) : cursor_u16(&p);
	return cursor_ok(&p) && major == 11 && words == (len + 3) / 4;
}

static void answer(struct dissection *x, const struct x11 *s, struct cursor *c)
{
	struct cursor p = *c;
	if (cursor_left(&p) < 40 && cursor_peek(&p, 0) == 1)
		return;
	uint8_t status = cursor_u8(&p); /* 0 refused, 1 welcome, 2 to prove who it is first */
	if (status != 1) {
		if (status != 2 && !refusal(s, p))
			return;
		dissection_service(x);
		dissection_done_both(x);
		return;
	}
	cursor_skip(&p, 23);
	uint16_t len = s->order == 'l' ? cursor_le16(&p) : cursor_u16(&p);
	cursor_skip(&p, 14);
	if (len > 512)
		len = 512;
	if (cursor_left(&p) < len)
		return;
	dissection_service(x);
	text_yield(x, FIELD_X11_VENDOR, SUBJECT_SENDER, cursor_sub(&p, len), 256);
	dissection_done_both(x);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct x11 *s = x->state;
	if (dissection_from_server(x)) {
		answer(x, s, c);
		return;
	}
	s->order = cursor_peek(c, 0);
	cursor_skip(c, cursor_left(c));
	dissection_done(x);
}

const struct dissector dissector_x11 = {
	.name = "x11",
	.application = "x11",
	.transports = TRANSPORT_TCP,
	.ports = {6000},
	.state_bytes = sizeof(struct x11),
	.probe = probe,
	.stream = stream,
};
