#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector dhcp_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&dhcp_dissector, 4, 67, data, size);
}
