#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector netbios_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&netbios_dissector, 4, 138, data, size);
}
