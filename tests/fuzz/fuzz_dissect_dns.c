#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector dns_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&dns_dissector, 4, 53, data, size);
}
