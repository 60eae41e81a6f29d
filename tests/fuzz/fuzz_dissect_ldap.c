#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector ldap_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&ldap_dissector, 4, 389, data, size);
}
