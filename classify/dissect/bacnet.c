/* BACnet/IP (ASHRAE 135 annex J): what a device says of its device object when it is read, and I-Am. Of a device
 * behind a router nothing is told: the address is not its own. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT       47808
#define PROPERTIES 64
#define DEVICE     8 /* object type */

enum { ORIGINAL_UNICAST = 0x0a, ORIGINAL_BROADCAST = 0x0b };
enum { UNCONFIRMED = 1, COMPLEX_ACK = 3 };
enum { I_AM = 0, READ_PROPERTY = 12, READ_PROPERTY_MULTIPLE = 14 };
enum { CHARACTER_STRING = 7 };
enum {
	APPLICATION_VERSION = 12,
	FIRMWARE = 44,
	MODEL = 70,
	OBJECT_NAME = 77,
	VENDOR = 121,
	SERIAL = 372,
};

/* Properties are often read one by one: what each direction's device has said so far. */
struct said {
	char vendor[48], model[48], firmware[40], application[40], serial[24];
};

struct bacnet {
	struct said said[2];
};

/* Steps over the link layer; false when this is none, or what another device forwarded. */
static bool virtual_link(struct cursor *c, bool *ours)
{
	if (cursor_u8(c) != 0x81)
		return false;
	uint8_t function = cursor_u8(c);
	size_t len = cursor_u16(c);
	if (function > 0x0c || len < 4 || !cursor_ok(c) || cursor_left(c) != len - 4)
		return false;
	*ours = function == ORIGINAL_UNICAST || function == ORIGINAL_BROADCAST;
	return true;
}

/* Steps over the network layer; false when there is no application data of the sender's own. */
static bool network(struct cursor *c)
{
	if (cursor_u8(c) != 1)
		return false;
	uint8_t control = cursor_u8(c);
	if (control & 0x88) /* a message of the network layer; from behind a router */
		return false;
	if (control & 0x20) {
		cursor_skip(c, 2);
		cursor_skip(c, cursor_u8(c) + 1u);
	}
	return cursor_ok(c);
}

struct tag {
	uint8_t number;
	bool context, opening, closing;
	struct cursor value;
};

static bool next(struct cursor *c, struct tag *t)
{
	uint8_t octet = cursor_u8(c), kind = octet & 7;
	t->number = octet >> 4;
	t->context = octet & 8;
	if (t->number == 15)
		t->number = cursor_u8(c);
	t->opening = t->context && kind == 6;
	t->closing = t->context && kind == 7;
	size_t len = t->opening || t->closing ? 0 : kind;
	if (!t->context && t->number == 1)
		len = 0; /* a boolean is its own length */
	if (kind == 5 && !t->opening && !t->closing) {
		len = cursor_u8(c);
		if (len == 254)
			len = cursor_u16(c);
		else if (len == 255)
			len = cursor_u32(c);
	}
	t->value = cursor_sub(c, len);
	return cursor_ok(c);
}

static uint32_t number(struct cursor value)
{
	uint32_t n = 0;
	while (cursor_left(&value) && cursor_left(&value) <= 4)
		n = n << 8 | cursor_u8(&value);
	return n;
}

/* A property of the device object; true when it is one that names the device. */
static bool property(struct dissection *x, struct said *s, uint32_t id, const struct tag *t)
{
	struct cursor value = t->value;
	if (t->context || t->number != CHARACTER_STRING || cursor_u8(&value) != 0 || !cursor_left(&value))
		return false; /* strings of UTF-8 only */
	switch (id) {
	case OBJECT_NAME:
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, value, 64);
		return false;
	case VENDOR:
		wire_keep(s->vendor, sizeof s->vendor, value);
		return true;
	case MODEL:
		wire_keep(s->model, sizeof s->model, value);
		return true;
	case FIRMWARE:
		wire_keep(s->firmware, sizeof s->firmware, value);
		return true;
	case APPLICATION_VERSION:
		wire_keep(s->application, sizeof s->application, value);
		return true;
	case SERIAL:
		wire_keep(s->serial, sizeof s->serial, value);
		return true;
	default:
		return false;
	}
}

static void label(struct wire_text *t, const char *key, const char *value)
{
	wire_label(t, key, cursor_init(value, strlen(value)));
}

