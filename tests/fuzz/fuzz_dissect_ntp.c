#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector ntp_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&ntp_dissector, 4, 123, data, size);
}
