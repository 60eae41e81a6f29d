/* KNXnet/IP (KNX 3/8): the device information block of search and description answers. */
#include "classify/dissect/wire.h"

#define PORT       3671
#define MOST_DIBS  16
#define NAME_BYTES 30

enum { SEARCH_ANSWER = 0x0202, DESCRIPTION_ANSWER = 0x0204, CONNECT_ANSWER = 0x0206, DEVICE_INFORMATION = 1 };

static bool header(struct cursor *c, uint16_t *service)
{
	size_t whole = cursor_left(c);
	uint16_t begin = cursor_u16(c);
	*service = cursor_u16(c);
	uint16_t len = cursor_u16(c);
	return begin == 0x0610 && len == whole && cursor_ok(c) && (*service >> 8) >= 2 && (*service >> 8) <= 5;
}

static enum probe probe(const struct probe_input *in)
{
	for (int d = 0; d < 2; d++) {
		struct cursor c = in->first[d];
		uint16_t service;
		if (cursor_left(&c))
			return header(&c, &service) ? PROBE_YES : PROBE_NO;
	}
	return PROBE_MAYBE;
}

/* Medium, status, address, installation, serial number, multicast address, MAC, name. */
static void device(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 6);
	const uint8_t *s = cursor_bytes(&c, 6);
	cursor_skip(&c, 10);
	struct cursor name = wire_trim(cursor_sub(&c, NAME_BYTES));
	if (!cursor_ok(&c) || !s)
		return;
	wire_label(&t, "model", name);
	wire_label_format(&t, "serial", "%02x%02x%02x%02x%02x%02x", s[0], s[1], s[2], s[3], s[4], s[5]);
	wire_yield(x, FIELD_KNX_DEVICE, &t);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	uint16_t service;
	if (!header(c, &service))
		return;
	if (service != SEARCH_ANSWER && service != DESCRIPTION_ANSWER && service != CONNECT_ANSWER)
		return;
	wire_served(x);
	if (service == CONNECT_ANSWER)
		return;
	cursor_skip(c, service == SEARCH_ANSWER ? 8 : 0);
	for (unsigned i = 0; i < MOST_DIBS && cursor_left(c) > 2; i++) {
		uint8_t len = cursor_u8(c), kind = cursor_u8(c);
		struct cursor block = cursor_sub(c, len < 2 ? cursor_left(c) + 1 : len - 2u);
		if (kind == DEVICE_INFORMATION && cursor_ok(&block))
			device(x, block);
	}
}

const struct dissector dissector_knx = {
	.name = "knx",
	.application = "efcp",
	.transports = TRANSPORT_UDP,
	.ports = {PORT},
	.probe = probe,
	.datagram = datagram,
};
