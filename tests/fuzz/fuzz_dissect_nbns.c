#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector nbns_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&nbns_dissector, 4, 137, data, size);
}
