/* OpenFlow: switches connect to their controller and, when asked, describe themselves: maker, hardware, software,
 * serial number (OpenFlow Switch Specification 1.0 to 1.5, ofp_desc). */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEAD_BYTES 8
#define MESSAGES   64

enum { HELLO = 0, STATS_REPLY_10 = 17, STATS_REPLY = 19, DESCRIPTION = 0, VERSION_BITMAP = 1 };
enum { VERSION_10 = 1, LAST_VERSION = 6 };

struct openflow {
	uint16_t messages[2];
};

/* A hello alone, or with elements, the first of which tells of versions. H.323 puts 3, 0 and a length in front, too. */
static enum probe side(struct cursor c)
{
	if (cursor_left(&c) < HEAD_BYTES)
		return cursor_left(&c) && (!c.at[0] || c.at[0] > LAST_VERSION) ? PROBE_NO : PROBE_MAYBE;
	uint8_t version = cursor_u8(&c), type = cursor_u8(&c);
	uint16_t len = cursor_u16(&c);
	if (!version || version > LAST_VERSION || type != HELLO || len < HEAD_BYTES || len > 64)
		return PROBE_NO;
	cursor_skip(&c, 4);
	if (len == HEAD_BYTES)
		return PROBE_YES;
	if (cursor_left(&c) < 2)
		return PROBE_MAYBE;
	return cursor_u16(&c) == VERSION_BITMAP ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe both = text_sides(side(in->first[0]), side(in->first[1]), false);
	bool home = text_port(in, 6653) || text_port(in, 6633);
	return both == PROBE_YES && in->first[0].at[0] == 3 && !home ? PROBE_NO : both;
}

static void description(struct dissection *x, struct cursor c)
{
	static const struct {
		const char *label;
		size_t size;
	} members[] = {{"vendor", 256}, {"model", 256}, {"firmware", 256}, {"serial", 32}, {"name", 256}};
	struct wire_text t = {.len = 0};
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		struct cursor value = wire_trim(cursor_sub(&c, members[i].size));
		if (!text_is(value, "None") && !text_is(value, "N/A"))
			wire_label(&t, members[i].label, value);
	}
	if (cursor_ok(&c))
		wire_yield(x, FIELD_OPENFLOW_DEVICE, &t);
}

static void message(struct dissection *x, struct cursor c)
{
	uint8_t version = cursor_u8(&c), type = cursor_u8(&c);
	cursor_skip(&c, HEAD_BYTES - 2);
	if (dissection_from_server(x))
		dissection_service(x);
	if (type != (version == VERSION_10 ? STATS_REPLY_10 : STATS_REPLY) || cursor_u16(&c) != DESCRIPTION)
		return;
	cursor_skip(&c, version == VERSION_10 ? 2 : 6);
	description(x, c);
}

/* Of the message that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c)
{
	if (cursor_left(&c) < 4)
		return 0;
	uint8_t version = cursor_u8(&c);
	cursor_skip(&c, 1);
	uint16_t len = cursor_u16(&c);
	return version && version <= LAST_VERSION && len >= HEAD_BYTES ? len : -1;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct openflow *s = x->state;
	struct cursor whole;
	while (wire_next(x, c, length(*c), &s->messages[x->direction], MESSAGES, &whole)) {
		if (cursor_left(&whole))
			message(x, whole);
	}
}

const struct dissector dissector_openflow = {
	.name = "openflow",
	.application = "openflow",
	.transports = TRANSPORT_TCP,
	.ports = {6653, 6633},
	.state_bytes = sizeof(struct openflow),
	.probe = probe,
	.stream = stream,
};
