/* Any octets as a JSON string: it parses, and an independent reading of the escapes gives the octets back. */
#include "core/buffer.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One octet or octet-valued escape of the text at *at. */
static uint8_t next(const char **at)
{
	static const char letter[] = "\"\\/bfnrt", octet[] = "\"\\/\b\f\n\r\t";
	unsigned value;
	if (**at != '\\')
		return (uint8_t) * (*at)++;
	const char *known = strchr(letter, (*at)[1]);
	if (known) {
		*at += 2;
		return (uint8_t)octet[known - letter];
	}
	if (sscanf(*at, "\\u%4x", &value) != 1 || value > 0xff)
		abort();
	*at += 6;
	return (uint8_t)value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer b = {0};
	buffer_char(&b, '"');
	buffer_json(&b, (const char *)data, size);
	buffer_char(&b, '"');
	json_t *parsed = json_loadb(b.data, b.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (!json_is_string(parsed))
		abort();
	json_decref(parsed);
	buffer_char(&b, 0);
	const char *at = b.data + 1;
	for (size_t i = 0; i < size; i++)
		if (next(&at) != data[i])
			abort();
	if (at != b.data + b.len - 2)
		abort();
	buffer_fini(&b);
	return 0;
}