static void tell(struct dissection *x, const struct said *s, bool whole)
{
	if (!*s->model || (!whole && !*s->vendor))
		return; /* the rest is likely to come */
	struct wire_text t = {.len = 0};
	label(&t, "vendor", s->vendor);
	label(&t, "model", s->model);
	label(&t, "firmware", s->firmware);
	label(&t, "application", s->application);
	label(&t, "serial", s->serial);
	wire_yield(x, FIELD_BACNET_DEVICE, &t);
}

/* [0] object, [1] property, [2] index, [3] { value } */
static void read_property(struct dissection *x, struct said *s, struct cursor c)
{
	struct tag object, id, t;
	if (!next(&c, &object) || !next(&c, &id) || number(object.value) >> 22 != DEVICE || !next(&c, &t))
		return;
	if (t.context && t.number == 2 && !next(&c, &t))
		return;
	if (t.opening && t.number == 3 && next(&c, &t) && property(x, s, number(id.value), &t))
		tell(x, s, false);
}

/* [0] object, [1] { [2] property, [3] index, [4] { values } or [5] { error } … } … */
static void read_property_multiple(struct dissection *x, struct said *s, struct cursor c)
{
	struct tag t;
	bool device = false, named = false;
	uint32_t id = 0;
	unsigned depth = 0;
	for (unsigned i = 0; i < 4 * PROPERTIES && cursor_left(&c) && next(&c, &t); i++) {
		if (t.closing)
			depth -= depth > 0;
		else if (t.opening)
			depth++;
		else if (!depth && t.context && t.number == 0)
			device = number(t.value) >> 22 == DEVICE;
		else if (depth == 1 && t.context && t.number == 2)
			id = number(t.value);
		else if (depth == 2 && device)
			named |= property(x, s, id, &t);
	}
	if (named)
		tell(x, s, true);
}

static void i_am(struct dissection *x, struct cursor c)
{
	struct tag object, t;
	struct wire_text text = {.len = 0};
	if (!next(&c, &object) || object.context || object.number != 12 || number(object.value) >> 22 != DEVICE)
		return;
	if ((wire_sender_port(x) & 0xfff0) == (PORT & 0xfff0)) /* BAC0 to BACF; others only ask from there */
		wire_served(x);
	for (int i = 0; i < 3; i++) /* longest message, segmentation, vendor */
		if (!next(&c, &t))
			return;
	if (t.number != 2)
		return;
	wire_label_format(&text, "vendorId", "%u", number(t.value));
	wire_label_format(&text, "instance", "%u", number(object.value) & 0x3fffff);
	wire_yield(x, FIELD_BACNET_DEVICE, &text);
}

static void acknowledged(struct dissection *x, uint8_t head, struct cursor c)
{
	struct bacnet *s = x->state;
	cursor_skip(&c, 1);
	if (head & 8)
		return; /* a segment */
	uint8_t service = cursor_u8(&c);
	wire_served(x);
	if (service == READ_PROPERTY)
		read_property(x, &s->said[x->direction], c);
	else if (service == READ_PROPERTY_MULTIPLE)
		read_property_multiple(x, &s->said[x->direction], c);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	bool ours;
	if (!virtual_link(c, &ours) || !ours || !network(c))
		return;
	uint8_t head = cursor_u8(c);
	if (head >> 4 == COMPLEX_ACK)
		acknowledged(x, head, *c);
	else if (head >> 4 == UNCONFIRMED && cursor_u8(c) == I_AM)
		i_am(x, *c);
}

static enum probe probe(const struct probe_input *in)
{
	bool ours;
	for (int d = 0; d < 2; d++) {
		struct cursor c = in->first[d];
		if (cursor_left(&c))
			return virtual_link(&c, &ours) ? PROBE_YES : PROBE_NO;
	}
	return PROBE_MAYBE;
}

const struct dissector dissector_bacnet = {
	.name = "bacnet",
	.application = "bacnet",
	.transports = TRANSPORT_UDP,
	.ports = {PORT},
	.state_bytes = sizeof(struct bacnet),
	.probe = probe,
	.datagram = datagram,
};
