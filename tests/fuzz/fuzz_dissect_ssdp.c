#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector ssdp_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&ssdp_dissector, 4, 1900, data, size);
}
