/* Three versions, one a line: the order is an order. The fourth line is what is wanted. */
#include "domain/version_compare.h"
#include "tests/fuzz/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line[4];
	char *text = lines_of(data, size, line, 4);
	const char *a = line[0], *b = line[1], *c = line[2];
	int ab = sign(version_compare(a, b)), bc = sign(version_compare(b, c)), ac = sign(version_compare(a, c));
	if (version_compare(a, a) || ab != -sign(version_compare(b, a)))
		abort();
	if (ab <= 0 && bc <= 0 && ac > 0)
		abort();
	if (!ab && bc != ac)
		abort(); /* what is the same version stands in the same order to others */
	if (version_wanted_valid(line[3]))
		version_matches(a, line[3]);
	free(text);
	return 0;
}
