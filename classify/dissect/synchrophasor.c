/* Synchrophasors (IEEE C37.118.2): the station's name out of a configuration frame. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEAD_BYTES 14
#define MESSAGES   64

enum { SYNC = 0xaa, CONFIGURATION_1 = 2, CONFIGURATION_2 = 3, COMMAND = 4, MOST_TYPE = 5 };

struct synchrophasor {
	uint16_t messages[2];
};

/* 0xaa; type in bits 4 to 6, version below; the length with the checksum at the end. */
static bool head(struct cursor c, unsigned *type, uint16_t *len)
{
	uint8_t sync = cursor_u8(&c), kind = cursor_u8(&c);
	*len = cursor_u16(&c);
	*type = kind >> 4;
	unsigned version = kind & 15;
	return sync == SYNC && *type <= MOST_TYPE && version >= 1 && version <= 3 && *len >= HEAD_BYTES + 2;
}

static enum probe side(struct cursor c)
{
	unsigned type;
	uint16_t len;
	if (cursor_left(&c) < 4)
		return cursor_left(&c) && c.at[0] != SYNC ? PROBE_NO : PROBE_MAYBE;
	if (!head(c, &type, &len))
		return PROBE_NO;
	return type == COMMAND && len < HEAD_BYTES + 4 ? PROBE_NO : PROBE_YES;
}

static enum probe probe(const struct probe_input *in)
{
	bool home = text_port(in, 4712) || text_port(in, 4713);
	return text_sides(side(in->first[0]), side(in->first[1]), home);
}

static void configuration(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, HEAD_BYTES + 4); /* and the base of fractions of seconds */
	uint16_t stations = cursor_u16(&c);
	struct cursor name = wire_trim(cursor_sub(&c, 16));
	if (!cursor_ok(&c) || !stations)
		return;
	wire_label(&t, "kind", wire_literal("phasor measurement unit"));
	wire_label(&t, "station", name);
	wire_yield(x, FIELD_SYNCHROPHASOR_STATION, &t);
}

static void frame(struct dissection *x, struct cursor c, unsigned type)
{
	if (type == COMMAND)
		return;
	if (dissection_from_server(x))
		dissection_service(x);
	if (type == CONFIGURATION_1 || type == CONFIGURATION_2) {
		configuration(x, c);
		dissection_done_both(x);
	}
}

/* Of the frame that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c, unsigned *type)
{
	uint16_t len;
	if (cursor_left(&c) < 4)
		return 0;
	return head(c, type, &len) ? len : -1;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct synchrophasor *s = x->state;
	struct cursor whole;
	unsigned type;
	while (wire_next(x, c, length(*c, &type), &s->messages[x->direction], MESSAGES, &whole)) {
		if (cursor_left(&whole))
			frame(x, whole, type);
	}
}

static void datagram(struct dissection *x, struct cursor *c)
{
	unsigned type;
	uint16_t len;
	if (head(*c, &type, &len))
		frame(x, *c, type);
}

const struct dissector dissector_synchrophasor = {
	.name = "synchrophasor",
	.application = "synchrophasor",
	.transports = TRANSPORT_TCP | TRANSPORT_UDP,
	.ports = {4712, 4713},
	.state_bytes = sizeof(struct synchrophasor),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
