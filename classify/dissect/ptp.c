#include "classify/dissect/ptp.h"

#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

enum { HEAD_BYTES = 34, IDENTITY_BYTES = 8 };
enum { ANNOUNCE = 11, MANAGEMENT = 13 };
enum { TLV_MANAGEMENT = 1, CLOCK_DESCRIPTION = 1, RESPONSE = 2 };

/* Messages of the standard (13.3.2.2), and how long they are at least, header included. */
static uint16_t least_bytes(uint8_t type)
{
	static const uint8_t bytes[] = {
		[0] = 44, [1] = 44, [2] = 54, [3] = 54, [8] = 44, [9] = 54, [10] = 54, [11] = 64, [12] = 44, [13] = 48};
	return type < sizeof bytes ? bytes[type] : 0;
}

bool ptp_is(struct cursor c)
{
	size_t there = cursor_left(&c);
	uint8_t type = cursor_u8(&c) & 15, version = cursor_u8(&c) & 15;
	uint16_t len = cursor_u16(&c), least = least_bytes(type);
	uint8_t domain = cursor_u8(&c);
	return cursor_ok(&c) && version == 2 && least && len >= least && len <= there && domain < 128;
}

static void say_identity(struct wire_text *t, const uint8_t *id)
{
	wire_label_format(t, "clock", "%02x%02x%02x%02x%02x%02x%02x%02x", id[0], id[1], id[2], id[3], id[4], id[5],
			  id[6], id[7]);
}

/* A text behind its length of an octet. */
static struct cursor text_of(struct cursor *c)
{
	return wire_trim(cursor_sub(c, cursor_u8(c)));
}

/* What stands before the next ';', which is stepped over. */
static struct cursor part_of(struct cursor *text)
{
	struct cursor part = *text;
	while (text->at < text->end && *text->at != ';')
		text->at++;
	part.end = text->at;
	if (text->at < text->end)
		text->at++;
	return part;
}

/* 15.5.3.1.2: "maker;model;instance" and "hardware;firmware;software". */
static void describe(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 2);
	text_of(&c);
	cursor_skip(&c, cursor_u16(&c));
	cursor_skip(&c, 2);
	cursor_skip(&c, cursor_u16(&c));
	cursor_skip(&c, 4);
	struct cursor product = text_of(&c), revisions = text_of(&c);
	if (!cursor_ok(&c))
		return;
	wire_label(&t, "vendor", part_of(&product));
	wire_label(&t, "model", part_of(&product));
	wire_label(&t, "serial", part_of(&product));
	wire_label(&t, "hardware", part_of(&revisions));
	wire_label(&t, "firmware", part_of(&revisions));
	wire_yield(x, FIELD_PTP_CLOCK, &t);
}

/* Whom it is for, hops, what is done; then what is asked, or answered. */
static void management(struct dissection *x, struct cursor c)
{
	cursor_skip(&c, 12);
	uint8_t action = cursor_u8(&c) & 15;
	cursor_skip(&c, 1);
	uint16_t tlv = cursor_u16(&c), len = cursor_u16(&c);
	struct cursor value = cursor_sub(&c, len);
	if (cursor_u16(&value) == CLOCK_DESCRIPTION && cursor_ok(&value) && tlv == TLV_MANAGEMENT && action == RESPONSE)
		describe(x, value);
}

/* The clock that all others go by announces itself: no steps away from the one it names. */
static void announce(struct dissection *x, const uint8_t *sender, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 19);
	const uint8_t *master = cursor_bytes(&c, IDENTITY_BYTES);
	uint16_t steps = cursor_u16(&c);
	if (!cursor_ok(&c) || steps || memcmp(master, sender, IDENTITY_BYTES))
		return;
	wire_label(&t, "kind", wire_literal("clock"));
	wire_label(&t, "role", wire_literal("grandmaster"));
	say_identity(&t, sender);
	wire_yield(x, FIELD_PTP_CLOCK, &t);
}

void ptp_message(struct dissection *x, struct cursor c)
{
	if (!ptp_is(c))
		return;
	uint8_t type = cursor_u8(&c) & 15;
	cursor_skip(&c, 19);
	const uint8_t *sender = cursor_bytes(&c, IDENTITY_BYTES);
	cursor_skip(&c, HEAD_BYTES - 20 - IDENTITY_BYTES);
	if (!cursor_ok(&c))
		return;
	if (type == ANNOUNCE)
		announce(x, sender, c);
	else if (type == MANAGEMENT)
		management(x, c);
}

static enum probe probe(const struct probe_input *in)
{
	bool home = text_port(in, 319) || text_port(in, 320);
	for (int d = 0; d < 2; d++)
		if (home && cursor_left(&in->first[d]) && ptp_is(in->first[d]))
			return PROBE_YES;
	return PROBE_NO;
}

static void datagram(struct dissection *x, struct cursor *c)
{
	x->application = x->packet->dport == 319 ? "ptp-event" : "ptp-general";
	ptp_message(x, *c);
}

const struct dissector dissector_ptp = {
	.name = "ptp",
	.application = "ptp-general",
	.transports = TRANSPORT_UDP,
	.ports = {319, 320},
	.probe = probe,
	.datagram = datagram,
};
