/* What a value would conclude, for people and for programs. Used by `onlooker signatures explain`. */
#ifndef ONLOOKER_CLI_EXPLAIN_H
#define ONLOOKER_CLI_EXPLAIN_H

#include "classify/signature.h"

/* Prints to standard output which signatures matched, what they conclude, and which lost. Exit status. */
int explain_value(const struct signature_set *set, enum field field, const char *value);

/* JSON Lines {"field", "value"} from standard input, {"matches": […]} to standard output. Exit status. */
int explain_batch(const struct signature_set *set);

#endif
