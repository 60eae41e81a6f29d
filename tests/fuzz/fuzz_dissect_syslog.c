#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector syslog_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&syslog_dissector, 4, 514, data, size);
}
