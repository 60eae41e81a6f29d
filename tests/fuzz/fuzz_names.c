/* Names of platforms and packages out of any text, one value a line: what comes out is well formed. */
#include "classify/cpe.h"
#include "classify/purl.h"
#include "tests/fuzz/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Eleven components behind "cpe:2.3", none of them empty, printable ASCII throughout. */
static void check_cpe(const char *name)
{
	unsigned colons = 0;
	for (const char *p = name; *p; p++) {
		if (*p <= ' ' || *p > '~')
			abort();
		if (*p == ':' && (p[1] == ':' || !p[1]))
			abort();
		colons += *p == ':';
		if (*p == '\\' && !*++p)
			abort();
	}
	if (strncmp(name, "cpe:2.3:", 8) || colons != 12)
		abort();
}

static void check_purl(const char *name)
{
	if (strncmp(name, "pkg:", 4) || name[4] == '/' || !strchr(name, '/'))
		abort();
	for (const char *p = name; *p; p++)
		if (*p <= ' ' || *p > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line[CPE_ATTRIBUTES], out[512];
	char *text = lines_of(data, size, line, CPE_ATTRIBUTES);
	size_t room = size % sizeof out;
	if (cpe_format((const char *const *)line, out, sizeof out))
		check_cpe(out);
	if (cpe_format((const char *const *)line, out, room ? room : 1))
		check_cpe(out);
	struct purl purl = {line[0], line[1], line[2], line[3], line[4]};
	if (purl_format(&purl, out, sizeof out))
		check_purl(out);
	if (purl_format(&purl, out, room ? room : 1))
		check_purl(out);
	free(text);
	return 0;
}
