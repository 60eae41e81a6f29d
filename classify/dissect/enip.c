/* EtherNet/IP (ODVA volume 2, chapter 2): the answer to ListIdentity, and the identity object when it is read over
 * an unconnected message, of the device itself or of a module in its rack. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT         44818
#define HEADER_BYTES 24
#define MOST_ITEMS   16
#define MESSAGES     1000

enum command {
	NOP = 0,
	LIST_SERVICES = 4,
	LIST_IDENTITY = 0x63,
	LIST_INTERFACES = 0x64,
	REGISTER = 0x65,
	UNREGISTER = 0x66,
	SEND_RR_DATA = 0x6f,
	SEND_UNIT_DATA = 0x70,
};
enum { ITEM_IDENTITY = 0x0c, ITEM_UNCONNECTED = 0xb2, GET_ALL = 1, UNCONNECTED_SEND = 0x52, ANSWERED = 0x80 };

struct enip {
	uint16_t messages;
	bool asked; /* for the identity object */
};

struct head {
	uint16_t command, length;
	uint32_t status;
};

static bool known(uint16_t command)
{
	return command == NOP || command == LIST_SERVICES || (command >= LIST_IDENTITY && command <= UNREGISTER) ||
	       command == SEND_RR_DATA || command == SEND_UNIT_DATA;
}

/* Status has few values and the options are none (2-3). */
static int header(struct cursor c, struct head *h)
{
	size_t have = cursor_left(&c);
	h->command = cursor_le16(&c);
	h->length = cursor_le16(&c);
	cursor_skip(&c, 4);
	h->status = cursor_le32(&c);
	cursor_skip(&c, 8);
	uint32_t options = cursor_le32(&c);
	if ((have > 1 && !known(h->command)) || (have > 11 && h->status > 0x69))
		return -1;
	if (have >= HEADER_BYTES && options)
		return -1;
	return have >= HEADER_BYTES;
}

static enum probe probe(const struct probe_input *in)
{
	struct head h[2];
	int r[2] = {header(in->first[0], &h[0]), header(in->first[1], &h[1])};
	if (r[0] < 0 || r[1] < 0)
		return PROBE_NO;
	for (int d = 0; d < 2; d++)
		if (r[d] > 0 && (h[d].command == NOP ||
				 (in->transport == TRANSPORT_UDP && h[d].length + 24u != cursor_left(&in->first[d]))))
			return PROBE_NO;
	if (text_port(in, PORT))
		return r[0] || r[1] ? PROBE_YES : PROBE_MAYBE;
	if (in->transport == TRANSPORT_UDP)
		return PROBE_NO;
	if (!r[0] || !r[1])
		return PROBE_MAYBE;
	return h[0].command == REGISTER && h[1].command == REGISTER && h[0].length == 4 ? PROBE_YES : PROBE_NO;
}

static const char *vendor_name(uint16_t id)
{
	static const struct {
		uint16_t id;
		const char *name;
	} rows[] = {
		{1, "Rockwell Automation"},
		{5, "Rockwell Automation"},
		{26, "Festo"},
		{40, "WAGO"},
		{47, "Omron"},
		{48, "Turck"},
		{90, "HMS Industrial Networks"},
		{161, "Mitsubishi Electric"},
		{243, "Schneider Electric"},
		{283, "Hilscher"},
		{356, "Fanuc Robotics"},
		{678, "Cognex"},
		{808, "SICK"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].id == id)
			return rows[i].name;
	return NULL;
}

static const char *kind_name(uint16_t type)
{
	switch (type) {
	case 0x02:
		return "drive";
	case 0x0c:
		return "communications adapter";
	case 0x0e:
		return "PLC";
	case 0x10:
		return "position controller";
	case 0x18:
		return "HMI";
	case 0x2c:
		return "switch";
	default:
		return NULL;
	}
}

static void optional(struct wire_text *t, const char *key, const char *value)
{
	if (value)
		wire_label(t, key, cursor_init(value, strlen(value)));
}

/* Vendor, type, code, revision, status, serial number, name (volume 1, 5-2). */
static void identity(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	uint16_t vendor = cursor_le16(&c), type = cursor_le16(&c), code = cursor_le16(&c);
	uint8_t major = cursor_u8(&c), minor = cursor_u8(&c);
	cursor_skip(&c, 2);
	uint32_t serial = cursor_le32(&c);
	struct cursor name = cursor_sub(&c, cursor_u8(&c));
	if (!cursor_ok(&c) || !cursor_left(&name))
		return;
	optional(&t, "vendor", vendor_name(vendor));
	wire_label(&t, "model", name);
	wire_label_format(&t, "firmware", "%u.%03u", major, minor);
	if (serial)
		wire_label_format(&t, "serial", "%08x", serial);
	optional(&t, "kind", kind_name(type));
	wire_label_format(&t, "id", "%u/%u/%u", vendor, type, code);
	wire_yield(x, FIELD_ENIP_DEVICE, &t);
}

