#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector radius_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&radius_dissector, 4, 1812, data, size);
}
