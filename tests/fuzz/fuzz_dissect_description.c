#include "classify/dissect/description.h"
#include "tests/fuzz/dissect_fuzz.h"

extern const struct dissector dissector_http;

/* The body of a device's answer; the first octet says whether it is whole. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fixture f;
	if (!size)
		return 0;
	fixture_init(&f, &dissector_http, 4, 80);
	description_read(&f.x, cursor_init(data + 1, size - 1), data[0] & 1);
	return 0;
}
