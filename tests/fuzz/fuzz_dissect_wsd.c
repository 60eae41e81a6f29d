#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector wsd_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&wsd_dissector, 4, 3702, data, size);
}
