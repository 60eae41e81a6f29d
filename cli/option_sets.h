/* The options of every command: one configuration file can serve them all. */
#ifndef ONLOOKER_CLI_OPTION_SETS_H
#define ONLOOKER_CLI_OPTION_SETS_H

#include "cli/options.h"

extern const struct option_set observe_option_set, inventory_option_set, watch_option_set, doctor_option_set,
	fabric_option_set, keys_option_set, manager_option_set, orchestrate_option_set, repository_verbs_option_set,
	repository_option_set, signatures_option_set, up_option_set;

#endif
