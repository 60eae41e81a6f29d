#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector dcerpc_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&dcerpc_dissector, 4, 135, data, size);
}
