#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector smb_dissector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return dissect_fuzz(&smb_dissector, 4, 445, data, size);
}
