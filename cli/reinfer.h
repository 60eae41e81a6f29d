/* `onlooker repository reinfer`: what other signatures say of what is kept, said. */
#ifndef ONLOOKER_CLI_REINFER_H
#define ONLOOKER_CLI_REINFER_H

#include "cli/options.h"
#include "domain/component.h"
#include "domain/repository.h"

struct reinfer_options {
	const char *url; /* of the repository that is read */
	const struct option_texts *signatures;
	const char *json, *publish, *site; /* NULL: not */
	uint32_t wait;
	const struct component_options *fabric; /* whose repository is to have it; NULL: the one that is read */
};

/* repository   open for writing, the caller's; NULL with a fabric
 * returns an exit status; sentences go to standard error, the counts to standard output */
int reinfer_run(const struct reinfer_options *options, struct repository *repository);

#endif
