/* A p0f.fp, whatever it holds. */
#include "classify/signature_p0f.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model_builder b;
	struct error error = {""};
	model_builder_init(&b);
	int result = signature_p0f_read(&b, "fuzz.fp", data, size, &error);
	if (result && !error.text[0])
		__builtin_trap(); /* a refusal without a reason helps nobody */
	model_builder_fini(&b);
	return 0;
}
