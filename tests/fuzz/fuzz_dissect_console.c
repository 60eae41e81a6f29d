#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector rfb_dissector, rlogin_dissector, tacacs_dissector, lpd_dissector, pjl_dissector,
	dissector_http;

/* Conversations that go to and fro: the first octet picks the protocol, then each part is a direction, a length and
 * its octets. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		const struct dissector *dissector;
		uint16_t port;
	} rows[] = {{&rfb_dissector, 5900},   {&rlogin_dissector, 513}, {&rlogin_dissector, 514},
		    {&rlogin_dissector, 512}, {&tacacs_dissector, 49},  {&lpd_dissector, 515},
		    {&pjl_dissector, 9100},   {&dissector_http, 631}};
	static struct fixture f;
	struct cursor c = cursor_init(data, size);
	uint8_t row = cursor_u8(&c) % (sizeof rows / sizeof *rows);
	fixture_init(&f, rows[row].dissector, 4, rows[row].port);
	while (cursor_left(&c) > 1) {
		uint8_t head = cursor_u8(&c);
		size_t len = cursor_u8(&c);
		struct cursor part = cursor_sub(&c, len < cursor_left(&c) ? len : cursor_left(&c));
		fixture_probe(&f, TRANSPORT_TCP, head & 1, part.at, cursor_left(&part));
		fixture_stream(&f, head & 1, part.at, cursor_left(&part));
	}
	return 0;
}
