#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector hsrp_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&hsrp_dissector, 4, 1985, data, size);
}
