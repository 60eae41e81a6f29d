#include "cli/options_value.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool option_texts_add(struct option_texts *list, const char *text)
{
	const char **items = realloc(list->items, (list->count + 1) * sizeof *items);
	if (!items)
		return false;
	list->items = items;
	items[list->count++] = text;
	return true;
}

static int set_number(const struct option_set *set, const struct option_row *row, const char *given, const char *value,
		      uint64_t *into, struct error *error)
{
	char *end;
	errno = 0;
	unsigned long long n = strtoull(value, &end, 10);
	bool good = *value >= '0' && *value <= '9' && !*end && !errno && n >= row->least && n <= row->most;
	if (!good)
		return error_set(error, ERROR_USAGE, "%s: %s: '%s' is no number from %" PRIu64 " to %" PRIu64,
				 set->command, given, value, row->least, row->most);
	*into = n;
	return 0;
}

static int set_real(const struct option_set *set, const char *given, const char *value, double *into,
		    struct error *error)
{
	char *end;
	double n = strtod(value, &end);
	if (end == value || *end || !isfinite(n) || n <= 0)
		return error_set(error, ERROR_USAGE, "%s: %s: '%s' is no number above 0", set->command, given, value);
	*into = n;
	return 0;
}

static int set_flag(const struct option_set *set, const char *given, const char *value, bool *into, struct error *error)
{
	*into = strcmp(value, "true") == 0;
	if (*into || strcmp(value, "false") == 0)
		return 0;
	return error_set(error, ERROR_USAGE, "%s: %s: '%s' is neither true nor false", set->command, given, value);
}

int option_set_value(const struct option_set *set, const struct option_row *row, const char *given, const char *value,
		     void *into, struct error *error)
{
	void *place = (char *)into + row->at;
	switch (row->type) {
	case OPTION_FLAG:
		return set_flag(set, given, value, place, error);
	case OPTION_TEXT:
		if (!*value)
			return error_set(error, ERROR_USAGE, "%s: %s needs a value: %s", set->command, given,
					 row->argument);
		*(const char **)place = value;
		return 0;
	case OPTION_TEXTS:
		if (!*value)
			return error_set(error, ERROR_USAGE, "%s: %s needs a value: %s", set->command, given,
					 row->argument);
		return option_texts_add(place, value) ? 0
						      : error_set(error, ERROR_FAILED, "%s: no memory", set->command);
	case OPTION_NUMBER:
		return set_number(set, row, given, value, place, error);
	case OPTION_REAL:
		return set_real(set, given, value, place, error);
	default:
		return error_set(error, ERROR_USAGE, "%s: %s is not there yet", set->command, given);
	}
}
