/* CAPWAP (RFC 5415), discovery, which is in the clear: access points tell model, serial number and versions,
 * controllers their name and versions. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT     5246
#define ELEMENTS 32
#define CISCO    0x00409600u /* as it writes its number */

enum { DISCOVERY_REQUEST = 1, DISCOVERY_RESPONSE = 2, PRIMARY_REQUEST = 19, PRIMARY_RESPONSE = 20 };
enum { AC_DESCRIPTOR = 1, AC_NAME = 4, VENDOR = 37, BOARD = 38, DESCRIPTOR = 39, WTP_NAME = 45 };
enum { HEAD_UNIT = 4 }; /* the header's length counts words */

/* Of a header without security: type 0, a length of two words or more. Then the kind of message. */
static bool message(struct cursor *c, uint32_t *kind)
{
	uint8_t preamble = cursor_peek(c, 0);
	unsigned words = cursor_peek(c, 1) >> 3;
	cursor_skip(c, words * HEAD_UNIT);
	*kind = cursor_u32(c);
	cursor_skip(c, 4); /* number, length, flags */
	return cursor_ok(c) && !preamble && words >= 2 && *kind >= 1 && *kind <= 26;
}

static enum probe probe(const struct probe_input *in)
{
	uint32_t kind;
	for (int d = 0; d < 2; d++) {
		struct cursor c = in->first[d];
		if (cursor_left(&c))
			return text_port(in, PORT) && message(&c, &kind) ? PROBE_YES : PROBE_NO;
	}
	return PROBE_MAYBE;
}

/* What follows are tags of vendors to the end, each with a type and a length. */
static bool tags_fit(struct cursor c)
{
	while (cursor_left(&c)) {
		cursor_skip(&c, 6);
		cursor_skip(&c, cursor_u16(&c));
		if (!cursor_ok(&c))
			return false;
	}
	return true;
}

/* A version is text for some and numbers for others. */
static void version(struct wire_text *t, const char *name, struct cursor value)
{
	struct cursor text = wire_trim(value);
	for (const uint8_t *p = text.at; p < text.end; p++)
		if (*p < 0x20 || *p > 0x7e) {
			if (cursor_left(&value) == 4)
				wire_label_format(t, name, "%u.%u.%u.%u", value.at[0], value.at[1], value.at[2],
						  value.at[3]);
			return;
		}
	wire_label(t, name, text);
}

/* The tags of a description: hardware and software have numbers of the element's own. */
static void versions(struct wire_text *t, struct cursor c, uint16_t hardware, uint16_t software)
{
	for (unsigned i = 0; i < ELEMENTS && cursor_left(&c) >= 8; i++) {
		cursor_skip(&c, 4);
		uint16_t type = cursor_u16(&c);
		struct cursor value = cursor_sub_cut(&c, cursor_u16(&c));
		if (type == software)
			version(t, "firmware", value);
		else if (type == hardware)
			version(t, "hardware", value);
	}
}

/* Radios, then ciphers: a count and three octets each, or two octets in the older form. */
static void descriptor(struct wire_text *t, struct cursor c)
{
	struct cursor older = c;
	cursor_skip(&c, 2);
	cursor_skip(&c, cursor_u8(&c) * 3u);
	cursor_skip(&older, 4);
	versions(t, cursor_ok(&c) && tags_fit(c) ? c : older, 0, 1);
}

static void board(struct wire_text *t, struct cursor c)
{
	enum { MODEL = 0, SERIAL = 1 };
	cursor_skip(&c, 4);
	for (unsigned i = 0; i < ELEMENTS && cursor_left(&c) >= 4; i++) {
		uint16_t type = cursor_u16(&c);
		struct cursor value = wire_trim(cursor_sub_cut(&c, cursor_u16(&c)));
		if (type == MODEL)
			wire_label(t, "model", value);
		else if (type == SERIAL)
			wire_label(t, "serial", value);
	}
}

static void name(struct dissection *x, struct cursor value)
{
	struct cursor host;
	if (text_host(text_trim(value), &host))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 128);
}

/* Cisco gives the name of an access point so. */
static void of_vendor(struct dissection *x, struct wire_text *t, struct cursor c)
{
	enum { AP_NAME = 5 };
	if (cursor_u32(&c) != CISCO)
		return;
	if (!memmem(t->data, t->len, "vendor=", 7))
		wire_label(t, "vendor", wire_literal("Cisco"));
	if (cursor_u16(&c) == AP_NAME)
		name(x, c);
}

static void elements(struct dissection *x, struct wire_text *t, struct cursor c)
{
	for (unsigned i = 0; i < ELEMENTS && cursor_left(&c) >= 4; i++) {
		uint16_t type = cursor_u16(&c);
		struct cursor value = cursor_sub_cut(&c, cursor_u16(&c));
		if (type == BOARD)
			board(t, value);
		else if (type == DESCRIPTOR)
			descriptor(t, value);
		else if (type == AC_NAME || type == WTP_NAME)
			name(x, value);
		else if (type == VENDOR)
			of_vendor(x, t, value);
		else if (type == AC_DESCRIPTOR) {
			cursor_skip(&value, 12);
			versions(t, value, 4, 5);
		}
	}
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct wire_text t = {.len = 0};
	uint32_t kind;
	if (!message(c, &kind))
		return;
	bool controller = kind == DISCOVERY_RESPONSE || kind == PRIMARY_RESPONSE;
	if (!controller && kind != DISCOVERY_REQUEST && kind != PRIMARY_REQUEST)
		return;
	if (controller && wire_sender_port(x) == PORT)
		wire_served(x);
	wire_label(&t, "kind", wire_literal(controller ? "wireless controller" : "access point"));
	elements(x, &t, *c);
	wire_yield(x, FIELD_CAPWAP_DEVICE, &t);
}

const struct dissector dissector_capwap = {
	.name = "capwap",
	.application = "capwap-control",
	.transports = TRANSPORT_UDP,
	.ports = {PORT},
	.probe = probe,
	.datagram = datagram,
};
