#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector mdns_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&mdns_dissector, 4, 5353, data, size);
}
