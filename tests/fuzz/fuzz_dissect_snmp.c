#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector snmp_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&snmp_dissector, 4, 161, data, size);
}
