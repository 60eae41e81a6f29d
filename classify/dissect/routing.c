/* Protocols only routers speak to their neighbours, by IP protocol number: that they were heard is what is told. */
#include "classify/dissect/device.h"
#include "classify/link.h"

enum { EIGRP = 88, OSPF = 89, PIM = 103 };

static bool match(const struct packet *p)
{
	return p->version && (p->protocol == EIGRP || p->protocol == OSPF || p->protocol == PIM);
}

/* A hello that stands by itself: version and kind as the protocol has them, and room for its header. */
static bool speaks(const struct packet *p, const struct cursor *c)
{
	uint8_t first = cursor_peek(c, 0), second = cursor_peek(c, 1);
	switch (p->protocol) {
	case OSPF: /* RFC 2328 A.3.1, RFC 5340 A.3.1 */
		return (first == 2 || first == 3) && second >= 1 && second <= 5 && cursor_left(c) >= 16;
	case EIGRP: /* RFC 7868 6.2 */
		return first == 2 && second >= 1 && second <= 11 && cursor_left(c) >= 20;
	case PIM: /* RFC 7761 4.9: hello */
		return first == 0x20 && cursor_left(c) >= 4;
	default:
		return false;
	}
}

static void frame(struct dissection *x, struct cursor *c)
{
	if (speaks(x->packet, c))
		device_kind(x, FIELD_LINK_ROLE, "router");
}

const struct link_dissector routing_link = {.name = "routing", .match = match, .frame = frame};
