/* `onlooker repository VERB`: what is done to a repository without serving it. */
#ifndef ONLOOKER_CLI_REPOSITORY_VERBS_H
#define ONLOOKER_CLI_REPOSITORY_VERBS_H

#include "cli/option_sets.h"

/* True when this is the name of such a verb. */
bool repository_is_verb(const char *name);

/* argv[0] is "repository". Returns the exit status. */
int repository_verb(int argc, char **argv);

#endif
