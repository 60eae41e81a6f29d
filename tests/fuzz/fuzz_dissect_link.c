#include "tests/fuzz/dissect_fuzz.h"

/* The first octet picks the row of the table. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned rows = 0;
	while (link_table[rows])
		rows++;
	return size ? link_fuzz(link_table[data[0] % rows], data + 1, size - 1) : 0;
}
