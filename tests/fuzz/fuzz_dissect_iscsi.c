#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector iscsi_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&iscsi_dissector, 4, 3260, data, size);
}
