#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector kerberos_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&kerberos_dissector, 4, 88, data, size);
}
