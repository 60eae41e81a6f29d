#include "core/nearest.h"

#include <stdbool.h>
#include <string.h>

/* Distance of Levenshtein, for names up to 31 letters. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[32];
	size_t n = strlen(b);
	if (n > 31 || strlen(a) > 31)
		return 99;
	for (unsigned k = 0; k <= n; k++)
		row[k] = k;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];
		row[0] = i;
		for (unsigned k = 1; k <= n; k++) {
			unsigned best = diagonal + (a[i - 1] != b[k - 1]);
			diagonal = row[k];
			best = row[k] + 1 < best ? row[k] + 1 : best;
			row[k] = row[k - 1] + 1 < best ? row[k - 1] + 1 : best;
		}
	}
	return row[n];
}

const char *nearest_name(const char *typed, const char *(*name)(size_t, const void *), const void *arg, size_t count)
{
	const char *best = NULL;
	unsigned least = 3;
	size_t n = strlen(typed);
	for (size_t i = 0; i < count; i++) {
		bool begun = n >= 3 && strncmp(name(i, arg), typed, n) == 0; /* "--dir" */
		unsigned d = begun ? 1 : distance(typed, name(i, arg));
		if (d < least && d < n) {
			least = d;
			best = name(i, arg);
		}
	}
	return best;
}
