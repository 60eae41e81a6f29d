/* ISO transport on TCP (RFC 1006, class 0 of RFC 905): connection request, confirm, data. Remote desktops, which talk
 * so too, have a dissector of their own. */
#include "classify/dissect/iso_tsap.h"
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT     102
#define MESSAGES 400

enum { REQUEST = 0xe0, CONFIRM = 0xd0, DATA = 0xf0, LAST = 0x80 };

struct iso_tsap {
	struct s7 s7[2];
	uint16_t messages;
	bool part[2]; /* what comes belongs to a unit that came in pieces */
};

/* Version 3, nothing, length of all of it. */
static int header(struct cursor c, uint16_t *len, uint8_t *kind)
{
	size_t have = cursor_left(&c);
	uint16_t version = cursor_u16(&c);
	*len = cursor_u16(&c);
	cursor_u8(&c);
	*kind = cursor_u8(&c);
	if ((have > 1 && version != 0x300) || (have > 3 && *len < 7))
		return -1;
	return have >= 6;
}

static enum probe side(struct cursor first, uint8_t opening, bool mid_stream)
{
	uint16_t len;
	uint8_t kind;
	if (cursor_left(&first) && *first.at != 3)
		return PROBE_NO;
	int r = header(first, &len, &kind);
	if (r <= 0)
		return r ? PROBE_NO : PROBE_MAYBE;
	return (kind & 0xf0) == opening || (mid_stream && kind == DATA) ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	bool home = text_port(in, PORT), mid = in->mid_stream && home;
	return text_sides(side(in->first[0], REQUEST, mid), side(in->first[1], CONFIRM, mid), home);
}

static void data(struct dissection *x, struct iso_tsap *s, struct cursor c)
{
	bool last = cursor_u8(&c) & LAST, part = s->part[x->direction];
	s->part[x->direction] = !last;
	if (!last || part)
		return;
	uint8_t protocol = cursor_peek(&c, 0);
	if (protocol == 0x32 || protocol == 0x72)
		s7_message(x, &s->s7[x->direction], c);
	else
		mms_message(x, c);
}

/* Of the packet that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c, uint8_t *kind)
{
	uint16_t len;
	int r = header(c, &len, kind);
	return r > 0 ? len : r;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct iso_tsap *s = x->state;
	struct cursor message;
	uint8_t kind;
	if (x->flow->sport == PORT && x->flow->dport != PORT)
		dissection_server(x, FLOW_FORWARD);
	while (wire_next(x, c, length(*c, &kind), &s->messages, MESSAGES, &message)) {
		cursor_skip(&message, 6);
		if (dissection_from_server(x) && ((kind & 0xf0) == CONFIRM || kind == DATA))
			dissection_service(x);
		if (kind == DATA)
			data(x, s, message);
	}
}

const struct dissector dissector_iso_tsap = {
	.name = "iso-tsap",
	.application = "iso-tsap",
	.transports = TRANSPORT_TCP,
	.ports = {PORT},
	.state_bytes = sizeof(struct iso_tsap),
	.probe = probe,
	.stream = stream,
};
