/* Certificates, or what somebody sends as such. */
#include "classify/certificate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads every octet of a text, so that the sanitizer sees one without its end. */
static size_t length(const char *text)
{
	return text ? strlen(text) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct certificate c;
	struct arena arena;
	arena_init(&arena, 4096, 1 << 20);
	if (!certificate_read(data, size, &arena, &c)) {
		if (length(c.fingerprint) != 64)
			abort();
		length(c.subject);
		length(c.issuer);
		if ((c.not_before && !length(c.not_before)) || (c.not_after && !length(c.not_after)))
			abort();
		for (unsigned i = 0; i <= CERTIFICATE_NAMES && c.names[i]; i++)
			if (i == CERTIFICATE_NAMES || !length(c.names[i]))
				abort();
	}
	arena_fini(&arena);
	return 0;
}
