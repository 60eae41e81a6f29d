/* No file is written twice, and none that is read. Control thread. */
#ifndef ONLOOKER_CLI_DISTINCT_FILES_H
#define ONLOOKER_CLI_DISTINCT_FILES_H

#include "cli/observe_options.h"

/* Looks at the files that the options name, before any is opened for writing: one that is there already is known by
 * whatever name it is given. 0, or ERROR_USAGE and a sentence that names both options. */
int distinct_files(const struct observe_options *o, struct error *error);

#endif
