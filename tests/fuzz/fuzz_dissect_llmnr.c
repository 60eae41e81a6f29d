#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector llmnr_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&llmnr_dissector, 4, 5355, data, size);
}
