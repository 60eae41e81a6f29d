#include "classify/labels.h"

#include <string.h>

const char *labels_find(const char *text, size_t len, const char *key, size_t *found_len)
{
	size_t n = strlen(key);
	const char *end = text + len;
	while (text < end) {
		const char *stop = memchr(text, ';', (size_t)(end - text));
		if (!stop)
			stop = end;
		if ((size_t)(stop - text) > n && text[n] == '=' && !memcmp(text, key, n)) {
			*found_len = (size_t)(stop - text) - n - 1;
			return text + n + 1;
		}
		text = stop < end ? stop + 1 : end;
	}
	*found_len = 0;
	return NULL;
}
