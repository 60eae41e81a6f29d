/* NRPE in clear: the check that every agent knows is answered with its version. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

enum { QUERY = 1, ANSWER = 2, OLD_BYTES = 1036, HEAD_BYTES = 16 };

/* Version and kind; behind them a checksum and a result. */
static enum probe side(struct cursor c, uint16_t type)
{
	if (cursor_left(&c) < 4)
		return !cursor_left(&c) || !cursor_peek(&c, 0) ? PROBE_MAYBE : PROBE_NO;
	uint16_t version = cursor_u16(&c), kind = cursor_u16(&c);
	return version >= 2 && version <= 4 && (kind == type || (version > 2 && kind == type + 2)) ? PROBE_YES
												   : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe a = side(in->first[0], QUERY), b = side(in->first[1], ANSWER);
	if (!text_port(in, 5666) || a == PROBE_NO || b == PROBE_NO)
		return PROBE_NO;
	return a < b ? a : b;
}

/* Version 2 has a buffer of 1024 octets behind the result; later ones say how long theirs is. */
static bool take_buffer(struct cursor *c, struct cursor *buffer)
{
	struct cursor p = *c;
	uint16_t version = cursor_u16(&p);
	cursor_skip(&p, 8);
	size_t len = OLD_BYTES - 10;
	if (version > 2) {
		cursor_skip(&p, 2);
		len = cursor_u32(&p);
	}
	if (!cursor_ok(&p) || len > WIRE_MESSAGE_BYTES || cursor_left(&p) < len)
		return false;
	*buffer = wire_trim(cursor_sub(&p, len));
	return true;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct cursor buffer;
	if (!dissection_from_server(x)) {
		dissection_done(x);
		return;
	}
	if (cursor_left(c) < HEAD_BYTES)
		return;
	dissection_service(x);
	if (take_buffer(c, &buffer)) {
		if (text_starts(buffer, "NRPE v") || text_has(buffer, "seem to be doing fine"))
			text_yield(x, FIELD_NRPE_VERSION, SUBJECT_SENDER, buffer, 96);
		dissection_done_both(x);
	} else if (cursor_left(c) > OLD_BYTES)
		dissection_done(x);
}

const struct dissector dissector_nrpe = {
	.name = "nrpe",
	.application = "nrpe",
	.transports = TRANSPORT_TCP,
	.ports = {5666},
	.probe = probe,
	.stream = stream,
};
