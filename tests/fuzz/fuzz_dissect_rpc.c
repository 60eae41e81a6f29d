#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector rpc_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&rpc_dissector, 4, 2049, data, size);
}
