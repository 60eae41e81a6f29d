/* PROFINET discovery and configuration (IEC 61158-6-10, DCP): what answers "identify" says of itself. */
#include "classify/dissect/wire.h"
#include "classify/link.h"

#define ETHERTYPE 0x8892
#define BLOCKS    32

enum { FRAME_GET_SET = 0xfefd, FRAME_IDENTIFY_ANSWER = 0xfeff };
enum { SERVICE_GET = 3, SERVICE_IDENTIFY = 5, ANSWER = 1 };
/* option and suboption */
enum { IP_PARAMETERS = 0x0102, STATION_TYPE = 0x0201, STATION_NAME = 0x0202, DEVICE_ID = 0x0203, ROLE = 0x0204 };

struct blocks {
	struct cursor type, name, address;
	uint16_t vendor, device;
};

static bool match(const struct packet *packet)
{
	return packet->ethertype == ETHERTYPE;
}

static bool header(struct cursor *c)
{
	uint16_t frame = cursor_u16(c);
	uint8_t service = cursor_u8(c), kind = cursor_u8(c);
	cursor_skip(c, 6); /* transaction, reserved */
	uint16_t len = cursor_u16(c);
	*c = cursor_sub(c, len);
	if (!cursor_ok(c) || kind != ANSWER)
		return false;
	return (frame == FRAME_IDENTIFY_ANSWER && service == SERVICE_IDENTIFY) ||
	       (frame == FRAME_GET_SET && service == SERVICE_GET);
}

static void read(struct cursor c, struct blocks *b)
{
	for (unsigned i = 0; i < BLOCKS && cursor_left(&c) >= 6; i++) {
		uint16_t option = cursor_u16(&c), len = cursor_u16(&c);
		struct cursor value = cursor_sub(&c, len);
		cursor_skip(&c, (len & 1) && cursor_left(&c));
		cursor_skip(&value, 2); /* block info */
		if (!cursor_ok(&value))
			return;
		if (option == STATION_TYPE)
			b->type = value;
		else if (option == STATION_NAME)
			b->name = value;
		else if (option == IP_PARAMETERS)
			b->address = value;
		else if (option == DEVICE_ID) {
			b->vendor = cursor_u16(&value);
			b->device = cursor_u16(&value);
		}
	}
}

static const char *vendor_name(uint16_t id)
{
	switch (id) {
	case 0x002a:
		return "Siemens";
	case 0x00b0:
		return "Phoenix Contact";
	case 0x011d:
		return "WAGO";
	default:
		return NULL;
	}
}

static void bind(struct dissection *x, struct cursor c)
{
	struct bound bound = {.binding = BINDING_ARP, .version = 4, .packet = x->packet};
	bound.address = wire_address(&c, 4);
	memcpy(bound.mac, x->packet->src_mac, 6);
	if ((x->packet->flags & PACKET_HAS_MAC) && cursor_ok(&c) && wire_address_usable(&bound.address, 4))
		dissection_bind(x, &bound);
}

static void frame(struct dissection *x, struct cursor *c)
{
	struct blocks b = {.vendor = 0};
	if (!header(c))
		return;
	read(*c, &b);
	if (cursor_left(&b.address) >= 4)
		bind(x, b.address);
	struct cursor name = wire_trim(b.name);
	dissection_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, name.at, cursor_left(&name));
	struct wire_text t = {.len = 0};
	const char *vendor = vendor_name(b.vendor);
	if (vendor)
		wire_label(&t, "vendor", cursor_init(vendor, strlen(vendor)));
	wire_label(&t, "model", wire_trim(b.type));
	if (b.vendor)
		wire_label_format(&t, "id", "%04x/%04x", b.vendor, b.device);
	wire_yield(x, FIELD_PROFINET_DEVICE, &t);
}

const struct link_dissector profinet_link = {.name = "profinet", .match = match, .frame = frame};
