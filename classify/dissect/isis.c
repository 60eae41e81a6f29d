/* IS-IS (ISO 10589): that a router was heard. Names of routers are flooded by all for all, so they tell nothing of who
 * sends them. */
#include "classify/dissect/device.h"
#include "classify/link.h"

static const uint8_t llc[4] = {0xfe, 0xfe, 0x03, 0x83};
enum { HELLO_1 = 15, HELLO_2 = 16, HELLO_POINT = 17, VERSION = 1 };

static bool match(const struct packet *p)
{
	return !p->version && p->ethertype < 1536 && p->l3_len > sizeof llc && !memcmp(p->l3, llc, sizeof llc);
}

/* Length of the header, version, length of identifiers, kind, version. */
static void frame(struct dissection *x, struct cursor *c)
{
	cursor_skip(c, sizeof llc + 1);
	uint8_t version = cursor_u8(c);
	cursor_skip(c, 1);
	uint8_t kind = cursor_u8(c) & 0x1f;
	if (cursor_u8(c) == VERSION && cursor_ok(c) && version == VERSION && kind >= HELLO_1 && kind <= HELLO_POINT)
		device_kind(x, FIELD_LINK_ROLE, "router");
}

const struct link_dissector isis_link = {.name = "isis", .match = match, .frame = frame};
