/* LLTD (MS-LLTD): Windows and devices beside it answer who draws a map of the network: name, addresses. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"
#include "classify/link.h"

#define ETHERTYPE_LLTD 0x88d9
#define MOST_TLVS      48

enum { VERSION = 1, LAST_SERVICE = 2, HELLO = 1 };
enum { TLV_END = 0, TLV_IPV4 = 7, TLV_NAME = 15 };

static bool match(const struct packet *p)
{
	return p->ethertype == ETHERTYPE_LLTD;
}

static void say_name(struct dissection *x, struct cursor value, const struct address *address)
{
	struct wire_text t = {.len = 0};
	struct cursor host;
	wire_text_utf16(&t, value.at, cursor_left(&value) & ~(size_t)1);
	if (!text_host(text_trim(cursor_init(t.data, t.len)), &host) || !text_own_name(host))
		return;
	dissection_yield_speaker(x, FIELD_DEVICE_NAME, address ? 4 : 0, address, host.at, cursor_left(&host));
}

/* Generation, and the addresses of who draws the map; then what the sender is. */
static void hello(struct dissection *x, struct cursor c)
{
	struct address address;
	struct cursor name = {NULL, NULL, false};
	bool addressed = false;
	cursor_skip(&c, 14);
	for (unsigned i = 0; i < MOST_TLVS && cursor_left(&c) >= 2; i++) {
		uint8_t type = cursor_u8(&c);
		if (type == TLV_END)
			break;
		struct cursor value = cursor_sub(&c, cursor_u8(&c));
		if (type == TLV_NAME)
			name = value;
		else if (type == TLV_IPV4 && cursor_left(&value) == 4) {
			address = wire_address(&value, 4);
			addressed = wire_address_usable(&address, 4);
		}
	}
	if (cursor_left(&name))
		say_name(x, name, addressed ? &address : NULL);
}

/* Version, kind of service, a reserved octet, function; both real addresses, a number. */
static void frame(struct dissection *x, struct cursor *c)
{
	uint8_t version = cursor_u8(c), service = cursor_u8(c), reserved = cursor_u8(c), function = cursor_u8(c);
	cursor_skip(c, 6);
	const uint8_t *source = cursor_bytes(c, 6);
	cursor_skip(c, 2);
	if (cursor_ok(c) && version == VERSION && service <= LAST_SERVICE && !reserved && function == HELLO &&
	    !memcmp(source, x->packet->src_mac, 6))
		hello(x, *c);
}

const struct link_dissector lltd_link = {.name = "lltd", .match = match, .frame = frame};
