/* TCP segments as nasty as can be: each is flags, direction, small sequence offsets, a length, and octets that are
 * partly missing. Memory is scarce, so that running out is tried too. */
#include "core/cursor.h"
#include "tests/classify/traffic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_init(data, size);
	uint8_t setup = cursor_u8(&c);
	static struct traffic scarce, plenty;
	struct traffic *t = setup & 2 ? &scarce : &plenty;
	traffic_again(t, 6, 49152, setup & 1 ? 443 : 12345, setup & 2 ? 256 << 10 : 2 << 20);
	if (setup & 4)
		traffic_shake(t);
	while (cursor_left(&c) >= 6) {
		uint8_t how = cursor_u8(&c), flags = cursor_u8(&c);
		int16_t seq = (int16_t)cursor_u16(&c), ack = (int16_t)(cursor_u8(&c) << 4);
		size_t len = cursor_u8(&c), d = how & 1;
		if (how & 2)
			len *= 256;
		len = len < cursor_left(&c) ? len : cursor_left(&c);
		const uint8_t *payload = cursor_bytes(&c, len);
		struct packet p = {.flags = PACKET_TCP,
				   .tcp = {.seq = t->seq[d] + (uint32_t)(how & 4 ? seq : 0),
					   .ack = t->seq[!d] + (uint32_t)ack,
					   .flags = flags}};
		if (how & 8)
			p.flags |= PACKET_FRAGMENT | (how & 16 ? PACKET_LATER_FRAGMENT : 0);
		traffic_packet(t, (enum flow_direction)d, &p, payload, len, len + (how & 32 ? how >> 2 : 0));
		if (!(how & 4))
			t->seq[d] += (uint32_t)len;
	}
	traffic_end(t);
	return 0;
}
