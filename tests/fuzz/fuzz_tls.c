/* TLS over TCP in order: pieces of (direction << 7 | flags, length, octets). */
#include "tests/classify/traffic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct traffic t;
	traffic_again(&t, 6, 49152, 443, 2 << 20);
	traffic_shake(&t);
	while (size >= 3) {
		enum flow_direction d = data[0] & 0x80 ? FLOW_REVERSE : FLOW_FORWARD;
		size_t n = (size_t)(data[1] << 8 | data[2]), piece = data[0] & 1 ? 7 : 65535;
		data += 3;
		size -= 3;
		n = n < size ? n : size;
		traffic_say(&t, d, data, n, piece);
		data += n;
		size -= n;
	}
	traffic_end(&t);
	return 0;
}
