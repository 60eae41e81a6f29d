/* RTCP (RFC 3550): the tool and the host of the canonical name in source descriptions. Media and its control share
 * nothing with a server, so that no service is told. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PACKETS 8
#define ITEMS   16

enum { SENDER_REPORT = 200, RECEIVER_REPORT, DESCRIPTION, BYE, APPLICATION, XR = 207 };
enum { CNAME = 1, TOOL = 6 };

/* A compound packet begins with a report, and its lengths add up. */
static bool compound(struct cursor c)
{
	bool described = false;
	for (unsigned i = 0; i < PACKETS && cursor_left(&c) >= 4; i++) {
		uint8_t begin = cursor_u8(&c), type = cursor_u8(&c);
		cursor_skip(&c, (size_t)4 * cursor_u16(&c));
		if (begin >> 6 != 2 || type < SENDER_REPORT || type > XR || (!i && type > RECEIVER_REPORT))
			return false;
		described |= type == DESCRIPTION;
	}
	return described && cursor_ok(&c) && !cursor_left(&c);
}

static enum probe probe(const struct probe_input *in)
{
	for (int d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return compound(in->first[d]) ? PROBE_YES : PROBE_NO;
	return PROBE_MAYBE;
}

/* "user@host", where the host is often an address. */
static void name(struct dissection *x, struct cursor value)
{
	struct cursor host, user;
	struct cursor whole = value;
	if (text_before(&value, '@', &user) && text_host(whole, &host) && memchr(host.at, '.', cursor_left(&host)))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 64);
}

static void description(struct dissection *x, struct cursor c)
{
	cursor_skip(&c, 4);
	for (unsigned i = 0; i < ITEMS && cursor_left(&c) > 2; i++) {
		uint8_t kind = cursor_u8(&c);
		if (!kind)
			return; /* one source, the sender's own */
		struct cursor value = cursor_sub(&c, cursor_u8(&c));
		if (!cursor_ok(&c))
			return;
		if (kind == TOOL)
			text_yield(x, FIELD_RTCP_TOOL, SUBJECT_SENDER, value, 128);
		else if (kind == CNAME)
			name(x, value);
	}
}

static void datagram(struct dissection *x, struct cursor *c)
{
	if (!compound(*c))
		return;
	for (unsigned i = 0; i < PACKETS && cursor_left(c) >= 4; i++) {
		uint8_t count = cursor_u8(c) & 31, type = cursor_u8(c);
		struct cursor body = cursor_sub(c, (size_t)4 * cursor_u16(c));
		if (type == DESCRIPTION && count == 1)
			description(x, body);
	}
}

const struct dissector dissector_rtcp = {
	.name = "rtcp",
	.application = "rtcp",
	.transports = TRANSPORT_UDP,
	.ports = {5005},
	.probe = probe,
	.datagram = datagram,
};
