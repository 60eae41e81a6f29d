#include "cli/distinct_files.h"

#include <string.h>
#include <sys/stat.h>

struct named_file {
	const char *option, *path;
};

/* True when both name one file of a disk; devices and pipes may be given twice. */
static bool same_file(const char *a, const char *b)
{
	struct stat x, y;
	bool x_there = stat(a, &x) == 0, y_there = stat(b, &y) == 0;
	if (x_there && y_there)
		return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
	return !x_there && !y_there && strcmp(a, b) == 0;
}

/* The path in it, or NULL when it is no file. */
static const char *json_path(const char *text)
{
	return text && strcmp(text, "-") != 0 ? text : NULL;
}

static const char *flows_path(const char *text)
{
	return text && !strstr(text, "://") ? text : NULL;
}

static const char *repository_path(const char *text)
{
	return text && strncmp(text, "sqlite:", 7) == 0 ? text + 7 : NULL;
}

int distinct_files(const struct observe_options *o, struct error *error)
{
	const struct named_file written[] = {{"--json", json_path(o->json)},
					     {"--flows", flows_path(o->flows)},
					     {"--stats", json_path(o->stats)},
					     {"--repository", repository_path(o->repository)}};
	if (o->json && o->flows && strcmp(o->json, "-") == 0 && strcmp(o->flows, "-") == 0)
		return error_set(error, ERROR_USAGE,
				 "--json and --flows both write standard output; give one of them a file");
	const size_t n = sizeof written / sizeof *written;
	for (size_t i = 0; i < n; i++) {
		for (uint32_t k = 0; written[i].path && k < o->files.count; k++)
			if (same_file(written[i].path, o->files.items[k]))
				return error_set(error, ERROR_USAGE,
						 "%s %s would overwrite the capture that is read; name another file",
						 written[i].option, written[i].path);
		for (size_t k = i + 1; written[i].path && k < n; k++)
			if (written[k].path && same_file(written[i].path, written[k].path))
				return error_set(error, ERROR_USAGE, "%s and %s both write %s; give each its own file",
						 written[i].option, written[k].option, written[i].path);
	}
	return 0;
}
