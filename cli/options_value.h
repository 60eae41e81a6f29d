/* One value of an option, from text into the command's struct. For cli/options.c and cli/options_file.c. */
#ifndef ONLOOKER_CLI_OPTIONS_VALUE_H
#define ONLOOKER_CLI_OPTIONS_VALUE_H

#include "cli/options.h"

/* The row called name[0 … len), or NULL. */
const struct option_row *option_find(const struct option_set *set, const char *name, size_t len);

/* Checks and stores; `given` is how the user named the option. Keeps the pointer. 0 or ERROR_USAGE, a sentence. */
int option_set_value(const struct option_set *set, const struct option_row *row, const char *given, const char *value,
		     void *into, struct error *error);

/* False when the heap is out. */
bool option_texts_add(struct option_texts *list, const char *text);

#endif
