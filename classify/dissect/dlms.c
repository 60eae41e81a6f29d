/* DLMS/COSEM in its wrapper for IP (IEC 62056-47): meters. Who made one stands in the title it gives when it accepts an
 * association, or in the name of the logical device when that is read (three letters of the FLAG association). */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define MESSAGES 24

enum { HEAD_BYTES = 8, VERSION = 1 };
enum { AARQ = 0x60, AARE = 0x61, GET_REQUEST = 0xc0, GET_ANSWER = 0xc4, OCTETS = 9 };

struct dlms {
	bool name_asked;
	uint8_t messages[2];
};

/* What a client's and a meter's messages begin with. */
static bool kind_is(uint8_t kind, bool meter)
{
	static const uint8_t client[] = {AARQ, 0x62, 0xc0, 0xc1, 0xc3, 0xcb, 0xd0, 0xd1, 0xd3, 0x21, 0xdb};
	static const uint8_t server[] = {AARE, 0x63, 0xc2, 0xc4, 0xc5, 0xc7, 0xcf,
					 0xd4, 0xd5, 0xd7, 0x28, 0xd8, 0x0f, 0xdb};
	return meter ? memchr(server, kind, sizeof server) != NULL : memchr(client, kind, sizeof client) != NULL;
}

static enum probe side(struct cursor c, bool meter, bool datagram)
{
	static const uint8_t begin[] = {0, VERSION};
	size_t n = cursor_left(&c) < 2 ? cursor_left(&c) : 2, there = cursor_left(&c);
	if (n && memcmp(c.at, begin, n))
		return PROBE_NO;
	if (there <= HEAD_BYTES)
		return datagram && there ? PROBE_NO : PROBE_MAYBE;
	cursor_skip(&c, 6);
	uint16_t len = cursor_u16(&c);
	return len > 1 && len < 4096 && kind_is(cursor_peek(&c, 0), meter) && (!datagram || len == cursor_left(&c))
		       ? PROBE_YES
		       : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	bool datagram = in->transport == TRANSPORT_UDP;
	enum probe a = side(in->first[0], false, datagram), b = side(in->first[1], true, datagram);
	if (a == PROBE_NO || b == PROBE_NO)
		return PROBE_NO;
	return text_port(in, 4059) ? text_either(a, b) : a < b ? a : b;
}

static bool is_maker(const uint8_t *p)
{
	for (int i = 0; i < 3; i++)
		if (p[i] < 'A' || p[i] > 'Z')
			return false;
	return true;
}

/* Letters of the FLAG association, of those who make most meters. */
static struct cursor maker_of(const uint8_t *letters)
{
	static const char *const makers[][2] = {
		{"ACE", "Actaris"}, {"APA", "Apator"},    {"CIR", "Circutor"}, {"ELS", "Elster"},
		{"EMH", "EMH"},     {"ESY", "EasyMeter"}, {"HXE", "Hexing"},   {"ISK", "Iskraemeco"},
		{"ITR", "Itron"},   {"KAM", "Kamstrup"},  {"KFM", "Kaifa"},    {"LGZ", "Landis+Gyr"},
		{"ORB", "Orbis"},   {"SAG", "Sagemcom"},  {"ZIV", "ZIV"},
	};
	for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
		if (!memcmp(makers[i][0], letters, 3))
			return wire_literal(makers[i][1]);
	return cursor_init(letters, 3);
}

static void tell(struct dissection *x, const uint8_t *maker, struct cursor serial)
{
	struct wire_text t = {.len = 0};
	if (!is_maker(maker))
		return;
	wire_label(&t, "vendor", maker_of(maker));
	wire_label(&t, "serial", serial);
	wire_label(&t, "kind", wire_literal("meter"));
	wire_yield(x, FIELD_DLMS_METER, &t);
}

/* The responding title: [4], octets, eight of them. */
static void accepted(struct dissection *x, struct cursor c)
{
	static const uint8_t title[] = {0xa4, 0x0a, 0x04, 0x08};
	for (; cursor_left(&c) >= sizeof title + 8; c.at++)
		if (!memcmp(c.at, title, sizeof title)) {
			tell(x, c.at + sizeof title, (struct cursor){NULL, NULL, false});
			return;
		}
}

/* One attribute by class, instance and number: of the logical device's name, class 1, 0.0.42.0.0.255, value. */
static void request(struct dlms *s, struct cursor c)
{
	static const uint8_t name[] = {0, 1, 0, 0, 42, 0, 0, 255, 2};
	cursor_skip(&c, 3);
	s->name_asked = cursor_left(&c) >= sizeof name && !memcmp(c.at, name, sizeof name);
}

static void answer(struct dissection *x, const struct dlms *s, struct cursor c)
{
	cursor_skip(&c, 3);
	uint8_t failed = cursor_u8(&c), type = cursor_u8(&c), len = cursor_u8(&c);
	struct cursor value = wire_trim(cursor_sub(&c, len));
	if (s->name_asked && !failed && type == OCTETS && cursor_ok(&c) && cursor_left(&value) > 3 && len <= 16) {
		struct cursor serial = {value.at + 3, value.end, false};
		tell(x, value.at, serial);
	}
}

static void message(struct dissection *x, struct dlms *s, struct cursor c)
{
	cursor_skip(&c, HEAD_BYTES);
	uint8_t kind = cursor_peek(&c, 0);
	if (dissection_from_server(x) && kind_is(kind, true))
		dissection_service(x);
	if (kind == AARE)
		accepted(x, c);
	else if (kind == GET_REQUEST)
		request(s, c);
	else if (kind == GET_ANSWER)
		answer(x, s, c);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct dlms *s = x->state;
	if (++s->messages[x->direction] > MESSAGES)
		dissection_done(x);
	else
		message(x, s, *c);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct dlms *s = x->state;
	struct cursor whole;
	while (!x->done[x->direction] && cursor_left(c) >= HEAD_BYTES) {
		struct cursor p = *c;
		uint16_t version = cursor_u16(&p);
		cursor_skip(&p, 4);
		if (version != VERSION || s->messages[x->direction] >= MESSAGES) {
			dissection_done(x);
			return;
		}
		if (!wire_message(x, c, HEAD_BYTES + (uint64_t)cursor_u16(&p), &whole))
			return;
		s->messages[x->direction]++;
		message(x, s, whole);
	}
}

const struct dissector dissector_dlms = {
	.name = "dlms",
	.application = "dlms-cosem",
	.transports = TRANSPORT_TCP | TRANSPORT_UDP,
	.ports = {4059},
	.state_bytes = sizeof(struct dlms),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