static void list_identity(struct dissection *x, struct cursor c)
{
	unsigned items = cursor_le16(&c);
	for (unsigned i = 0; i < items && i < MOST_ITEMS && cursor_left(&c) >= 4; i++) {
		uint16_t type = cursor_le16(&c);
		struct cursor item = cursor_sub(&c, cursor_le16(&c));
		cursor_skip(&item, 18); /* version of the encapsulation, socket address */
		if (type == ITEM_IDENTITY)
			identity(x, item);
	}
}

/* The message within SendRRData; empty when there is none. */
static struct cursor unconnected(struct cursor c)
{
	cursor_skip(&c, 6);
	unsigned items = cursor_le16(&c);
	for (unsigned i = 0; i < items && i < MOST_ITEMS && cursor_left(&c) >= 4; i++) {
		uint16_t type = cursor_le16(&c);
		struct cursor item = cursor_sub(&c, cursor_le16(&c));
		if (type == ITEM_UNCONNECTED)
			return item;
	}
	return cursor_init(NULL, 0);
}

/* What is asked of a module next to the one that talks: Unconnected_Send of the connection manager (volume 1, 3-5.5.4),
 * by a route of one step over port 1, the backplane. Other routes lead to devices that have addresses of their own.
 * Anything else stays as it is. */
static struct cursor behind_backplane(struct cursor message)
{
	static const uint8_t send[] = {UNCONNECTED_SEND, 2, 0x20, 6, 0x24, 1};
	struct cursor c = message;
	const uint8_t *p = cursor_bytes(&c, sizeof send);
	if (!p || memcmp(p, send, sizeof send))
		return message;
	cursor_skip(&c, 2); /* how long to wait */
	uint16_t len = cursor_le16(&c);
	struct cursor inner = cursor_sub(&c, len);
	cursor_skip(&c, len & 1);
	uint8_t words = cursor_u8(&c);
	cursor_skip(&c, 1);
	bool backplane = words == 1 && cursor_u8(&c) == 1;
	return backplane && cursor_ok(&c) ? inner : cursor_init(NULL, 0);
}

static void request(struct enip *s, const struct head *h, struct cursor c)
{
	static const uint8_t get_identity[] = {GET_ALL, 2, 0x20, 1, 0x24, 1};
	if (h->command != SEND_RR_DATA)
		return;
	struct cursor message = behind_backplane(unconnected(c));
	const uint8_t *p = cursor_bytes(&message, sizeof get_identity);
	s->asked = p && !memcmp(p, get_identity, sizeof get_identity);
}

static void answer(struct dissection *x, struct enip *s, const struct head *h, struct cursor c)
{
	if (h->status || h->command == NOP || h->command == UNREGISTER)
		return;
	dissection_service(x);
	if (h->command == LIST_IDENTITY)
		list_identity(x, c);
	if (h->command != SEND_RR_DATA || !s->asked)
		return;
	struct cursor message = unconnected(c);
	s->asked = false;
	if (cursor_u8(&message) != (ANSWERED | GET_ALL))
		return;
	cursor_skip(&message, 1);
	if (cursor_u8(&message) == 0) {
		cursor_skip(&message, 2u * cursor_u8(&message));
		identity(x, message);
	}
}

/* Of the message that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c, struct head *h)
{
	int r = header(c, h);
	return r > 0 ? h->length + HEADER_BYTES : r;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct enip *s = x->state;
	struct head h;
	struct cursor message;
	if (x->flow->sport == PORT && x->flow->dport != PORT)
		dissection_server(x, FLOW_FORWARD);
	while (wire_next(x, c, length(*c, &h), &s->messages, MESSAGES, &message)) {
		cursor_skip(&message, cursor_left(&message) ? HEADER_BYTES : 0);
		if (dissection_from_server(x))
			answer(x, s, &h, message);
		else
			request(s, &h, message);
	}
}

/* A list is asked for by broadcast: who sends one back is a server, whatever the flow's direction. */
static void datagram(struct dissection *x, struct cursor *c)
{
	struct head h;
	if (header(*c, &h) <= 0)
		return;
	cursor_skip(c, HEADER_BYTES);
	if ((h.command != LIST_IDENTITY && h.command != LIST_SERVICES) || h.status || cursor_left(c) < 8)
		return;
	wire_served(x);
	if (h.command == LIST_IDENTITY)
		list_identity(x, *c);
}

const struct dissector dissector_enip = {
	.name = "enip",
	.application = "EtherNet-IP-2",
	.transports = TRANSPORT_TCP | TRANSPORT_UDP,
	.ports = {PORT},
	.state_bytes = sizeof(struct enip),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
