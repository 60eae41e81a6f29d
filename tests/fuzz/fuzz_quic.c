/* Datagrams of QUIC and DTLS: pieces of (direction << 7, length, octets). */
#include "tests/classify/traffic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct traffic t;
	traffic_again(&t, 17, 49152, 443, 2 << 20);
	while (size >= 3) {
		enum flow_direction d = data[0] & 0x80 ? FLOW_REVERSE : FLOW_FORWARD;
		size_t n = (size_t)(data[1] << 8 | data[2]);
		data += 3;
		size -= 3;
		n = n < size ? n : size;
		traffic_udp(&t, d, data, n);
		data += n;
		size -= n;
	}
	traffic_end(&t);
	return 0;
}
