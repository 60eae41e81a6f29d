/* The value of any field against the built-in set: first octet is the field, the rest the value. */
#include "classify/signature.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct signature_set *set;
	static struct signature_scratch *scratch;
	static struct arena arena;
	struct conclusion out[8];
	if (!set) {
		if (signature_builtin(&set, NULL) || !(scratch = signature_scratch_new(set)))
			abort();
		arena_init(&arena, 16384, 1 << 20);
	}
	if (!size)
		return 0;
	arena_reset(&arena);
	size_t n = signature_match(set, scratch, (enum field)(data[0] % FIELDS), data + 1, size - 1, &arena, out, 8);
	for (size_t i = 0; i < n; i++)
		if (out[i].confidence < 1 || out[i].confidence > 100 || !out[i].signature)
			abort();
	return 0;
}
