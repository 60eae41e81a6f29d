/* Packets of an association, both directions: the first octet is the port of the responder, then each begins with its
 * direction and its length. */
#include "core/cursor.h"
#include "tests/classify/traffic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t ports[] = {3868, 2905, 7, 36412};
	static struct traffic t; /* an inspector is dear */
	struct cursor c = cursor_init(data, size);
	traffic_again(&t, 132, 40000, ports[cursor_u8(&c) % 4], 0);
	for (unsigned i = 0; i < 32 && cursor_left(&c) > 2; i++) {
		struct packet p = {.flags = 0};
		enum flow_direction d = cursor_u8(&c) == '<' ? FLOW_REVERSE : FLOW_FORWARD;
		struct cursor octets = cursor_sub_cut(&c, cursor_u16(&c));
		c.short_read = false;
		traffic_packet(&t, d, &p, octets.at, cursor_left(&octets), cursor_left(&octets));
	}
	inspector_release(t.in, &t.flow);
	return 0;
}
