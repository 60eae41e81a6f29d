/* The configuration file: YAML, a mapping of option names, or of commands to such mappings. For cli/options.c. */
#ifndef ONLOOKER_CLI_OPTIONS_FILE_H
#define ONLOOKER_CLI_OPTIONS_FILE_H

#include "cli/options.h"

/* Reads the keys that concern `set` into *into. A list that is given as a flag too is left to the flags. Mistakes
 * name file and line. out->owned receives what the texts lie in. */
int options_file(const struct option_set *set, const char *path, int argc, char **argv, void *into, struct options *out,
		 struct error *error);
void options_file_free(void *owned);

#endif
