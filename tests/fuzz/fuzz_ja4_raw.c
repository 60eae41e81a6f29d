/* JA4 fingerprints of any text. */
#include "classify/fingerprint/ja4.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char out[JA4_BYTES];
	if (ja4_from_raw((const char *)data, size, out) && strlen(out) != JA4_BYTES - 1)
		abort();
	return 0;
}
