#include "classify/dissect/tls_flight.h"

#include <string.h>

#define RECORD_HANDSHAKE 22
#define RECORDS          64
#define MESSAGES         16

/* The handshake of all records at the front, in one piece. */
static size_t join(struct cursor c, uint8_t out[TLS_FLIGHT_BYTES])
{
	size_t n = 0;
	for (int i = 0; i < RECORDS && cursor_left(&c) >= 5; i++) {
		uint8_t type = cursor_u8(&c), major = cursor_u8(&c);
		cursor_skip(&c, 1);
		struct cursor part = cursor_sub_cut(&c, cursor_u16(&c));
		size_t room = TLS_FLIGHT_BYTES - n, len = cursor_left(&part) < room ? cursor_left(&part) : room;
		if (type != RECORD_HANDSHAKE || major != 3)
			break;
		if (len)
			memcpy(out + n, part.at, len);
		n += len;
	}
	return n;
}

static void tell(struct dissection *x, uint8_t type, struct cursor body)
{
	struct tls_hello hello;
	if (type == TLS_CLIENT_HELLO ? tls_client_hello(body, false, &hello)
				     : type == TLS_SERVER_HELLO && tls_server_hello(body, &hello))
		tls_hello_yield(x, &hello, 't');
}

bool tls_flight(struct dissection *x, struct tls_flight *f, struct cursor octets)
{
	uint8_t joined[TLS_FLIGHT_BYTES];
	if (cursor_peek(&octets, 0) != RECORD_HANDSHAKE || (cursor_left(&octets) > 1 && octets.at[1] != 3))
		return false;
	struct cursor c = cursor_init(joined, join(octets, joined));
	for (unsigned i = 0; i < MESSAGES && cursor_left(&c) >= 4; i++) {
		uint8_t type = cursor_u8(&c);
		struct cursor body = cursor_sub_cut(&c, cursor_u24(&c));
		if (type == TLS_CERTIFICATE)
			f->certificates = (uint8_t)tls_certificates(x, body, f->certificates);
		if (!cursor_ok(&body))
			break;
		if (i < f->messages)
			continue;
		f->messages++;
		tell(x, type, body);
	}
	return true;
}
