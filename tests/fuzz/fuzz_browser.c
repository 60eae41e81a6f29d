/* A user agent, and behind the first line break how the request was written. */
#include "classify/fingerprint/browser.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *split = size ? memchr(data, '\n', size) : NULL;
	if (!split)
		split = data;
	struct cursor agent = cursor_init(data, (size_t)(split - data));
	struct cursor written = cursor_init(split, size - (size_t)(split - data));
	if (cursor_left(&written))
		cursor_skip(&written, 1);
	if (browser_doubtful(agent, written) && !browser_claimed(agent))
		abort();
	return 0;
}
