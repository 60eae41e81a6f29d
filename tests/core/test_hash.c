/* Names of content: the same on every machine, and different when anything is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/hash.h"

#include <string.h>

static void content_is_named_the_same_everywhere(void **state)
{
	(void)state;
	uint8_t name[16];
	static const uint8_t want[16] = {0x40, 0xf3, 0x37, 0x3d, 0x24, 0xe3, 0x65, 0x57,
					 0x58, 0x81, 0x89, 0x5b, 0xbd, 0xb0, 0x9e, 0xbe};
	hash_content("what becomes known together", 27, name);
	assert_memory_equal(name, want, 16);
}

/* Every bit of 40 octets, and every length, gives another name. */
static void any_change_gives_another_name(void **state)
{
	(void)state;
	static uint8_t names[40 * 8 + 41][16];
	uint8_t text[40] = {0};
	unsigned n = 0;
	for (size_t len = 0; len <= sizeof text; len++)
		hash_content(text, len, names[n++]);
	for (unsigned bit = 0; bit < 8 * sizeof text; bit++) {
		text[bit / 8] ^= (uint8_t)(1 << bit % 8);
		hash_content(text, sizeof text, names[n++]);
		text[bit / 8] = 0;
	}
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < i; k++) {
			assert_memory_not_equal(names[i], names[k], 8);
			assert_memory_not_equal(names[i] + 8, names[k] + 8, 8);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(content_is_named_the_same_everywhere),
		cmocka_unit_test(any_change_gives_another_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
