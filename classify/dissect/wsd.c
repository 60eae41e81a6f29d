/* WS-Discovery (OASIS WS-Discovery 1.1): printers, scanners, cameras and Windows say over multicast what they are and
 * answer who looks for them. */
#include "classify/dissect/description.h"
#include "classify/dissect/device.h"
#include "classify/dissect/text.h"
#include "classify/dissect/xml.h"

#define MOST_TAGS   128
#define MOST_SCOPES 64
#define PART_BYTES  96

struct announcement {
	struct cursor action, types, scopes;
};

static void read_elements(struct cursor xml, struct announcement *a)
{
	struct xml_element e;
	for (unsigned i = 0; i < MOST_TAGS && xml_next(&xml, &e); i++) {
		if (e.end)
			continue;
		if (xml_is(&e, "Action"))
			a->action = text_trim(e.text);
		else if (xml_is(&e, "Types"))
			a->types = text_trim(e.text);
		else if (xml_is(&e, "Scopes"))
			a->scopes = text_trim(e.text);
	}
}

static int nibble(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "HIKVISION%20DS-2CD2032-I" (RFC 3986 2.1). */
static struct cursor unescape(struct wire_text *t, struct cursor s)
{
	t->len = 0;
	while (cursor_left(&s) && t->len < PART_BYTES) {
		uint8_t c = *s.at++;
		if (c == '%' && cursor_left(&s) >= 2 && nibble(s.at[0]) >= 0 && nibble(s.at[1]) >= 0) {
			c = (uint8_t)(nibble(s.at[0]) << 4 | nibble(s.at[1]));
			s.at += 2;
		}
		wire_text_add(t, c < 0x20 ? (const void *)" " : &c, 1);
	}
	return cursor_init(t->data, t->len);
}

static struct cursor next_word(struct cursor *s)
{
	*s = text_trim(*s);
	struct cursor word = *s;
	while (s->at<s->end && * s->at> ' ')
		s->at++;
	word.end = s->at;
	return word;
}

/* Cameras write who they are as scopes (ONVIF Core 7.3.2.2). */
static void tell_camera(struct dissection *x, struct cursor scopes)
{
	struct wire_text name = {.len = 0}, model = {.len = 0};
	struct device d = {.kind = "camera"};
	for (unsigned i = 0; i < MOST_SCOPES && cursor_left(&scopes); i++) {
		struct cursor s = next_word(&scopes);
		if (!text_take(&s, "onvif://www.onvif.org/"))
			continue;
		if (text_take(&s, "hardware/"))
			d.model = unescape(&model, s);
		else if (text_take(&s, "name/"))
			unescape(&name, s);
	}
	device_yield(x, FIELD_WSD_DEVICE, &d);
	wire_yield(x, FIELD_WSD_NAME, &name);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct announcement a = {
		.action = cursor_init(NULL, 0), .types = cursor_init(NULL, 0), .scopes = cursor_init(NULL, 0)};
	read_elements(*c, &a);
	bool matches = text_has(a.action, "/ProbeMatches") || text_has(a.action, "/ResolveMatches");
	if (!matches && !text_has(a.action, "/Hello"))
		return;
	const char *kind = description_kind(a.types);
	if (kind && !strcmp(kind, "camera"))
		tell_camera(x, a.scopes);
	else if (kind)
		device_kind(x, FIELD_WSD_DEVICE, kind);
	if (matches && wire_sender_port(x) == 3702)
		wire_served(x);
}

/* A SOAP envelope that speaks of discovery in its first elements. */
static bool fits(struct cursor c)
{
	struct xml_element e;
	if (cursor_peek(&c, 0) != '<' && cursor_peek(&c, 0) != 0xef)
		return false;
	struct cursor head = c;
	if (cursor_left(&head) > 2048)
		head.end = head.at + 2048;
	return xml_next(&c, &e) && xml_is(&e, "Envelope") && text_has(head, "/discovery");
}

static enum probe probe(const struct probe_input *in)
{
	for (unsigned d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return fits(in->first[d]) ? PROBE_YES : PROBE_NO;
	return PROBE_MAYBE;
}

const struct dissector wsd_dissector = {
	.name = "ws-discovery",
	.application = "ws-discovery",
	.transports = TRANSPORT_UDP,
	.ports = {3702},
	.probe = probe,
	.datagram = datagram,
};
