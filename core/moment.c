#include "core/moment.h"

#include "core/error.h"
#include "core/time.h"

#include <stdlib.h>
#include <string.h>

/* Seconds of a unit; 0 for what is none. */
static uint64_t unit_seconds(const char *text)
{
	static const struct {
		char letter;
		uint32_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (text[0] == units[i].letter && !text[1])
			return units[i].seconds;
	return 0;
}

int moment_parse(const char *text, uint64_t now_ns, uint64_t *time_ns)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t seconds = digits && digits <= 9 ? unit_seconds(text + digits) : 0;
	if (strcmp(text, "now") == 0) {
		*time_ns = now_ns;
		return 0;
	}
	if (!seconds)
		return time_parse(text, time_ns);
	uint64_t before = strtoull(text, NULL, 10) * seconds;
	if (before >= now_ns / NS_PER_SECOND)
		return ERROR_USAGE;
	*time_ns = now_ns - before * NS_PER_SECOND;
	return 0;
}

bool moment_moves(const char *text)
{
	return !strchr(text, '-');
}
