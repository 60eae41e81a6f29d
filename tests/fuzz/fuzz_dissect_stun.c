#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector stun_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&stun_dissector, 4, 3478, data, size);
}
