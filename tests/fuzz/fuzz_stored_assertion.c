/* A line from the fabric, whatever it says: refused in a sentence, or claims that an inventory can show. */
#include "domain/claim_text.h"
#include "domain/stored_assertion.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *json)
{
	json_t *value = json_loads(json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (!value)
		abort();
	json_decref(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stored_assertion_maker maker;
	struct stored_assertion a;
	struct error error = {""};
	char text[64];
	char *line = malloc(size + !size); /* nothing stands behind it */
	if (!line)
		return 0;
	memcpy(line, data, size);
	stored_assertion_maker_init(&maker);
	int code = stored_assertion_read_into(&maker, &maker.texts, line, size, &a, &error);
	if (code && !*error.text)
		abort();
	for (uint32_t i = 0; !code && i < a.n_claims; i++) {
		check(a.claims[i].value);
		if (a.claims[i].evidence)
			check(a.claims[i].evidence);
		claim_rank(&a.claims[i]);
		claim_text(&a.claims[i], "softwareTitle", text, sizeof text);
	}
	stored_assertion_maker_fini(&maker);
	free(line);
	return 0;
}
