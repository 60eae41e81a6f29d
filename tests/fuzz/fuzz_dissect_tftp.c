#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector tftp_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&tftp_dissector, 4, 69, data, size);
}
