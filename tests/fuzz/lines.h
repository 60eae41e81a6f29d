/* An input as texts, one a line; those that are missing are empty. */
#ifndef ONLOOKER_TESTS_FUZZ_LINES_H
#define ONLOOKER_TESTS_FUZZ_LINES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Returns the storage of the texts, for free(). */
static inline char *lines_of(const uint8_t *data, size_t size, char **line, size_t count)
{
	char *text = malloc(size + 1);
	if (!text)
		abort();
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	char *rest = text;
	for (size_t i = 0; i < count; i++)
		if (!(line[i] = i + 1 < count ? strsep(&rest, "\n") : rest))
			line[i] = text + size;
	return text;
}

#endif
