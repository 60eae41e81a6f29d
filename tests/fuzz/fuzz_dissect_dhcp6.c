#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector dhcp6_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&dhcp6_dissector, 6, 547, data, size);
}
