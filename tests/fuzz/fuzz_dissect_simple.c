/* Protocols of which only the service is told, over TCP and over UDP, both directions. */
#include "tests/fuzz/talk_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return talk_fuzz(data, size);
}
