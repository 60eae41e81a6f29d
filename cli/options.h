/* Options of a command as a typed table: parsed from arguments and from a YAML file (--config), flags winning.
 *
 * A row says where in the command's struct the value lies. Texts point into the arguments or into the parsed
 * file; both live until options_fini(). Every mistake is one sentence that names the option. One thread.
 */
#ifndef ONLOOKER_CLI_OPTIONS_H
#define ONLOOKER_CLI_OPTIONS_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_type {
	OPTION_FLAG,   /* bool */
	OPTION_TEXT,   /* const char * */
	OPTION_TEXTS,  /* struct option_texts: any number of times */
	OPTION_NUMBER, /* uint64_t within least … most */
	OPTION_REAL,   /* double above 0 */
	OPTION_LATER   /* known, but not there yet: refused with that answer */
};

struct option_texts {
	const char **items;
	uint32_t count;
};

struct option_row {
	char letter;      /* 0: has none */
	const char *name; /* without dashes; also the key in a configuration file */
	enum option_type type;
	const char *argument; /* as the help shows it; NULL for flags */
	const char *help;
	size_t at; /* offset in the command's struct */
	uint64_t least, most;
};

struct option_set {
	const char *command;           /* "onlooker observe": starts sentences */
	const char *section;           /* "observe": its part of a configuration file */
	const struct option_row *rows; /* the last has no name */
	const char *operands;          /* as the help shows them; NULL: there are none */
	const char *about;             /* what the command does, for --help */
	const char *stray;             /* how to give what stands without an option; NULL: --help tells */
};

/* What parsing allocates. */
struct options {
	struct option_texts operands;
	void *owned; /* texts of the configuration file */
	bool help, version;
};

/* Fills *into, which holds the defaults. On --help or --version stops with that flag set.
 * argv[0] is the command's name and skipped. 0 or ERROR_USAGE and a sentence. */
int options_parse(const struct option_set *set, int argc, char **argv, void *into, struct options *out,
		  struct error *error);
/* Frees what parsing allocated, the lists in *into too. */
void options_fini(const struct option_set *set, void *into, struct options *out);

void options_help(const struct option_set *set, FILE *out);

/* Parses, answers --help and --version, prints a mistake. Returns -1 to go on, or the exit status. */
int options_start(const struct option_set *set, int argc, char **argv, void *into, struct options *out);

#endif
